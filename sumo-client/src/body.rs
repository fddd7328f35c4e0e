//! Reads the body of a successful answer, within limits on time, size and the memory of all bodies
//! together.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::api;
use crate::attempt_clock::AttemptClock;
use crate::envelope::{self, DecodeError, Itemwise};
use crate::error::Error;
use crate::error_answer::ErrorAnswer;
use crate::page::{ItemwisePage, ItemwiseTokenPage};
use crate::transport::BodyStream;

/// A bound on the memory of all bodies that are held at the same time, shared by every client that
/// is given a clone.
///
/// A body whose length is announced takes its room before it is read; any other takes more as it
/// grows. Without room the call waits, and fails with [`Error::is_body_budget_deadline`] when its
/// time runs out. The room is given back when the bytes are dropped: those of
/// [`Call::send_bytes`](crate::Call::send_bytes), or those of which models are made. Models take
/// memory of their own; those of pages over 2 MiB are made one page after the other, see
/// [`ListInsights::map_itemwise`](crate::api::insights::ListInsights::map_itemwise).
///
/// A quarter of the budget is reserved for one body that finds no room, so that there is always one
/// that can be read to its end. No body can be larger than that quarter:
/// [`ClientBuilder::build`](crate::ClientBuilder::build) refuses a larger
/// [`max_body_bytes`](crate::ClientBuilder::max_body_bytes).
///
/// ```
/// use sumo_client::{BodyBudget, Client, Credentials, Deployment};
///
/// let budget = BodyBudget::default();
/// assert_eq!(budget.max_body_bytes(), 16 * 1024 * 1024);
/// let client = Client::builder(Deployment::US2, Credentials::new("suAbCdEf", "the-access-key"))
///     .body_budget(budget.clone())
///     .build()?;
/// # Ok::<(), sumo_client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyBudget {
    /// Room that all bodies share, in units.
    shared: Arc<Semaphore>,
    /// Held by the one body that grows on without a share.
    reserve: Arc<Semaphore>,
    /// Held by the one large page that is decoded.
    decoding: Arc<Semaphore>,
    max_body_bytes: usize,
}

/// The unit in which room is taken, in bytes.
const UNIT: usize = 1024;

/// The room that a body of unknown length takes at a time, in units.
const STEP: usize = 64;

impl BodyBudget {
    /// The bytes that [`BodyBudget::default`] allows: 64 MiB.
    pub const DEFAULT_BYTES: usize = 64 * 1024 * 1024;

    /// A budget of so many bytes, rounded down to whole KiB.
    pub fn new(bytes: usize) -> Self {
        let max_body_bytes = bytes / 4;
        let shared = (bytes - max_body_bytes) / UNIT;
        Self {
            shared: Arc::new(Semaphore::new(shared.min(Semaphore::MAX_PERMITS))),
            reserve: Arc::new(Semaphore::new(1)),
            decoding: Arc::new(Semaphore::new(1)),
            max_body_bytes,
        }
    }

    /// The size of the largest body that is always possible, in bytes: a quarter of the budget.
    pub fn max_body_bytes(&self) -> usize {
        self.max_body_bytes
    }
}

impl Default for BodyBudget {
    fn default() -> Self {
        Self::new(Self::DEFAULT_BYTES)
    }
}

/// The room of one body, given back when dropped.
struct Room {
    budget: BodyBudget,
    shared: Option<OwnedSemaphorePermit>,
    reserve: Option<OwnedSemaphorePermit>,
}

impl Room {
    fn none(budget: BodyBudget) -> Self {
        Self { budget, shared: None, reserve: None }
    }

    /// Waits until there is room for so many bytes in all, taken in steps of `step` units.
    async fn grow_to(&mut self, bytes: usize, step: usize) {
        let held = self.shared.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = bytes.div_ceil(UNIT).saturating_sub(held);
        if missing == 0 || self.reserve.is_some() {
            return;
        }
        let missing = u32::try_from(missing.next_multiple_of(step)).unwrap_or(u32::MAX);
        // Neither semaphore is ever closed.
        tokio::select! {
            biased;
            Ok(more) = Arc::clone(&self.budget.shared).acquire_many_owned(missing) => match &mut self.shared {
                Some(held) => held.merge(more),
                none => *none = Some(more),
            },
            Ok(reserve) = Arc::clone(&self.budget.reserve).acquire_owned() => self.reserve = Some(reserve),
            else => {}
        }
    }
}

/// Bytes that hold their room as long as they live.
struct Held {
    bytes: Bytes,
    _room: Room,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A body on its way, within the limits on time and size.
pub(crate) struct ArrivingBody {
    stream: BodyStream,
    clock: AttemptClock,
    announced: Option<usize>,
    cap: usize,
    len: usize,
    room: Option<Room>,
}

impl ArrivingBody {
    /// # Errors
    /// Returns an error if the headers announce a body over the cap.
    pub(crate) fn new(
        headers: &HeaderMap,
        stream: BodyStream,
        clock: AttemptClock,
        cap: usize,
        budget: Option<&BodyBudget>,
    ) -> Result<Self, Error> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length| length > cap) {
            return Err(Error::too_large(cap));
        }
        Ok(Self { stream, clock, announced, cap, len: 0, room: budget.cloned().map(Room::none) })
    }

    /// Reads the body to its end.
    pub(crate) async fn read(mut self) -> Result<Bytes, Error> {
        if let Some(length) = self.announced {
            self.make_room(length, 1).await?;
        }
        let mut chunks = Chunks::with_capacity(self.announced);
        while let Some(chunk) = self.next().await? {
            chunks.push(chunk);
        }
        let bytes = chunks.joined();
        Ok(match self.room {
            Some(room) => Bytes::from_owner(Held { bytes, _room: room }),
            None => bytes,
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(chunk) = self.clock.limit(self.stream.next()).await? else { return Ok(None) };
        let chunk = chunk.map_err(Error::from_transport)?;
        self.len += chunk.len();
        if self.len > self.cap {
            return Err(Error::too_large(self.cap));
        }
        self.make_room(self.len, STEP).await?;
        Ok(Some(chunk))
    }

    /// Waits for room as long as the whole call allows; the time of the attempt stands still
    /// meanwhile.
    async fn make_room(&mut self, bytes: usize, step: usize) -> Result<(), Error> {
        let Some(room) = &mut self.room else { return Ok(()) };
        let asked = Instant::now();
        if timeout_at(self.clock.call_end(), room.grow_to(bytes, step)).await.is_err() {
            return Err(Error::body_budget_deadline(asked.elapsed()));
        }
        self.clock.pause(asked.elapsed());
        Ok(())
    }
}

/// Bodies up to this size are decoded on the task of the call, in bytes: it takes about a
/// millisecond.
const MAX_DECODED_INLINE: usize = 2 * 1024 * 1024;

/// Decodes a page of which objects may be unreadable, and makes something of it.
pub(crate) async fn read_itemwise<T: Itemwise, R: Send + 'static>(
    body: Bytes,
    most: usize,
    budget: Option<BodyBudget>,
    map: impl FnOnce(ItemwisePage<T>) -> R + Send + 'static,
) -> Result<R, Error> {
    decoded(body, budget, move |body| envelope::decode_itemwise(body, most).map(map)).await
}

/// Decodes a page by token of which objects may be unreadable.
pub(crate) async fn read_itemwise_token_page<T: Itemwise + Send + 'static>(
    body: Bytes,
    budget: Option<BodyBudget>,
) -> Result<ItemwiseTokenPage<T>, Error> {
    decoded(body, budget, envelope::decode_itemwise_token_page).await
}

/// Decodes a body. A large one is decoded on a thread that may block, and those with a budget one
/// after the other.
async fn decoded<T: Send + 'static>(
    body: Bytes,
    budget: Option<BodyBudget>,
    decode: impl FnOnce(&[u8]) -> Result<T, DecodeError> + Send + 'static,
) -> Result<T, Error> {
    let is_large = body.len() > MAX_DECODED_INLINE;
    let decode = move || decode(&body).map_err(|error| undecodable(&body, error));
    if !is_large {
        return decode();
    }
    let alone = match budget {
        // The semaphore is never closed; were it, the page is decoded all the same.
        Some(budget) => budget.decoding.acquire_owned().await.ok(),
        None => None,
    };
    let decode = move || {
        let _alone = alone;
        decode()
    };
    spawn_blocking(decode).await.map_err(|panic| Error::decode("data", "", panic))?
}

/// A success whose body carries errors instead of data is reported with what these say, and a page
/// with its title.
pub(crate) fn undecodable(body: &[u8], error: DecodeError) -> Error {
    let (path, excerpt, source) = error.into_parts();
    if api::is_not_carried_out(&source) {
        return Error::not_carried_out();
    }
    match body.trim_ascii() {
        [] => Error::unreadable("it is empty, where JSON was expected", source),
        [b'<', ..] => Error::unreadable(
            "it is a page of HTML or XML, not JSON; something else may have answered, such as a proxy",
            source,
        )
        .with_answer(ErrorAnswer::parse(body)),
        _ => Error::decode(&path, &excerpt, source).with_errors_of(body),
    }
}

/// A body as it arrives. One of known length goes where it stays at once; the chunks of another are
/// joined in the end, since a buffer that grows would for a moment take three times the body.
struct Chunks {
    whole: BytesMut,
    apart: Vec<Bytes>,
    /// Small chunks, which would take more memory each by themselves, and those of a large body.
    block: BytesMut,
    len: usize,
    is_length_known: bool,
}

/// Chunks below this size are joined as they come, in bytes.
const SMALL_CHUNK: usize = 4 * 1024;

/// The most bytes of small chunks that are joined.
const SMALL_BLOCK: usize = 64 * 1024;

/// The size from which on all chunks of a body are joined, in bytes.
const LARGE: usize = 256 * 1024;

/// The size of the blocks of a large body, in bytes. Allocators take such blocks from the system,
/// and give them back as soon as they are dropped; many small chunks leave memory behind.
const BLOCK: usize = 4 * 1024 * 1024;

impl Chunks {
    fn with_capacity(announced: Option<usize>) -> Self {
        let whole = BytesMut::with_capacity(announced.unwrap_or_default());
        let (apart, block) = (Vec::new(), BytesMut::new());
        Self { whole, apart, block, len: 0, is_length_known: announced.is_some() }
    }

    fn push(&mut self, chunk: Bytes) {
        if self.is_length_known {
            self.whole.extend_from_slice(&chunk);
            return;
        }
        let was_large = self.len > LARGE;
        self.len += chunk.len();
        let is_large = self.len > LARGE;
        let is_joined = is_large || chunk.len() < SMALL_CHUNK;
        let most = if is_large { BLOCK } else { SMALL_BLOCK };
        if !is_joined || is_large != was_large || self.block.len() + chunk.len() > most {
            self.end_block();
        }
        if !is_joined {
            self.apart.push(chunk);
            return;
        }
        if is_large && self.block.is_empty() {
            self.block = BytesMut::with_capacity(BLOCK.max(chunk.len()));
        }
        self.block.extend_from_slice(&chunk);
    }

    fn end_block(&mut self) {
        if !self.block.is_empty() {
            self.apart.push(self.block.split().freeze());
        }
    }

    fn joined(mut self) -> Bytes {
        self.end_block();
        if let [only] = self.apart.as_mut_slice() {
            return std::mem::take(only);
        }
        self.whole.reserve(self.apart.iter().map(Bytes::len).sum());
        self.apart.drain(..).for_each(|chunk| self.whole.extend_from_slice(&chunk));
        self.whole.freeze()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::{future::join_all, stream};

    use super::*;
    use crate::api::signals::Signal;
    use crate::timeout::Timeouts;
    use crate::transport::{TransportError, TransportErrorKind};

    const CAP: usize = 16 * UNIT;

    type Chunk = Result<Bytes, TransportError>;

    fn clock() -> AttemptClock {
        AttemptClock::start(
            Timeouts::default(),
            Duration::from_secs(60),
            Instant::now() + Duration::from_secs(60),
        )
    }

    fn arriving(chunks: Vec<Chunk>, budget: Option<&BodyBudget>) -> ArrivingBody {
        let stream = Box::pin(stream::iter(chunks));
        ArrivingBody::new(&HeaderMap::new(), stream, clock(), CAP, budget).unwrap()
    }

    fn chunked(body: &[u8], size: usize) -> Vec<Chunk> {
        body.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect()
    }

    /// A body that announces its length and then never comes.
    fn announcing(length: usize, budget: &BodyBudget) -> ArrivingBody {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, length.into());
        let body = vec![b'x'; length];
        let stream = Box::pin(stream::iter([Ok(Bytes::from(body))]));
        ArrivingBody::new(&headers, stream, clock(), CAP, Some(budget)).unwrap()
    }

    #[tokio::test]
    async fn bodies_of_all_sizes_and_chunks_are_whole() {
        let budget = BodyBudget::new(4 * CAP);
        for bytes in [0, 1, 3_000, CAP] {
            let body: Vec<u8> = (0..bytes).map(|at| u8::try_from(at % 251).unwrap()).collect();
            for size in [1, 1_000, CAP] {
                for budget in [None, Some(&budget)] {
                    assert_eq!(arriving(chunked(&body, size), budget).read().await.unwrap(), body);
                }
            }
        }
        assert_eq!(budget.shared.available_permits(), 48);
    }

    #[tokio::test]
    async fn large_pages_are_decoded_and_used_one_after_the_other() {
        let budget = BodyBudget::default();
        for (bytes, free) in [(10, 1), (MAX_DECODED_INLINE, 0)] {
            let body = format!(r#"{{"data": {{"objects": [], "more": "{}"}}}}"#, "x".repeat(bytes));
            let decoding = Arc::clone(&budget.decoding);
            let map = move |page: ItemwisePage<Signal>| (page.page.total, decoding.available_permits());
            let of_page = read_itemwise(body.clone().into(), 1, Some(budget.clone()), map).await.unwrap();
            assert_eq!(of_page, (0, free), "{bytes} bytes");
            assert!(read_itemwise(body.into(), 1, None, |_: ItemwisePage<Signal>| ()).await.is_ok());
        }
        assert_eq!(budget.decoding.available_permits(), 1);
    }

    #[test]
    fn chunks_of_a_byte_take_no_memory_of_their_own() {
        let mut chunks = Chunks::with_capacity(None);
        (0..1_000_000).for_each(|_| chunks.push(Bytes::from_static(b"x")));
        assert!(chunks.apart.len() < 20, "{}", chunks.apart.len());
        assert_eq!(chunks.joined().len(), 1_000_000);
    }

    #[test]
    fn a_large_body_comes_in_few_blocks() {
        for size in [SMALL_CHUNK, 16 * 1024, BLOCK - 1, BLOCK + 1] {
            let body: Vec<u8> = (0..4 * BLOCK).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut chunks = Chunks::with_capacity(None);
            body.chunks(size).for_each(|chunk| chunks.push(Bytes::copy_from_slice(chunk)));
            let blocks = chunks.apart.iter().filter(|chunk| chunk.len() > size).count();
            assert!(blocks <= 5 && chunks.apart.len() < 80, "{size}: {blocks}, {}", chunks.apart.len());
            assert_eq!(chunks.joined(), body);
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_interrupted() {
        let mut chunks = chunked(&[b'x'; 3_000], 1_000);
        chunks[2] = Err(TransportError::new(TransportErrorKind::Interrupted, "gone"));
        assert!(arriving(chunks, None).read().await.unwrap_err().is_interrupted());
    }

    #[tokio::test]
    async fn a_body_over_the_cap_is_too_large() {
        let error = arriving(chunked(&[b'x'; CAP + 1], 1_000), None).read().await.unwrap_err();
        assert!(error.is_too_large(), "{error:?}");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, (CAP + 1).into());
        let body = ArrivingBody::new(&headers, Box::pin(stream::pending()), clock(), CAP, None);
        assert!(body.err().unwrap().is_too_large());
    }

    #[tokio::test(start_paused = true)]
    async fn room_is_taken_until_the_bytes_are_dropped() {
        let budget = BodyBudget::new(4 * CAP);
        let mut held = Vec::new();
        // Three share the budget, the fourth has the reserve.
        for _ in 0..4 {
            held.push(announcing(CAP, &budget).read().await.unwrap());
        }
        let part = held[0].slice(..1);
        let began = Instant::now();
        let error = announcing(CAP, &budget).read().await.unwrap_err();
        assert!(error.is_body_budget_deadline() && error.is_deadline() && error.is_temporary(), "{error}");
        assert_eq!(began.elapsed(), Duration::from_secs(60));
        drop(held);
        assert_eq!(budget.shared.available_permits(), 32, "a part of one is still there");
        drop(part);
        assert_eq!(budget.shared.available_permits(), 48);
        announcing(CAP, &budget).read().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_that_grow_together_never_wait_for_each_other_in_a_ring() {
        let budget = BodyBudget::new(4 * CAP);
        let bodies = (0..50).map(|_| {
            let slow = stream::iter(chunked(&[b'x'; CAP], 500)).then(|chunk| async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                chunk
            });
            let body = ArrivingBody::new(&HeaderMap::new(), Box::pin(slow), clock(), CAP, Some(&budget));
            async { body.unwrap().read().await.map(drop) }
        });
        for read in join_all(bodies).await {
            read.unwrap();
        }
        assert_eq!(budget.shared.available_permits(), 48);
    }
}
