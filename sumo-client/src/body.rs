//! Reading the body of a successful answer: whole, or decoded while it arrives.

use std::io::{self, BufReader, Read};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use serde::de::DeserializeSeed;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::attempt::AttemptClock;
use crate::envelope::{self, DecodeError};
use crate::error::Error;
use crate::transport::BodyStream;

/// Bodies up to this size are held whole before they are decoded, in bytes; longer ones are decoded as they arrive.
const MAX_HELD: usize = 2 * 1024 * 1024;

/// Chunks of a body that may wait for the decoder.
const WAITING_CHUNKS: usize = 4;

/// How much the decoder takes out of the chunks at a time, in bytes.
const READ_AHEAD: usize = 32 * 1024;

/// What becomes of the body of a successful answer.
pub(crate) trait Receive: Sync {
    type Output: Send;

    /// Reads the body to its end.
    fn receive(&self, body: ArrivingBody) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// A body on its way, within the limits on time and size.
pub(crate) struct ArrivingBody {
    stream: BodyStream,
    clock: AttemptClock,
    announced: Option<usize>,
    cap: usize,
    len: usize,
}

impl ArrivingBody {
    /// # Errors
    /// When the headers announce a body over the cap.
    pub(crate) fn new(
        headers: &HeaderMap,
        stream: BodyStream,
        clock: AttemptClock,
        cap: usize,
    ) -> Result<Self, Error> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length| length > cap) {
            return Err(Error::too_large(cap));
        }
        Ok(Self { stream, clock, announced, cap, len: 0 })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(chunk) = self.clock.limit(self.stream.next()).await? else { return Ok(None) };
        let chunk = chunk.map_err(Error::from_transport)?;
        self.len += chunk.len();
        if self.len > self.cap {
            return Err(Error::too_large(self.cap));
        }
        Ok(Some(chunk))
    }
}

/// The body as it is.
pub(crate) struct Whole;

impl Receive for Whole {
    type Output = Bytes;

    async fn receive(&self, mut body: ArrivingBody) -> Result<Bytes, Error> {
        let mut chunks = Chunks::with_capacity(body.announced);
        while let Some(chunk) = body.next().await? {
            chunks.push(chunk);
        }
        Ok(chunks.joined())
    }
}

/// What a seed makes of the `data` of the answer.
pub(crate) struct Seeded<S>(pub(crate) S);

impl<S, V> Receive for Seeded<S>
where
    S: for<'de> DeserializeSeed<'de, Value = V> + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    type Output = V;

    async fn receive(&self, mut body: ArrivingBody) -> Result<V, Error> {
        let mut chunks = Chunks::with_capacity(body.announced.filter(|length| *length <= MAX_HELD));
        while let Some(chunk) = body.next().await? {
            chunks.push(chunk);
            if body.len > MAX_HELD {
                // Boxed, so that calls with shorter bodies need no room for it.
                return Box::pin(decode_arriving(chunks, body, self.0.clone())).await;
            }
        }
        decode_held(&chunks.joined(), self.0.clone())
    }
}

/// Decodes a body that is there. It takes about a millisecond at the most, less than it costs to hand it to another thread
/// whose memory and caches know nothing of it.
fn decode_held<S, V>(body: &Bytes, seed: S) -> Result<V, Error>
where
    S: for<'de> DeserializeSeed<'de, Value = V>,
{
    envelope::decode_seed_bytes(body, seed).map_err(|error| undecodable(body, error))
}

/// Decodes the rest of a body while it arrives, so that no more than some chunks of it are held.
async fn decode_arriving<S, V>(held: Chunks, mut body: ArrivingBody, seed: S) -> Result<V, Error>
where
    S: for<'de> DeserializeSeed<'de, Value = V> + Send + 'static,
    V: Send + 'static,
{
    let (sender, chunks) = mpsc::channel(WAITING_CHUNKS);
    let reader = ChunkReader { chunk: held.joined(), chunks };
    let decoding = async {
        let decode = move || envelope::decode_reader(BufReader::with_capacity(READ_AHEAD, reader), seed);
        let decoded = spawn_blocking(decode).await.map_err(|panic| Error::decode("data", "", panic))?;
        decoded.map_err(|error| undecodable(b"", error))
    };
    let feeding = async move {
        while let Some(chunk) = body.next().await? {
            // The decoder is gone once it has failed; why is what it returns.
            if sender.send(chunk).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    // A body that breaks off fails as such, not as the half of a document; nobody waits for its decoder then.
    tokio::try_join!(decoding, feeding).map(|(decoded, ())| decoded)
}

/// A success whose body carries errors instead of data is reported with what these say.
pub(crate) fn undecodable(body: &[u8], error: DecodeError) -> Error {
    let (path, excerpt, source) = error.into_parts();
    Error::decode(&path, &excerpt, source).with_errors_of(body)
}

/// A body as it arrives. One of known length goes where it stays at once; the chunks of another are joined in the end,
/// since a buffer that grows would for a moment take three times the body.
struct Chunks {
    whole: BytesMut,
    apart: Vec<Bytes>,
    is_length_known: bool,
}

impl Chunks {
    fn with_capacity(announced: Option<usize>) -> Self {
        let whole = BytesMut::with_capacity(announced.unwrap_or_default());
        Self { whole, apart: Vec::new(), is_length_known: announced.is_some() }
    }

    fn push(&mut self, chunk: Bytes) {
        if self.is_length_known {
            self.whole.extend_from_slice(&chunk);
        } else {
            self.apart.push(chunk);
        }
    }

    fn joined(mut self) -> Bytes {
        if let [only] = self.apart.as_mut_slice() {
            return std::mem::take(only);
        }
        self.whole.reserve(self.apart.iter().map(Bytes::len).sum());
        self.apart.drain(..).for_each(|chunk| self.whole.extend_from_slice(&chunk));
        self.whole.freeze()
    }
}

/// Reads chunks one after the other, waiting for each; for threads that may wait.
struct ChunkReader {
    chunk: Bytes,
    chunks: mpsc::Receiver<Bytes>,
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let len = self.chunk.len().min(buffer.len());
        self.chunk.split_to(len).copy_to_slice(buffer.get_mut(..len).unwrap_or_default());
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;
    use std::time::Duration;

    use futures_util::stream;
    use serde::de::IgnoredAny;
    use tokio::time::Instant;

    use super::*;
    use crate::envelope::page_seed;
    use crate::page::Page;
    use crate::timeout::Timeouts;
    use crate::transport::{TransportError, TransportErrorKind};

    const CAP: usize = MAX_HELD * 2;

    type Chunk = Result<Bytes, TransportError>;

    fn arriving(chunks: Vec<Chunk>) -> ArrivingBody {
        let clock = AttemptClock::start(Timeouts::default(), Instant::now() + Duration::from_secs(60));
        ArrivingBody::new(&HeaderMap::new(), Box::pin(stream::iter(chunks)), clock, CAP).unwrap()
    }

    fn chunked(body: &[u8], size: usize) -> Vec<Chunk> {
        body.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect()
    }

    fn page_of(bytes: usize) -> Vec<u8> {
        let object = r#"{"name": "é \u00e9 ☃"},"#;
        let objects = object.repeat(bytes / object.len());
        format!(r#"{{"data": {{"objects": [{objects}{{}}], "total": 12345678}}}}"#).into_bytes()
    }

    async fn counted(chunks: Vec<Chunk>) -> Result<(usize, u64), Error> {
        let seed = page_seed(PhantomData::<IgnoredAny>).at_most(3);
        Seeded(seed).receive(arriving(chunks)).await.map(|page: Page<_>| (page.objects.len(), page.total))
    }

    #[tokio::test]
    async fn bodies_of_all_sizes_and_chunks_are_decoded_alike() {
        for bytes in [0, 300_000, MAX_HELD - 200, MAX_HELD, MAX_HELD + 500_000] {
            let body = page_of(bytes);
            for size in [1000, 65_537, body.len()] {
                let (kept, total) = counted(chunked(&body, size)).await.unwrap();
                assert_eq!((kept, total), (if bytes == 0 { 1 } else { 3 }, 12_345_678), "{bytes} in {size}");
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_interrupted_however_much_came() {
        for bytes in [100, MAX_HELD + 500_000] {
            let mut chunks = chunked(&page_of(bytes), 10_000);
            let last = chunks.len() - 1;
            chunks[last] = Err(TransportError::new(TransportErrorKind::Interrupted, "gone"));
            let error = counted(chunks).await.unwrap_err();
            assert!(error.is_interrupted(), "{bytes}: {error:?}");
        }
    }

    #[tokio::test]
    async fn a_body_that_ends_too_early_is_no_document() {
        for bytes in [100, MAX_HELD + 500_000] {
            let mut chunks = chunked(&page_of(bytes), 10_000);
            chunks.pop();
            assert!(counted(chunks).await.unwrap_err().is_decode(), "{bytes}");
        }
    }

    #[tokio::test]
    async fn what_is_no_document_fails_without_the_rest() {
        let nonsense = std::iter::repeat_with(|| Ok(Bytes::from_static(&[b'x'; 1000])));
        let endless: BodyStream = Box::pin(stream::iter(nonsense));
        let clock = AttemptClock::start(Timeouts::default(), Instant::now() + Duration::from_secs(60));
        let body = ArrivingBody::new(&HeaderMap::new(), endless, clock, usize::MAX).unwrap();
        let error = Seeded(page_seed(PhantomData::<IgnoredAny>)).receive(body).await.unwrap_err();
        assert!(error.is_decode(), "{error:?}");
    }

    #[tokio::test]
    async fn a_body_over_the_cap_is_too_large() {
        let error = counted(chunked(&page_of(CAP + 10), 100_000)).await.unwrap_err();
        assert!(error.is_too_large(), "{error:?}");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, (CAP + 1).into());
        let clock = AttemptClock::start(Timeouts::default(), Instant::now());
        let body = ArrivingBody::new(&headers, Box::pin(stream::pending()), clock, CAP);
        assert!(body.err().unwrap().is_too_large());
    }
}
