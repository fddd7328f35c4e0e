//! The metrics of the service, for Prometheus.
//!
//! Names start with `relay_`; those of the process have the names that they have everywhere. Labels
//! come from closed sets: routes, outcomes, configured hosts; never from a request. Series exist
//! from the start, with 0.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::losses::Losses;
use super::process::ProcessCollector;
use super::text_format;
use crate::auth::Refusal;
use crate::contract::reply::RequestOutcome;

/// Upper bounds of durations, in seconds: from a refusal to the longest deadline.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0];

/// Upper bounds of the number of observables in a request.
const OBSERVABLES: [f64; 9] = [0.0, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 500.0];

type FloatGauge = Gauge<f64, AtomicU64>;

/// The metrics of one service; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    process: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabel, Histogram, fn() -> Histogram>,
    requests_in_flight: Gauge,
    /// The requests of outcome `cut` over all routes; not a metric of its own.
    cut: Counter,
    request_observables: Histogram,
    refusals: Family<RefusalLabel, Counter>,
    connections_open: Gauge,
    connections: Counter,
    tls_handshake_failures: Counter,
    key_set_fetches: Family<KeySetFetchLabels, Counter>,
    key_set_fetched: Family<HostLabel, FloatGauge>,
    certificate_expiry: FloatGauge,
    draining: Gauge,
    limits: Limits,
    config_hash: Gauge,
    reloads: Family<ReloadLabel, Counter>,
    reloaded: FloatGauge,
}

/// The limits in force, as gauges.
#[derive(Clone, Debug, Default)]
struct Limits {
    in_flight: Gauge,
    connections: Gauge,
    observables: Gauge,
    body_bytes: Gauge,
    deadline: FloatGauge,
}

/// The limits that metrics tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LimitValues {
    pub(crate) in_flight: usize,
    pub(crate) connections: usize,
    pub(crate) observables: usize,
    pub(crate) body_bytes: usize,
    pub(crate) deadline: Duration,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct RefusalLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct KeySetFetchLabels {
    host: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct HostLabel {
    host: String,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct ReloadLabel {
    outcome: &'static str,
}

/// The text formats of metrics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextFormat {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The format of Prometheus before OpenMetrics, version 0.0.4.
    Classic,
}

impl TextFormat {
    /// Returns the format for a request with this `Accept` header: OpenMetrics for those who ask
    /// for it.
    pub fn of_accept(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Classic }
    }

    /// Returns the value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Returns a histogram of durations, in seconds.
pub fn duration_histogram() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    /// Creates metrics of the service alone; `version` is that of the module.
    pub fn new(version: &str) -> Self {
        Self::with_module(version, |_| {})
    }

    /// Creates metrics of the service, and those that `register` adds.
    pub fn with_module(version: &str, register: impl FnOnce(&mut Registry)) -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            process: Arc::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(duration_histogram),
            requests_in_flight: Gauge::default(),
            cut: Counter::default(),
            request_observables: Histogram::new(OBSERVABLES),
            refusals: Family::default(),
            connections_open: Gauge::default(),
            connections: Counter::default(),
            tls_handshake_failures: Counter::default(),
            key_set_fetches: Family::default(),
            key_set_fetched: Family::default(),
            certificate_expiry: FloatGauge::default(),
            draining: Gauge::default(),
            limits: Limits::default(),
            config_hash: Gauge::default(),
            reloads: Family::default(),
            reloaded: FloatGauge::default(),
        };
        for refusal in Refusal::ALL {
            let _ = metrics.refusals.get_or_create(&RefusalLabel { reason: refusal.as_str() });
        }
        for outcome in ["success", "failure"] {
            let _ = metrics.reloads.get_or_create(&ReloadLabel { outcome });
        }
        let mut registry = Registry::with_prefix("relay");
        metrics.register_requests(version, &mut registry);
        metrics.register_server(&mut registry);
        metrics.register_settings(&mut registry);
        registry.register_collector(Box::new(Losses));
        register(&mut registry);
        metrics.registry = Arc::new(registry);
        let mut process = Registry::default();
        process.register_collector(Box::new(ProcessCollector));
        metrics.process = Arc::new(process);
        metrics
    }

    fn register_requests(&self, version: &str, registry: &mut Registry) {
        registry.register("build", "The version that runs", Info::new([("version", version.to_owned())]));
        registry.register("requests", "Requests by route and outcome", self.requests.clone());
        registry.register(
            "request_duration_seconds",
            "From the arrival of a request to its answer",
            self.request_seconds.clone(),
        );
        registry.register("requests_in_flight", "Requests worked on", self.requests_in_flight.clone());
        registry.register(
            "request_observables",
            "Observables in a request",
            self.request_observables.clone(),
        );
        registry.register("refusals", "Refused tokens by reason", self.refusals.clone());
        registry.register("key_set_fetches", "Attempts to fetch signing keys", self.key_set_fetches.clone());
        registry.register(
            "key_set_fetched_timestamp_seconds",
            "When the signing keys in use were fetched, 0 if never",
            self.key_set_fetched.clone(),
        );
    }

    fn register_server(&self, registry: &mut Registry) {
        registry.register("connections_open", "Connections that are open", self.connections_open.clone());
        registry.register("connections", "Connections that were accepted", self.connections.clone());
        registry.register(
            "tls_handshake_failures",
            "Connections whose TLS handshake failed",
            self.tls_handshake_failures.clone(),
        );
        registry.register(
            "tls_certificate_expiry_timestamp_seconds",
            "When the certificate that is served expires, 0 without one",
            self.certificate_expiry.clone(),
        );
        registry.register("draining", "1 once the relay was told to stop", self.draining.clone());
        let limits = &self.limits;
        registry.register("requests_in_flight_limit", "RELAY_MAX_IN_FLIGHT", limits.in_flight.clone());
        registry.register("connections_limit", "RELAY_MAX_CONNECTIONS", limits.connections.clone());
        registry.register("request_observables_limit", "RELAY_MAX_OBSERVABLES", limits.observables.clone());
        registry.register("request_body_limit_bytes", "The largest request body", limits.body_bytes.clone());
        registry.register("request_deadline_seconds", "RELAY_DEADLINE_SECONDS", limits.deadline.clone());
    }

    fn register_settings(&self, registry: &mut Registry) {
        registry.register(
            "config_hash",
            "A number that stands for the settings in force",
            self.config_hash.clone(),
        );
        registry.register(
            "config_reloads",
            "Attempts to read settings and files again",
            self.reloads.clone(),
        );
        registry.register(
            "config_loaded_timestamp_seconds",
            "When the settings and files in force were read",
            self.reloaded.clone(),
        );
    }

    /// Returns the metrics in the OpenMetrics text format.
    pub fn to_text(&self) -> String {
        self.to_format(TextFormat::OpenMetrics)
    }

    /// Returns the metrics as text.
    pub fn to_format(&self, format: TextFormat) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = text::encode_registry(&mut text, &self.registry)
            .and_then(|()| text::encode_registry(&mut text, &self.process))
            .and_then(|()| text::encode_eof(&mut text));
        match format {
            TextFormat::OpenMetrics => text,
            TextFormat::Classic => text_format::to_classic(&text),
        }
    }

    /// Lets the series of these routes begin with 0.
    pub(crate) fn prepare_routes(&self, routes: impl IntoIterator<Item = &'static str>) {
        for route in routes {
            let _ = self.request_seconds.get_or_create(&RouteLabel { route });
            for outcome in RequestOutcome::ALL {
                let _ = self.requests.get_or_create(&RequestLabels { route, outcome: outcome.as_str() });
            }
        }
    }

    /// Lets the series of these hosts of key sets begin with 0.
    pub(crate) fn prepare_key_hosts<'a>(&self, hosts: impl IntoIterator<Item = &'a str>) {
        for host in hosts.into_iter().map(str::to_owned) {
            for outcome in ["success", "failure"] {
                let _ =
                    self.key_set_fetches.get_or_create(&KeySetFetchLabels { host: host.clone(), outcome });
            }
            let _ = self.key_set_fetched.get_or_create(&HostLabel { host });
        }
    }

    /// Counts a request as worked on until the guard is dropped, however the request ends.
    pub(crate) fn request_started(&self) -> CountedOpen {
        CountedOpen::new(&self.requests_in_flight)
    }

    pub(crate) fn request_ended(&self, route: &'static str, outcome: RequestOutcome, duration: Duration) {
        self.requests.get_or_create(&RequestLabels { route, outcome: outcome.as_str() }).inc();
        self.request_seconds.get_or_create(&RouteLabel { route }).observe(duration.as_secs_f64());
        if outcome == RequestOutcome::Cut {
            self.cut.inc();
        }
    }

    /// Returns the number of requests that were cut, since they did not end in time when the server
    /// stopped.
    pub fn requests_cut(&self) -> u64 {
        self.cut.get()
    }

    pub(crate) fn observables_asked(&self, count: usize) {
        self.request_observables.observe(count as f64);
    }

    pub(crate) fn refused(&self, refusal: Refusal) {
        self.refusals.get_or_create(&RefusalLabel { reason: refusal.as_str() }).inc();
    }

    /// Counts a connection as open until the guard is dropped.
    pub(crate) fn connection_opened(&self) -> CountedOpen {
        self.connections.inc();
        CountedOpen::new(&self.connections_open)
    }

    pub(crate) fn tls_handshake_failed(&self) {
        self.tls_handshake_failures.inc();
    }

    pub(crate) fn key_set_fetched(&self, host: &str, is_success: bool) {
        let outcome = if is_success { "success" } else { "failure" };
        self.key_set_fetches.get_or_create(&KeySetFetchLabels { host: host.to_owned(), outcome }).inc();
        if is_success {
            self.key_set_fetched.get_or_create(&HostLabel { host: host.to_owned() }).set(unix_now());
        }
    }

    pub(crate) fn set_certificate_expiry(&self, unix_seconds: i64) {
        self.certificate_expiry.set(unix_seconds as f64);
    }

    pub(crate) fn set_draining(&self) {
        self.draining.set(1);
    }

    pub(crate) fn set_limits(&self, limits: LimitValues) {
        let integer = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.limits.in_flight.set(integer(limits.in_flight));
        self.limits.connections.set(integer(limits.connections));
        self.limits.observables.set(integer(limits.observables));
        self.limits.body_bytes.set(integer(limits.body_bytes));
        self.limits.deadline.set(limits.deadline.as_secs_f64());
    }

    /// Notes settings that came into force.
    pub(crate) fn settings_loaded(&self, settings: &str) {
        let digest = hmac_sha256::Hash::hash(settings.as_bytes());
        // As many bits as a floating-point number holds exactly.
        let hash = digest.iter().take(6).fold(0, |hash, byte| (hash << 8) | i64::from(*byte));
        self.config_hash.set(hash);
        self.reloaded.set(unix_now());
    }

    pub(crate) fn reload_ended(&self, is_success: bool) {
        let outcome = if is_success { "success" } else { "failure" };
        self.reloads.get_or_create(&ReloadLabel { outcome }).inc();
    }
}

fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A request or connection that counts until it is dropped.
pub(crate) struct CountedOpen(Gauge);

impl CountedOpen {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for CountedOpen {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_in_the_text() {
        let calls = Counter::<u64>::default();
        let metrics =
            Metrics::with_module("1.2.3", |registry| registry.register("calls", "Calls", calls.clone()));
        let running = metrics.request_started();
        metrics.request_ended("/health", RequestOutcome::Success, Duration::from_millis(3));
        metrics.refused(Refusal::Expired);
        calls.inc();
        let text = metrics.to_text();
        for line in [
            "relay_build_info{version=\"1.2.3\"} 1",
            "relay_requests_total{route=\"/health\",outcome=\"success\"} 1",
            "relay_request_duration_seconds_bucket{le=\"0.005\",route=\"/health\"} 1",
            "relay_requests_in_flight 1",
            "relay_refusals_total{reason=\"expired\"} 1",
            "relay_refusals_total{reason=\"wrong_key\"} 0",
            "relay_calls_total 1",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(running);
        assert!(metrics.to_text().contains("relay_requests_in_flight 0"));
        assert!(!Metrics::new("1").to_text().contains("/health"));
    }

    #[test]
    fn series_of_known_routes_and_hosts_begin_with_zero() {
        let metrics = Metrics::new("1");
        metrics.prepare_routes(["/health"]);
        metrics.prepare_key_hosts(["keys.example.com"]);
        let text = metrics.to_text();
        for outcome in RequestOutcome::ALL {
            let line =
                format!("relay_requests_total{{route=\"/health\",outcome=\"{}\"}} 0", outcome.as_str());
            assert!(text.contains(&line), "{line} is not in\n{text}");
        }
        assert!(
            text.contains("relay_key_set_fetches_total{host=\"keys.example.com\",outcome=\"failure\"} 0")
        );
    }

    #[test]
    fn the_format_is_what_the_scraper_asks_for() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3";
        assert_eq!(TextFormat::of_accept(prometheus), TextFormat::OpenMetrics);
        assert_eq!(TextFormat::of_accept("text/plain"), TextFormat::Classic);
        assert_eq!(TextFormat::of_accept(""), TextFormat::Classic);
    }

    #[test]
    fn the_hash_of_settings_is_exact_as_a_floating_point_number() {
        let metrics = Metrics::new("1");
        metrics.settings_loaded("a");
        let hash = metrics.config_hash.get();
        assert!(hash > 0 && (hash as f64) as i64 == hash);
        metrics.settings_loaded("b");
        assert_ne!(metrics.config_hash.get(), hash);
    }
}
