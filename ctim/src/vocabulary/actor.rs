//! Vocabularies of actors.

vocabulary! {
    /// The motivation of an actor.
    open Motivation is "Motivation" {
        Ego = "Ego",
        FinancialOrEconomic = "Financial or Economic",
        Ideological = "Ideological",
        IdeologicalAntiCorruption = "Ideological - Anti-Corruption",
        IdeologicalAntiEstablishment = "Ideological - Anti-Establishment",
        IdeologicalEnvironmental = "Ideological - Environmental",
        IdeologicalEthnicNationalist = "Ideological - Ethnic / Nationalist",
        IdeologicalHumanRights = "Ideological - Human Rights",
        IdeologicalInformationFreedom = "Ideological - Information Freedom",
        IdeologicalReligious = "Ideological - Religious",
        IdeologicalSecurityAwareness = "Ideological - Security Awareness",
        Military = "Military",
        Opportunistic = "Opportunistic",
        Political = "Political",
    }
}

vocabulary! {
    /// The skills of an actor.
    closed Sophistication is "Sophistication" {
        Aspirant = "Aspirant",
        Expert = "Expert",
        Innovator = "Innovator",
        Novice = "Novice",
        Practitioner = "Practitioner",
    }
}

vocabulary! {
    /// Kinds of actor.
    open ThreatActorType is "ThreatActorType" {
        CyberEspionageOperations = "Cyber Espionage Operations",
        DisgruntledCustomerUser = "Disgruntled Customer / User",
        Hacker = "Hacker",
        HackerBlackHat = "Hacker - Black hat",
        HackerGrayHat = "Hacker - Gray hat",
        HackerWhiteHat = "Hacker - White hat",
        Hacktivist = "Hacktivist",
        InsiderThreat = "Insider Threat",
        StateActorAgency = "State Actor / Agency",
        ECrimeActorCredentialTheftBotnetOperator = "eCrime Actor - Credential Theft Botnet Operator",
        ECrimeActorCredentialTheftBotnetService = "eCrime Actor - Credential Theft Botnet Service",
        ECrimeActorMalwareDeveloper = "eCrime Actor - Malware Developer",
        ECrimeActorMoneyLaunderingNetwork = "eCrime Actor - Money Laundering Network",
        ECrimeActorOrganizedCrimeActor = "eCrime Actor - Organized Crime Actor",
        ECrimeActorSpamService = "eCrime Actor - Spam Service",
        ECrimeActorTrafficService = "eCrime Actor - Traffic Service",
        ECrimeActorUndergroundCallService = "eCrime Actor - Underground Call Service",
    }
}
