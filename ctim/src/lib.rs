#![doc = include_str!("../README.md")]
//!
//! ## What is where
//!
//! | you want | look at |
//! |---|---|
//! | an entity, the form that creates it, a part of it | [`Sighting`], [`NewSighting`], [`ObservedTime`] and so on: named as in the model |
//! | the words of a field | [`vocabulary`] |
//! | ids | [`EntityId`], [`external_id()`] |
//! | times | [`Time`] |
//! | validation | [`Validate`], [`check_json`], [`Report`] |
//! | which relationships the model defines | [`DEFINED_RELATIONSHIPS`], [`is_defined_relationship`] |
//! | the verdict of several judgements | [`Verdict::from_judgements`] |
//! | the model as data, JSON Schema | [`model`], [`json_schema()`] |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod structure;
mod any_entity;
mod bundle;
mod check;
mod defined_relationships;
mod entity;
mod entity_list;
mod entity_type;
mod external_id;
mod graph;
mod id;
mod json_schema;
mod list;
pub mod model;
mod node;
mod number;
#[cfg(feature = "openapi")]
mod openapi;
mod pointer;
mod read;
mod report;
mod shared;
mod text;
mod time;
mod truncate;
mod validate;
mod verdict_rule;
pub mod vocabulary;

pub use any_entity::{Entity, EntityRef, EntityStructure, ReadError};
pub use bundle::{Duplicate, IMPORT_LIMIT, LeftOut, Split};
pub use check::check_json;
pub use defined_relationships::{
    COMMON_RELATIONSHIPS, DEFINED_RELATIONSHIPS, DefinedRelationship, is_defined_relationship,
};
pub use entity::*;
pub use entity_list::{EntityList, EntityLists};
pub use entity_type::{EntityType, UnknownEntityType};
pub use external_id::external_id;
pub use graph::{Edge, Graph, Label, Node};
pub use id::{EntityId, IdError, IdKind, MAX_ID_LENGTH};
pub use json_schema::json_schema;
pub use list::List;
pub use node::{Object, Row};
pub use number::Number;
pub use report::{Level, Report, Rule, Violation};
pub use shared::*;
pub use structure::Structure;
pub use time::{Time, TimeError};
pub use truncate::{Cut, Truncate};
pub use validate::{Reference, Validate};

/// The version of CTIM that this crate implements.
pub const SCHEMA_VERSION: &str = "1.3.29";
