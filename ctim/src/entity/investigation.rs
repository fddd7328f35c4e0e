//! Investigation, its form for creation.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;

entity! {
    /// Minimal saved-investigation entity; upstream marks it as unfinished.
    pub struct Investigation is "Investigation", "investigation", created as NewInvestigation is "NewInvestigation" {
        /// Where it came from (required). Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}
