//! Tests of the stand-in through a bare HTTP client.

#![cfg(feature = "testing-tls")]

mod canned;
mod console;
mod faults;
mod gateway;
mod item_lists;
mod limits;
mod operations;
mod rights;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};

use super::*;

/// Two insights over three signals, and one thing of each other kind.
fn data() -> DataSet {
    let signal = |id: &str, severity: u8, ip: &str, timestamp: &str| {
        json!({
            "id": id, "name": format!("Signal {id}"), "severity": severity, "ruleId": "MATCH-U00001",
            "timestamp": timestamp, "suppressed": false, "summary": "s", "tags": [],
            "entity": {"id": format!("_ip-{ip}"), "entityType": "_ip", "value": ip},
            "involvedEntities": [{"id": format!("_ip-{ip}"), "value": ip}, {"id": "_username-ana", "value": "ana"}],
            "allRecords": [{"uid": format!("r-{id}"), "timestamp": 1_793_620_800_000_u64, "srcDevice_ip": ip}],
        })
    };
    let insight = |id: &str, number: u8, severity: &str, signals: &[&str]| {
        json!({
            "id": id, "readableId": format!("INSIGHT-{number}"), "severity": severity,
            "created": format!("2026-11-{number:02}T10:00:00.000000"), "timestamp": "2026-11-02T09:00:00.000000",
            "status": {"name": "new", "displayName": "New"}, "resolution": null, "tags": ["vip"],
            "entity": {"id": "_ip-192.0.2.1", "entityType": "_ip", "value": "192.0.2.1"},
            "artifacts": [], "signals": signals,
        })
    };
    let entity = |id: &str, kind: &str, value: &str| {
        json!({
            "id": id, "entityType": kind, "value": value, "tags": [], "criticality": null, "isSuppressed": false,
            "activityScore": 3, "inventory": [],
        })
    };
    DataSet::new()
        .signals([
            signal("s1", 3, "192.0.2.1", "2026-11-01T09:00:00.000000"),
            signal("s2", 5, "192.0.2.1", "2026-11-02T09:00:00.000000"),
            signal("s3", 9, "2001:db8::7", "2026-11-03T09:00:00.000000"),
        ])
        .insights([insight("i1", 1, "LOW", &["s1"]), insight("i2", 2, "HIGH", &["s1", "s2"])])
        .entities([
            entity("_ip-192.0.2.1", "_ip", "192.0.2.1"),
            entity("_username-ana", "_username", "ana"),
            entity("_process-/usr/sbin/sshd (a:b)", "_process", "/usr/sbin/sshd (a:b)"),
        ])
        .rules([
            json!({"id": "MATCH-U00001", "name": "One", "enabled": true, "ruleSource": "user", "tuningExpressions": []}),
            json!({"id": "MATCH-S00002", "name": "Two", "enabled": false, "ruleSource": "sumo"}),
        ])
        .match_lists([
            json!({"id": "11", "name": "b-list", "description": "d", "targetColumn": "SrcIp"}),
            json!({"id": "12", "name": "a-list", "description": "d", "targetColumn": "Domain"}),
        ])
        .match_list_items([
            json!({"id": "901", "value": "192.0.2.1", "active": true, "listName": "b-list", "meta": {}}),
        ])
        .entity_criticality_configs([
            json!({"id": "1", "name": "High", "severityExpression": "severity + 2"}),
            json!({"id": "2", "name": "c", "severityExpression": "severity"}),
        ])
        .insight_resolutions([
            json!({"id": 5, "name": "Remediated", "source": "user", "parent": {"id": 1, "name": "Resolved"}}),
        ])
        .health_events((1..=3).map(|n| json!({"eventId": n.to_string(), "resourceIdentity": {"id": format!("c{n}")}})))
}

/// A stand-in without sockets that knows [`data`], at noon of a fixed day.
fn built() -> CloudSiem {
    let now = clock::parse("2026-11-20T12:00:00Z").unwrap();
    builder().now(now).build().unwrap()
}

/// Settings of a stand-in that knows [`data`] and shows changes of lists at once.
fn builder() -> CloudSiemBuilder {
    CloudSiem::builder().data(data()).token_page_size(2).appearance_delay(Duration::ZERO)
}

async fn started() -> CloudSiem {
    CloudSiem::builder().data(data()).start().await.unwrap()
}

fn request(method: Method, path: &str, body: Option<&Value>) -> Request<Full<Bytes>> {
    let body = body.map(ToString::to_string).unwrap_or_default();
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Basic c3RhbmQtaW4taWQ6c3RhbmQtaW4ta2V5")
        .header("content-type", "application/json")
        .body(Full::from(body))
        .unwrap()
}

/// Calls without a socket, with the default key.
async fn call(siem: &CloudSiem, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let response = siem.call(request(method, path, body.as_ref())).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

/// The `data` of a successful answer.
async fn ask(siem: &CloudSiem, method: Method, path: &str, body: Option<Value>) -> Value {
    let (status, mut answer) = call(siem, method, path, body).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer["data"].take()
}

async fn get(siem: &CloudSiem, path: &str) -> Value {
    ask(siem, Method::GET, path, None).await
}

/// The ids of the objects on a page.
fn ids(page: &Value) -> Vec<&str> {
    page["objects"].as_array().unwrap().iter().map(|object| object["id"].as_str().unwrap()).collect()
}

/// A client over sockets that follows nothing and trusts `root` if given.
fn client(root: Option<&str>) -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    match root {
        Some(pem) => {
            let root = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
            builder.tls_certs_only([root]).build().unwrap()
        }
        None => builder.build().unwrap(),
    }
}

/// A call of a started stand-in with the default key.
fn over_socket(
    client: &reqwest::Client,
    siem: &CloudSiem,
    method: Method,
    path: &str,
) -> reqwest::RequestBuilder {
    let url = format!("{}{path}", siem.base_url());
    client.request(method, url).basic_auth(DEFAULT_ACCESS_ID, Some(DEFAULT_ACCESS_KEY))
}
