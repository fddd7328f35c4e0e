//! The relay itself: what each endpoint does, independent of how it is served.

use std::time::Duration;

use poem_openapi::Object;
use serde::Serialize;
use tokio::time::Instant;

use crate::auth::{Authenticator, Claims, KeySetTimes, KeySets, Presented, Tenant};
use crate::config::Config;
use crate::console::Console;
use crate::envelope::{Envelope, ErrorItem};
use crate::metrics::Metrics;
use crate::observable::{self, BodyLimits, Observable};
use crate::observe::{ObserveData, Observer};
use crate::refer::{self, ReferenceLink};
use crate::trust::TrustedHosts;
use crate::upstream::{self, CloudSiem};

/// The API that answers health questions, below the host.
const MAIN_API: &str = "api/v1";

/// The part of the deadline that is kept for making the answer, at the least and at the most.
const RESERVE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The state of the relay, as XDR shows it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Object)]
pub struct Health {
    /// `ok`: the token is accepted and Cloud SIEM answers to its credentials.
    pub status: String,
}

impl Health {
    /// All is well.
    pub fn ok() -> Self {
        Self { status: "ok".to_owned() }
    }
}

/// A request as an endpoint hands it over.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// What the request shows for itself.
    pub presented: Presented<'a>,
    /// When the request arrived.
    pub arrived: Instant,
}

/// Answers for all tenants.
pub struct Relay {
    authenticator: Authenticator,
    sumo_hosts: TrustedHosts,
    siem: CloudSiem,
    observer: Observer,
    body_limits: BodyLimits,
    deadline: Duration,
}

/// Why a relay could not be made ready.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made ready")]
pub struct StartError(#[source] reqwest::Error);

impl Relay {
    /// A relay with these settings; what it does is counted in `metrics`.
    ///
    /// # Errors
    /// When the HTTP client cannot be made, such as when the platform has no root certificates.
    pub fn new(config: &Config, metrics: Metrics) -> Result<Self, StartError> {
        let http = http_client(config).map_err(StartError)?;
        let key_sets = match &config.key_set {
            Some(set) => KeySets::fixed(set.clone()),
            None => KeySets::of_hosts(&config.jwks_hosts, http.clone(), KeySetTimes::default()),
        };
        let authenticator = Authenticator::new(config.jwks_hosts.clone(), config.audiences.clone(), key_sets);
        let siem = CloudSiem::new(http, config, metrics.clone());
        Ok(Self {
            authenticator,
            sumo_hosts: config.sumo_hosts.clone(),
            observer: Observer::new(siem.clone(), config.cache, metrics),
            siem,
            body_limits: config.body_limits,
            deadline: config.deadline,
        })
    }

    /// The same, with links that lead to a console at `base_url` (scheme, host and port) whatever the tenant's API host:
    /// for a stand-in of Cloud SIEM.
    #[must_use]
    pub fn with_console(self, base_url: &str) -> Self {
        let console = Console::at(base_url);
        Self {
            siem: self.siem.with_console(console.clone()),
            observer: self.observer.with_console(console),
            ..self
        }
    }

    /// What Cloud SIEM holds about `observables`, asked for a tenant that needs no token.
    ///
    /// `progress` is told how many values were searched, and how many there are.
    pub async fn observe_as(
        &self,
        tenant: &Tenant,
        observables: &[Observable],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Envelope<ObserveData> {
        let deadline = Instant::now() + self.deadline;
        self.observer.observe(tenant, observables, deadline, progress).await
    }

    /// Whether the token is accepted and Cloud SIEM answers.
    pub async fn health(&self, question: Question<'_>) -> Envelope<Health> {
        match self.check_health(question).await {
            Ok(health) => Envelope::data(health),
            Err(error) => Envelope::error(error),
        }
    }

    async fn check_health(&self, question: Question<'_>) -> Result<Health, ErrorItem> {
        let tenant = self.tenant(question).await?;
        let call = self.siem.client(&tenant)?.health_events().list().limit(1).deadline(self.until(question));
        match call.send().await {
            Ok(_) => Ok(Health::ok()),
            Err(error) => Err(upstream::error_item(&error, &tenant.host, MAIN_API)),
        }
    }

    /// What Cloud SIEM holds about the observables in `body`.
    pub async fn observe(&self, question: Question<'_>, body: Result<&[u8], &str>) -> Envelope<ObserveData> {
        match self.tenant_and_observables(question, body).await {
            Ok((tenant, observables)) => {
                self.observer.observe(&tenant, &observables, self.until(question), &|_, _| {}).await
            }
            Err(error) => Envelope::error(error),
        }
    }

    /// Links that look the observables in `body` up.
    pub async fn refer(
        &self,
        question: Question<'_>,
        body: Result<&[u8], &str>,
    ) -> Envelope<Vec<ReferenceLink>> {
        match self.tenant_and_observables(question, body).await {
            Ok((tenant, observables)) => {
                let console = self.siem.console(&tenant.host);
                let links = observables.iter().map(|observable| refer::search_link(observable, &console));
                Envelope::data(links.collect())
            }
            Err(error) => Envelope::error(error),
        }
    }

    async fn tenant_and_observables(
        &self,
        question: Question<'_>,
        body: Result<&[u8], &str>,
    ) -> Result<(Tenant, Vec<Observable>), ErrorItem> {
        let tenant = self.tenant(question).await?;
        let observables =
            body.map_err(str::to_owned).and_then(|body| observable::parse(body, self.body_limits));
        Ok((tenant, observables.map_err(ErrorItem::invalid_argument)?))
    }

    async fn tenant(&self, question: Question<'_>) -> Result<Tenant, ErrorItem> {
        let read = |claims: &Claims| Tenant::from_claims(claims, &self.sumo_hosts);
        let tenant = self.authenticator.authenticate(question.presented, self.until(question), read).await;
        tenant.map_err(ErrorItem::authorization)
    }

    /// When work on an answer ends, so that the answer is out before the deadline.
    fn until(&self, question: Question<'_>) -> Instant {
        let (least, most) = RESERVE;
        question.arrived + self.deadline.saturating_sub((self.deadline / 10).clamp(least, most))
    }
}

fn http_client(config: &Config) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = sumo_client::http_client_builder().user_agent(upstream::USER_AGENT);
    if !config.use_proxy {
        builder = builder.no_proxy();
    }
    if let Some(pem) = &config.extra_roots {
        builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    builder.build()
}
