//! Feedback, its form for creation.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{FeedbackValue, Tlp};

entity! {
    /// An opinion (-1, 0, 1) on some other entity.
    pub struct Feedback is "Feedback", "feedback", created as NewFeedback is "NewFeedback" {
        /// Reference to the entity. Required.
        required entity_id: EntityId;
        /// -1 wrong, 0 neutral, 1 right. Required.
        required feedback: FeedbackValue;
        /// Why. Required.
        required reason: String;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}
