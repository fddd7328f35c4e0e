// The README has the same link for readers of the repository; the first definition counts.
#![doc = "[guide]: crate::guide\n"]
#![doc = include_str!("../README.md")]
//!
//! ## Overview
//!
//! | you want | look at |
//! |---|---|
//! | to learn it | [`guide`] |
//! | an entity, the form that creates it, a part of it | [`Sighting`], [`NewSighting`], [`ObservedTime`] and so on: named as in the model; all of them in [`entity`] |
//! | any entity, many entities | [`Entity`], [`EntityView`], [`Bundle`], [`EntityLists`] |
//! | the words of a field | [`vocabulary`] |
//! | ids and times | [`EntityId`], [`external_id()`], [`Time`]; their limits and forms in [`id`] |
//! | validation | [`Validate`], [`Report`]; JSON in [`validation`] |
//! | shortening of texts | [`Truncate`], [`text`] |
//! | drawings, neighbours | [`Graph`], [`graph`] |
//! | which relationships the model defines | [`relationships`] |
//! | the verdict of several judgements | [`Verdict::from_judgements`] |
//! | the types of builders | `ctim::builders` |
//! | the model as data, JSON Schema | [`model`], [`json_schema()`] |
//! | STIX 2.1 | `ctim::stix` (feature `stix`) |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod described;
#[macro_use]
mod structure;
mod any_entity;
#[cfg(feature = "builders")]
pub mod builders;
pub mod bundle;
mod check;
mod disjoint_sets;
mod duplicate;
pub mod entity;
mod entity_list;
mod entity_type;
mod external_id;
mod fields;
pub mod graph;
pub mod id;
mod json_schema;
mod list;
pub mod model;
mod node;
mod number;
#[cfg(feature = "openapi")]
mod openapi;
#[cfg(feature = "openapi")]
mod openapi_lists;
mod plain_value;
mod pointer;
mod read;
mod reference;
pub mod relationships;
pub mod report;
mod sealed {
    /// Keeps traits to the types of this crate.
    pub trait Sealed {}
}
mod shared;
#[cfg(feature = "stix")]
pub mod stix;
mod suggest;
pub mod text;
mod text_form;
pub mod time;
mod validate;
mod validator;
mod verdict_rule;
pub mod vocabulary;

pub use any_entity::{Entity, EntityView, ReadError};
pub use entity::*;
pub use entity_list::{EntityList, EntityLists};
pub use entity_type::{EntityType, UnknownEntityType};
pub use external_id::external_id;
pub use graph::Graph;
pub use id::{EntityId, IdError};
pub use json_schema::json_schema;
pub use list::List;
pub use node::{Object, Row};
pub use number::Number;
pub use plain_value::PlainValue;
pub use report::{Level, Report, Rule, Violation};
pub use shared::*;
pub use structure::{EntityStructure, Structure};
pub use text::Truncate;
pub use time::{Time, TimeError};
pub use validate::Validate;

/// Validation of entities and of JSON.
pub mod validation {
    pub use crate::check::check_json;
    pub use crate::duplicate::duplicate_members;
    pub use crate::reference::Reference;
    pub use crate::validate::Validate;
}

#[doc = include_str!("../docs/guide.md")]
pub mod guide {}

#[cfg(feature = "openapi")]
pub use poem_openapi;
#[cfg(feature = "schemars")]
pub use schemars;
pub use {chrono, serde, serde_json, uuid};

/// The version of CTIM that this crate implements.
pub const SCHEMA_VERSION: &str = "1.3.29";
