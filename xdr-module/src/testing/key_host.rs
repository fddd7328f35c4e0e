//! A host that publishes signing keys, as Cisco's do.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use parking_lot::Mutex;
use poem::endpoint::make;
use poem::{Endpoint, Response, Route};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::authority::TestAuthority;
use super::error::TestError;
use crate::http::methods::get;
use crate::http::server::{Server, ServerLimits};

/// The reply of a [`KeyHost`] to everybody who asks for its keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyHostReply {
    status: StatusCode,
    body: String,
    delay: Duration,
}

impl KeyHostReply {
    /// Creates a reply with status 200 and a JSON body, mostly a key set.
    pub fn json(body: &Value) -> Self {
        Self::new(StatusCode::OK, body.to_string())
    }

    /// Creates a reply with any status and body.
    pub fn new(status: StatusCode, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), delay: Duration::ZERO }
    }

    /// Returns the same reply, given after this time.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// An HTTPS server on loopback that publishes keys at `/.well-known/jwks` and counts who asks for
/// them. It stops when it is dropped.
#[derive(Debug)]
pub struct KeyHost {
    address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct State {
    reply: Mutex<KeyHostReply>,
    requests: AtomicUsize,
}

impl KeyHost {
    /// Starts a host whose certificate `authority` signs. Call it inside of a runtime.
    ///
    /// # Errors
    /// Returns an error if no certificate can be made or no port opened.
    pub fn start(authority: &TestAuthority, reply: KeyHostReply) -> Result<Self, TestError> {
        let limits = ServerLimits { shutdown: Duration::ZERO, ..ServerLimits::default() };
        let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let tls = authority.server_config([Ipv4Addr::LOCALHOST.to_string()])?;
        let server = Server::bind(free_port, limits).map_err(TestError::new)?.with_tls(tls);
        let address = server.local_addr().map_err(TestError::new)?;
        let state = Arc::new(State { reply: Mutex::new(reply), requests: AtomicUsize::new(0) });
        let stop = CancellationToken::new();
        tokio::spawn(server.run(site(state.clone()), stop.clone()));
        Ok(Self { address, state, stop })
    }

    /// Returns the host and port, as the claim `jwks_host` names them.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Gives another reply from now on.
    pub fn set_reply(&self, reply: KeyHostReply) {
        *self.state.reply.lock() = reply;
    }

    /// Returns the number of requests so far.
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

impl Drop for KeyHost {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn site(state: Arc<State>) -> impl Endpoint + 'static {
    let reply = make(move |_| {
        let state = state.clone();
        async move {
            state.requests.fetch_add(1, Ordering::SeqCst);
            let KeyHostReply { status, body, delay } = state.reply.lock().clone();
            tokio::time::sleep(delay).await;
            Response::builder().status(status).header(CONTENT_TYPE, "application/json").body(body)
        }
    });
    Route::new().at("/.well-known/jwks", get(reply))
}
