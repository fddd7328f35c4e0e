//! Descriptions of structures, fields, kinds of values, and vocabularies.

use std::borrow::Cow;

use crate::entity_type::EntityType;
use crate::report::Report;

use super::patterns;

/// A structure: an entity, its form for creation, or a part of one.
#[derive(Debug)]
#[non_exhaustive]
pub struct StructureInfo {
    /// The model's name, such as `COA`. The Rust type has the same name in Rust's spelling.
    pub name: &'static str,
    /// The description.
    pub doc: &'static str,
    /// Fields that have one fixed value, such as `type` of an entity.
    pub constants: &'static [(&'static str, &'static str)],
    /// The other fields.
    pub fields: &'static [FieldInfo],
    /// Reads the structure from JSON and validates it; none if it cannot be read.
    pub(crate) read_and_validate: fn(&serde_json::Value) -> Option<Report>,
}

impl StructureInfo {
    /// Returns the field with this JSON name, if it is none of the constants.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static FieldInfo> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A field of a structure.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FieldInfo {
    /// The JSON name.
    pub name: &'static str,
    /// The description.
    pub doc: &'static str,
    /// True if the model requires it.
    pub required: bool,
    /// One value or many.
    pub cardinality: Cardinality,
    /// The kind of each value.
    pub kind: Kind,
}

/// The number of values that a field has.
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
    /// Returns the greatest length of a text of this kind, in UTF-16 code units; none if the length
    /// is not limited.
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

    /// Returns the least length of a text of this kind; none if it may be empty or has a
    /// [`Kind::pattern`].
    #[must_use]
    pub fn min_length(self) -> Option<usize> {
        matches!(self, Self::Uri).then_some(1)
    }

    /// Returns the regular expression (ECMA 262) that a text of this kind matches, as far as the
    /// model has one.
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

    /// Returns the JSON Schema format of a text of this kind.
    #[must_use]
    pub fn format(self) -> Option<&'static str> {
        match self {
            Self::Time => Some("date-time"),
            Self::Uri => Some("uri-reference"),
            _ => None,
        }
    }

    /// Returns the least and the greatest number of this kind, as far as the model enforces them.
    #[must_use]
    pub fn range(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::PosInt => (Some(0), None),
            Self::CvssScore => (Some(0), Some(10)),
            _ => (None, None),
        }
    }

    /// Returns true if a text of this kind still makes sense when its end is cut off.
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
    /// The documentation of the vocabulary.
    pub doc: &'static str,
    /// True if values that are not listed are accepted.
    pub is_open: bool,
    /// True if all values, listed or not, must be of lower-case ASCII letters, digits, `_` and `-`.
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
