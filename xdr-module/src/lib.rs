#![doc = include_str!("../README.md")]
//!
//! ## Overview
//!
//! | you want | look at |
//! |---|---|
//! | to learn it | [`guide`] |
//! | to write a module | [`Module`], [`Capability`], [`Context`], [`Claims`], [`Refusal`] |
//! | to answer | [`Reply`], [`ErrorItem`]; the data in [`contract`]; entities in [`ctim`] |
//! | to serve it | [`serve()`], [`serve_program`], [`Settings`]; inside of another program [`Service`], [`Config`] |
//! | to register it | [`module_type`] |
//! | metrics, logs | [`Module::register_metrics`], [`telemetry`] |
//! | to test it | the module `testing` (feature `testing`) |
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod auth;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
mod config_file;
pub mod contract;
mod dispatch;
mod endpoints;
pub mod http;
mod masking;
#[cfg(doctest)]
mod misuse;
mod module;
pub mod module_type;
#[cfg(feature = "cli")]
mod names;
mod open_files;
mod pages;
mod public_url;
mod reload;
mod serve;
mod service;
#[cfg(feature = "cli")]
pub mod setting_values;
mod settings;
mod shares;
pub mod shutdown;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod threads;

// Its programs need the test issuer; docs.rs builds all features.
#[cfg_attr(feature = "testing", doc = include_str!("../docs/guide.md"))]
#[cfg_attr(not(feature = "testing"), doc = "The guide; it is here with the feature `testing`.")]
pub mod guide {}

/// The crate `http`, under another name than the module `http` of this crate.
pub use ::http as http_types;
#[cfg(feature = "cli")]
pub use clap;
pub use {
    bytes, chrono, ctim, prometheus_client, reqwest, rustls, secrecy, serde, serde_json, tokio, tokio_util,
};

pub use self::auth::{Claims, Refusal};
pub use self::contract::health::Health;
pub use self::contract::observable::Observable;
pub use self::contract::reference_link::ReferenceLink;
pub use self::contract::reply::{ErrorItem, Reply};
pub use self::dispatch::RequestLimits;
pub use self::http::page_handler::PageHandler;
pub use self::module::{About, Capability, Context, Example, Examples, Module, Operation};
pub use self::pages::Pages;
pub use self::pages::landing::{DemoObservable, DemoPages, DemoStep};
pub use self::public_url::{PublicUrlError, public_url};
pub use self::reload::{Reloader, key_sets};
pub use self::serve::{BoxError, LoadedSettings, Program, ServeError, StartMessages, serve, serve_program};
pub use self::service::{Handler, Ports, Service, StartError, openapi_document};
pub use self::settings::{
    Config, ListenAddressError, SettingError, Settings, Tls, TlsError, extra_roots, host_list,
};
pub use self::shares::{Place, ShareKeys};
