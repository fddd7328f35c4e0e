#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod structure;
mod any_entity;
mod check;
mod entity;
mod entity_list;
mod entity_type;
mod id;
mod list;
pub mod model;
mod node;
mod number;
mod pointer;
mod read;
mod report;
mod shared;
mod text;
mod time;
mod truncate;
mod validate;
pub mod vocabulary;

pub use any_entity::{Entity, EntityStructure, ReadError};
pub use check::check_json;
pub use entity::*;
pub use entity_list::{EntityList, EntityLists};
pub use entity_type::{EntityType, UnknownEntityType};
pub use id::{EntityId, IdError, IdKind, MAX_ID_LENGTH};
pub use list::List;
pub use node::{Object, Row};
pub use number::Number;
pub use report::{Level, Report, Rule, Violation};
pub use shared::*;
pub use structure::Structure;
pub use time::{Time, TimeError};
pub use truncate::{Cut, Truncate};
pub use validate::Validate;

/// The version of CTIM that this crate implements.
pub const SCHEMA_VERSION: &str = "1.3.29";
