//! Note, its form for creation and the parts that only it has.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;

entity! {
    /// Free Markdown text attached to one or more entities.
    pub struct Note is "Note", "note", created as NewNote is "NewNote" {
        /// The note text. Required; Markdown of at most 5000 UTF-16 units.
        required content: String as Markdown;
        /// Free keyword; plain string in JSON. Required.
        required note_class: String;
        /// Entities the note is about. Required.
        elements related_entities: NoteRelatedEntity;
        /// Who wrote it. Optional.
        optional author: String;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

structure! {
    /// Entity to which a note belongs.
    pub struct NoteRelatedEntity is "NoteRelatedEntity" {
        /// Reference to the entity. Required.
        required entity_id: EntityId;
        /// Type name of that entity. Required.
        required entity_type: String;
    }
}
