//! The deployments of Sumo Logic and their hosts.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use url::Url;

/// The Sumo Logic deployment that a tenant belongs to, named by its API host.
///
/// Twelve deployments are public (see [`Deployment::ALL`]); any other `host` or `host:port` can be
/// used with [`Deployment::from_api_host`], for example for a stand-in in a test. Text that people
/// write is parsed: their code, the host of the console and a URL name public deployments, too.
///
/// ```
/// use sumo_client::Deployment;
///
/// let deployment = Deployment::from_api_host("api.us2.sumologic.com")?;
/// assert_eq!(deployment, Deployment::US2);
/// assert_eq!(deployment.service_host(), "service.us2.sumologic.com");
/// for text in ["us2", "service.us2.sumologic.com", "https://api.us2.sumologic.com/"] {
///     assert_eq!(text.parse::<Deployment>()?, Deployment::US2);
/// }
/// # Ok::<(), sumo_client::InvalidHost>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Deployment {
    api_host: Cow<'static, str>,
}

macro_rules! deployments {
    ($($(#[$doc:meta])* $name:ident = $host:literal),+ $(,)?) => {
        impl Deployment {
            $($(#[$doc])* pub const $name: Self = Self { api_host: Cow::Borrowed($host) };)+

            /// Every public deployment, the oldest (US1) first.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

deployments! {
    /// United States 1, the first deployment; its host carries no label.
    US1 = "api.sumologic.com",
    /// United States 2 (Oregon).
    US2 = "api.us2.sumologic.com",
    /// Australia.
    AU = "api.au.sumologic.com",
    /// Canada.
    CA = "api.ca.sumologic.com",
    /// Germany.
    DE = "api.de.sumologic.com",
    /// Ireland.
    EU = "api.eu.sumologic.com",
    /// United States, FedRAMP.
    FED = "api.fed.sumologic.com",
    /// India.
    IN = "api.in.sumologic.com",
    /// Japan.
    JP = "api.jp.sumologic.com",
    /// South Korea.
    KR = "api.kr.sumologic.com",
    /// Switzerland.
    CH = "api.ch.sumologic.com",
    /// AWS European Sovereign Cloud.
    ESC = "api.esc.sumologic.com",
}

impl Deployment {
    /// The deployment with this API host, given as `host` or `host:port`.
    ///
    /// A host that is not one of [`Deployment::ALL`] is taken as a custom one.
    ///
    /// # Errors
    /// Returns an error if the text is not a bare host: a scheme, a path, a user name, a blank or
    /// nothing at all. A single word is taken with a port only, unless it is `localhost`: a network
    /// with a search domain would complete it, and the credentials would go elsewhere. The host of
    /// a public console is refused, since it does not answer API calls.
    pub fn from_api_host(host: &str) -> Result<Self, InvalidHost> {
        let host = host.to_ascii_lowercase();
        if let Some(known) = Self::ALL.iter().find(|known| known.api_host == host) {
            return Ok(known.clone());
        }
        let is_console = Self::ALL.iter().any(|known| known.service_host() == host);
        if is_bare_host(&host) && is_complete(&host) && !is_console {
            Ok(Self { api_host: Cow::Owned(host) })
        } else {
            Err(InvalidHost { host })
        }
    }

    /// Returns the code of a public deployment, such as `us2`.
    fn code(&self) -> &str {
        let label = self.api_host.strip_prefix("api.").and_then(|rest| rest.strip_suffix(".sumologic.com"));
        label.unwrap_or("us1")
    }

    /// The host that answers API calls, with the port where one was given: `api.us2.sumologic.com`.
    pub fn api_host(&self) -> &str {
        &self.api_host
    }

    /// The host of the web console, made from the API host by putting `service` in the place of
    /// `api`: `service.us2.sumologic.com`. A custom host without the label `api` is returned as it
    /// is.
    pub fn service_host(&self) -> String {
        match self.api_host.strip_prefix("api.") {
            Some(rest) => format!("service.{rest}"),
            None => self.api_host.clone().into_owned(),
        }
    }

    /// The address that API paths are appended to: `https://api.us2.sumologic.com`.
    pub fn base_url(&self) -> String {
        format!("https://{}", self.api_host)
    }

    /// Returns true if this is one of [`Deployment::ALL`].
    pub fn is_public(&self) -> bool {
        Self::ALL.contains(self)
    }
}

/// A bare host is one that survives the URL parser unchanged, with nothing beside host and port.
fn is_bare_host(host: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    if host.is_empty() || !host.bytes().all(is_plain) {
        return false;
    }
    let Ok(url) = Url::parse(&format!("https://{host}/")) else { return false };
    let Some(name) = url.host_str() else { return false };
    let parsed = match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    };
    parsed == host || format!("{parsed}:443") == host
}

/// Returns true if a host means the same in every network.
fn is_complete(host: &str) -> bool {
    host == "localhost" || host.contains(['.', ':'])
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.api_host)
    }
}

impl FromStr for Deployment {
    type Err = InvalidHost;

    /// Parses an API host as [`Deployment::from_api_host`] does, the code of a public deployment
    /// (`us1`, `us2`, `eu` …) or the host of its console, each also behind `https://` and with a
    /// slash at the end.
    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let text = text.to_ascii_lowercase();
        let host = text.strip_prefix("https://").unwrap_or(&text);
        let host = host.strip_suffix('/').unwrap_or(host);
        let is_meant = |known: &&Self| known.code() == host || known.service_host() == host;
        match Self::ALL.iter().find(is_meant) {
            Some(known) => Ok(known.clone()),
            None => Self::from_api_host(host).map_err(|_| InvalidHost { host: text.clone() }),
        }
    }
}

/// The text given as an API host is not a bare `host` or `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{host}` is not an API host; give its full name as `host` or `host:port`, for example `api.us2.sumologic.com`"
)]
pub struct InvalidHost {
    host: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hosts_give_known_deployments() {
        for known in Deployment::ALL {
            assert_eq!(&Deployment::from_api_host(known.api_host()).unwrap(), known);
            assert!(known.is_public());
        }
        assert_eq!("API.EU.sumologic.com".parse::<Deployment>().unwrap(), Deployment::EU);
    }

    #[test]
    fn the_words_of_people_name_public_deployments() {
        for (text, deployment) in [
            ("us1", Deployment::US1),
            ("US2", Deployment::US2),
            ("eu", Deployment::EU),
            ("esc", Deployment::ESC),
            ("service.sumologic.com", Deployment::US1),
            ("service.us2.sumologic.com", Deployment::US2),
            ("https://service.de.sumologic.com/", Deployment::DE),
            ("https://api.us2.sumologic.com", Deployment::US2),
            ("HTTPS://API.sumologic.com/", Deployment::US1),
        ] {
            assert_eq!(text.parse::<Deployment>().unwrap(), deployment, "{text}");
        }
        let custom: Deployment = "https://sumo.example.com:8443/".parse().unwrap();
        assert_eq!(custom.api_host(), "sumo.example.com:8443");
        for bad in ["us3", "us", "https://", "/", "http://api.sumologic.com", "https://https://a.b", "a.b//"]
        {
            assert!(bad.parse::<Deployment>().is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn the_console_host_replaces_the_first_label_only() {
        for (api, service) in [
            ("api.sumologic.com", "service.sumologic.com"),
            ("api.us2.sumologic.com", "service.us2.sumologic.com"),
            ("api.api.example.com", "service.api.example.com"),
            ("capital.example.com", "capital.example.com"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(Deployment::from_api_host(api).unwrap().service_host(), service);
        }
    }

    #[test]
    fn custom_hosts_may_carry_a_port_and_nothing_else() {
        for good in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:9000",
            "stand-in:8080",
            "sumo.example.com",
            "sumo.example.com:443",
        ] {
            assert_eq!(Deployment::from_api_host(good).unwrap().api_host(), good);
        }
        for bad in [
            "",
            " ",
            "us2",
            "stand-in",
            "service.us2.sumologic.com",
            "https://api.sumologic.com",
            "api.sumologic.com/",
            "user@api.sumologic.com",
            "a b",
            "host:99999",
            "api.sumologic.com?x",
            "api.sumologic.com#x",
            "a\nb",
            ":80",
            "host:",
            "é.example",
            "..%2f",
        ] {
            assert!(Deployment::from_api_host(bad).is_err(), "{bad:?} was taken");
        }
    }
}
