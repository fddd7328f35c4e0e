//! The model as data: every structure with its fields, every vocabulary with its values.
//!
//! This is what the crate's own reading, validation and schemas go by, so a program that lists fields, draws forms or
//! checks another description of CTIM can rely on it.

use std::borrow::Cow;

use crate::entity_type::EntityType;
use crate::report::Report;

/// A structure: an entity, its form for creation, or a part of one.
#[derive(Debug)]
#[non_exhaustive]
pub struct StructureInfo {
    /// The model's name, such as `COA`. The Rust type has the same name in Rust's spelling.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Fields that have one fixed value, such as `type` of an entity.
    pub constants: &'static [(&'static str, &'static str)],
    /// The other fields.
    pub fields: &'static [FieldInfo],
    /// Reads the structure from JSON and validates it; none if it cannot be read.
    pub(crate) read_and_validate: fn(&serde_json::Value) -> Option<Report>,
}

impl StructureInfo {
    /// The field with this JSON name, if it is none of the constants.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static FieldInfo> {
        self.fields.iter().find(|field| field.name == name)
    }
}

macro_rules! structures {
    ($($name:ident),* $(,)?) => {
        /// All structures: entities, their forms for creation, and the parts of both.
        pub const STRUCTURES: &[&StructureInfo] = &[$(<crate::$name as crate::Structure>::INFO),*];
    };
}

structures! {
    ActionType,
    Activity,
    Actor,
    ActuatorType,
    AdditionalProperties,
    AlternateTerm,
    Architecture,
    Assertion,
    Asset,
    AssetMapping,
    AssetProperties,
    AssetProperty,
    AttackPattern,
    Bundle,
    Campaign,
    Casebook,
    Coa,
    ColumnDefinition,
    CompositeIndicatorExpression,
    Configurations,
    Consequence,
    Context,
    CpeLeafNode,
    CpeMatch,
    CpeNode,
    Cve,
    CveDataMeta,
    CvssV2,
    CvssV3,
    DataTable,
    DetectionMethod,
    ExternalReference,
    Feedback,
    FileCreateType,
    FileDeleteType,
    FileModifyType,
    FileMoveType,
    HttpType,
    Identity,
    IdentityAssertion,
    IdentityCoordinates,
    IdentitySpecification,
    Incident,
    IncidentTime,
    Indicator,
    Investigation,
    Judgement,
    JudgementSpecification,
    KillChainPhase,
    Language,
    LibraryLoadType,
    Malware,
    Mitigation,
    ModeOfIntroduction,
    ModifierType,
    NetflowType,
    NewActor,
    NewAsset,
    NewAssetMapping,
    NewAssetProperties,
    NewAttackPattern,
    NewBundle,
    NewCampaign,
    NewCasebook,
    NewCoa,
    NewDataTable,
    NewFeedback,
    NewIdentityAssertion,
    NewIncident,
    NewIndicator,
    NewInvestigation,
    NewJudgement,
    NewMalware,
    NewNote,
    NewRelationship,
    NewSighting,
    NewTargetRecord,
    NewTool,
    NewVulnerability,
    NewWeakness,
    Note,
    NoteRelatedEntity,
    Observable,
    ObservedRelation,
    ObservedTime,
    OpenC2Coa,
    OpenIocSpecification,
    OperatingSystem,
    Paradigm,
    ProcessCreateType,
    RegistryCreateType,
    RegistryDeleteType,
    RegistryRenameType,
    RegistrySetType,
    RelatedCoa,
    RelatedIdentity,
    RelatedJudgement,
    Relationship,
    SensorCoordinates,
    Sighting,
    SightingDataTable,
    SiocSpecification,
    SnortSpecification,
    Target,
    TargetRecord,
    TargetType,
    Technology,
    Text,
    ThreatBrainSpecification,
    Tool,
    Traffic,
    ValidTime,
    Verdict,
    Vulnerability,
    VulnerabilityImpact,
    Weakness,
    WeaknessNote,
}

/// A field of a structure.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FieldInfo {
    /// The JSON name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Whether the model requires it.
    pub required: bool,
    /// One value or many.
    pub cardinality: Cardinality,
    /// The kind of each value.
    pub kind: Kind,
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// One value.
    One,
    /// A list.
    List,
    /// A list without duplicates.
    Set,
}

/// The kind of a value, with the rules that follow from it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// Text without a limit.
    Text,
    /// Text of at most 1024 UTF-16 code units.
    ShortString,
    /// Text of at most 2048 UTF-16 code units.
    MedString,
    /// Text of at most 5000 UTF-16 code units.
    LongString,
    /// Markdown of at most 5000 UTF-16 code units.
    Markdown,
    /// A URI reference of 1 to 2048 UTF-16 code units.
    Uri,
    /// A version of the model, such as `1.3.29`.
    SchemaVersion,
    /// A CVSS 2 base vector.
    CvssV2Vector,
    /// A CVSS 2 temporal vector.
    CvssV2TemporalVector,
    /// A CVSS 2 environmental vector.
    CvssV2EnvironmentalVector,
    /// A CVSS 3.0 or 3.1 vector.
    CvssV3Vector,
    /// A CPE 2.3 formatted string.
    FormattedCpe23,
    /// A version bound in a CPE match, at most 64 UTF-16 code units.
    CpeVersion,
    /// One fixed text.
    Fixed(&'static str),
    /// The id of the entity itself: a long or transient id.
    Id,
    /// The id of another entity: a long or transient id.
    Reference,
    /// The long id of a stored entity of one type.
    ReferenceTo(EntityType),
    /// A point in time from 1970-01-01 to 2525-01-01.
    Time,
    /// True or false.
    Boolean,
    /// An integer.
    Integer,
    /// An integer from 0.
    PosInt,
    /// An integer, by convention 0 to 100.
    Priority,
    /// A number.
    Number,
    /// A number from 0 to 10.
    CvssScore,
    /// A number, by convention from 0.
    IncidentScore,
    /// A row of a table: a list of any values.
    Row,
    /// An object with any fields.
    Object,
    /// An object of texts, numbers and truth values.
    MetaData,
    /// An object of numbers.
    IncidentScores,
    /// A word of a vocabulary.
    Vocabulary(&'static VocabularyInfo),
    /// An embedded structure.
    Structure(&'static StructureInfo),
    /// One of several structures, told apart by their constant `type`.
    OneOf(&'static [&'static StructureInfo]),
}

impl Kind {
    /// The greatest length of a text of this kind, in UTF-16 code units; none if there is no limit.
    #[must_use]
    pub fn max_length(self) -> Option<usize> {
        match self {
            Self::ShortString => Some(1024),
            Self::MedString | Self::Uri | Self::Id | Self::Reference => Some(2048),
            Self::LongString | Self::Markdown => Some(5000),
            Self::CpeVersion => Some(64),
            Self::Vocabulary(vocabulary) if vocabulary.words_only => Some(1024),
            _ => None,
        }
    }

    /// The least length of a text of this kind; none if it may be empty or has a [`Kind::pattern`].
    #[must_use]
    pub fn min_length(self) -> Option<usize> {
        matches!(self, Self::Uri).then_some(1)
    }

    /// The regular expression (ECMA 262) that a text of this kind matches, as far as the model has one.
    #[must_use]
    pub fn pattern(self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::SchemaVersion => patterns::SCHEMA_VERSION,
            Self::CvssV2Vector => patterns::CVSS_V2,
            Self::CvssV2TemporalVector => patterns::CVSS_V2_TEMPORAL,
            Self::CvssV2EnvironmentalVector => patterns::CVSS_V2_ENVIRONMENTAL,
            Self::CvssV3Vector => patterns::CVSS_V3,
            Self::FormattedCpe23 => patterns::CPE_23,
            Self::Id | Self::Reference => patterns::ID,
            Self::Vocabulary(vocabulary) if vocabulary.words_only => patterns::WORD,
            Self::ReferenceTo(entity_type) => return Some(Cow::Owned(patterns::reference_to(entity_type))),
            _ => return None,
        }))
    }

    /// The JSON Schema format of a text of this kind.
    #[must_use]
    pub fn format(self) -> Option<&'static str> {
        match self {
            Self::Time => Some("date-time"),
            Self::Uri => Some("uri-reference"),
            _ => None,
        }
    }

    /// The least and the greatest number of this kind, as far as the model enforces them.
    #[must_use]
    pub fn range(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::PosInt => (Some(0), None),
            Self::CvssScore => (Some(0), Some(10)),
            _ => (None, None),
        }
    }

    /// Whether a text of this kind still makes sense when its end is cut off.
    pub(crate) fn may_be_cut(self) -> bool {
        matches!(self, Self::ShortString | Self::MedString | Self::LongString | Self::Markdown)
    }
}

/// A vocabulary.
#[derive(Debug)]
#[non_exhaustive]
pub struct VocabularyInfo {
    /// The model's name, such as `TLP`.
    pub name: &'static str,
    /// What its words say.
    pub doc: &'static str,
    /// Whether values that are not listed are accepted.
    pub is_open: bool,
    /// Whether all values, listed or not, must be of lower-case ASCII letters, digits, `_` and `-`.
    pub words_only: bool,
    /// The listed values.
    pub values: Values,
}

/// The listed values of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Texts.
    Texts(&'static [&'static str]),
    /// Integers.
    Integers(&'static [i64]),
}

/// The model's patterns as regular expressions for descriptions; validation itself uses none.
mod patterns {
    use crate::entity_type::EntityType;

    pub(super) const WORD: &str = "^[0-9a-z_-]+$";
    pub(super) const SCHEMA_VERSION: &str =
        r"^[0-9A-Za-z_]+[^\n\r\u0085\u2028\u2029][0-9A-Za-z_]+\.[0-9A-Za-z_]+$";
    pub(super) const CVSS_V2: &str = "^AV:[LAN]/AC:[HML]/Au:[NSM]/C:[NPC]/I:[NPC]/A:[NPC]$";
    pub(super) const CVSS_V2_TEMPORAL: &str = "^E:(?:U|POC|F|H|ND)/RL:(?:OF|TF|W|U|ND)/RC:(?:UC|UR|C|ND)$";
    pub(super) const CVSS_V2_ENVIRONMENTAL: &str =
        "^CDP:(?:N|L|LM|MH|H|ND)/TD:(?:N|L|M|H|ND)/CR:(?:L|M|H|ND)/IR:(?:L|M|H|ND)/AR:(?:L|M|H|ND)$";
    pub(super) const CVSS_V3: &str = r"^CVSS:3\.[0-1]/(?:(?:AV:[NALP]|AC:[LH]|PR:[UNLH]|UI:[NR]|S:[UC]|[CIA]:[NLH]|E:[XUPFH]|RL:[XOTWU]|RC:[XURC]|[CIA]R:[XLMH]|MAV:[XNALP]|MAC:[XLH]|MPR:[XUNLH]|MUI:[XNR]|MS:[XUC]|M[CIA]:[XNLH])/)*(?:AV:[NALP]|AC:[LH]|PR:[UNLH]|UI:[NR]|S:[UC]|[CIA]:[NLH]|E:[XUPFH]|RL:[XOTWU]|RC:[XURC]|[CIA]R:[XLMH]|MAV:[XNALP]|MAC:[XLH]|MPR:[XUNLH]|MUI:[XNR]|MS:[XUC]|M[CIA]:[XNLH])$";
    pub(super) const CPE_23: &str = r##"^[Cc][Pp][Ee]:2\.3:(?:[hoaHOA]|[*-])(?::(?:(?:(?:\?+|\*)?(?:[A-Za-z0-9._-]|\\[\\?*!|"#$%&'()+,/:;<=>@\[\]^`{}~])+(?:\?+|\*)?)|[*-])){5}:(?:[A-Za-z]{2,3}(?:-(?:[A-Za-z]{2}|[0-9]{3}))?|[*-])(?::(?:(?:(?:\?+|\*)?(?:[A-Za-z0-9._-]|\\[\\?*!|"#$%&'()+,/:;<=>@\[\]^`{}~])+(?:\?+|\*)?)|[*-])){4}$"##;
    pub(super) const ID: &str = r"^(?:https?://[-0-9a-zA-Z][-0-9a-zA-Z.]*(?::[0-9]+)?(?:/[-0-9A-Za-z_.]+)*/ctia/[a-z][-a-z]+/[a-z][-a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|transient:[^\n\r\u0085\u2028\u2029]*)$";

    pub(super) fn reference_to(entity_type: EntityType) -> String {
        const BEFORE: &str = r"^https?://[-0-9a-zA-Z][-0-9a-zA-Z.]*(?::[0-9]+)?(?:/[-0-9A-Za-z_.]+)*/ctia/";
        const AFTER: &str = "/[a-z][-a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
        format!("{BEFORE}{entity_type}{AFTER}")
    }
}
