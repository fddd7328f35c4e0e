//! The way to Cloud SIEM: one connection pool and one set of limits for all tenants, and what a failure says.

use std::sync::Arc;

use http::StatusCode;
use sumo_client::{Client, Deployment, Limiters, ReqwestTransport, Transport};

use crate::auth::Tenant;
use crate::config::Config;
use crate::console::Console;
use crate::envelope::ErrorItem;
use crate::metrics::Metrics;

/// What all calls to Cloud SIEM share.
#[derive(Clone)]
pub(crate) struct CloudSiem {
    transport: Arc<dyn Transport>,
    limiters: Limiters,
    max_body_bytes: usize,
    observer: Arc<dyn sumo_client::CallObserver>,
    /// Where the console is, when it is not the one that belongs to the API host.
    console: Option<Console>,
}

impl CloudSiem {
    pub(crate) fn new(http: reqwest::Client, config: &Config, metrics: Metrics) -> Self {
        Self {
            transport: Arc::new(ReqwestTransport::new(http)),
            limiters: Limiters::new(config.rate_limit()),
            max_body_bytes: config.sumo_body_bytes,
            observer: Arc::new(metrics),
            console: None,
        }
    }

    /// The same with one console for all tenants.
    pub(crate) fn with_console(self, console: Console) -> Self {
        Self { console: Some(console), ..self }
    }

    /// The console that belongs to an API host.
    pub(crate) fn console(&self, api_host: &str) -> Console {
        self.console.clone().unwrap_or_else(|| Console::of_api_host(api_host))
    }

    /// A client that speaks for `tenant`.
    ///
    /// # Errors
    /// When the tenant's host is no host, which the list of trusted hosts rules out.
    pub(crate) fn client(&self, tenant: &Tenant) -> Result<Client, ErrorItem> {
        let url = || ErrorItem::connection(format_args!("https://{}", tenant.host));
        let deployment = Deployment::from_api_host(&tenant.host).map_err(|_| url())?;
        Client::builder(deployment, tenant.credentials())
            .transport(self.transport.clone())
            .limiters(self.limiters.clone())
            .max_body_bytes(self.max_body_bytes)
            .observer(self.observer.clone())
            .user_agent(USER_AGENT)
            .build()
            .map_err(|_| url())
    }
}

/// How the relay names itself to Sumo Logic and to key-set hosts.
pub(crate) const USER_AGENT: &str = concat!("tr-05-sumo-logic-cloud-siem/", env!("CARGO_PKG_VERSION"));

/// What the contract says about a failed call; `api` is the path of the API below the host.
pub(crate) fn error_item(error: &sumo_client::Error, host: &str, api: &str) -> ErrorItem {
    if error.is_tls() {
        return ErrorItem::certificate(error.tls_reason().unwrap_or("certificate not accepted"));
    }
    match error.status() {
        Some(StatusCode::UNAUTHORIZED) => {
            ErrorItem::upstream_status(StatusCode::UNAUTHORIZED, "wrong access_id or access_key")
        }
        Some(StatusCode::NOT_FOUND) => {
            let url = error.url().unwrap_or(host);
            ErrorItem::upstream_status(StatusCode::NOT_FOUND, format_args!("URL {url} is not found"))
        }
        Some(status) if !status.is_success() => {
            ErrorItem::upstream_status(status, status_text(error, status))
        }
        _ if error.is_rate_limit_deadline() => ErrorItem::upstream_status(
            StatusCode::TOO_MANY_REQUESTS,
            "the rate limit of Sumo Logic leaves no turn for this call in time, try again later",
        ),
        _ if error.is_decode() || error.is_too_large() => ErrorItem::upstream_answer(error),
        _ => ErrorItem::connection(format_args!("https://{host}/{api}")),
    }
}

/// What an answer of this status says, so that whoever reads it knows what to do.
fn status_text(error: &sumo_client::Error, status: StatusCode) -> String {
    if let Some(right) = error.right_deployment() {
        return format!("the access key belongs to {right}, configure that API host");
    }
    let text = error.body().or(error.message()).map(str::to_owned);
    text.unwrap_or_else(|| format!("HTTP {}", status.as_u16()))
}
