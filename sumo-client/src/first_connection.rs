//! One connection for calls that come together while there is none.
//!
//! An HTTP/2 connection carries all calls to a host, yet the HTTP client opens one for each call that finds none open. Here
//! the first of them goes ahead, and the others wait until its connection is up: one handshake instead of many.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::future::BoxFuture;
use http::uri::Authority;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tower_layer::Layer;
use tower_service::Service;

/// How long calls wait for the one that went ahead. A connection that takes longer may never come, when another would.
const HEAD_START: Duration = Duration::from_secs(1);

/// How long after its handshake a connection is surely among those that the HTTP client knows to be open. It is there
/// as soon as the task that serves it has run once.
const SETTLING: Duration = Duration::from_millis(10);

/// How long after an answer its connection is taken to be open: less than idle ones are kept for, here and by servers.
const KEPT: Duration = Duration::from_secs(30);

/// What is known of the connections to a host.
#[derive(Clone, Copy, Debug)]
enum Connections {
    /// There may be none.
    Unknown,
    /// A call has gone ahead, which opens one if there is none.
    Opening,
    /// There is one for all calls from this time on.
    Open { since: Instant },
}

impl Connections {
    /// Whether one can be used now.
    fn is_open(self, now: Instant) -> bool {
        matches!(self, Self::Open { since } if since <= now && now - since < KEPT)
    }

    /// Whether one can be used soon.
    fn may_open(self, now: Instant) -> bool {
        match self {
            Self::Unknown => false,
            Self::Opening => true,
            Self::Open { since } => since > now,
        }
    }
}

/// Where a call stands among those to its host.
enum Place {
    Free,
    Ahead(Arc<GoingAhead>),
    Behind,
}

/// The hosts that were called, and what is known of the connections to them.
#[derive(Debug, Default)]
pub(crate) struct Hosts(Mutex<HashMap<Authority, Arc<Host>>>);

impl Hosts {
    pub(crate) fn host(&self, authority: &Authority) -> Arc<Host> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(authority) {
            return Arc::clone(host);
        }
        Arc::clone(hosts.entry(authority.clone()).or_default())
    }
}

/// A host and the calls that wait for a connection to it.
#[derive(Debug)]
pub(crate) struct Host(watch::Sender<Connections>);

impl Default for Host {
    fn default() -> Self {
        Self(watch::Sender::new(Connections::Unknown))
    }
}

impl Host {
    /// Sends a request to this host: at once when a connection is open, or else ahead of the calls that come with it, or
    /// behind the one that goes ahead.
    pub(crate) async fn send<T, E>(
        self: Arc<Self>,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let outcome = match self.place() {
            Place::Free => request.await,
            Place::Ahead(call) => call.send(request).await,
            Place::Behind => {
                self.wait_until_open().await;
                request.await
            }
        };
        let connections = match outcome {
            Ok(_) => Connections::Open { since: Instant::now() },
            Err(_) => Connections::Unknown,
        };
        self.note(connections);
        outcome
    }

    fn place(self: &Arc<Self>) -> Place {
        let now = Instant::now();
        if self.0.borrow().is_open(now) {
            return Place::Free;
        }
        let mut place = Place::Behind;
        self.0.send_if_modified(|known| {
            if known.is_open(now) {
                place = Place::Free;
            } else if !known.may_open(now) {
                *known = Connections::Opening;
                place = Place::Ahead(Arc::new(GoingAhead::of(self)));
            }
            false
        });
        place
    }

    async fn wait_until_open(&self) {
        let mut connections = self.0.subscribe();
        let going_on =
            timeout(HEAD_START, connections.wait_for(|known| !matches!(known, Connections::Opening)));
        let known = going_on.await.ok().and_then(Result::ok).map(|known| *known);
        if let Some(Connections::Open { since }) = known {
            sleep_until(since).await;
        }
    }

    /// Notes what an answer or a failure says, unless a call has gone ahead, which will know better.
    fn note(&self, connections: Connections) {
        self.0.send_if_modified(|known| {
            if !matches!(known, Connections::Opening) {
                *known = connections;
            }
            false
        });
    }
}

/// The call that goes ahead of others to the same host. However it ends, they go on.
#[derive(Debug)]
struct GoingAhead {
    host: Arc<Host>,
    connects: AtomicBool,
    /// Whether the others go on. What comes of the call later says nothing of a connection that another one opens then.
    has_ended: AtomicBool,
}

tokio::task_local! {
    /// The call for which a connection is opened in this task, if it is one that others wait for.
    static CALL: Arc<GoingAhead>;
}

impl GoingAhead {
    fn of(host: &Arc<Host>) -> Self {
        Self { host: Arc::clone(host), connects: AtomicBool::default(), has_ended: AtomicBool::default() }
    }

    async fn send<T>(self: Arc<Self>, request: impl Future<Output = T>) -> T {
        let mut request = pin!(CALL.scope(Arc::clone(&self), request));
        // The HTTP client looks for an open connection and begins to open one, if it must, before it first waits.
        let first = poll_fn(|context| Poll::Ready(request.as_mut().poll(context))).await;
        if !self.connects.load(Ordering::Relaxed) {
            self.end(Connections::Open { since: Instant::now() });
        }
        match first {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => request.await,
        }
    }

    /// Lets the others go on, unless they do.
    fn end(&self, connections: Connections) {
        if !self.has_ended.swap(true, Ordering::Relaxed) {
            self.host.0.send_replace(connections);
        }
    }
}

impl Drop for GoingAhead {
    fn drop(&mut self) {
        self.end(Connections::Unknown);
    }
}

/// Makes the HTTP client tell when a connection is up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TellConnected;

impl<S> Layer<S> for TellConnected {
    type Service = TellingConnected<S>;

    fn layer(&self, connector: S) -> Self::Service {
        TellingConnected(Arc::new(connector))
    }
}

/// A connector that tells when a connection is up. The one inside is shared, since the HTTP client clones its connector several
/// times for each request, and seldom needs it.
#[derive(Debug)]
pub(crate) struct TellingConnected<S>(Arc<S>);

impl<S> Clone for TellingConnected<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, R> Service<R> for TellingConnected<S>
where
    S: Service<R> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: R) -> Self::Future {
        let call = CALL.try_with(Arc::clone).ok();
        if let Some(call) = &call {
            call.connects.store(true, Ordering::Relaxed);
        }
        let mut connector = S::clone(&self.0);
        Box::pin(async move {
            poll_fn(|context| connector.poll_ready(context)).await?;
            let outcome = connector.call(destination).await;
            if let (Some(call), Ok(_)) = (call, &outcome) {
                call.end(Connections::Open { since: Instant::now() + SETTLING });
            }
            outcome
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::AtomicUsize;

    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const HANDSHAKE: Duration = Duration::from_millis(100);
    const ANSWER: Duration = Duration::from_millis(200);

    /// How attempts to connect end.
    #[derive(Clone, Copy)]
    enum Network {
        Works,
        Refuses,
        Hangs,
    }

    impl Service<()> for Network {
        type Response = ();
        type Error = io::Error;
        type Future = BoxFuture<'static, io::Result<()>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, (): ()) -> Self::Future {
            let network = *self;
            Box::pin(async move {
                sleep(HANDSHAKE).await;
                match network {
                    Self::Works => Ok(()),
                    Self::Refuses => Err(io::ErrorKind::ConnectionRefused.into()),
                    Self::Hangs => std::future::pending().await,
                }
            })
        }
    }

    /// An HTTP client as far as connections go: each call that finds none open opens one, which is shared a moment after
    /// it is up.
    struct HttpClient {
        host: Arc<Host>,
        started: Instant,
        is_open: AtomicBool,
        handshakes: AtomicUsize,
    }

    impl HttpClient {
        fn new() -> Self {
            Self {
                host: Arc::default(),
                started: Instant::now(),
                is_open: AtomicBool::new(false),
                handshakes: AtomicUsize::new(0),
            }
        }

        /// Makes a call, and tells how long after the start it was sent.
        async fn call(&self, network: Network) -> io::Result<Duration> {
            let request = async {
                if !self.is_open.load(Ordering::Relaxed) {
                    self.handshakes.fetch_add(1, Ordering::Relaxed);
                    TellConnected.layer(network).call(()).await?;
                    sleep(SETTLING / 2).await;
                    self.is_open.store(true, Ordering::Relaxed);
                }
                let sent = self.started.elapsed();
                sleep(ANSWER).await;
                Ok(sent)
            };
            Arc::clone(&self.host).send(request).await
        }

        async fn calls(&self, count: usize, network: Network) -> Vec<Option<Duration>> {
            let calls = join_all((0..count).map(|_| self.call(network))).await;
            calls.into_iter().map(Result::ok).collect()
        }

        fn handshakes(&self) -> usize {
            self.handshakes.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_come_together_share_the_first_connection() {
        let client = HttpClient::new();
        let sent = client.calls(10, Network::Works).await;
        assert_eq!(client.handshakes(), 1);
        assert_eq!(sent[0], Some(HANDSHAKE + SETTLING / 2));
        // The clock of timers has a grain of a millisecond.
        assert!(sent[1..].iter().all(|sent| sent.unwrap() <= HANDSHAKE + SETTLING + MS), "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_while_a_connection_is_open() {
        let client = HttpClient::new();
        client.call(Network::Works).await.unwrap();
        for pause in [Duration::ZERO, KEPT / 2, KEPT * 2] {
            sleep(pause).await;
            let asked = client.started.elapsed();
            assert_eq!(client.calls(3, Network::Works).await, [Some(asked); 3], "after {pause:?}");
        }
        assert_eq!(client.handshakes(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_lost_is_opened_once() {
        let client = HttpClient::new();
        client.call(Network::Works).await.unwrap();
        client.is_open.store(false, Ordering::Relaxed);
        sleep(KEPT).await;
        assert!(client.calls(3, Network::Works).await.iter().all(Option::is_some));
        assert_eq!(client.handshakes(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_first_cannot_connect_all_try_at_once() {
        let client = HttpClient::new();
        for round in 1..=2 {
            assert_eq!(client.calls(3, Network::Refuses).await, [None; 3]);
            assert_eq!(client.handshakes(), 3 * round);
            assert!(client.started.elapsed() <= 2 * HANDSHAKE * u32::try_from(round).unwrap() + 4 * MS);
        }
        assert!(client.calls(3, Network::Works).await.iter().all(Option::is_some));
        assert_eq!(client.handshakes(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_hangs_keeps_others_waiting_for_its_head_start_alone() {
        let client = HttpClient::new();
        let others = async {
            tokio::task::yield_now().await;
            client.calls(3, Network::Works).await
        };
        tokio::select! {
            biased;
            _ = client.call(Network::Hangs) => panic!("it hangs"),
            sent = others => {
                let latest = HEAD_START + HANDSHAKE + SETTLING + MS;
                assert!(sent.iter().all(|sent| sent.unwrap() <= latest), "{sent:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_given_up_lets_the_others_go_on() {
        let client = HttpClient::new();
        let given_up = timeout(HANDSHAKE / 2, client.call(Network::Hangs));
        let (given_up, sent) = tokio::join!(given_up, client.calls(3, Network::Works));
        assert!(given_up.is_err());
        assert!(sent.iter().all(|sent| sent.unwrap() <= 2 * HANDSHAKE), "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_ends_late_does_not_end_the_wait_for_another() {
        let client = HttpClient::new();
        let others = async {
            // The connection is lost while the first call waits for its answer, which comes during the next handshake.
            sleep(HANDSHAKE + ANSWER * 3 / 4).await;
            client.is_open.store(false, Ordering::Relaxed);
            client.host.note(Connections::Unknown);
            client.calls(3, Network::Works).await
        };
        let (first, sent) = tokio::join!(client.call(Network::Works), others);
        assert!(first.is_ok() && sent.iter().all(Option::is_some), "{sent:?}");
        assert_eq!(client.handshakes(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_http_client_that_does_not_tell_is_not_waited_for() {
        let (host, started) = (Arc::<Host>::default(), Instant::now());
        let call = || {
            Arc::clone(&host).send(async {
                sleep(ANSWER).await;
                Ok::<_, ()>(started.elapsed())
            })
        };
        assert_eq!(join_all((0..3).map(|_| call())).await, [Ok(ANSWER); 3]);
    }

    #[test]
    fn hosts_are_told_apart() {
        let hosts = Hosts::default();
        let host = |authority| hosts.host(&Authority::from_static(authority));
        assert!(Arc::ptr_eq(&host("a.example"), &host("a.example")));
        assert!(!Arc::ptr_eq(&host("a.example"), &host("a.example:8443")));
    }
}
