//! Vocabularies of feedback.

integer_vocabulary! {
    /// Whether feedback is for or against the entity.
    closed FeedbackValue is "FeedbackValue" {
        Negative = -1,
        Neutral = 0,
        Positive = 1,
    }
}
