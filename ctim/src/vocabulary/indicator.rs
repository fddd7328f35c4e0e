//! Vocabularies of indicators.

vocabulary! {
    /// The operator that combines the parts of a composite indicator.
    closed BooleanOperator is "BooleanOperator" {
        And = "and",
        Not = "not",
        Or = "or",
    }
}

vocabulary! {
    /// Kinds of indicator (from STIX 1.2).
    closed IndicatorType is "IndicatorType" {
        Anonymization = "Anonymization",
        C2 = "C2",
        CompromisedPkiCertificate = "Compromised PKI Certificate",
        DomainWatchlist = "Domain Watchlist",
        Exfiltration = "Exfiltration",
        FileHashWatchlist = "File Hash Watchlist",
        HostCharacteristics = "Host Characteristics",
        ImeiWatchlist = "IMEI Watchlist",
        ImsiWatchlist = "IMSI Watchlist",
        IpWatchlist = "IP Watchlist",
        LoginName = "Login Name",
        MaliciousEMail = "Malicious E-mail",
        MalwareArtifacts = "Malware Artifacts",
        PrivateThreatFeed = "Private Threat Feed",
        UrlWatchlist = "URL Watchlist",
    }
}

vocabulary! {
    /// The `type` of the shapes that an indicator's specification can have. No structure uses it.
    closed SpecificationType is "SpecificationType" {
        Judgement = "Judgement",
        OpenIOC = "OpenIOC",
        Sioc = "SIOC",
        Snort = "Snort",
        ThreatBrain = "ThreatBrain",
    }
}
