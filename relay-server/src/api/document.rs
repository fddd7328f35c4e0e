//! The OpenAPI document, made from the endpoints.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use poem::{Endpoint, Response};
use poem_openapi::{ContactObject, LicenseObject, OpenApiService, ServerObject};
use serde_json::Value;

use super::health::HealthApi;
use super::landing::LandingApi;
use super::observe::ObserveApi;
use super::refer::ReferApi;
use super::version::VersionApi;
use super::watchdog::WatchdogApi;

pub(super) type Apis = (HealthApi, ObserveApi, ReferApi, VersionApi, WatchdogApi, LandingApi);

/// The service that routes and documents the endpoints.
pub(super) fn service() -> OpenApiService<Apis, ()> {
    let apis = (HealthApi, ObserveApi, ReferApi, VersionApi, WatchdogApi, LandingApi);
    OpenApiService::new(apis, "Sumo Logic Cloud SIEM relay for Cisco XDR", env!("CARGO_PKG_VERSION"))
        .summary("What Sumo Logic Cloud SIEM knows about an observable, in Cisco's threat intelligence model.")
        .description(
            "Cisco XDR posts observables with a JWT that carries a tenant's Sumo Logic credentials. The relay asks \
             Cloud SIEM for insights and signals that hold them and answers with CTIM sightings, indicators and \
             relationships.\n\nEvery handled outcome has HTTP status 200; what went wrong stands in `errors`, and \
             partial data beside it.",
        )
        .server(ServerObject::new("/").description("The relay that serves this document."))
        .contact(ContactObject::new().name("Maintainers").url(env!("CARGO_PKG_REPOSITORY")))
        .license(LicenseObject::new("MIT OR Apache-2.0").identifier("MIT OR Apache-2.0"))
}

/// The finished document.
pub(super) fn finish(service: &OpenApiService<Apis, ()>) -> Value {
    serde_json::from_str(&service.spec()).unwrap_or_default()
}

/// The document as JSON, as it is checked in.
pub fn document_json() -> String {
    to_json(&finish(&service()))
}

/// The document as YAML, as it is checked in.
pub fn document_yaml() -> String {
    to_yaml(&finish(&service()))
}

pub(super) fn to_json(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn to_yaml(document: &Value) -> String {
    serde_norway::to_string(document).unwrap_or_default()
}

/// Serves a text that never changes.
pub(super) fn endpoint(text: String, content_type: &'static str) -> impl Endpoint<Output = Response> {
    let text = Bytes::from(text);
    poem::endpoint::make_sync(move |_| {
        Response::builder().header(CONTENT_TYPE, content_type).body(text.clone())
    })
}
