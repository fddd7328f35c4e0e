//! Casebook, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;
use crate::{Bundle, ExternalReference, Observable};

entity! {
    /// An analyst's working folder: observables, texts, and a bundle of entities.
    pub struct Casebook is "Casebook", "casebook", created as NewCasebook is "NewCasebook" {
        /// The entities of the case. Optional.
        optional bundle: Bundle;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// The observables of the case. Optional.
        list observables: Observable;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// The texts of the case. Optional.
        list texts: Text;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// A text in a casebook.
    pub struct Text is "Text" {
        /// The text. Required.
        required text: String;
        /// Kind of text, in a free word. Required.
        required r#type = "type": String;
    }
}
