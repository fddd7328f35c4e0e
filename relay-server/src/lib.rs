#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod cache;
mod clock;
mod console;
mod defanged;
mod deliberate;
#[cfg(feature = "demo")]
pub mod demo;
mod error_items;
mod examples;
mod health;
mod json_length;
mod limiter_metrics;
mod mapping;
mod matching;
mod metrics;
mod module;
pub mod module_type;
mod observe;
mod query_batches;
mod refer;
mod respond;
mod rights;
mod running;
mod search;
mod settings;
mod tenant;
mod tiles;
mod trace_header;
mod upstream;

pub use self::defanged::refanged;
pub use self::deliberate::JudgingSettings;
pub use self::module::{CloudSiemModule, ModuleError};
pub use self::observe::to_bundle;
pub use self::respond::settings::{RespondSettings, ThreatSource, WriteKey};
pub use self::respond::{RespondConfig, undo as respond_undo};
pub use self::settings::{AccessIds, BudgetUrl, RelaySettings, SumoConfig, SumoSettings};
pub use self::tenant::{ENTITIES_LIMIT, Tenant};
pub use {ctim, sumo_client, xdr_module};
