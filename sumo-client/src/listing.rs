//! Whole lists, page after page or item after item.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::call::Call;
use crate::error::Error;
use crate::page::{Page, TokenPage};

/// A page that says how to get the next one. Made for the page types of this crate.
pub trait ListPage: DeserializeOwned + Send + 'static {
    /// What the list holds.
    type Item: Send + 'static;

    #[doc(hidden)]
    const WALK: Walk;

    #[doc(hidden)]
    fn into_parts(self) -> PageParts<Self::Item>;
}

/// How a list is walked.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Walk {
    /// By the number of objects to skip.
    Offset,
    /// By a token in this parameter, which has to be used within a minute.
    ShortLivedToken(&'static str),
    /// By a token in this parameter.
    Token(&'static str),
}

/// The content of a page, in one form for all kinds of pages.
#[doc(hidden)]
#[derive(Debug)]
pub struct PageParts<T> {
    pub(crate) items: Vec<T>,
    pub(crate) total: Option<u64>,
    /// By offset: whether the server says that there are more; `None` when it does not say.
    pub(crate) has_next_page: Option<bool>,
    /// By token: the next token.
    pub(crate) token: Option<String>,
}

impl<T: DeserializeOwned + Send + 'static> ListPage for Page<T> {
    type Item = T;

    const WALK: Walk = Walk::Offset;

    fn into_parts(self) -> PageParts<T> {
        PageParts {
            items: self.objects,
            total: Some(self.total).filter(|total| *total > 0),
            has_next_page: self.is_next_page_declared.then_some(self.has_next_page),
            token: None,
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> ListPage for TokenPage<T> {
    type Item = T;

    const WALK: Walk = Walk::ShortLivedToken("nextPageToken");

    fn into_parts(self) -> PageParts<T> {
        PageParts { items: self.objects, total: None, has_next_page: None, token: self.next_page_token }
    }
}

/// How long the server remembers a token (description of the operations `GetAllInsights` and its likes).
const TOKEN_LIFE: Duration = Duration::from_secs(60);

/// When a page has not been taken for this long, the next one is fetched nevertheless, so that its token is used in
/// time. Leaves a quarter of the token's life for the wait at the limiter.
const READ_AHEAD_AFTER: Duration = Duration::from_secs(45);

/// How far lists of insights, signals and entities can be walked by offset (same description).
const OFFSET_REACH: u64 = 10_000;

/// The operations that [`OFFSET_REACH`] holds for.
const LIMITED_REACH: [&str; 3] = ["GetInsights", "GetSignals", "GetEntities"];

/// A list that is fetched page after page while it is read.
///
/// Comes from the `listing` method of a list request; the filter, the page size (`limit`) and everything else that was
/// set there hold for every page. Nothing is fetched before the stream is polled.
///
/// ```no_run
/// # async fn run(client: sumo_client::Client) -> Result<(), sumo_client::Error> {
/// use futures_util::TryStreamExt as _;
///
/// let open = client.insights().list_all().q(r#"-status:"closed""#).listing().max_items(500);
/// let mut insights = std::pin::pin!(open.on_progress(|progress| eprintln!("{progress}")).items());
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
}

type OnProgress = Box<dyn FnMut(&ListProgress) + Send>;

/// How far a listing has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListProgress {
    /// How many pages were read.
    pub pages: u64,
    /// How many items were on them.
    pub items: u64,
    /// How many items there are in all, where the server says so.
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
        Self { call, max_items: u64::MAX, on_progress: None }
    }

    /// Ends the listing after this many items; no page is fetched beyond them.
    pub fn max_items(self, max_items: u64) -> Self {
        Self { max_items, ..self }
    }

    /// Tells this function about each page that was read, for example to show how far a long listing has got.
    pub fn on_progress(self, on_progress: impl FnMut(&ListProgress) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(on_progress)), ..self }
    }

    /// The items, page by page.
    ///
    /// # Errors
    /// The stream ends with the first error. Besides the errors of the calls it can be one with
    /// [`is_listing`](Error::is_listing): the token of the next page expired, the server gave the same token twice, an
    /// empty page is said to be followed by more, or more than 10,000 insights, signals or entities were asked for by
    /// offset.
    pub fn pages(self) -> impl Stream<Item = Result<Vec<P::Item>, Error>> + Send + 'static {
        match P::WALK {
            Walk::Offset | Walk::Token(_) => Walker::new(self).into_stream().left_stream(),
            Walk::ShortLivedToken(_) => ReadAhead::stream(Walker::new(self)).right_stream(),
        }
    }

    /// The items, one by one.
    ///
    /// # Errors
    /// As for [`pages`](Self::pages).
    pub fn items(self) -> impl Stream<Item = Result<P::Item, Error>> + Send + 'static {
        self.pages().map_ok(|items| stream::iter(items.into_iter().map(Ok))).try_flatten()
    }

    /// All items at once. Set [`max_items`](Self::max_items) where the list may be long.
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
struct Walker<P> {
    call: Call<P>,
    cursor: Cursor,
    left: u64,
    /// What the caller set as page size, to cut it where fewer items are wanted.
    page_size: Option<u64>,
    progress: ListProgress,
    on_progress: Option<OnProgress>,
}

enum Cursor {
    Offset(u64),
    Start,
    Token { token: String, received: Instant },
    End,
}

impl<P: ListPage> Walker<P> {
    fn new(listing: Listing<P>) -> Self {
        let number = |name: &str| listing.call.parameter(name).and_then(|value| value.parse().ok());
        let cursor = match P::WALK {
            Walk::Offset => Cursor::Offset(number("offset").unwrap_or(0)),
            Walk::ShortLivedToken(_) | Walk::Token(_) => Cursor::Start,
        };
        let page_size = number("limit");
        Self {
            call: listing.call,
            cursor: if listing.max_items == 0 { Cursor::End } else { cursor },
            left: listing.max_items,
            page_size,
            progress: ListProgress::default(),
            on_progress: listing.on_progress,
        }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Vec<P::Item>, Error>> + Send + 'static {
        stream::try_unfold(self, |mut walker| async move {
            let page = walker.next_page().await?;
            Ok(page.map(|page| (page, walker)))
        })
    }

    async fn next_page(&mut self) -> Result<Option<Vec<P::Item>>, Error> {
        let Some(call) = self.next_call()? else { return Ok(None) };
        let page = call.send().await.map_err(|error| self.explain(error))?.into_parts();
        let next = self.next_cursor(&page);
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

    /// The call that fetches the next page.
    fn next_call(&self) -> Result<Option<Call<P>>, Error> {
        let call = self.call.clone();
        Ok(Some(match (&self.cursor, P::WALK) {
            (Cursor::End, _) => return Ok(None),
            (Cursor::Offset(offset), _) => self.call_from(call, *offset)?,
            (Cursor::Token { token, .. }, Walk::ShortLivedToken(parameter) | Walk::Token(parameter)) => {
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

    /// A refusal of a token that is older than the server remembers it is told as what it is.
    fn explain(&self, error: Error) -> Error {
        let is_refusal = error.is_rejected() || error.is_not_found() || error.is_server();
        match (&self.cursor, P::WALK) {
            (Cursor::Token { received, .. }, Walk::ShortLivedToken(_))
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
/// A reader that takes its time is waited for, but never so long that the token of the next page would expire.
struct ReadAhead<T> {
    pages: mpsc::UnboundedReceiver<Result<Vec<T>, Error>>,
    /// How many pages the task may fetch before it waits for the reader.
    credits: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl<T: Send + 'static> ReadAhead<T> {
    fn stream<P: ListPage<Item = T>>(walker: Walker<P>) -> impl Stream<Item = Result<Vec<T>, Error>> + Send {
        stream::once(async move { Self::start(walker).into_stream() }).flatten()
    }

    fn start<P: ListPage<Item = T>>(mut walker: Walker<P>) -> Self {
        let (sender, pages) = mpsc::unbounded_channel();
        let credits = Arc::new(Semaphore::new(1));
        let granted = Arc::clone(&credits);
        let task = tokio::spawn(async move {
            while let Some(page) = walker.next_page().await.transpose() {
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
            let page = ahead.pages.recv().await?;
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
