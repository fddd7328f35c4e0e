//! The conformance suite: checks that drive any running module over HTTP.

mod authorization;
mod check;
mod check_error;
mod concurrency;
mod document;
mod entities;
mod envelope;
mod health;
mod limits;
mod preflight;
mod public;
mod refer;
pub(super) mod report;
mod respond;
mod routing;
mod shape;
mod sockets;
mod subject;
mod tenant;
mod tiles;
mod validation;

use serde_json::Value;

use self::check::Check;
use self::report::ConformanceReport;
use self::subject::Subject;
pub use self::tenant::ConformanceTenant;
use super::caller::Caller;
use super::claims::TokenClaims;
use super::issuer::TestIssuer;
use crate::contract::observable::Observable;
use crate::dispatch::RequestLimits;
use crate::module::Capability;

/// The conformance suite for one running module.
///
/// Tell it what the module offers, then [`run`](Self::run) it. The module must trust the issuer:
/// see [`TestIssuer::apply_to`], or [`TestIssuer::jwks_hosts`] and [`TestIssuer::root_pem`] for a
/// program.
#[derive(Clone, Debug)]
#[must_use]
pub struct Conformance {
    base_url: String,
    issuer: TestIssuer,
    audience: String,
    claims: TokenClaims,
    tenants: Option<[ConformanceTenant; 2]>,
    capabilities: Vec<Capability>,
    observables: Vec<Observable>,
    hanging: Option<Observable>,
    limits: RequestLimits,
    refused_claims: Vec<TokenClaims>,
    trigger: Option<Value>,
    module_type: Option<Value>,
    only: Option<Vec<String>>,
    without: Vec<String>,
}

impl Conformance {
    /// Creates a suite for the module at `base_url`, such as `http://127.0.0.1:9090`, which is also
    /// the audience of tokens. Until it is told more, it asks a module without capabilities, for a
    /// tenant without claims of its own.
    pub fn new(base_url: impl Into<String>, issuer: &TestIssuer) -> Self {
        let base_url = base_url.into();
        Self {
            audience: base_url.clone(),
            base_url,
            issuer: issuer.clone(),
            claims: TokenClaims::default(),
            tenants: None,
            capabilities: Vec::new(),
            observables: Vec::new(),
            hanging: None,
            limits: RequestLimits::default(),
            refused_claims: Vec::new(),
            trigger: None,
            module_type: None,
            only: None,
            without: Vec::new(),
        }
    }

    /// Makes tokens for this public URL of the module.
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        Self { audience: audience.into(), ..self }
    }

    /// Expects exactly these capabilities besides health.
    pub fn with_capabilities(self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        Self { capabilities: capabilities.into_iter().collect(), ..self }
    }

    /// Asks about these observables, type and value; the module should know something about each.
    pub fn with_observables<K: Into<String>, V: Into<String>>(
        self,
        observables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self { observables: observables.into_iter().map(observable).collect(), ..self }
    }

    /// Asks as the tenant with these claims, beside those that XDR sets.
    pub fn with_claims(self, claims: TokenClaims) -> Self {
        Self { claims, ..self }
    }

    /// Asks as two tenants at once, too.
    pub fn with_tenants(self, tenants: [ConformanceTenant; 2]) -> Self {
        Self { tenants: Some(tenants), ..self }
    }

    /// Expects that tokens are refused with "Wrong JWT payload structure" when any of these
    /// replaces the claims of the tenant. A null claim is left out of the token.
    pub fn with_refused_claims(self, claims: impl IntoIterator<Item = TokenClaims>) -> Self {
        Self { refused_claims: claims.into_iter().collect(), ..self }
    }

    /// Expects these limits; without it, the default ones. Checks that have to wait for a limit are
    /// skipped when it is longer than three seconds.
    pub fn with_limits(self, limits: RequestLimits) -> Self {
        Self { limits, ..self }
    }

    /// Asks about an observable for which the module takes longer than its deadline.
    pub fn with_hanging_observable(self, kind: impl Into<String>, value: impl Into<String>) -> Self {
        Self { hanging: Some(observable((kind, value))), ..self }
    }

    /// Triggers an action with this body, which must succeed, twice. Without it only an unknown
    /// action is triggered.
    pub fn with_trigger(self, body: Value) -> Self {
        Self { trigger: Some(body), ..self }
    }

    /// Compares this module type record with the capabilities, in both directions.
    pub fn with_module_type(self, record: Value) -> Self {
        Self { module_type: Some(record), ..self }
    }

    /// Runs only the checks with these names, or whose names start with these and a dot, such as
    /// `authorization`.
    pub fn only(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { only: Some(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// Leaves out the checks with these names, or whose names start with these and a dot.
    pub fn without(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { without: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Returns the name and the rule of each check.
    pub fn checks() -> Vec<(&'static str, &'static str)> {
        all_checks().into_iter().map(|check| (check.name, check.rule)).collect()
    }

    /// Runs the checks, one after the other. Does not panic: whatever goes wrong is in the report.
    ///
    /// Before them, one token is tried. When the module does not answer or refuses it, no check
    /// runs, and the only result of the report, `preflight`, says what to do.
    pub async fn run(self) -> ConformanceReport {
        let checks = all_checks().into_iter().filter(|check| self.includes(check.name)).collect::<Vec<_>>();
        let subject = match self.subject() {
            Ok(subject) => subject,
            Err(error) => return preflight::unreachable(&error).into(),
        };
        if let Err(problem) = preflight::run(&subject).await {
            return problem.into();
        }
        let mut report = ConformanceReport::default();
        for check in checks {
            report.results.push(check.result(&subject).await);
        }
        report
    }

    fn includes(&self, name: &str) -> bool {
        let is_named = |given: &String| {
            name.strip_prefix(given).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_wanted = self.only.as_ref().is_none_or(|only| only.iter().any(is_named));
        is_wanted && !self.without.iter().any(is_named)
    }

    fn subject(self) -> Result<Subject, super::CallError> {
        Ok(Subject {
            caller: Caller::new(self.base_url)?,
            issuer: self.issuer,
            audience: self.audience,
            claims: self.claims,
            tenants: self.tenants,
            capabilities: self.capabilities,
            observables: self.observables,
            hanging: self.hanging,
            limits: self.limits,
            refused_claims: self.refused_claims,
            trigger: self.trigger,
            module_type: self.module_type,
        })
    }
}

fn observable<K: Into<String>, V: Into<String>>((kind, value): (K, V)) -> Observable {
    Observable { kind: kind.into(), value: value.into() }
}

fn all_checks() -> Vec<Check> {
    [
        authorization::checks(),
        validation::checks(),
        envelope::checks(),
        health::checks(),
        refer::checks(),
        entities::checks(),
        respond::checks(),
        tiles::checks(),
        public::checks(),
        routing::checks(),
        document::checks(),
        sockets::checks(),
        limits::checks(),
        concurrency::checks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
