//! Vocabularies of incidents.

vocabulary! {
    /// The status of detection for an incident. Not in schema version 1.3.29; Cisco XDR has it
    /// since 1.3.30.
    closed DetectionStatus is "DetectionStatus" {
        Active = "active",
        InactiveExpired = "inactive_expired",
        InactiveMerged = "inactive_merged",
        InactiveOversized = "inactive_oversized",
        InactiveUserClosed = "inactive_user_closed",
    }
}

vocabulary! {
    /// The method by which an incident was discovered (from STIX 1.2).
    open DiscoveryMethod is "DiscoveryMethod" {
        AgentDisclosure = "Agent Disclosure",
        Antivirus = "Antivirus",
        Audit = "Audit",
        Customer = "Customer",
        ExternalFraudDetection = "External - Fraud Detection",
        FinancialAudit = "Financial Audit",
        Hips = "HIPS",
        ItAudit = "IT Audit",
        IncidentResponse = "Incident Response",
        InternalFraudDetection = "Internal - Fraud Detection",
        LawEnforcement = "Law Enforcement",
        LogReview = "Log Review",
        MonitoringService = "Monitoring Service",
        Nids = "NIDS",
        SecurityAlarm = "Security Alarm",
        Unknown = "Unknown",
        UnrelatedParty = "Unrelated Party",
        User = "User",
    }
}

vocabulary! {
    /// Kinds of incident.
    open IncidentCategory is "IncidentCategory" {
        Attrition = "Attrition",
        DenialOfService = "Denial of Service",
        Exercise = "Exercise",
        ExerciseNetworkDefenseTesting = "Exercise/Network Defense Testing",
        ExplainedAnomaly = "Explained Anomaly",
        Forensics = "Forensics",
        ImproperUsage = "Improper Usage",
        Intelligence = "Intelligence",
        Investigating = "Investigating",
        Investigation = "Investigation",
        MaliciousCode = "Malicious Code",
        MaliciousLogic = "Malicious Logic",
        NonCompliant = "Non-Compliant",
        Reconnaissance = "Reconnaissance",
        RootLevel = "Root Level",
        ScansProbesAttemptedAccess = "Scans/Probes/Attempted Access",
        UnauthorizedAccess = "Unauthorized Access",
        Unsuccessful = "Unsuccessful",
        UserLevel = "User Level",
        EDiscovery = "eDiscovery",
    }
}

vocabulary! {
    /// Names of the scores that an incident usually has.
    open IncidentScoreType is "IncidentScoreType" {
        Asset = "asset",
        Global = "global",
        Ttp = "ttp",
    }
}

vocabulary! {
    /// The location of an affected asset (from STIX 1.2). No structure uses it.
    closed LocationClass is "LocationClass" {
        CoLocated = "Co-Located",
        ExternallyLocated = "Externally-Located",
        InternallyLocated = "Internally-Located",
        Mobile = "Mobile",
        Unknown = "Unknown",
    }
}

vocabulary! {
    /// The duration of a loss (from STIX 1.2). No structure uses it.
    closed LossDuration is "LossDuration" {
        Days = "Days",
        Hours = "Hours",
        Minutes = "Minutes",
        Permanent = "Permanent",
        Seconds = "Seconds",
        Unknown = "Unknown",
        Weeks = "Weeks",
    }
}

vocabulary! {
    /// The property that a loss affects (from STIX 1.2). No structure uses it.
    closed LossProperty is "LossProperty" {
        Accountability = "Accountability",
        Availability = "Availability",
        Confidentiality = "Confidentiality",
        Integrity = "Integrity",
        NonRepudiation = "Non-Repudiation",
    }
}

vocabulary! {
    /// The origin of the promotion of events to an incident: a person or a program.
    closed PromotionMethod is "PromotionMethod" {
        Automated = "Automated",
        Manual = "Manual",
    }
}

vocabulary! {
    /// The status of the handling of an incident.
    closed Status is "Status" {
        Closed = "Closed",
        ClosedConfirmedThreat = "Closed: Confirmed Threat",
        ClosedFalsePositive = "Closed: False Positive",
        ClosedMerged = "Closed: Merged",
        ClosedNearMiss = "Closed: Near-Miss",
        ClosedOther = "Closed: Other",
        ClosedSuspected = "Closed: Suspected",
        ClosedUnderReview = "Closed: Under Review",
        ContainmentAchieved = "Containment Achieved",
        Hold = "Hold",
        HoldExternal = "Hold: External",
        HoldInternal = "Hold: Internal",
        HoldLegal = "Hold: Legal",
        IncidentReported = "Incident Reported",
        New = "New",
        NewPresented = "New: Presented",
        NewProcessing = "New: Processing",
        Open = "Open",
        OpenContained = "Open: Contained",
        OpenInvestigating = "Open: Investigating",
        OpenRecovered = "Open: Recovered",
        OpenReported = "Open: Reported",
        Rejected = "Rejected",
        RestorationAchieved = "Restoration Achieved",
        /// Deprecated in favour of `Hold`.
        Stalled = "Stalled",
    }
}
