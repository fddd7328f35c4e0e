//! The relay that joins Cisco XDR (earlier SecureX Threat Response) to Sumo Logic Cloud SIEM.

pub mod admin;
pub mod api;
pub mod auth;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
pub mod config;
pub(crate) mod console;
#[cfg(feature = "demo")]
pub mod demo;
pub mod envelope;
pub(crate) mod mapping;
pub mod metrics;
pub mod module_type;
pub mod observable;
pub mod observe;
#[cfg(feature = "otlp")]
pub mod otlp;
pub(crate) mod python;
pub mod refer;
pub mod relay;
pub mod scope;
pub mod server;
pub mod service;
pub mod shutdown;
pub mod telemetry;
pub mod trust;
pub(crate) mod upstream;
