//! Casebook, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;
use crate::{Bundle, ExternalReference, Observable};

entity! {
    /// Working folder of an analyst: observables, free texts and an optional bundle.
    pub struct Casebook is "Casebook", "casebook", created as NewCasebook is "NewCasebook" {
        /// Embedded bundle. Optional.
        optional bundle: Bundle;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Observables. Optional.
        list observables: Observable;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Free texts. Optional.
        list texts: Text;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// Typed free text in a casebook.
    pub struct Text is "Text" {
        /// Text. Required.
        required text: String;
        /// Free type word. Required.
        required r#type = "type": String;
    }
}
