//! The model as data: every structure with its fields, every vocabulary with its values.
//!
//! The crate's own reading, validation and schemas use this description, so a program that lists
//! fields, draws forms or checks another description of CTIM can rely on it.

mod info;
mod patterns;
mod structures;

pub use info::{Cardinality, FieldInfo, Kind, StructureInfo, Values, VocabularyInfo};
pub use structures::STRUCTURES;
