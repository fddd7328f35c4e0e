//! The demo that runs on this machine, asked as XDR asks a relay.

use std::net::IpAddr;
use std::time::Duration;

use ctim::EntityLists;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::{ErrorItem, ErrorLevel, Reply};
use xdr_module::telemetry::causes::Causes;

use super::outcome::{Failure, complain};

/// The variables that the demo prints, with its URL and its token.
const URL_VARIABLE: &str = "RELAY";
const TOKEN_VARIABLE: &str = "TOKEN";

/// A running demo on this machine.
pub(super) struct RunningDemo {
    url: Url,
    token: SecretString,
}

impl RunningDemo {
    /// Returns the demo that the variables name, if both are set and it runs.
    pub(super) async fn of_environment() -> Result<Option<Self>, Failure> {
        let given = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let Some((text, token)) = given(URL_VARIABLE).zip(given(TOKEN_VARIABLE)) else { return Ok(None) };
        let url = Url::parse(&text).ok().filter(is_here).ok_or_else(|| {
            Failure::usage(format!(
                "{URL_VARIABLE}: {text:?} is not the URL of a demo on this machine; copy the line of a running demo \
                 that begins with `export`, or unset the variable to ask the built-in data"
            ))
        })?;
        let addresses = url.socket_addrs(|| None).unwrap_or_default();
        if tokio::net::TcpStream::connect(addresses.as_slice()).await.is_err() {
            complain("note", &format!("no demo runs at {text}"));
            return Ok(None);
        }
        complain("note", &format!("made-up data of the demo at {text}"));
        Ok(Some(Self { url, token: token.into() }))
    }

    /// Asks one of the endpoints that take observables.
    pub(super) async fn ask(
        &self,
        path: &str,
        observables: &[Observable],
        time: Duration,
    ) -> Reply<EntityLists> {
        let answer = self.answer(path, observables, time).await;
        answer.unwrap_or_else(|error| Reply::error(self.unreadable(&Causes(&error.without_url()))))
    }

    async fn answer(
        &self,
        path: &str,
        observables: &[Observable],
        time: Duration,
    ) -> reqwest::Result<Reply<EntityLists>> {
        let client = reqwest::Client::builder().no_proxy().timeout(time).build()?;
        let asked = observables.iter().map(|one| json!({"type": one.kind, "value": one.value}));
        let request = client
            .post(self.url.join(path).unwrap_or_else(|_| self.url.clone()))
            .bearer_auth(self.token.expose_secret())
            .header("content-type", "application/json")
            .body(Value::from_iter(asked).to_string());
        let body = request.send().await?.bytes().await?;
        let envelope = serde_json::from_slice::<Envelope>(&body);
        Ok(envelope.map_or_else(|error| Reply::error(self.unreadable(&error)), Envelope::into_reply))
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> ErrorItem {
        ErrorItem::fatal("unknown", format!("the demo at {} does not answer as a relay: {error}", self.url))
    }
}

/// Returns true for the URL of a relay on this machine.
fn is_here(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    is_loopback && url.scheme() == "http"
}

/// A reply as a relay writes it.
#[derive(Deserialize)]
struct Envelope {
    data: Option<EntityLists>,
    #[serde(default)]
    errors: Vec<WrittenError>,
}

#[derive(Deserialize)]
struct WrittenError {
    #[serde(rename = "type")]
    level: String,
    code: String,
    message: String,
}

impl Envelope {
    fn into_reply(self) -> Reply<EntityLists> {
        Reply { data: self.data, errors: self.errors.into_iter().map(WrittenError::into_item).collect() }
    }
}

impl WrittenError {
    fn into_item(self) -> ErrorItem {
        let mut item = ErrorItem::fatal(self.code, self.message);
        item.level = match self.level.as_str() {
            "warning" => ErrorLevel::Warning,
            "error" => ErrorLevel::Error,
            _ => ErrorLevel::Fatal,
        };
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relays_on_this_machine_are_demos() {
        for (url, expected) in [
            ("http://localhost:9090", true),
            ("http://127.0.0.1:19090/", true),
            ("http://[::1]:9090", true),
            ("https://relay.example.com", false),
            ("http://localhost.example.com", false),
            ("http://192.0.2.1:9090", false),
            ("file:///tmp", false),
        ] {
            assert_eq!(is_here(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn replies_are_read_as_they_were_written() {
        let warning = ErrorItem::warning("too-many-messages-warning", "more");
        for reply in [
            Reply::partial(EntityLists::default(), [warning.clone()]),
            Reply::error(ErrorItem::authorization("no")),
        ] {
            let read: Envelope = serde_json::from_slice(&reply.to_bytes().unwrap()).unwrap();
            assert_eq!(read.into_reply(), reply);
        }
        assert!(serde_json::from_str::<Envelope>("[]").is_err());
    }
}
