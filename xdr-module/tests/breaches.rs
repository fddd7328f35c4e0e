//! The conformance suite on modules that break a rule each: the check of the rule must find it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::net::Ipv4Addr;

use http::{HeaderMap, Method, StatusCode};
use poem::endpoint::make;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Request, Response, Server};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use xdr_module::testing::{Caller, CheckOutcome, ConformanceReport, TestIssuer};

use self::common::{Sample, start, suite};

/// A response on its way from the module to the caller.
struct Passing {
    method: Method,
    path: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Passing {
    /// Changes the entities of all lists.
    fn entities(&mut self, change: impl Fn(&mut Value)) {
        let lists = self.body.get_mut("data").and_then(Value::as_object_mut);
        let docs =
            lists.into_iter().flat_map(|lists| lists.values_mut()).filter_map(|list| list.get_mut("docs"));
        docs.filter_map(Value::as_array_mut).flatten().for_each(change);
    }

    /// Changes the first item of the data, when it is a list.
    fn first(&mut self, path: &str, change: impl FnOnce(&mut Value)) {
        if let (true, Some(item)) = (self.path == path, self.body.pointer_mut("/data/0")) {
            change(item);
        }
    }

    fn is_refused(&self) -> bool {
        self.body.pointer("/errors/0/code").is_some_and(|code| code == "authorization error")
    }
}

type Breach = fn(&mut Passing);

/// A breach of the contract, and the check that must find it.
const TABLE: [(&str, &str, Breach); 38] = [
    ("a refused token is 401", "envelope.status", |it| {
        if it.is_refused() {
            it.status = StatusCode::UNAUTHORIZED;
        }
    }),
    ("a refused token is 401", "authorization.header_missing", |it| {
        if it.is_refused() {
            it.status = StatusCode::UNAUTHORIZED;
        }
    }),
    ("another reason", "authorization.wrong_key", |it| {
        if it.is_refused() {
            it.body["errors"][0]["message"] = json!("Authorization failed: no");
        }
    }),
    ("everybody is let in", "authorization.wrong_algorithm", |it| {
        if it.is_refused() {
            it.body = json!({"data": {"status": "ok"}});
        }
    }),
    ("a token is refused", "authorization.accepted", |it| {
        if it.path == "/health" {
            it.body = json!({"data": {"status": "error"}});
        }
    }),
    ("replies may be kept", "envelope.headers", |it| drop(it.headers.remove("cache-control"))),
    ("replies are text", "envelope.headers", |it| {
        it.headers.insert("content-type", "text/plain".parse().unwrap());
    }),
    ("no request id", "envelope.request_id", |it| drop(it.headers.remove("x-request-id"))),
    ("data beside errors is null", "envelope.shape", |it| {
        if it.body.get("errors").is_some() {
            it.body["data"] = Value::Null;
        }
    }),
    ("errors that are empty", "envelope.shape", |it| {
        if it.body.get("data").is_some() {
            it.body["errors"] = json!([]);
        }
    }),
    ("another text for a body", "validation.observables", |it| {
        if it.body.pointer("/errors/0/code").is_some_and(|code| code == "invalid argument") {
            it.body["errors"][0]["message"] = json!("bad request");
        }
    }),
    ("a failed trigger has no status", "validation.trigger", |it| {
        if it.body.get("errors").is_some() {
            it.body.as_object_mut().unwrap().remove("data");
        }
    }),
    ("a member that entities do not have", "observe.entities", |it| {
        it.entities(|doc| doc["colour"] = json!("red"))
    }),
    ("a verdict with an id", "deliberate.entities", |it| {
        it.entities(|doc| {
            if doc["type"] == "verdict" {
                doc["id"] = json!("transient:verdict-1");
            }
        });
    }),
    ("a list that XDR does not know", "observe.entities", |it| {
        if let Some(list) = it.body.pointer("/data/sightings").cloned() {
            it.body["data"]["casebooks"] = list;
        }
    }),
    ("a wrong count", "observe.entities", |it| {
        if let Some(count) = it.body.pointer_mut("/data/sightings/count") {
            *count = json!(77);
        }
    }),
    ("an entity twice", "observe.entities", |it| {
        if let Some(Value::Array(docs)) = it.body.pointer_mut("/data/sightings/docs") {
            docs.extend(docs.clone());
        }
    }),
    ("a reference that leads nowhere", "observe.references", |it| {
        it.entities(|doc| {
            if doc["type"] == "relationship" {
                doc["source_ref"] = json!("transient:sighting-nowhere");
            }
        });
    }),
    ("two verdicts on one observable", "deliberate.verdicts", |it| {
        if let Some(Value::Array(docs)) = it.body.pointer_mut("/data/verdicts/docs") {
            docs.extend(docs.clone());
        }
    }),
    ("a verdict on nothing", "deliberate.once", |it| {
        if it.path.starts_with("/deliberate") && it.body == json!({"data": {}}) {
            let observable = json!({"type": "ip", "value": "198.51.100.1"});
            let verdict = json!({
                "type": "verdict", "observable": observable, "disposition": 2, "valid_time": {},
            });
            it.body["data"] = json!({"verdicts": {"count": 1, "docs": [verdict]}});
        }
    }),
    ("a verdict of last year", "deliberate.valid", |it| {
        it.entities(|doc| {
            if doc["type"] == "verdict" {
                doc["valid_time"]["end_time"] = json!("2025-01-01T00:00:00.000Z");
            }
        });
    }),
    ("a judgement that is not there", "observe.judgements", |it| {
        it.entities(|doc| {
            if doc["type"] == "verdict" {
                doc["judgement_id"] = json!("transient:judgement-nowhere");
            }
        });
    }),
    ("other verdicts in observe", "deliberate.agrees", |it| {
        if it.path.starts_with("/observe") {
            it.entities(|doc| doc["disposition"] = json!(1));
        }
    }),
    ("a member that XDR adds", "entities.foreign_members", |it| {
        it.entities(|doc| doc["module"] = json!("m"))
    }),
    ("a link without an address", "refer.shape", |it| {
        it.first("/refer/observables", |link| link["url"] = json!(""))
    }),
    ("an action whose id is a path", "respond.actions", |it| {
        it.first("/respond/observables", |action| action["id"] = json!("a/b"));
    }),
    ("a trigger that always succeeds", "respond.strange_ids", |it| {
        if it.path == "/respond/trigger" {
            it.body = json!({"data": {"status": "success"}});
        }
    }),
    ("a trigger that always fails", "respond.at_once", |it| {
        if it.path == "/respond/trigger" {
            it.body["data"] = json!({"status": "failure"});
        }
    }),
    ("a tile of an unknown type", "tiles.shape", |it| it.first("/tiles", |tile| tile["type"] = json!("pie"))),
    ("another tile alone than in the list", "tiles.tile", |it| {
        if it.path == "/tiles/tile" {
            it.body["data"]["title"] = json!("other");
        }
    }),
    ("a ring without labels", "tiles.data", |it| {
        if let Some(labels) = it.body.pointer_mut("/data/labels") {
            *labels = json!([]);
        }
    }),
    ("two columns with one key", "tiles.data", |it| {
        if let Some(Value::Array(columns)) = it.body.pointer_mut("/data/data/columns") {
            columns.extend(columns.clone());
        }
    }),
    ("tile data with a member that XDR does not know", "tiles.data", |it| {
        if it.path == "/tiles/tile-data" && it.body["data"].is_object() {
            it.body["data"]["errors"] = json!(["hidden"]);
        }
    }),
    ("health with a text", "health.shape", |it| {
        if it.path == "/health" {
            it.body["data"]["message"] = json!("all is well");
        }
    }),
    ("the watchdog echoes all", "watchdog.limit", |it| {
        if let (true, Some(text)) = (it.path == "/watchdog", it.body["data"].as_str()) {
            it.body["data"] = json!(format!("{text}!"));
        }
    }),
    ("405 without Allow", "routing.wrong_methods", |it| drop(it.headers.remove("allow"))),
    ("404 in another shape", "routing.unknown_paths", |it| {
        if it.status == StatusCode::NOT_FOUND {
            it.body = json!({"error": "not found"});
        }
    }),
    ("a path that the document lacks", "document.paths", |it| {
        if let Some(paths) = it.body.get_mut("paths").and_then(Value::as_object_mut) {
            paths.remove("/observe/observables");
        }
    }),
];

/// Starts a proxy before the module at `url` that changes what passes; gives its URL and what stops
/// it.
async fn proxy(url: &str, breach: Breach) -> (String, CancellationToken) {
    let acceptor = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).into_acceptor().await.unwrap();
    let address = acceptor.local_addr().remove(0);
    let caller = Caller::new(url).unwrap();
    let endpoint = make(move |request| forward(caller.clone(), request, breach));
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(endpoint, stopped, None));
    (format!("http://{}", address.as_socket_addr().unwrap()), stop)
}

async fn forward(caller: Caller, mut request: Request, breach: Breach) -> Response {
    let (method, path) = (request.method().clone(), request.original_uri().path().to_owned());
    let body = request.take_body().into_bytes().await.unwrap_or_default();
    let mut sent = http::Request::builder().method(method.clone()).uri(path.as_str()).body(body).unwrap();
    *sent.headers_mut() = request.headers().clone();
    for name in ["host", "content-length", "transfer-encoding", "connection"] {
        sent.headers_mut().remove(name);
    }
    let received = caller.send(sent).await.unwrap();
    let (status, headers, text) = (received.status, received.headers.clone(), received.body.clone());
    let is_json = received.header("content-type") == "application/json" && !text.is_empty();
    let mut passing = Passing { method, path, status, headers, body: received.json() };
    breach(&mut passing);
    let body = if is_json { passing.body.to_string().into() } else { text };
    let mut response = Response::builder().status(passing.status).body(body);
    passing.headers.remove("content-length");
    passing.headers.remove("transfer-encoding");
    *response.headers_mut() = passing.headers;
    let _ = passing.method;
    response
}

async fn report(issuer: &TestIssuer, url: &str, audience: &str, check: &str) -> ConformanceReport {
    let suite = suite(url, issuer, &Sample::default()).with_audience(audience);
    suite.only([check]).run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_breach_is_found_by_its_check() {
    let issuer = TestIssuer::start().unwrap();
    let audience = "https://sample.example.com";
    let audiences = xdr_module::auth::allow_list::Audiences::Configured([audience.to_owned()].into());
    let service = xdr_module::testing::RunningService::start(Sample::default(), &issuer, |config| {
        config.requests = common::limits();
        config.audiences = audiences;
    })
    .unwrap();
    let (honest, _stop) = proxy(&service.url(), |_| {}).await;
    for (name, check, breach) in TABLE {
        let kept = report(&issuer, &honest, audience, check).await;
        assert_eq!(kept.results.len(), 1, "{check}");
        assert_eq!(kept.results[0].outcome, CheckOutcome::Passed, "{check} without a breach: {kept}");
        let (url, stop) = proxy(&service.url(), breach).await;
        let broken = report(&issuer, &url, audience, check).await;
        assert!(!broken.is_passed(), "{check} does not find: {name}\n{broken}");
        stop.cancel();
    }
}

/// A module that offers less than it is said to, and more.
#[tokio::test(flavor = "multi_thread")]
async fn capabilities_that_differ_are_found() {
    use xdr_module::Capability::{Observe, Refer};

    let issuer = TestIssuer::start().unwrap();
    let service = start(Sample { offered: vec![Observe] }, &issuer);
    let said = Sample { offered: vec![Refer] };
    let report =
        suite(&service.url(), &issuer, &said).only(["routing.not_offered", "document.paths"]).run().await;
    assert_eq!(report.failures().count(), 2, "{report}");
    let record_of_other =
        suite(&service.url(), &issuer, &said).with_capabilities([Observe]).only(["module_type"]).run().await;
    assert!(!record_of_other.is_passed(), "{record_of_other}");
}

/// A module that mixes its tenants up, seen from the other side: a mark of one stands in the
/// replies to both.
#[tokio::test(flavor = "multi_thread")]
async fn tenants_that_are_mixed_are_found() {
    use xdr_module::testing::{ConformanceTenant, TokenClaims};

    let issuer = TestIssuer::start().unwrap();
    let service = start(Sample::default(), &issuer);
    let claims: TokenClaims = [("company", "alpha")].into_iter().collect();
    let tenants = ["alpha", "Asks"].map(|mark| ConformanceTenant::new(claims.clone(), mark));
    let suite = suite(&service.url(), &issuer, &Sample::default()).with_tenants(tenants);
    let report = suite.only(["concurrency.tenants"]).run().await;
    assert!(!report.is_passed(), "{report}");
}

/// A deadline that is not kept, and a limit that is not the one that was named.
#[tokio::test(flavor = "multi_thread")]
async fn limits_that_are_not_kept_are_found() {
    let issuer = TestIssuer::start().unwrap();
    let service = start(Sample::default(), &issuer);
    let mut limits = common::limits();
    limits.deadline *= 2;
    limits.max_body_bytes /= 2;
    limits.max_observables /= 2;
    let suite = suite(&service.url(), &issuer, &Sample::default()).with_limits(limits);
    let report = suite.only(["limits"]).run().await;
    let failed: Vec<_> = report.failures().map(|result| result.name).collect();
    assert_eq!(
        failed,
        ["limits.body_size", "limits.observables", "limits.slow_body", "limits.deadline"],
        "{report}"
    );
}
