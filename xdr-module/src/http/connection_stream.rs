//! The bytes of a connection: watched while they come, and read to an end when it closes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::activity::Activity;

/// The most bytes that are read, and dropped, after the last response.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;

/// The longest that such bytes are waited for in all.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The longest that the next of them are waited for.
const DRAIN_SILENCE: Duration = Duration::from_secs(1);

/// The bytes of a connection, with TLS or without: one type for both, so that the program holds all
/// of HTTP once.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection that tells its [`Activity`] of bytes, and closes without a reset.
///
/// To close a connection while bytes of the caller are unread resets it, and the caller may lose
/// the response: that to a body that is too large, or that came without a token. So the way to the
/// caller is closed first, and what still comes is dropped, within bounds.
pub(super) struct ConnectionStream {
    inner: Box<dyn Stream>,
    activity: Arc<Activity>,
    drain: Option<Drain>,
}

impl ConnectionStream {
    /// Watches `inner`.
    pub(super) fn new(inner: impl Stream + 'static, activity: Arc<Activity>) -> Self {
        Self { inner: Box::new(inner), activity, drain: None }
    }
}

impl AsyncRead for ConnectionStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.activity.bytes_arrived();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ConnectionStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { inner, drain, .. } = &mut *self;
        if drain.is_none() {
            ready!(Pin::new(&mut *inner).poll_shutdown(context))?;
        }
        drain.get_or_insert_with(Drain::new).poll(inner, context).map(Ok)
    }
}

/// The reading of what a caller still sends after its last response.
struct Drain {
    left: usize,
    until: Instant,
    silence: Pin<Box<Sleep>>,
}

impl Drain {
    fn new() -> Self {
        let until = Instant::now() + DRAIN_TIME;
        Self { left: DRAIN_BYTES, until, silence: Box::pin(sleep(DRAIN_SILENCE)) }
    }

    /// Reads until the caller closes the connection, falls silent, or has sent more than is waited
    /// for.
    fn poll(&mut self, stream: &mut Box<dyn Stream>, context: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 8 * 1024];
        while self.left > 0 && Instant::now() < self.until {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.left = self.left.saturating_sub(buffer.filled().len());
                    self.silence.as_mut().reset(Instant::now() + DRAIN_SILENCE);
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.silence.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_after_the_last_response_is_read_within_bounds() {
        for (bytes, longest) in [(0, 1.0), (1_000_000, 1.0), (64 * 1024 * 1024, 5.0)] {
            let (mut caller, inner) = duplex(64 * 1024);
            let mut stream = ConnectionStream::new(inner, Arc::new(Activity::new()));
            let sending = tokio::spawn(async move {
                let sent = caller.write_all(&vec![0; bytes]).await.is_ok();
                let mut response = Vec::new();
                let read = caller.read_to_end(&mut response).await.is_ok();
                tokio::time::sleep(Duration::from_secs(60)).await;
                (sent, read && response == b"told")
            });
            stream.write_all(b"told").await.unwrap();
            let start = Instant::now();
            stream.shutdown().await.unwrap();
            assert!(start.elapsed().as_secs_f64() <= longest + 0.1, "{:?}", start.elapsed());
            drop(stream);
            let expected = bytes <= DRAIN_BYTES;
            assert_eq!(sending.await.unwrap(), (expected, true), "{bytes}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_sends_byte_by_byte_is_not_waited_for_for_ever() {
        let (mut caller, inner) = duplex(16);
        let mut stream = ConnectionStream::new(inner, Arc::new(Activity::new()));
        let dripping = tokio::spawn(async move {
            while caller.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
        let start = Instant::now();
        stream.shutdown().await.unwrap();
        drop(stream);
        assert!((5..7).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        dripping.await.unwrap();
    }
}
