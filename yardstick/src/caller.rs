//! An HTTP client of a process under measure, and the check of its answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::Result;

/// Numbers the values, so that no search is one that the relay remembers.
static NEXT_VALUE: AtomicU64 = AtomicU64::new(1);

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks one process with one token.
#[derive(Clone)]
pub(crate) struct Caller {
    client: reqwest::Client,
    url: String,
    authorization: String,
}

/// A question to an endpoint that takes a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Question {
    /// If token and credentials are good.
    Health,
    /// Links for one observable.
    Refer,
    /// The findings about so many observables, none of which was asked for before.
    Observe(usize),
    /// Links for as many long values as a body may hold.
    ReferLong,
    /// The findings about as many.
    ObserveLong,
}

/// The number of long values in a body of 1 MiB.
const LONG_VALUES: usize = 60;

/// A question as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    path: &'static str,
    body: String,
    /// The value that was asked for, the first one where there are several.
    pub(crate) value: String,
}

impl Question {
    /// The question with values of its own.
    pub(crate) fn fresh(self) -> Asked {
        let (path, count) = match self {
            Self::Health => ("/health", 0),
            Self::Refer => ("/refer/observables", 1),
            Self::Observe(count) => ("/observe/observables", count),
            Self::ReferLong => ("/refer/observables", LONG_VALUES),
            Self::ObserveLong => ("/observe/observables", LONG_VALUES),
        };
        let (kind, value): (_, fn(u64) -> String) = match self {
            Self::Health | Self::Refer | Self::Observe(_) => ("domain", value),
            Self::ReferLong | Self::ObserveLong => ("registry_key", long_value),
        };
        let first = NEXT_VALUE.fetch_add(count as u64, Ordering::Relaxed);
        let values = (first..).take(count).map(value);
        let items: Vec<_> = values.map(|value| json!({"type": kind, "value": value})).collect();
        Asked { path, body: Value::from(items).to_string(), value: value(first) }
    }
}

/// All values are of one length, so that they cost the same.
fn value(number: u64) -> String {
    format!("host-{number:09}.example.com")
}

/// A value of almost 16 KiB, which has several forms, and of which links encode every other
/// character.
fn long_value(number: u64) -> String {
    format!("hklm\\{number:09}{}", "a<".repeat(8_100))
}

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Fails unless this is a success that holds `text` and tells of nothing that failed.
    pub(crate) fn check(&self, text: &str) -> Result<()> {
        let body = String::from_utf8_lossy(&self.body);
        let failed = body.contains(r#""type":"fatal""#) || body.contains("did not finish");
        self.expect(body.contains(text) && !failed, text)
    }

    /// Fails unless this is a well-formed answer that tells of errors.
    pub(crate) fn check_errors(&self) -> Result<()> {
        let body: Value = serde_json::from_slice(&self.body)?;
        self.expect(body.get("errors").is_some(), "errors")
    }

    fn expect(&self, is_right: bool, text: &str) -> Result<()> {
        if self.status == StatusCode::OK && is_right {
            return Ok(());
        }
        let start: String = String::from_utf8_lossy(&self.body).chars().take(500).collect();
        Err(format!("a wrong answer (status {}, {text:?} expected): {start}", self.status).into())
    }
}

impl Caller {
    /// A caller of the process at `url`, with connections that are kept. It takes answers as they
    /// are.
    pub(crate) fn new(url: &str, token: &str) -> Result<Self> {
        Ok(Self { client: client(false)?, url: url.to_owned(), authorization: format!("Bearer {token}") })
    }

    /// The same, but it takes answers as gzip, too.
    pub(crate) fn taking_gzip(&self) -> Result<Self> {
        Ok(Self { client: client(true)?, ..self.clone() })
    }

    /// The same over HTTP/2 from this address, but it takes no byte of an answer.
    pub(crate) fn taking_nothing(&self, address: IpAddr) -> Result<Self> {
        Ok(Self { client: client_taking_nothing(address)?, ..self.clone() })
    }

    /// Asks, and reads the whole answer.
    pub(crate) async fn ask(&self, asked: &Asked) -> std::result::Result<Answer, reqwest::Error> {
        let request = self.client.post(format!("{}{}", self.url, asked.path));
        let request = request.header(AUTHORIZATION, &self.authorization).body(asked.body.clone());
        let response = request.send().await?;
        Ok(Answer { status: response.status(), body: response.bytes().await? })
    }
}

/// Returns the text that a relay's admin port has at `path`.
pub(crate) async fn get_admin(address: SocketAddr, path: &str) -> Result<String> {
    Ok(client(false)?.get(format!("http://{address}{path}")).send().await?.text().await?)
}

fn client(takes_gzip: bool) -> reqwest::Result<reqwest::Client> {
    builder(takes_gzip).build()
}

/// A client over HTTP/2 from this address that takes no byte of an answer.
pub(crate) fn client_taking_nothing(address: IpAddr) -> reqwest::Result<reqwest::Client> {
    let client = builder(false).local_address(address).http2_prior_knowledge();
    client.http2_initial_stream_window_size(0).build()
}

fn builder(takes_gzip: bool) -> reqwest::ClientBuilder {
    // It speaks plain HTTP, so it needs no roots.
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .gzip(takes_gzip)
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(usize::MAX)
        .timeout(PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_asked_for_twice() {
        let (one, two) = (Question::Observe(2).fresh(), Question::Observe(1).fresh());
        assert_ne!(one.value, two.value);
        assert!(!one.body.contains(&two.value));
        assert_eq!(one.body.matches("value").count(), 2);
        assert_eq!(Question::Health.fresh().body, "[]");
        let long = Question::ObserveLong.fresh();
        assert!(long.value.len() <= 16 * 1024 && (900_000..1 << 20).contains(&long.body.len()));
    }

    #[test]
    fn an_answer_is_right_when_nothing_failed() {
        let answer = |status, body: &'static str| Answer { status, body: Bytes::from(body) };
        assert!(answer(StatusCode::OK, r#"{"data":{}}"#).check("data").is_ok());
        assert!(answer(StatusCode::OK, r#"{"data":{}}"#).check("sightings").is_err());
        assert!(answer(StatusCode::OK, r#"{"data":{},"errors":[{"type":"fatal"}]}"#).check("data").is_err());
        assert!(answer(StatusCode::SERVICE_UNAVAILABLE, r#"{"data":{}}"#).check("data").is_err());
        assert!(answer(StatusCode::OK, r#"{"data":{},"errors":[{"type":"fatal"}]}"#).check_errors().is_ok());
        assert!(answer(StatusCode::OK, r#"{"data":{}}"#).check_errors().is_err());
    }
}
