//! Vocabularies of attack patterns.

vocabulary! {
    /// How general an attack pattern is (from CAPEC).
    closed AttackPatternAbstractions is "AttackPatternAbstractions" {
        Aggregate = "aggregate",
        Category = "category",
        Detailed = "detailed",
        Meta = "meta",
        Standard = "standard",
    }
}
