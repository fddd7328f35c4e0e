//! Feedback, its form for creation.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{FeedbackValue, Tlp};

entity! {
    /// An opinion on another entity: right, wrong or neither.
    pub struct Feedback is "Feedback", "feedback", created as NewFeedback is "NewFeedback" {
        /// The entity that the opinion is about. Required.
        required entity_id: EntityId;
        /// The opinion. Required.
        required feedback: FeedbackValue;
        /// The reason for this statement. Required.
        required reason: String;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}
