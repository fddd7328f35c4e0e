//! Vocabularies of courses of action.

vocabulary! {
    /// The stage of incident handling that a course of action belongs to.
    closed CoaStage is "COAStage" {
        Containment = "Containment",
        Eradication = "Eradication",
        Identification = "Identification",
        LessonsLearned = "Lessons Learned",
        Preparation = "Preparation",
        Recovery = "Recovery",
        Remedy = "Remedy",
        Response = "Response",
    }
}

vocabulary! {
    /// Kinds of course of action.
    closed CoaType is "COAType" {
        DiplomaticActions = "Diplomatic Actions",
        Eradication = "Eradication",
        Hardening = "Hardening",
        InternalBlocking = "Internal Blocking",
        LogicalAccessRestrictions = "Logical Access Restrictions",
        Monitoring = "Monitoring",
        Other = "Other",
        Patching = "Patching",
        PerimeterBlocking = "Perimeter Blocking",
        Phase = "Phase",
        PhysicalAccessRestrictions = "Physical Access Restrictions",
        Playbook = "Playbook",
        PolicyActions = "Policy Actions",
        PublicDisclosure = "Public Disclosure",
        Rebuilding = "Rebuilding",
        Redirection = "Redirection",
        RedirectionHoneyPot = "Redirection (Honey Pot)",
        Task = "Task",
        Training = "Training",
    }
}
