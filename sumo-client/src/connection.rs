//! The moments at which a connection for a call begins to be opened, and is open.
//!
//! The server counts a call when it arrives. One that has to open a connection first arrives later
//! than it started, by the handshakes of TCP and TLS, which take longer than the margin of the
//! limiter's windows. Until then the server cannot answer it, either.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "reqwest")]
pub(crate) use self::connector::TellConnection;

/// The state of a connection that is opened for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "reqwest"), expect(dead_code, reason = "the default transport tells"))]
pub(crate) enum Connection {
    Opening,
    Open,
}

/// Told of the connection that is opened for a call; among the extensions of its request. Not told
/// of one that was open before.
#[derive(Clone)]
pub(crate) struct OnConnection(Arc<dyn Fn(Connection) + Send + Sync>);

impl OnConnection {
    pub(crate) fn new(tell: impl Fn(Connection) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    #[cfg_attr(not(feature = "reqwest"), expect(dead_code, reason = "the default transport tells"))]
    pub(crate) fn tell(&self, connection: Connection) {
        (self.0)(connection);
    }
}

impl fmt::Debug for OnConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnConnection(..)")
    }
}

#[cfg(feature = "reqwest")]
mod connector {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use tower_layer::Layer;
    use tower_service::Service;

    use super::{Connection, OnConnection};

    tokio::task_local! {
        /// The call that is sent in this task.
        static CALL: OnConnection;
    }

    impl OnConnection {
        /// Sends a request by an HTTP client whose connector is wrapped in [`TellConnection`].
        pub(crate) async fn send<T>(self, request: impl Future<Output = T>) -> T {
            CALL.scope(self, request).await
        }
    }

    /// Makes an HTTP client tell a call of the connection that is opened for it.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct TellConnection;

    impl<S> Layer<S> for TellConnection {
        type Service = TellingConnection<S>;

        fn layer(&self, connector: S) -> Self::Service {
            TellingConnection(Arc::new(connector))
        }
    }

    /// A connector that tells the call in whose task it is used. The one inside is shared, since
    /// the HTTP client clones its connector several times for each request, and seldom needs it.
    #[derive(Debug)]
    pub(crate) struct TellingConnection<S>(Arc<S>);

    impl<S> Clone for TellingConnection<S> {
        fn clone(&self) -> Self {
            Self(Arc::clone(&self.0))
        }
    }

    impl<S, R> Service<R> for TellingConnection<S>
    where
        S: Service<R> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        R: Send + 'static,
    {
        type Response = S::Response;
        type Error = S::Error;
        type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, destination: R) -> Self::Future {
            // The connection may be opened in another task; the call began in this one.
            let call = CALL.try_with(Clone::clone).ok();
            let mut connector = S::clone(&self.0);
            Box::pin(async move {
                let tell = |connection| call.iter().for_each(|call| call.tell(connection));
                tell(Connection::Opening);
                poll_fn(|context| connector.poll_ready(context)).await?;
                let connection = connector.call(destination).await?;
                tell(Connection::Open);
                Ok(connection)
            })
        }
    }
}
