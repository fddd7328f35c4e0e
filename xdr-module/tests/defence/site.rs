//! A service under attack, and its callers.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use xdr_module::auth::allow_list::Audiences;
use xdr_module::auth::{Claims, Refusal};
use xdr_module::contract::health::Health;
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reference_link::ReferenceLink;
use xdr_module::contract::reply::Reply;
use xdr_module::testing::{Caller, HttpResponse, TestIssuer};
use xdr_module::{About, Capability, Config, Context, Module, Ports, Reloader, ShareKeys};

/// The longest that anything may take that should be at once.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// The public URL of the service, which tokens are made for.
pub(crate) const PUBLIC_URL: &str = "https://links.example.com";

/// The value of an observable that is worked on without end.
pub(crate) const HANG: &str = "hang.example.com";

/// The value of an observable about which there is more to tell than sockets hold.
pub(crate) const HUGE: &str = "huge.example.com";

/// The value of an observable about which there is more to tell than fits into a packet.
pub(crate) const LONG: &str = "long.example.com";

/// The value of an observable whose work goes on without end when its request has ended.
pub(crate) const OUTLIVE: &str = "outlive.example.com";

/// A module that gives links, of any size.
pub(crate) struct Links {
    /// The title of all links.
    pub(crate) title: &'static str,
}

/// A tenant of a deployment.
pub(crate) struct Tenant {
    name: String,
    deployment: String,
}

impl Module for Links {
    type Tenant = Tenant;

    fn about(&self) -> About {
        About::new("links", "1.0.0", "Links")
    }

    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability::Refer]
    }

    fn tenant(&self, claims: &Claims) -> Result<Tenant, Refusal> {
        let text = |name: &str| claims.text(name).map(str::to_owned).ok_or(Refusal::WrongPayload);
        Ok(Tenant { name: text("tenant")?, deployment: text("deployment")? })
    }

    fn admit(&self, tenant: &Tenant) -> Result<ShareKeys, Refusal> {
        match tenant.name.as_str() {
            "banned" => Err(Refusal::TenantNotAllowed),
            name => Ok(ShareKeys::new(name, tenant.deployment.as_str())),
        }
    }

    async fn health(&self, _: &Context<Tenant>) -> Reply<Health> {
        Reply::data(Health::ok())
    }

    async fn refer(&self, context: &Context<Tenant>, asked: &[Observable]) -> Reply<Vec<ReferenceLink>> {
        if asked.iter().any(|asked| asked.value == OUTLIVE) {
            let place = context.place().clone();
            tokio::spawn(async move {
                std::future::pending::<()>().await;
                drop(place);
            });
        }
        if asked.iter().any(|asked| asked.value == HANG) {
            std::future::pending::<()>().await;
        }
        let length = |asked: &Observable| match asked.value.as_str() {
            HUGE => 32 * 1024 * 1024,
            LONG => 8 * 1024,
            _ => 10,
        };
        let description = "x".repeat(asked.iter().map(length).max().unwrap_or_default());
        let link = ReferenceLink::new("link-1", self.title, "https://links.example.com");
        Reply::data(vec![link.with_description(description)])
    }
}

/// A running service, its admin listener, and the issuer that it trusts.
pub(crate) struct Site {
    pub(crate) issuer: TestIssuer,
    pub(crate) address: SocketAddr,
    pub(crate) admin: Caller,
    pub(crate) admin_address: SocketAddr,
    pub(crate) reloader: Reloader<Links>,
    pub(crate) config: Config,
    caller: Caller,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Site {
    pub(crate) fn start(change: impl FnOnce(&mut Config)) -> Self {
        let issuer = TestIssuer::start().unwrap();
        let mut config = Config::default();
        config.listen = (Ipv4Addr::LOCALHOST, 0).into();
        config.admin_listen = Some(config.listen);
        config.audiences = Audiences::Configured([PUBLIC_URL.to_owned()].into());
        issuer.apply_to(&mut config);
        change(&mut config);
        let ports = Ports::open(&config).unwrap();
        let (service, reloader) = ports.with_reloading_module(Links { title: "Link" }, &config).unwrap();
        let (address, admin_address) = (service.local_addr().unwrap(), service.admin_addr().unwrap());
        let stop = CancellationToken::new();
        let running = tokio::spawn(service.run(stop.clone()));
        let caller = |address: SocketAddr| Caller::new(format!("http://{address}")).unwrap();
        let (admin, caller) = (caller(admin_address), caller(address));
        Self { issuer, address, admin, admin_address, reloader, config, caller, stop, running }
    }

    /// Returns the header of a tenant, of a deployment.
    pub(crate) fn authorization(&self, tenant: &str, deployment: &str) -> String {
        let claims = self.issuer.claims(PUBLIC_URL).with("tenant", tenant).with("deployment", deployment);
        format!("Bearer {}", self.issuer.token(&claims).unwrap())
    }

    /// Asks for links as a tenant.
    pub(crate) async fn refer(&self, tenant: &str, deployment: &str, value: &str) -> HttpResponse {
        let authorization = self.authorization(tenant, deployment);
        self.caller.post("/refer/observables", Some(&authorization), ask(value)).await.unwrap()
    }

    /// Returns the status of an answer to an honest tenant.
    pub(crate) async fn status(&self, tenant: &str, deployment: &str) -> u16 {
        let response = self.refer(tenant, deployment, "a.example.com").await;
        assert!(response.status != 200 || response.errors().is_empty(), "{}", response.text());
        response.status.as_u16()
    }

    /// Asks for what takes no end, on a connection of its own, until the handle is aborted.
    pub(crate) fn hang(&self, tenant: &str, deployment: &str) -> JoinHandle<()> {
        let (caller, authorization) = (
            Caller::new(format!("http://{}", self.address)).unwrap(),
            self.authorization(tenant, deployment),
        );
        tokio::spawn(async move {
            drop(caller.post("/refer/observables", Some(&authorization), ask(HANG)).await);
        })
    }

    /// Fails unless all that needs no token is answered, on both ports.
    #[track_caller]
    pub(crate) fn assert_answers(&self) -> impl Future<Output = ()> + '_ {
        let from = std::panic::Location::caller();
        async move {
            // Callers with connections of their own, as probes are.
            let public = Caller::new(format!("http://{}", self.address)).unwrap();
            let get = |path| public.request(Method::GET, path);
            let all = join_all(
                [
                    get("/"),
                    public.request(Method::POST, "/version"),
                    self.admin.request(Method::GET, "/live"),
                ]
                .map(boxed),
            );
            let all =
                tokio::time::timeout(TIMEOUT, all).await.unwrap_or_else(|_| panic!("{from}: no answer"));
            for response in all {
                assert_eq!(response.unwrap().status, 200, "{from}");
            }
            let request =
                http::Request::get("/watchdog").header("health-check", "x").body(Default::default());
            let echo = tokio::time::timeout(TIMEOUT, public.send(request.unwrap())).await.unwrap().unwrap();
            assert_eq!(echo.text(), r#"{"data":"x"}"#, "{from}");
        }
    }

    /// Tells the service to stop; fails unless it ends in time.
    pub(crate) async fn stop(&mut self, case: &str) {
        self.stop.cancel();
        let ended = tokio::time::timeout(TIMEOUT, &mut self.running).await;
        ended.unwrap_or_else(|_| panic!("{case}: still running")).unwrap();
    }

    /// Returns the metrics.
    pub(crate) async fn metrics(&self) -> String {
        self.admin.request(Method::GET, "/metrics").await.unwrap().text()
    }

    /// Waits until a line is in the metrics.
    pub(crate) async fn metric(&self, line: &str) {
        let shown = async {
            while !self.metrics().await.contains(line) {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(TIMEOUT, shown).await.is_err() {
            panic!("{line} is not in\n{}", self.metrics().await);
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes on a new connection, and returns it.
    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        stream
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn boxed<'a, T>(future: impl Future<Output = T> + Send + 'a) -> futures_util::future::BoxFuture<'a, T> {
    Box::pin(future)
}

/// Returns the body of a question.
pub(crate) fn ask(value: &str) -> String {
    format!(r#"[{{"type":"domain","value":"{value}"}}]"#)
}

/// Returns the head of a request whose body has so many bytes.
pub(crate) fn head(authorization: Option<&str>, length: usize) -> String {
    let authorization = authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
    format!("POST /refer/observables HTTP/1.1\r\nHost: a\r\n{authorization}Content-Length: {length}\r\n\r\n")
}

/// Reads until the service closes the connection; fails when it resets it, or keeps it open.
pub(crate) async fn read_all(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let read = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut received)).await;
    read.unwrap_or_else(|_| panic!("still open")).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8_lossy(&received).into_owned()
}

/// Returns a client that speaks HTTP/2 and lets no byte of a body be sent to it.
pub(crate) fn client_without_window() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .http2_prior_knowledge()
        .http2_initial_stream_window_size(0)
        .build()
        .unwrap()
}

/// Makes a short time of each that a connection may take.
pub(crate) fn brief(config: &mut Config) {
    config.server.stall_timeout = Duration::from_millis(300);
}
