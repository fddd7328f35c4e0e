//! A host that publishes signing keys, as Cisco's do.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use sumo_client::testing::TestCa;
use tokio_util::sync::CancellationToken;
use xdr_module::PageHandler;
use xdr_module::http::server::{Server, ServerLimits};

/// The answer of the host.
#[derive(Clone, Debug)]
pub(crate) struct KeyAnswer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

impl KeyAnswer {
    pub(crate) fn json(body: Value) -> Self {
        Self::text(200, body.to_string())
    }

    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), delay: Duration::ZERO }
    }

    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// A TLS server on loopback that counts how often it is asked.
pub(crate) struct KeyHost {
    address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
}

struct State {
    answer: Mutex<KeyAnswer>,
    requests: AtomicUsize,
}

impl KeyHost {
    pub(crate) fn start(ca: &TestCa, answer: KeyAnswer) -> Self {
        let tls = Arc::unwrap_or_clone(ca.server_config(&["127.0.0.1"]).unwrap());
        let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut limits = ServerLimits::default();
        limits.shutdown = Duration::ZERO;
        let server = Server::bind(free_port, limits).unwrap().with_tls(tls);
        let address = server.local_addr().unwrap();
        let state = Arc::new(State { answer: Mutex::new(answer), requests: AtomicUsize::new(0) });
        let stop = CancellationToken::new();
        tokio::spawn(server.run_pages(site(state.clone()), stop.clone()));
        Self { address, state, stop }
    }

    /// Host and port.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn set(&self, answer: KeyAnswer) {
        *self.state.answer.lock().unwrap() = answer;
    }

    /// Returns the number of requests that came.
    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

impl Drop for KeyHost {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn site(state: Arc<State>) -> PageHandler {
    Arc::new(move |request| {
        let state = state.clone();
        Box::pin(async move { state.respond(request.uri().path()).await })
    })
}

impl State {
    async fn respond(&self, path: &str) -> http::Response<Bytes> {
        if path != "/.well-known/jwks" {
            return http::Response::builder().status(404).body(Bytes::new()).unwrap();
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        tokio::time::sleep(answer.delay).await;
        let response =
            http::Response::builder().status(answer.status).header("content-type", "application/json");
        response.body(answer.body.into()).unwrap()
    }
}
