//! The body of a response that holds the place of its request until the last byte was sent or
//! dropped.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use hyper::body::{Body, Frame, SizeHint};

use super::activity::Exchange;

/// Values that a response keeps alive until it was sent or dropped, such as its place; an extension
/// of the response.
#[derive(Clone, Default)]
pub(crate) struct HeldUntilSent(Vec<Arc<dyn Any + Send + Sync>>);

impl HeldUntilSent {
    /// Adds `value` to what the response with these extensions holds.
    pub(crate) fn hold(extensions: &mut http::Extensions, value: impl Any + Send + Sync) {
        extensions.get_or_insert_default::<Self>().0.push(Arc::new(value));
    }
}

impl fmt::Debug for HeldUntilSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldUntilSent({})", self.0.len())
    }
}

/// A response under way, and the values that it holds.
struct Sending {
    exchange: Exchange,
    _held: Vec<Arc<dyn Any + Send + Sync>>,
}

/// The body of a response under way.
///
/// hyper takes a body apart before it is sent: over HTTP/1.1 as soon as its bytes wait to be
/// written. So the bytes hold what the body holds, too.
pub(super) struct HeldBody<B> {
    body: B,
    sending: Arc<Sending>,
}

impl<B> HeldBody<B> {
    /// Lets `body` hold an exchange, and the values that its response holds.
    pub(super) fn new(body: B, exchange: Exchange, held: Option<HeldUntilSent>) -> Self {
        exchange.progressed();
        let held = held.unwrap_or_default().0;
        Self { body, sending: Arc::new(Sending { exchange, _held: held }) }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for HeldBody<B> {
    type Data = HeldBytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<HeldBytes>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        polled.map(|frame| {
            let frame = frame?;
            self.sending.exchange.progressed();
            Some(
                frame.map(|frame| frame.map_data(|bytes| HeldBytes { bytes, sending: self.sending.clone() })),
            )
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes of a response under way.
pub(super) struct HeldBytes {
    bytes: Bytes,
    sending: Arc<Sending>,
}

impl Buf for HeldBytes {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.sending.exchange.progressed();
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};

    use super::*;
    use crate::http::activity::Activity;

    #[tokio::test]
    async fn what_is_held_is_held_until_the_last_byte_is_gone() {
        let (activity, place) = (Arc::new(Activity::new()), Arc::new(()));
        let mut extensions = http::Extensions::new();
        HeldUntilSent::hold(&mut extensions, place.clone());
        HeldUntilSent::hold(&mut extensions, place.clone());
        let body = Full::new(Bytes::from("abc"));
        let mut body = HeldBody::new(body, activity.begin(false), extensions.remove());
        drop(extensions);
        assert_eq!((body.size_hint().exact(), Arc::strong_count(&place)), (Some(3), 3));
        let mut bytes = body.frame().await.unwrap().unwrap().into_data().ok().unwrap();
        assert!(body.is_end_stream());
        drop(body);
        bytes.advance(2);
        assert_eq!((bytes.chunk(), bytes.remaining()), (&b"c"[..], 1));
        assert!(!activity.begin(false).is_only() && Arc::strong_count(&place) == 3);
        drop(bytes);
        assert!(activity.begin(false).is_only() && Arc::strong_count(&place) == 1);
    }
}
