//! Vocabularies of several entities.

vocabulary! {
    /// The word of a disposition; each goes with one [`DispositionNumber`].
    closed DispositionName is "DispositionName" {
        Clean = "Clean",
        Common = "Common",
        Malicious = "Malicious",
        Suspicious = "Suspicious",
        Unknown = "Unknown",
    }
}

integer_vocabulary! {
    /// The number of a disposition. The lower it is, the stronger it counts among judgements of
    /// equal priority.
    closed DispositionNumber is "DispositionNumber" {
        Clean = 1,
        Malicious = 2,
        Suspicious = 3,
        Common = 4,
        Unknown = 5,
    }
}

vocabulary! {
    /// A level of something: confidence, cost, efficacy or likelihood. It has no `Critical`; that
    /// is a [`Severity`].
    closed HighMedLow is "HighMedLow" {
        High = "High",
        Info = "Info",
        Low = "Low",
        Medium = "Medium",
        None = "None",
        Unknown = "Unknown",
    }
}

vocabulary! {
    /// The goal of an attacker (from STIX 1.2).
    open IntendedEffect is "IntendedEffect" {
        AccountTakeover = "Account Takeover",
        Advantage = "Advantage",
        AdvantageEconomic = "Advantage - Economic",
        AdvantageMilitary = "Advantage - Military",
        AdvantagePolitical = "Advantage - Political",
        BrandDamage = "Brand Damage",
        CompetitiveAdvantage = "Competitive Advantage",
        DegradationOfService = "Degradation of Service",
        DenialAndDeception = "Denial and Deception",
        Destruction = "Destruction",
        Disruption = "Disruption",
        Embarrassment = "Embarrassment",
        Exposure = "Exposure",
        Extortion = "Extortion",
        Fraud = "Fraud",
        Harassment = "Harassment",
        IcsControl = "ICS Control",
        Theft = "Theft",
        TheftCredentialTheft = "Theft - Credential Theft",
        TheftIdentityTheft = "Theft - Identity Theft",
        TheftIntellectualProperty = "Theft - Intellectual Property",
        TheftTheftOfProprietaryInformation = "Theft - Theft of Proprietary Information",
        TrafficDiversion = "Traffic Diversion",
        UnauthorizedAccess = "Unauthorized Access",
    }
}

vocabulary! {
    /// The name of a kill chain.
    open KillChainName is "KillChainName" of words {
        LockheedMartinCyberKillChain = "lockheed-martin-cyber-kill-chain",
    }
}

vocabulary! {
    /// The phases of the Lockheed Martin kill chain.
    open KillChainPhaseName is "KillChainPhaseName" of words {
        ActionsOnObjective = "actions-on-objective",
        CommandAndControl = "command-and-control",
        Delivery = "delivery",
        Exploitation = "exploitation",
        Installation = "installation",
        Reconnaissance = "reconnaissance",
        Weaponization = "weaponization",
    }
}

vocabulary! {
    /// The completeness of a list of indicators.
    closed Scope is "Scope" {
        Exclusive = "exclusive",
        Inclusive = "inclusive",
    }
}

vocabulary! {
    /// A severity.
    closed Severity is "Severity" {
        Critical = "Critical",
        High = "High",
        Info = "Info",
        Low = "Low",
        Medium = "Medium",
        None = "None",
        Unknown = "Unknown",
    }
}

vocabulary! {
    /// The colours of the Traffic Light Protocol, from `white` (open to all) over green and amber
    /// to `red` (the owner alone).
    closed Tlp is "TLP" {
        Amber = "amber",
        Green = "green",
        Red = "red",
        White = "white",
    }
}

/// A disposition, whose number and word always go together.
///
/// ```
/// use ctim::vocabulary::{Disposition, DispositionName, DispositionNumber};
///
/// assert_eq!(Disposition::Malicious.number(), DispositionNumber::Malicious);
/// assert_eq!(Disposition::Malicious.name(), DispositionName::Malicious);
/// assert_eq!(Disposition::from_number(2), Some(Disposition::Malicious));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// Known to be harmless; `1`.
    Clean,
    /// Known to do harm; `2`.
    Malicious,
    /// Likely to do harm; `3`.
    Suspicious,
    /// Seen so often that it says nothing; `4`.
    Common,
    /// Unknown; `5`.
    Unknown,
}

impl Disposition {
    /// All dispositions, by number.
    pub const ALL: [Self; 5] = [Self::Clean, Self::Malicious, Self::Suspicious, Self::Common, Self::Unknown];

    /// Returns the disposition with this number, from 1 to 5.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|disposition| disposition.number().number() == number)
    }

    /// Returns the number, for the field `disposition`.
    #[must_use]
    pub fn number(self) -> DispositionNumber {
        match self {
            Self::Clean => DispositionNumber::Clean,
            Self::Malicious => DispositionNumber::Malicious,
            Self::Suspicious => DispositionNumber::Suspicious,
            Self::Common => DispositionNumber::Common,
            Self::Unknown => DispositionNumber::Unknown,
        }
    }

    /// Returns the word, for the field `disposition_name`.
    #[must_use]
    pub fn name(self) -> DispositionName {
        match self {
            Self::Clean => DispositionName::Clean,
            Self::Malicious => DispositionName::Malicious,
            Self::Suspicious => DispositionName::Suspicious,
            Self::Common => DispositionName::Common,
            Self::Unknown => DispositionName::Unknown,
        }
    }
}

impl From<Disposition> for DispositionNumber {
    fn from(disposition: Disposition) -> Self {
        disposition.number()
    }
}

impl From<Disposition> for DispositionName {
    fn from(disposition: Disposition) -> Self {
        disposition.name()
    }
}

impl DispositionNumber {
    /// Returns the word of the disposition; none for a number that is not listed.
    #[must_use]
    pub fn name(self) -> Option<DispositionName> {
        match self {
            Self::Clean => Some(DispositionName::Clean),
            Self::Malicious => Some(DispositionName::Malicious),
            Self::Suspicious => Some(DispositionName::Suspicious),
            Self::Common => Some(DispositionName::Common),
            Self::Unknown => Some(DispositionName::Unknown),
            Self::Unlisted(_) => None,
        }
    }
}

impl DispositionName {
    /// Returns the number of the disposition; none for a word that is not listed.
    #[must_use]
    pub fn number(&self) -> Option<DispositionNumber> {
        DispositionNumber::KNOWN.iter().copied().find(|number| number.name().as_ref() == Some(self))
    }
}
