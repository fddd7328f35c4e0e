//! A Valkey or Redis server as the store.

use std::fmt;
use std::time::Duration;

use futures_core::future::BoxFuture;
use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo,
    RedisError, Script, ScriptInvocation, TlsCertificates, TlsMode,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::millis::{duration, millis};
use super::{
    BudgetKey, BudgetStore, Change, Joined, LEASE, LeaseId, MEMBER, MemberId, PATIENCE, StartReply,
    StartRequest, StoreError,
};

/// A Valkey or Redis server (7 or newer), a cluster of them, or one that sentinels name.
///
/// A call costs one round trip for its start, by a script that runs in the server and uses its
/// clock; its end is sent without waiting for it. Keys hold digests only, values hold times and
/// random numbers, and everything expires.
///
/// ```
/// use sumo_client::ValkeyStore;
///
/// let store =
///     ValkeyStore::builder("rediss://valkey.example.com:6380/0").password("secret").build()?;
/// assert!(!format!("{store:?}").contains("secret"));
/// # Ok::<(), sumo_client::StoreError>(())
/// ```
pub struct ValkeyStore {
    server: Server,
    password: Option<SecretString>,
    connection: Mutex<Connection>,
    script: Script,
}

/// The address of the server.
enum Server {
    Node(Client),
    Cluster(Box<ClusterClient>),
    Sentinels(tokio::sync::Mutex<SentinelClient>),
}

/// The state of the connection.
#[derive(Clone, Default)]
enum Connection {
    #[default]
    None,
    Node(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// The longest wait for a connection, in the background.
const CONNECT: Duration = Duration::from_secs(3);

/// The longest wait for the answer of a command. Calls do not wait that long.
const ANSWER: Duration = Duration::from_secs(1);

/// The key under which the processes are listed that share the budget.
const MEMBERS: &str = "sumo-budget:members";

impl ValkeyStore {
    /// Starts to set up a store at this URL: `redis://[user[:password]@]host[:port][/database]`, or
    /// `rediss://` for TLS.
    ///
    /// `redis-cluster://host:port,host:port` names nodes of a cluster, and
    /// `redis-sentinel://host:port,host:port/master` sentinels and the name of their master; both
    /// with `rediss` for TLS. `valkey` can be written instead of `redis`.
    pub fn builder(url: impl Into<String>) -> ValkeyStoreBuilder {
        ValkeyStoreBuilder { url: SecretString::from(url.into()), password: None, certificates: None }
    }

    /// Returns the password, as a secret for [`SharedBudget::secret`](crate::SharedBudget::secret).
    pub fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|password| password.expose_secret())
    }

    fn connection(&self) -> Connection {
        self.connection.lock().clone()
    }

    fn set_connection(&self, connection: Connection) {
        *self.connection.lock() = connection;
    }

    async fn open(&self) -> Result<Connection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        Ok(match &self.server {
            Server::Node(client) => {
                Connection::Node(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Server::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
            Server::Sentinels(client) => {
                let mut client = client.lock().await;
                Connection::Node(client.get_async_connection_with_config(&config).await?)
            }
        })
    }

    async fn run<T: FromRedisValue>(&self, invocation: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        let outcome = match self.connection() {
            Connection::None => return Err(StoreError::new("the store is not connected")),
            Connection::Node(mut node) => invocation.invoke_async(&mut node).await,
            Connection::Cluster(mut cluster) => invocation.invoke_async(&mut cluster).await,
        };
        outcome.map_err(|error| self.failed(error))
    }

    /// Drops the connection, whatever went wrong with it, so that the next one is a new one. After
    /// an error of the script it still works.
    fn failed(&self, error: RedisError) -> StoreError {
        if error.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::ResponseError) {
            return StoreError::of_key("the script failed in the store").caused_by(error);
        }
        self.set_connection(Connection::None);
        StoreError::new("the store did not answer as expected").caused_by(error)
    }

    fn on_key(&self, key: BudgetKey, action: &str, id: &str) -> ScriptInvocation<'_> {
        let mut invocation = self.script.key(format!("sumo-budget:{key}"));
        invocation.arg(action).arg(id).arg(millis(LEASE));
        invocation
    }
}

impl BudgetStore for ValkeyStore {
    fn connect(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            if !matches!(self.connection(), Connection::None) {
                return Ok(());
            }
            let opened = self.open().await;
            let connection = opened
                .map_err(|error| StoreError::new("the store cannot be connected to").caused_by(error))?;
            self.set_connection(connection);
            Ok(())
        })
    }

    fn disconnect(&self) {
        self.set_connection(Connection::None);
    }

    fn join(&self, member: MemberId) -> BoxFuture<'_, Result<Joined, StoreError>> {
        Box::pin(async move {
            let mut invocation = self.script.key(MEMBERS);
            invocation.arg("join").arg(member.to_string()).arg(millis(MEMBER));
            let (index, members, time): (u32, u32, u64) = self.run(&invocation).await?;
            Ok(Joined { index, members, time: duration(time) })
        })
    }

    fn reserve(
        &self,
        key: BudgetKey,
        request: StartRequest,
    ) -> BoxFuture<'_, Result<StartReply, StoreError>> {
        Box::pin(async move {
            let StartRequest { lease, limit, is_spread } = request;
            let mut invocation = self.on_key(key, "reserve", &lease.to_string());
            invocation.arg(limit.calls_per_window).arg(millis(limit.window)).arg(limit.concurrency);
            invocation.arg(millis(PATIENCE)).arg(lease.member.to_string()).arg(u8::from(is_spread));
            let (is_reserved, wait): (bool, u64) = self.run(&invocation).await?;
            Ok(if is_reserved { StartReply::Reserved(duration(wait)) } else { StartReply::Full })
        })
    }

    fn change(&self, key: BudgetKey, change: Change) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let on_lease = |action, lease: LeaseId| self.on_key(key, action, &lease.to_string());
            let invocation = match change {
                Change::Ended(lease) => on_lease("ended", lease),
                Change::Unused(lease) => on_lease("unused", lease),
                Change::Extended(lease) => on_lease("extended", lease),
                Change::Silence(time) => {
                    let mut invocation = self.on_key(key, "silence", "");
                    invocation.arg(millis(time));
                    invocation
                }
            };
            self.run::<redis::Value>(&invocation).await.map(|_reply| ())
        })
    }
}

impl fmt::Debug for ValkeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValkeyStore").finish_non_exhaustive()
    }
}

/// Sets up a [`ValkeyStore`].
#[must_use]
pub struct ValkeyStoreBuilder {
    url: SecretString,
    password: Option<SecretString>,
    certificates: Option<Vec<u8>>,
}

impl ValkeyStoreBuilder {
    /// Uses this password instead of that of the URL.
    pub fn password(self, password: impl Into<String>) -> Self {
        Self { password: Some(SecretString::from(password.into())), ..self }
    }

    /// Trusts the certificates of this PEM bundle for TLS, instead of those of the system.
    pub fn root_certificates(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { certificates: Some(pem.into()), ..self }
    }

    /// Builds the store. Nothing is connected yet.
    ///
    /// # Errors
    /// Returns an error if the URL is not one of a store, a certificate is not PEM, or TLS cannot
    /// be set up.
    pub fn build(self) -> Result<ValkeyStore, StoreError> {
        let url = StoreUrl::parse(self.url.expose_secret())?;
        if url.is_tls {
            install_cryptography()?;
        } else if self.certificates.is_some() {
            return Err(StoreError::new("root certificates have no effect on a URL without TLS"));
        }
        let is_pem = |pem: &Vec<u8>| String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----");
        if !self.certificates.as_ref().is_none_or(is_pem) {
            return Err(StoreError::new("the root certificates are not a PEM bundle"));
        }
        let password = self.password.as_ref().map(|password| password.expose_secret().to_owned());
        let password = password.or_else(|| url.password.clone());
        let certificates =
            self.certificates.map(|pem| TlsCertificates { client_tls: None, root_cert: Some(pem) });
        let server = url.server(password.as_deref(), certificates);
        let server =
            server.map_err(|error| StoreError::new("the store cannot be set up").caused_by(error))?;
        let script = Script::new(include_str!("valkey.lua"));
        Ok(ValkeyStore {
            server,
            password: password.map(SecretString::from),
            connection: Mutex::default(),
            script,
        })
    }
}

impl fmt::Debug for ValkeyStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValkeyStoreBuilder").finish_non_exhaustive()
    }
}

/// rustls needs one provider of cryptography for the whole process where it is built with several.
fn install_cryptography() -> Result<(), StoreError> {
    let is_installed = || rustls::crypto::CryptoProvider::get_default().is_some();
    if is_installed() {
        return Ok(());
    }
    // An error says that another thread was faster.
    #[cfg(feature = "aws-lc")]
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
    let _installed = rustls::crypto::ring::default_provider().install_default();
    if is_installed() {
        return Ok(());
    }
    Err(StoreError::new("TLS has no cryptography; enable the feature `aws-lc` or `ring` of sumo-client"))
}

/// The parts of a URL that may name several hosts, which URLs as such cannot.
struct StoreUrl {
    kind: Kind,
    is_tls: bool,
    user: Option<String>,
    password: Option<String>,
    nodes: Vec<(String, u16)>,
    /// The segments of the path.
    path: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Node,
    Cluster,
    Sentinels,
}

impl StoreUrl {
    fn parse(url: &str) -> Result<Self, StoreError> {
        let problem = || {
            StoreError::new(
                "the URL is not one of a store; write it as redis://host:port/0, rediss://…, \
                 redis-cluster://host:port,host:port or redis-sentinel://host:port,host:port/master",
            )
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(problem)?;
        let (server, kind) = match scheme.split_once('-') {
            None => (scheme, Kind::Node),
            Some((server, "cluster")) => (server, Kind::Cluster),
            Some((server, "sentinel")) => (server, Kind::Sentinels),
            Some(_) => return Err(problem()),
        };
        let is_tls = match server {
            "redis" | "valkey" => false,
            "rediss" | "valkeys" => true,
            _ => return Err(problem()),
        };
        let (user_info, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let default_port = if kind == Kind::Sentinels { 26_379 } else { 6_379 };
        let nodes = hosts.split(',').map(|host| node(host, default_port)).collect::<Option<Vec<_>>>();
        let (user, password) = user_info.map_or((None, None), |user_info| {
            let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
            (decoded(user), decoded(password))
        });
        let path = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let nodes = nodes.filter(|nodes| kind != Kind::Node || nodes.len() == 1).ok_or_else(problem)?;
        Ok(Self { kind, is_tls, user, password, nodes, path })
    }

    fn server(
        &self,
        password: Option<&str>,
        certificates: Option<TlsCertificates>,
    ) -> Result<Server, RedisError> {
        match self.kind {
            Kind::Node => self.node(password, certificates),
            Kind::Cluster => self.cluster(password, certificates),
            Kind::Sentinels => self.sentinels(password, certificates),
        }
    }

    fn node(
        &self,
        password: Option<&str>,
        certificates: Option<TlsCertificates>,
    ) -> Result<Server, RedisError> {
        let address = self.addresses().next();
        let address = address.unwrap_or_else(|| ConnectionAddr::Tcp("localhost".to_owned(), 6_379));
        let info = self.connection_info(address, password)?;
        Ok(Server::Node(match certificates {
            Some(certificates) => Client::build_with_tls(info, certificates)?,
            None => Client::open(info)?,
        }))
    }

    fn cluster(
        &self,
        password: Option<&str>,
        certificates: Option<TlsCertificates>,
    ) -> Result<Server, RedisError> {
        let nodes: Result<Vec<_>, _> =
            self.addresses().map(|address| self.connection_info(address, password)).collect();
        let mut builder =
            ClusterClientBuilder::new(nodes?).connection_timeout(CONNECT).response_timeout(ANSWER).retries(0);
        if let Some(certificates) = certificates {
            builder = builder.certs(certificates);
        }
        Ok(Server::Cluster(Box::new(builder.build()?)))
    }

    /// User and password are those of the servers, not of the sentinels.
    fn sentinels(
        &self,
        password: Option<&str>,
        certificates: Option<TlsCertificates>,
    ) -> Result<Server, RedisError> {
        let master = self.path.first().map_or("mymaster", String::as_str);
        let mut builder = SentinelClientBuilder::new(self.addresses(), master, SentinelServerType::Master)?;
        if self.is_tls {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        if let Some(user) = &self.user {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = password {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(certificates) = certificates {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
        Ok(Server::Sentinels(tokio::sync::Mutex::new(builder.build()?)))
    }

    fn addresses(&self) -> impl Iterator<Item = ConnectionAddr> {
        self.nodes.iter().cloned().map(|(host, port)| match self.is_tls {
            true => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
            false => ConnectionAddr::Tcp(host, port),
        })
    }

    fn connection_info(
        &self,
        address: ConnectionAddr,
        password: Option<&str>,
    ) -> Result<ConnectionInfo, RedisError> {
        let info = address.into_connection_info()?;
        let mut settings = info.redis_settings().clone();
        if let Some(database) = self.path.first() {
            let database = database.parse().map_err(|_| {
                RedisError::from((
                    redis::ErrorKind::InvalidClientConfig,
                    "the database of the URL is not a number",
                ))
            })?;
            settings = settings.set_db(database);
        }
        if let Some(user) = &self.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = password {
            settings = settings.set_password(password);
        }
        Ok(info.set_redis_settings(settings))
    }
}

/// Parses a host with its port; IPv6 addresses stand in brackets.
fn node(text: &str, default_port: u16) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (text, default_port),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_plain = |character: char| character.is_ascii_alphanumeric() || ".-_:%".contains(character);
    (!host.is_empty() && host.chars().all(is_plain)).then(|| (host.to_owned(), port))
}

fn decoded(text: &str) -> Option<String> {
    let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    (!text.is_empty()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_node_a_cluster_or_sentinels() {
        let url = StoreUrl::parse("rediss://user:p%40ss@[::1]:6380/2").unwrap();
        assert!(url.is_tls && url.kind == Kind::Node);
        assert_eq!(url.nodes, [("::1".to_owned(), 6_380)]);
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("user"), Some("p@ss")));
        let url = StoreUrl::parse("redis-cluster://:secret@a,b:7000").unwrap();
        assert_eq!(url.nodes, [("a".to_owned(), 6_379), ("b".to_owned(), 7_000)]);
        assert_eq!((url.user, url.password.as_deref()), (None, Some("secret")));
        let url = StoreUrl::parse("valkey-sentinel://a,b/budget").unwrap();
        assert_eq!((url.nodes[1].1, url.path.as_slice()), (26_379, ["budget".to_owned()].as_slice()));
        for good in ["redis://localhost", "rediss://h:1/0", "redis-cluster://a,b", "rediss-sentinel://a/m"] {
            ValkeyStore::builder(good).build().unwrap();
        }
        for bad in
            ["", "localhost", "http://localhost", "redis://", "redis://a,b", "redis-x://a", "redis://a/x"]
        {
            let error = ValkeyStore::builder(bad).password("secret").build().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{bad}: {error:?}");
        }
        assert!(ValkeyStore::builder("redis://a").root_certificates("x").build().is_err());
        assert!(ValkeyStore::builder("rediss://a").root_certificates("no PEM").build().is_err());
    }
}
