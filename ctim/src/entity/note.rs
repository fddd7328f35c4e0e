//! Note, its form for creation and the parts that only it has.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;

entity! {
    /// A remark on one or more entities.
    pub struct Note is "Note", "note", created as NewNote is "NewNote" {
        /// The remark. Required; Markdown of at most 5000 UTF-16 units.
        required content: String as Markdown;
        /// Kind of remark, in a free word. Required.
        required note_class: String;
        /// The entities that the remark is about. Required.
        elements related_entities: NoteRelatedEntity;
        /// The author. Optional.
        optional author: String;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

structure! {
    /// An entity that a note is about.
    pub struct NoteRelatedEntity is "NoteRelatedEntity" {
        /// The entity. Required.
        required entity_id: EntityId;
        /// Type of the entity. Required.
        required entity_type: String;
    }
}
