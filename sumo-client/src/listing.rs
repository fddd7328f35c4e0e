//! Whole lists, page after page or item after item.

use std::fmt;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout};

use crate::call::Call;
use crate::error::Error;
use crate::page::{Page, TokenPage};
use crate::sealed::Sealed;

/// A page that says how to get the next one. Sealed: only the page types of this crate are one.
pub trait ListPage: Sealed + DeserializeOwned + Send + 'static {
    /// The item of the list.
    type Item: Send + 'static;

    #[doc(hidden)]
    const PAGING: Paging;

    #[doc(hidden)]
    fn into_parts(self) -> PageParts<Self::Item>;
}

/// The way to get from one page to the next.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Paging {
    /// Pages by the number of objects to skip.
    Offset,
    /// Pages by a token in this parameter, which has to be used within a minute.
    ShortLivedToken(&'static str),
    /// Pages by a token in this parameter.
    Token(&'static str),
}

/// The content of a page, in one form for all kinds of pages.
#[doc(hidden)]
#[derive(Debug)]
pub struct PageParts<T> {
    pub(crate) items: Vec<T>,
    pub(crate) total: Option<u64>,
    /// Listing by offset: true if the server states that there are more; `None` without a
    /// statement.
    pub(crate) has_next_page: Option<bool>,
    /// Listing by token: the next token.
    pub(crate) token: Option<String>,
}

impl<T> Sealed for Page<T> {}

impl<T: DeserializeOwned + Send + 'static> ListPage for Page<T> {
    type Item = T;

    const PAGING: Paging = Paging::Offset;

    fn into_parts(self) -> PageParts<T> {
        PageParts {
            items: self.objects,
            total: Some(self.total).filter(|total| *total > 0),
            has_next_page: self.is_next_page_declared.then_some(self.has_next_page),
            token: None,
        }
    }
}

impl<T> Sealed for TokenPage<T> {}

impl<T: DeserializeOwned + Send + 'static> ListPage for TokenPage<T> {
    type Item = T;

    const PAGING: Paging = Paging::ShortLivedToken("nextPageToken");

    fn into_parts(self) -> PageParts<T> {
        PageParts { items: self.objects, total: None, has_next_page: None, token: self.next_page_token }
    }
}

/// The time for which the server remembers a token (description of the operations `GetAllInsights`
/// and its likes).
const TOKEN_LIFE: Duration = Duration::from_secs(60);

/// The time after which the next page is fetched though the last one has not been taken, so that
/// its token is used in time. Leaves a quarter of the token's life for the wait at the limiter.
const READ_AHEAD_AFTER: Duration = Duration::from_secs(45);

/// The number of insights, signals and entities that can be reached by offset (same description).
const OFFSET_REACH: u64 = 10_000;

/// The operations that [`OFFSET_REACH`] holds for.
const LIMITED_REACH: [&str; 3] = ["GetInsights", "GetSignals", "GetEntities"];

/// The largest pages that are known to work (published scripts that use them), for lists whose own
/// default is smaller.
const LARGEST_PAGES: [(&str, u64); 2] = [("GetRules", 1_000), ("GetMatchListItems", 1_000)];

/// A list that is fetched page after page while it is read.
///
/// Without a page size, lists of rules and of items of match lists are fetched by 1,000, all others
/// by the server's own default of 50 (insights: 10).
///
/// Rows that change while the list is read can be skipped or come twice;
/// [`snapshot`](Self::snapshot) reads all of them first.
///
/// Comes from the `listing` method of a list request; the filter, the page size (`limit`) and
/// everything else that was set there hold for every page. Nothing is fetched before the stream is
/// polled.
///
/// ```no_run
/// # async fn run(client: sumo_client::Client) -> Result<(), sumo_client::Error> {
/// let open = client.insights().list_all().q(r#"-status:"closed""#).listing().max_items(500);
/// let mut insights = open.on_progress(|progress| eprintln!("{progress}")).items();
/// while let Some(insight) = insights.try_next().await? {
///     println!("{}", insight.readable_id);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a listing does nothing until its stream is read"]
pub struct Listing<P> {
    call: Call<P>,
    max_items: u64,
    on_progress: Option<OnProgress>,
    resumed: Option<ListCursor>,
}

type OnProgress = Box<dyn FnMut(&ListProgress) + Send>;

/// The pages of a list, see [`Listing::pages`]. A stream that can be kept in a struct and needs no
/// pinning.
#[must_use = "a stream does nothing until it is read"]
pub struct Pages<T> {
    stream: BoxStream<'static, Result<Vec<T>, Error>>,
    cursor: Arc<Mutex<Option<ListCursor>>>,
}

impl<T> Pages<T> {
    /// Fetches the next page; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, Error>> {
        self.stream.next().await
    }

    /// Fetches the next page; `Ok(None)` after the last.
    ///
    /// # Errors
    /// See [`Listing::pages`].
    pub async fn try_next(&mut self) -> Result<Option<Vec<T>>, Error> {
        self.stream.try_next().await
    }

    /// Returns the place behind the page that was read last, to go on later with
    /// [`Listing::resume`]; `None` before the first and after the last page, and for lists that
    /// cannot be resumed, which are those by a token that the server forgets after a minute.
    ///
    /// A place in a list by offset is a number of rows: rows that were added or removed before it
    /// since then make the next page repeat or skip as many.
    pub fn cursor(&self) -> Option<ListCursor> {
        self.cursor.lock().clone()
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Vec<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_next_unpin(context)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("cursor", &self.cursor()).finish_non_exhaustive()
    }
}

/// The items of a list, see [`Listing::items`]. A stream that can be kept in a struct and needs no
/// pinning.
#[must_use = "a stream does nothing until it is read"]
pub struct Items<T> {
    stream: BoxStream<'static, Result<T, Error>>,
}

impl<T> Items<T> {
    /// Gives the next item; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.stream.next().await
    }

    /// Gives the next item; `Ok(None)` after the last.
    ///
    /// # Errors
    /// See [`Listing::pages`].
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.stream.try_next().await
    }

    /// Gives all items that are left.
    ///
    /// # Errors
    /// See [`Listing::pages`].
    pub async fn try_collect(self) -> Result<Vec<T>, Error> {
        self.stream.try_collect().await
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_next_unpin(context)
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// A place in a list, see [`Pages::cursor`]. It can be stored as JSON or the like.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListCursor {
    operation: String,
    position: Position,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Position {
    Offset(u64),
    Token(String),
}

/// The progress of a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListProgress {
    /// The number of pages that were read.
    pub pages: u64,
    /// The number of items on them.
    pub items: u64,
    /// The number of items in all, if the server says so.
    pub total: Option<u64>,
}

impl fmt::Display for ListProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total {
            Some(total) => write!(f, "{} of {total}", self.items),
            None => write!(f, "{}", self.items),
        }
    }
}

impl<P: ListPage> Listing<P> {
    pub(crate) fn new(call: Call<P>) -> Self {
        Self { call, max_items: u64::MAX, on_progress: None, resumed: None }
    }

    /// Ends the listing after this many items; no page is fetched beyond them.
    pub fn max_items(self, max_items: u64) -> Self {
        Self { max_items, ..self }
    }

    /// Tells this function about each page that was read, for example to show how far a long
    /// listing has got.
    pub fn on_progress(self, on_progress: impl FnMut(&ListProgress) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(on_progress)), ..self }
    }

    /// Reads the items, page by page.
    ///
    /// # Errors
    /// The stream ends with the first error. Besides the errors of the calls it can be one with
    /// [`is_listing`](Error::is_listing): the token of the next page expired, the server gave the
    /// same token twice, an empty page is said to be followed by more, or more than 10,000
    /// insights, signals or entities were asked for by offset.
    pub fn pages(self) -> Pages<P::Item> {
        let cursor = Arc::new(Mutex::new(None));
        let stream = match PageFetcher::new(self, Arc::clone(&cursor)) {
            Err(error) => stream::once(async { Err(error) }).boxed(),
            Ok(fetcher) => match P::PAGING {
                Paging::Offset | Paging::Token(_) => fetcher.into_stream().boxed(),
                Paging::ShortLivedToken(_) => ReadAhead::stream(fetcher).boxed(),
            },
        };
        Pages { stream, cursor }
    }

    /// Reads the items, one by one.
    ///
    /// # Errors
    /// As for [`pages`](Self::pages).
    pub fn items(self) -> Items<P::Item> {
        let pages = self.pages();
        Items { stream: pages.map_ok(|items| stream::iter(items.into_iter().map(Ok))).try_flatten().boxed() }
    }

    /// Reads the items, one by one, and gives the first only when all are read.
    ///
    /// For lists whose rows change while they are used: closing insights while a list of open ones
    /// is read page by page skips about half of them, since the rest moves up. Set
    /// [`max_items`](Self::max_items) where the list may be long.
    ///
    /// # Errors
    /// As for [`pages`](Self::pages).
    pub fn snapshot(self) -> Items<P::Item> {
        let all = stream::once(self.collect());
        Items { stream: all.map_ok(|items| stream::iter(items.into_iter().map(Ok))).try_flatten().boxed() }
    }

    /// Goes on where another listing stopped, see [`Pages::cursor`]. Give it the same filter.
    pub fn resume(self, cursor: ListCursor) -> Self {
        Self { resumed: Some(cursor), ..self }
    }

    /// Reads all items at once. Set [`max_items`](Self::max_items) where the list may be long.
    ///
    /// # Errors
    /// As for [`pages`](Self::pages).
    pub async fn collect(self) -> Result<Vec<P::Item>, Error> {
        self.items().try_collect().await
    }
}

impl<P> fmt::Debug for Listing<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Fetches one page after the other.
struct PageFetcher<P> {
    call: Call<P>,
    cursor: Cursor,
    left: u64,
    /// The page size, to cut it where fewer items are wanted.
    page_size: Option<u64>,
    progress: ListProgress,
    on_progress: Option<OnProgress>,
    saved: Arc<Mutex<Option<ListCursor>>>,
}

enum Cursor {
    Offset(u64),
    Start,
    Token { token: String, received: Instant },
    End,
}

impl<P: ListPage> PageFetcher<P> {
    fn new(listing: Listing<P>, saved: Arc<Mutex<Option<ListCursor>>>) -> Result<Self, Error> {
        let operation = listing.call.operation();
        let number = |name: &str| listing.call.parameter(name).and_then(|value| value.parse().ok());
        let cursor = match (listing.resumed, P::PAGING) {
            _ if listing.max_items == 0 => Cursor::End,
            (None, Paging::Offset) => Cursor::Offset(number("offset").unwrap_or(0)),
            (None, Paging::ShortLivedToken(_) | Paging::Token(_)) => Cursor::Start,
            (Some(cursor), paging) if cursor.operation == operation => match (cursor.position, paging) {
                (Position::Offset(offset), Paging::Offset) => Cursor::Offset(offset),
                (Position::Token(token), Paging::Token(_)) => {
                    Cursor::Token { token, received: Instant::now() }
                }
                _ => return Err(Error::listing("the cursor is not one of a list that can be resumed")),
            },
            (Some(cursor), _) => {
                let made_by = cursor.operation;
                return Err(Error::listing(format!("the cursor is one of {made_by}, not of {operation}")));
            }
        };
        let largest = LARGEST_PAGES.iter().find(|(of, _)| *of == operation).map(|(_, size)| *size);
        let page_size = number("limit").or(largest);
        Ok(Self {
            call: listing.call,
            cursor,
            left: listing.max_items,
            page_size,
            progress: ListProgress::default(),
            on_progress: listing.on_progress,
            saved,
        })
    }

    fn into_stream(self) -> impl Stream<Item = Result<Vec<P::Item>, Error>> + Send + 'static {
        stream::try_unfold(self, |mut fetcher| async move {
            let page = fetcher.next_page().await?;
            Ok(page.map(|page| (page, fetcher)))
        })
    }

    async fn next_page(&mut self) -> Result<Option<Vec<P::Item>>, Error> {
        let Some(call) = self.next_call()? else { return Ok(None) };
        let page = call.send().await.map_err(|error| self.explain(error))?.into_parts();
        let next = self.next_cursor(&page);
        let is_whole = u64::try_from(page.items.len()).is_ok_and(|items| items <= self.left);
        let saved = self.position_after(next.as_ref().ok(), is_whole);
        *self.saved.lock() = saved;
        let mut items = page.items;
        items.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(count);
        self.cursor = if self.left == 0 { Cursor::End } else { next? };
        self.progress.pages += 1;
        self.progress.items += count;
        self.progress.total = page.total.or(self.progress.total);
        if let Some(on_progress) = &mut self.on_progress {
            on_progress(&self.progress);
        }
        Ok(Some(items))
    }

    /// Returns the call that fetches the next page.
    fn next_call(&self) -> Result<Option<Call<P>>, Error> {
        let call = self.call.clone();
        Ok(Some(match (&self.cursor, P::PAGING) {
            (Cursor::End, _) => return Ok(None),
            (Cursor::Offset(offset), _) => self.call_from(call, *offset)?,
            (Cursor::Token { token, .. }, Paging::ShortLivedToken(parameter) | Paging::Token(parameter)) => {
                call.query(parameter, token)
            }
            (Cursor::Start | Cursor::Token { .. }, _) => call,
        }))
    }

    fn call_from(&self, call: Call<P>, offset: u64) -> Result<Call<P>, Error> {
        let reach = if LIMITED_REACH.contains(&call.operation()) { OFFSET_REACH } else { u64::MAX };
        let reachable = reach.saturating_sub(offset);
        if reachable == 0 {
            return Err(Error::listing(format!(
                "only the first {OFFSET_REACH} results of a query can be reached by offset; narrow the query, or list \
                 by token"
            )));
        }
        let call = call.query("offset", offset);
        Ok(match self.page_size {
            Some(size) => call.query("limit", size.min(self.left).min(reachable)),
            None => call,
        })
    }

    fn next_cursor(&self, page: &PageParts<P::Item>) -> Result<Cursor, Error> {
        match &self.cursor {
            Cursor::End => Ok(Cursor::End),
            Cursor::Offset(offset) => offset_after(*offset, page),
            Cursor::Start => Ok(token_cursor(page.token.clone())),
            Cursor::Token { token, .. } if page.token.as_ref() == Some(token) => {
                Err(Error::listing("the server gave the same token for the next page again"))
            }
            Cursor::Token { .. } => Ok(token_cursor(page.token.clone())),
        }
    }

    /// Returns the place to go on after a page, of which `is_whole` tells if all of it was wanted.
    fn position_after(&self, next: Option<&Cursor>, is_whole: bool) -> Option<ListCursor> {
        let position = match (next?, &self.cursor, P::PAGING) {
            (Cursor::Offset(next), _, _) if is_whole => Position::Offset(*next),
            (Cursor::Offset(_) | Cursor::End, Cursor::Offset(offset), _) if !is_whole => {
                Position::Offset(offset.saturating_add(self.left))
            }
            (Cursor::Token { token, .. }, _, Paging::Token(_)) if is_whole => Position::Token(token.clone()),
            _ => return None,
        };
        Some(ListCursor { operation: self.call.operation().to_owned(), position })
    }

    /// Reports the refusal of a token that the server has forgotten as such.
    fn explain(&self, error: Error) -> Error {
        let is_refusal = error.is_rejected() || error.is_not_found() || error.is_server();
        match (&self.cursor, P::PAGING) {
            (Cursor::Token { received, .. }, Paging::ShortLivedToken(_))
                if is_refusal && received.elapsed() >= TOKEN_LIFE =>
            {
                Error::listing(
                    "the token of the next page expired: the server remembers it for one minute; start again, and \
                     read the pages faster",
                )
                .caused_by(error)
            }
            _ => error,
        }
    }
}

fn offset_after<T>(offset: u64, page: &PageParts<T>) -> Result<Cursor, Error> {
    let count = u64::try_from(page.items.len()).unwrap_or(u64::MAX);
    let next = offset.saturating_add(count);
    // Both say that there are more, or the only one that says anything does.
    let is_within_total = page.total.is_none_or(|total| next < total);
    let has_more = match page.has_next_page {
        Some(has_next_page) => has_next_page && is_within_total,
        None => is_within_total && page.total.is_some(),
    };
    // Lists that end where the server stops to look say so by a total that was not reached.
    let is_cut_short = page.has_next_page == Some(false) && page.total.is_some_and(|total| next < total);
    match (has_more || is_cut_short && next >= OFFSET_REACH, count) {
        (false, _) => Ok(Cursor::End),
        (true, 0) => Err(Error::listing("the server gave an empty page and says that more follow")),
        (true, _) => Ok(Cursor::Offset(next)),
    }
}

fn token_cursor(token: Option<String>) -> Cursor {
    match token.filter(|token| !token.is_empty()) {
        Some(token) => Cursor::Token { token, received: Instant::now() },
        None => Cursor::End,
    }
}

/// Fetches pages in a task of its own, one ahead of the reader, so that each token is used at once.
///
/// A reader that takes its time is waited for, but never so long that the token of the next page
/// would expire.
struct ReadAhead<T> {
    pages: mpsc::UnboundedReceiver<Result<Vec<T>, Error>>,
    /// The number of pages that the task may fetch before it waits for the reader.
    credits: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl<T: Send + 'static> ReadAhead<T> {
    fn stream<P: ListPage<Item = T>>(
        fetcher: PageFetcher<P>,
    ) -> impl Stream<Item = Result<Vec<T>, Error>> + Send {
        stream::once(async move { Self::start(fetcher).into_stream() }).flatten()
    }

    fn start<P: ListPage<Item = T>>(mut fetcher: PageFetcher<P>) -> Self {
        let (sender, pages) = mpsc::unbounded_channel();
        let credits = Arc::new(Semaphore::new(1));
        let granted = Arc::clone(&credits);
        let task = tokio::spawn(async move {
            while let Some(page) = fetcher.next_page().await.transpose() {
                let is_last = page.is_err();
                if sender.send(page).is_err() || is_last {
                    return;
                }
                if let Ok(Ok(credit)) = timeout(READ_AHEAD_AFTER, granted.acquire()).await {
                    credit.forget();
                }
            }
        });
        Self { pages, credits, task }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Vec<T>, Error>> + Send {
        stream::unfold(self, |mut ahead| async move {
            let Some(page) = ahead.pages.recv().await else {
                // A list whose task has panicked is not at its end.
                let panic = (&mut ahead.task).await.err().filter(JoinError::is_panic)?;
                resume_unwind(panic.into_panic());
            };
            ahead.credits.add_permits(1);
            Some((page, ahead))
        })
    }
}

impl<T> Drop for ReadAhead<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
