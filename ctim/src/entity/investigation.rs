//! Investigation, its form for creation.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;

entity! {
    /// A saved investigation. The model gives it little more than a title.
    pub struct Investigation is "Investigation", "investigation", created as NewInvestigation is "NewInvestigation" {
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}
