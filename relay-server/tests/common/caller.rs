//! A caller of the relay.

use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;

/// An HTTP client of one relay.
#[derive(Clone)]
pub(crate) struct Caller {
    url: String,
    client: reqwest::Client,
}

/// A whole answer of the relay.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Caller {
    pub(crate) fn new(url: &str) -> Self {
        Self::with(url, |builder| builder)
    }

    /// A client that speaks HTTP/2 from the first byte on.
    pub(crate) fn http2(url: &str) -> Self {
        Self::with(url, reqwest::ClientBuilder::http2_prior_knowledge)
    }

    fn with(url: &str, change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Self {
        // It speaks plain HTTP; to read the platform's roots would take longer than most tests.
        let builder = reqwest::Client::builder().no_proxy().gzip(false).tls_certs_only([]);
        let client = change(builder).timeout(Duration::from_secs(60)).build().unwrap();
        Self { url: url.to_owned(), client }
    }

    pub(crate) fn request(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: impl Into<String>,
    ) -> Answer {
        let mut request = self.request(http::Method::POST, path).body(body.into());
        if let Some(authorization) = authorization {
            request = request.header(http::header::AUTHORIZATION, authorization);
        }
        Answer::of(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(http::Method::GET, path)).await
    }
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Fails unless the answer is exactly this, at status 200 and as JSON.
    #[track_caller]
    pub(crate) fn assert_is(&self, body: &str, case: &str) {
        let content_type = self.headers.get("content-type").map(|value| value.to_str().unwrap());
        assert_eq!(
            (self.body.as_str(), self.status, content_type),
            (body, 200, Some("application/json")),
            "{case}"
        );
    }

    /// Fails unless this is the answer of `/health` for a tenant that works: `ok`, a quota, no
    /// error.
    #[track_caller]
    pub(crate) fn assert_is_healthy(&self, case: &str) {
        let answer = self.json();
        let data = &answer["data"];
        assert_eq!(
            (self.status, &data["status"], answer.get("errors")),
            (200, &Value::from("ok"), None),
            "{case}"
        );
        assert!(data["quotas"]["sumo_api_calls"]["values"].is_object(), "{case}: {answer}");
    }

    /// The entities of a list; none when the list is left out.
    #[track_caller]
    pub(crate) fn docs(&self, list: &str) -> Vec<Value> {
        let answer = self.json();
        let Some(list) = answer.get("data").and_then(|data| data.get(list)) else { return Vec::new() };
        let docs = list["docs"].as_array().unwrap().clone();
        assert_eq!(list["count"], docs.len(), "the count of a list is its length");
        docs
    }

    /// The errors, none when there are none.
    pub(crate) fn errors(&self) -> Vec<Value> {
        self.json().get("errors").and_then(Value::as_array).cloned().unwrap_or_default()
    }
}

/// The body of an answer that is one fatal error.
pub(crate) fn fatal(code: &str, message: &str) -> String {
    let (code, message) = (Value::from(code), Value::from(message));
    format!(r#"{{"errors":[{{"type":"fatal","code":{code},"message":{message}}}]}}"#)
}

/// The body of an answer to a request that is not authorized.
pub(crate) fn unauthorized(reason: &str) -> String {
    fatal("authorization error", &format!("Authorization failed: {reason}"))
}
