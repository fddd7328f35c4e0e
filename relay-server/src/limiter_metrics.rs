//! The state of the limiters as metrics, read whenever metrics are asked for.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use sumo_client::{Limiters, RateLimit};

/// The limiters that are at work, and their limit; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct LimiterMetrics(Arc<Mutex<(Limiters, RateLimit)>>);

impl LimiterMetrics {
    pub(crate) fn new(limiters: Limiters, limit: RateLimit) -> Self {
        Self(Arc::new(Mutex::new((limiters, limit))))
    }

    /// Tells other limiters from now on.
    pub(crate) fn replace(&self, limiters: Limiters, limit: RateLimit) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (limiters, limit);
    }
}

impl Collector for LimiterMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (limiters, limit) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let load = limiters.load();
        for (name, help, value) in [
            ("limiter_keys", "Access keys with calls of late.", load.keys as f64),
            ("limiter_waiting_calls", "Calls that wait for their turn.", load.waiting as f64),
            (
                "limiter_longest_hold_seconds",
                "The longest time for which a key may start no call, by its rate or as Sumo Logic asked.",
                load.longest_hold.as_secs_f64(),
            ),
            (
                "retry_budget_ratio",
                "The least share of retries that a key may still make.",
                load.least_retry_budget,
            ),
            ("limiter_rate_limit", "RELAY_SUMO_RATE, 0 without a limit.", f64::from(limit.calls_per_window)),
            ("limiter_concurrency_limit", "RELAY_SUMO_CONCURRENCY.", f64::from(limit.concurrency)),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
