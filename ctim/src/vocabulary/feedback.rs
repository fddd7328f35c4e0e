//! Vocabularies of feedback.

integer_vocabulary! {
    /// The value of feedback: for or against the entity.
    closed FeedbackValue is "FeedbackValue" {
        Negative = -1,
        Neutral = 0,
        Positive = 1,
    }
}
