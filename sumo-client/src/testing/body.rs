//! Bodies of answers, the good ones and the bad.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};
use futures_core::Stream;
use futures_util::stream;
use hyper::body::{Body, Frame, SizeHint};

use super::limit::Passage;

/// Pieces in which a body of unknown length is sent.
const PIECE_BYTES: usize = 64 * 1024;

/// The body of an answer of the stand-in.
///
/// Its errors stand for a connection that broke.
pub struct AnswerBody {
    content: Content,
    /// The call is in flight until the last byte is handed over.
    passage: Option<Passage>,
}

enum Content {
    Whole(Option<Bytes>),
    Pieces(Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>),
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let content = match &self.content {
            Content::Whole(bytes) => bytes.as_ref().map_or(0, Bytes::len).to_string() + " bytes",
            Content::Pieces(_) => "pieces".to_owned(),
        };
        f.debug_tuple("AnswerBody").field(&content).finish()
    }
}

/// Cuts a connection off: once pulled, it fails to read and write, and is reset when it closes.
#[derive(Clone, Debug, Default)]
pub(super) struct ResetSwitch(Arc<AtomicBool>);

impl ResetSwitch {
    pub(super) fn pull(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_pulled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl AnswerBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { content: Content::Whole(Some(bytes)), passage: None }
    }

    fn pieces(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self { content: Content::Pieces(Box::pin(pieces)), passage: None }
    }

    /// All of `bytes`, in pieces whose sum is not announced.
    pub(super) fn unannounced(bytes: Bytes) -> Self {
        Self::pieces(stream::unfold(bytes, async |mut rest| {
            let piece = rest.split_to(PIECE_BYTES.min(rest.len()));
            (!piece.is_empty()).then_some((Ok(piece), rest))
        }))
    }

    /// The first half of `bytes`, and an early end.
    pub(super) fn truncated(bytes: &Bytes) -> Self {
        let half = first_half(bytes);
        Self::pieces(stream::unfold(Some(half), async |half| match half {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            _ => {
                // The server sends what it has when the body lets it wait once.
                tokio::task::yield_now().await;
                None
            }
        }))
    }

    /// The first half of `bytes`, and a reset.
    pub(super) fn reset(bytes: &Bytes, switch: ResetSwitch) -> Self {
        let half = first_half(bytes);
        Self::pieces(stream::unfold((Some(half), switch), async |(half, switch)| {
            if let Some(half) = half {
                return Some((Ok(half), (None, switch)));
            }
            tokio::task::yield_now().await;
            switch.pull();
            Some((Err(reset_error()), (None, switch)))
        }))
    }

    pub(super) fn endless() -> Self {
        let start = Bytes::from_static(br#"{"data": {"objects": ["#);
        let item = Bytes::from(r#"{"id": "and so on"}, "#.repeat(400));
        Self::pieces(stream::unfold(start, move |next| {
            let item = item.clone();
            async move {
                // Lets other tasks run: this body never makes the server wait on its own account.
                tokio::task::yield_now().await;
                Some((Ok(next), item))
            }
        }))
    }

    pub(super) fn dripping(bytes: Bytes, size: usize, every: Duration) -> Self {
        Self::pieces(stream::unfold((bytes, Duration::ZERO), move |(mut rest, pause)| async move {
            tokio::time::sleep(pause).await;
            let piece = rest.split_to(size.min(rest.len()));
            (!piece.is_empty()).then_some((Ok(piece), (rest, every)))
        }))
    }

    /// A gzip stream that inflates to about so many bytes.
    pub(super) fn gzip_bomb(inflated: u64) -> io::Result<Self> {
        Ok(Self::pieces(stream::iter(GzipBomb::new(inflated)?.map(Ok))))
    }

    pub(super) fn with_passage(mut self, passage: Option<Passage>) -> Self {
        self.passage = passage;
        self
    }
}

fn first_half(bytes: &Bytes) -> Bytes {
    let mut whole = bytes.clone();
    whole.split_to(bytes.len() / 2)
}

pub(super) fn reset_error() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the stand-in resets the connection, as it was told to")
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match &mut self.content {
            Content::Whole(bytes) => Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(Ok)),
            Content::Pieces(pieces) => pieces.as_mut().poll_next(cx),
        };
        // Free before the caller can see the end, so that its next call finds the place free.
        if self.is_end_stream() || matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.passage = None;
        }
        next.map(|piece| piece.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Content::Pieces(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(
                bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            ),
            Content::Pieces(_) => SizeHint::default(),
        }
    }
}

/// The pieces of a gzip file whose bulk is one compressed block, repeated.
struct GzipBomb {
    block: Bytes,
    blocks_left: u64,
    start: Option<Bytes>,
    end: Option<Bytes>,
}

const BLOCK: usize = 1 << 20;

impl GzipBomb {
    fn new(inflated: u64) -> io::Result<Self> {
        const HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
        let mut deflate = Compress::new(Compression::best(), false);
        let (opening, filling, closing) = (br#"{"data": ""#, vec![b'A'; BLOCK], br#"", "errors": []}"#);
        let blocks = inflated.div_ceil(u64::try_from(BLOCK).unwrap_or(u64::MAX));

        let mut start = HEADER.to_vec();
        start.extend(piece(&mut deflate, opening, FlushCompress::Full)?);
        // After a full flush a piece refers to nothing before it, so it may be repeated.
        let block = piece(&mut deflate, &filling, FlushCompress::Full)?;
        let mut end = piece(&mut deflate, closing, FlushCompress::Finish)?;

        let (mut sum, mut of_block, mut of_end) = (Crc::new(), Crc::new(), Crc::new());
        sum.update(opening);
        of_block.update(&filling);
        of_end.update(closing);
        for _ in 0..blocks {
            sum.combine(&of_block);
        }
        sum.combine(&of_end);
        end.extend(sum.sum().to_le_bytes());
        end.extend(sum.amount().to_le_bytes());
        Ok(Self {
            block: block.into(),
            blocks_left: blocks,
            start: Some(start.into()),
            end: Some(end.into()),
        })
    }
}

impl Iterator for GzipBomb {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if let Some(start) = self.start.take() {
            return Some(start);
        }
        if self.blocks_left > 0 {
            self.blocks_left -= 1;
            return Some(self.block.clone());
        }
        self.end.take()
    }
}

fn piece(deflate: &mut Compress, plain: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    // Never too small: deflate adds a few bytes to each 32 KiB at worst.
    let mut packed = Vec::with_capacity(plain.len() + 1024);
    deflate.compress_vec(plain, &mut packed, flush)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_gzip_bomb_is_small_and_inflates_to_json() {
        let packed: Vec<u8> = GzipBomb::new(5 << 20).unwrap().flatten().collect();
        assert!(packed.len() < 20_000, "{} bytes", packed.len());
        let mut plain = String::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut plain).unwrap();
        let json: serde_json::Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(json["data"].as_str().map(str::len), Some(5 << 20));
    }
}
