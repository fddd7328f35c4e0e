//! The sockets: accepts connections, speaks TLS if asked to, and hands requests to the service.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use super::body::{ResetSwitch, reset_error};
use super::fault::ConnectionFault;
use super::record::ConnectionEvent;
use super::service::Service;

/// Bytes of request line and headers.
const HEADER_BYTES: usize = 64 * 1024;

/// The security of connections.
#[derive(Clone)]
pub(super) enum Security {
    Plain,
    #[cfg(feature = "testing-tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

/// A server that runs until dropped.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) addr: SocketAddr,
    task: JoinHandle<Infallible>,
}

impl Server {
    /// Listens on `addr`. Connections above `max_connections` wait in the backlog.
    pub(super) async fn start(
        addr: SocketAddr,
        security: Security,
        max_connections: usize,
        service: Arc<Service>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, security, max_connections, service));
        Ok(Self { addr, task })
    }

    /// Closes the port and all connections, and waits until they are closed.
    pub(super) async fn stop(&mut self) {
        self.task.abort();
        // The task can only end by the abort.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    security: Security,
    max_connections: usize,
    service: Arc<Service>,
) -> Infallible {
    let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
    // Dropped with this task, which ends all connections.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let place = Arc::clone(&places).acquire_owned().await;
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "stand-in cannot accept a connection");
                tokio::task::yield_now().await;
                continue;
            }
        };
        let (security, service) = (security.clone(), Arc::clone(&service));
        connections.spawn(async move {
            let _place = place;
            service.recorder.connection(ConnectionEvent::Accepted);
            serve(stream, security, service).await;
        });
    }
}

async fn serve(stream: TcpStream, security: Security, service: Arc<Service>) {
    // Answers are small and whole; waiting to fill packets only makes tests slow.
    let _ = stream.set_nodelay(true);
    let switch = ResetSwitch::default();
    let mut socket = Socket { stream, switch: switch.clone() };
    match service.faults.connection_fault() {
        None => {}
        Some(ConnectionFault::Silence) => std::future::pending().await,
        Some(ConnectionFault::Reset) => {
            switch.pull();
            return;
        }
        Some(ConnectionFault::Garbage) => {
            let _ = socket.write_all(b"\x00\xffthis is neither HTTP nor TLS\r\n\r\n").await;
            let _ = socket.shutdown().await;
            return;
        }
    }
    match security {
        Security::Plain => speak_http(Box::new(socket), switch, service).await,
        #[cfg(feature = "testing-tls")]
        Security::Tls(acceptor) => match acceptor.accept(socket).await {
            Ok(stream) => {
                service.recorder.connection(ConnectionEvent::TlsHandshake);
                speak_http(Box::new(stream), switch, service).await;
            }
            Err(error) => {
                service.recorder.connection(ConnectionEvent::FailedTlsHandshake);
                tracing::debug!(%error, "stand-in: TLS handshake failed");
            }
        },
    }
}

/// The bytes sent and received on a connection, with TLS or without.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

async fn speak_http(stream: Box<dyn Stream>, switch: ResetSwitch, service: Arc<Service>) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(HEADER_BYTES);
    builder.http2().max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX));
    let answer = service_fn(move |request| {
        let (service, switch) = (Arc::clone(&service), switch.clone());
        async move { service.answer(request, switch).await }
    });
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), answer).await {
        tracing::debug!(%error, "stand-in: a connection ended early");
    }
}

/// A TCP stream that can be made to break.
struct Socket {
    stream: TcpStream,
    switch: ResetSwitch,
}

impl Socket {
    fn check(&self) -> io::Result<()> {
        if self.switch.is_pulled() { Err(reset_error()) } else { Ok(()) }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.switch.is_pulled() {
            // Closing without lingering is what sends a reset instead of an orderly end.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
