//! Vocabularies of relationships.

vocabulary! {
    /// Types of relationship.
    open RelationshipType is "RelationshipType" {
        AttributedTo = "attributed-to",
        BasedOn = "based-on",
        DerivedFrom = "derived-from",
        Detects = "detects",
        DuplicateOf = "duplicate-of",
        ElementOf = "element-of",
        Exploits = "exploits",
        Indicates = "indicates",
        MemberOf = "member-of",
        Mitigates = "mitigates",
        PhaseOf = "phase-of",
        RelatedTo = "related-to",
        SightingOf = "sighting-of",
        SubtechniqueOf = "subtechnique-of",
        Targets = "targets",
        TaskOf = "task-of",
        TechniqueOf = "technique-of",
        Uses = "uses",
        VariantOf = "variant-of",
    }
}
