//! Vocabularies of attack patterns.

vocabulary! {
    /// The level of abstraction of an attack pattern (from CAPEC).
    closed AttackPatternAbstractions is "AttackPatternAbstractions" {
        Aggregate = "aggregate",
        Category = "category",
        Detailed = "detailed",
        Meta = "meta",
        Standard = "standard",
    }
}
