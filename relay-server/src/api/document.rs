//! The OpenAPI document, made from the endpoints.

use std::sync::LazyLock;

use bytes::Bytes;
use ctim::vocabulary::ObservableTypeIdentifier;
use http::header::CONTENT_TYPE;
use poem::{Endpoint, Response};
use poem_openapi::{ContactObject, LicenseObject, OpenApiService, ServerObject};
use serde_json::{Value, json};

use super::examples;
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
        .description(
            "Cisco XDR posts observables with a JWT that carries a tenant's Sumo Logic credentials. The relay asks \
             Cloud SIEM for insights and signals that hold them and answers with CTIM sightings, indicators and \
             relationships.\n\nEvery handled outcome has HTTP status 200; what went wrong stands in `errors`, and \
             partial data beside it.",
        )
        .server(ServerObject::new("/").description("The relay that serves this document."))
        .contact(ContactObject::new().name("Maintainers").url(env!("CARGO_PKG_REPOSITORY")))
        .license(LicenseObject::new("MIT OR Apache-2.0").url(env!("CARGO_PKG_REPOSITORY")))
}

/// The version of OpenAPI that the document keeps to.
const OPENAPI_VERSION: &str = "3.0.3";

/// The finished document: that of the service, with examples, and with `security` for operations that need no token.
fn finish(service: &OpenApiService<Apis, ()>) -> Value {
    let mut document: Value = serde_json::from_str(&service.spec()).unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for operation in
        paths.filter_map(|(_, path)| path.as_object_mut()).flatten().map(|(_, operation)| operation)
    {
        add_examples(operation);
        if let Some(members) = operation.as_object_mut() {
            members.entry("security").or_insert_with(|| json!([]));
        }
    }
    if let Some(members) = document.as_object_mut() {
        members.insert("openapi".to_owned(), json!(OPENAPI_VERSION));
    }
    if let Some(tags) = document.get_mut("tags").and_then(Value::as_array_mut) {
        // What XDR calls comes first, in every viewer.
        tags.sort_by_key(|tag| tag.get("name") != Some(&json!("Relay")));
    }
    if let Some(kind) =
        document.pointer_mut("/components/schemas/Observable/properties/type").and_then(Value::as_object_mut)
    {
        let known: Vec<_> = ObservableTypeIdentifier::KNOWN.iter().map(|kind| kind.as_str()).collect();
        kind.insert("x-extensible-enum".to_owned(), json!(known));
    }
    document
}

fn add_examples(operation: &mut Value) {
    let examples = examples::of(operation.get("operationId").and_then(Value::as_str).unwrap_or_default());
    if let Some(request) = examples.request {
        add_to_content(operation.pointer_mut("/requestBody/content"), request);
    }
    for (status, answer) in examples.answers {
        add_to_content(operation.pointer_mut(&format!("/responses/{status}/content")), answer);
    }
}

fn add_to_content(content: Option<&mut Value>, examples: Value) {
    let media_types = content.and_then(Value::as_object_mut).into_iter().flatten();
    let json = media_types.filter(|(media_type, _)| media_type.starts_with("application/json"));
    if let Some(media_type) = json.filter_map(|(_, media_type)| media_type.as_object_mut()).next() {
        media_type.insert("examples".to_owned(), examples);
    }
}

/// The document as JSON, as it is checked in.
pub fn document_json() -> String {
    to_json(&finish(&service()))
}

/// The document as YAML, as it is checked in.
pub fn document_yaml() -> String {
    to_yaml(&finish(&service()))
}

fn to_json(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

fn to_yaml(document: &Value) -> String {
    serde_norway::to_string(document).unwrap_or_default()
}

/// Serves a text that never changes, made when it is first asked for.
pub(super) fn endpoint(make: fn() -> String, content_type: &'static str) -> impl Endpoint<Output = Response> {
    let text = LazyLock::new(move || Bytes::from(make()));
    poem::endpoint::make_sync(move |_| {
        Response::builder().header(CONTENT_TYPE, content_type).body(Bytes::clone(&text))
    })
}
