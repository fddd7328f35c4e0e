//! Logs, metrics and traces.

pub mod causes;
pub mod fingerprint;
pub mod forwarded;
pub mod log_filter;
pub(crate) mod log_writer;
pub mod logs;
mod losses;
pub mod metrics;
mod process;
pub mod request_facts;
pub(crate) mod request_record;
mod text_format;
pub mod trace_context;
#[cfg(feature = "otlp")]
pub mod traces;
