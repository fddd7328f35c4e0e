//! The moment at which a call has its connection.
//!
//! The server counts a call when it arrives. One that has to open a connection first arrives later
//! than it started, by the handshakes of TCP and TLS, which take longer than the margin of the
//! limiter's windows.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "reqwest")]
pub(crate) use self::connector::TellOpened;

/// Told when a connection is open that was opened for a call; among the extensions of its request.
#[derive(Clone)]
pub(crate) struct OnOpened(Arc<dyn Fn() + Send + Sync>);

impl OnOpened {
    pub(crate) fn new(tell: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    #[cfg_attr(not(feature = "reqwest"), expect(dead_code, reason = "the default transport tells"))]
    pub(crate) fn tell(&self) {
        (self.0)();
    }
}

impl fmt::Debug for OnOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnOpened(..)")
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

    use super::OnOpened;

    tokio::task_local! {
        /// The call that is sent in this task.
        static CALL: OnOpened;
    }

    impl OnOpened {
        /// Sends a request by an HTTP client whose connector is wrapped in [`TellOpened`].
        pub(crate) async fn send<T>(self, request: impl Future<Output = T>) -> T {
            CALL.scope(self, request).await
        }
    }

    /// Makes an HTTP client tell a call when a connection for it is open.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct TellOpened;

    impl<S> Layer<S> for TellOpened {
        type Service = TellingOpened<S>;

        fn layer(&self, connector: S) -> Self::Service {
            TellingOpened(Arc::new(connector))
        }
    }

    /// A connector that tells the call in whose task it is used. The one inside is shared, since
    /// the HTTP client clones its connector several times for each request, and seldom needs it.
    #[derive(Debug)]
    pub(crate) struct TellingOpened<S>(Arc<S>);

    impl<S> Clone for TellingOpened<S> {
        fn clone(&self) -> Self {
            Self(Arc::clone(&self.0))
        }
    }

    impl<S, R> Service<R> for TellingOpened<S>
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
                poll_fn(|context| connector.poll_ready(context)).await?;
                let connection = connector.call(destination).await?;
                call.inspect(OnOpened::tell);
                Ok(connection)
            })
        }
    }
}
