//! Log lines and spans that were lost: counted for the whole process, as logs and traces are set up
//! once for it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;

use super::log_writer;

/// Spans that did not reach the collector.
pub(crate) static SPANS: Loss = Loss::new();

/// Attempts to send spans that failed.
pub(crate) static EXPORTS: Loss = Loss::new();

/// A number of things that were lost.
#[derive(Debug)]
pub(crate) struct Loss(AtomicU64);

impl Loss {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The losses as metrics.
#[derive(Debug)]
pub(crate) struct Losses;

impl Collector for Losses {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, help, lost) in [
            ("log_lines_dropped", "Log lines that nobody read in time.", log_writer::dropped_lines()),
            ("spans_dropped", "Spans that did not reach the collector.", SPANS.get()),
            ("span_export_failures", "Attempts to send spans to the collector that failed.", EXPORTS.get()),
        ] {
            let counter = ConstCounter::new(lost);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        Ok(())
    }
}
