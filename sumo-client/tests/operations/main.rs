//! Every operation of the API: the request that it sends, and that it reads the answers that the
//! description promises.
//!
//! [`table`] holds one request of each operation with every parameter and member set. The ordinary
//! run checks method and path and writes the requests to `target/operations.jsonl`. With
//! `REFERENCE_DIR` set, query names, body members and answers are checked against the catalogue in
//! that folder as well.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "test helpers"
)]

mod catalogue;
mod described;
mod table;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use serde_json::{Value, json};
use sumo_client::{
    BodyStream, Client, Credentials, Deployment, Error, Limiters, RateLimit, RetryPolicy, Transport,
    TransportError,
};

/// An operation with a request of it.
struct Operation {
    id: &'static str,
    method: &'static str,
    /// The path as the description writes it, with `{…}` for ids.
    path: &'static str,
    send: fn(Client) -> BoxFuture<'static, Result<(), Error>>,
}

/// Records the requests and gives one fixed answer.
struct Recorder {
    answer: Bytes,
    sent: Mutex<Vec<http::Request<Bytes>>>,
}

impl Transport for Recorder {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        self.sent.lock().unwrap().push(request);
        let answer = self.answer.clone();
        Box::pin(async move {
            let body: BodyStream = Box::pin(futures_util::stream::once(async move { Ok(answer) }));
            Ok(http::Response::new(body))
        })
    }
}

/// Sends the request of an operation, and returns the request and the answer as read.
async fn exchange(operation: &Operation, answer: &Value) -> (http::Request<Bytes>, Result<(), Error>) {
    let recorder = Arc::new(Recorder { answer: answer.to_string().into(), sent: Mutex::default() });
    let client = Client::builder(Deployment::US1, Credentials::new("id", "key"))
        .transport(Arc::clone(&recorder) as Arc<dyn Transport>)
        .limiters(Limiters::new(RateLimit::UNLIMITED))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let outcome = (operation.send)(client).await;
    let mut sent = std::mem::take(&mut *recorder.sent.lock().unwrap());
    assert_eq!(sent.len(), 1, "{} sent {} requests: {outcome:?}", operation.id, sent.len());
    (sent.remove(0), outcome)
}

fn body_of(request: &http::Request<Bytes>) -> Value {
    if request.body().is_empty() { Value::Null } else { serde_json::from_slice(request.body()).unwrap() }
}

/// Returns true if a path that was sent is one of a template.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(expected, sent)| expected.starts_with('{') || expected == sent)
}

#[tokio::test]
async fn every_operation_sends_its_method_and_path() {
    let operations = table::operations();
    assert_eq!(operations.len(), 195);
    let mut lines = String::new();
    for operation in &operations {
        let (request, _) = exchange(operation, &json!({})).await;
        assert_eq!(request.method().as_str(), operation.method, "{}", operation.id);
        let path = request.uri().path();
        assert!(fits(operation.path, path), "{} sent {path}", operation.id);
        let line = json!({
            "operationId": operation.id,
            "method": operation.method,
            "path": request.uri().path_and_query().unwrap().as_str(),
            "body": body_of(&request),
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    let unique: BTreeSet<_> = operations.iter().map(|operation| (operation.method, operation.path)).collect();
    assert_eq!(unique.len(), operations.len());
    let target = target_folder();
    std::fs::create_dir_all(&target).unwrap();
    std::fs::write(target.join("operations.jsonl"), lines).unwrap();
}

fn target_folder() -> PathBuf {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => workspace.join(folder),
        None => workspace.join("target"),
    }
}

#[tokio::test]
async fn every_operation_of_the_catalogue_is_there_and_fits() {
    let Some(catalogue) = catalogue::load() else { return };
    assert_eq!(catalogue.operations.len(), table::operations().len());
    let mut missing = Vec::new();
    let operations = table::operations();
    for described in &catalogue.operations {
        let found =
            operations.iter().find(|known| known.method == described.method && known.path == described.path);
        let Some(operation) = found else {
            missing.push(format!("{} {}", described.method, described.path));
            continue;
        };
        if let Some(id) = &described.operation_id {
            assert_eq!(id, operation.id);
        }
        for answer in catalogue.answers(described) {
            let (request, outcome) = exchange(operation, &answer).await;
            outcome.unwrap_or_else(|error| panic!("{}: {error} in {answer}", operation.id));
            catalogue::check_query(described, &request);
            catalogue.check_body(described, &body_of(&request));
        }
    }
    assert!(missing.is_empty(), "no call for {missing:?}");
}
