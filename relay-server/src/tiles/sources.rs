//! The calls that tiles are drawn from. Only sums and the texts that are shown are kept of them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sumo_client::api::counts::GetCounts;
use sumo_client::api::insights::{InsightPart, ListInsights};
use sumo_client::query::{entities, insights};
use sumo_client::{Client, Error, Fingerprint, Query, Timestamp};
use tokio::time::Instant;
use xdr_module::contract::tile::Period;

use super::buckets::Buckets;
use super::catalogue::MAX_ENTITIES;
use super::counts::Counts;
use super::health_events;
use super::memory::{Dated, Key, Memory, Source};
use super::tables::{self, Row};
use super::totals::InsightTotals;
use crate::console::Console;

/// The most pages of insights that are read for a period.
pub(super) const MAX_PAGES: usize = 20;

/// The most health events that are shown.
pub(super) const MAX_HEALTH_EVENTS: u32 = 20;

/// The most open insights that are shown.
const MAX_OPEN: u32 = 10;

/// An entity with this activity score or more is an active one.
const ACTIVE_SCORE: f64 = 6.0;

/// The tenant whose tile is drawn, the moment at which, and its deadline.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) client: Client,
    pub(crate) tenant: Fingerprint,
    pub(crate) host: Arc<str>,
    pub(crate) console: Console,
    pub(crate) deadline: Instant,
    /// The moment at which all periods end.
    pub(crate) now: DateTime<Utc>,
}

impl Scope {
    fn key(&self, source: Source, period: Period) -> Key {
        // Rows hold links into the console, of which each API host has its own.
        Key { tenant: self.tenant, console: self.console.base_url(), source, period }
    }

    /// The end of a call of many parts: early enough to answer with those that came.
    fn end_of_parts(&self) -> Instant {
        let now = Instant::now();
        now + self.deadline.saturating_duration_since(now) * 9 / 10
    }
}

/// The reason for which insights of a period are missing from its sums.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Gap {
    /// There are more pages than are read.
    MorePages,
    /// A page did not come.
    Stopped(String),
}

/// The sums over the insights of a period.
#[derive(Debug, Default, Serialize)]
pub(super) struct InsightPass {
    pub(super) totals: InsightTotals,
    /// The number of insights that could not be read.
    pub(super) unreadable: usize,
    pub(super) gap: Option<Gap>,
}

/// A list of which the first items are shown.
#[derive(Debug, Serialize)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    /// True if there are more than were asked for.
    pub(super) more: bool,
    /// The number of items that could not be read.
    pub(super) unreadable: usize,
}

pub(super) type Fetched<V> = Result<Arc<Dated<V>>, Arc<Error>>;

/// The sources of all tenants, each with its memory.
#[derive(Clone)]
pub(super) struct Sources {
    passes: Memory<InsightPass>,
    numbers: Memory<u64>,
    counts: Memory<Counts>,
    rows: Memory<Listed<Row>>,
    lines: Memory<Listed<String>>,
}

impl Sources {
    pub(super) fn new() -> Self {
        Self {
            passes: Memory::new(),
            numbers: Memory::new(),
            counts: Memory::new(),
            rows: Memory::new(),
            lines: Memory::new(),
        }
    }

    /// Sums over the insights that were made in a period: one pass over their list.
    pub(super) async fn insights_of_period(&self, scope: &Scope, period: Period) -> Fetched<InsightPass> {
        let key = scope.key(Source::InsightsOfPeriod, period);
        self.passes.get(key, scope.deadline, &|| Box::pin(pass(scope, period))).await
    }

    /// The number of insights that are open now.
    pub(super) async fn open_insights(&self, scope: &Scope, period: Period) -> Fetched<u64> {
        let key = scope.key(Source::OpenInsights, period);
        let fetch = || async {
            let page = list_open(scope, Query::new()).limit(1).send_itemwise(1).await?.page;
            Ok(Dated::whole(page.total, period, scope.now))
        };
        self.numbers.get(key, scope.deadline, &|| Box::pin(fetch())).await
    }

    /// The newest open insights of a period.
    pub(super) async fn newest_insights(&self, scope: &Scope, period: Period) -> Fetched<Listed<Row>> {
        let key = scope.key(Source::NewestInsights, period);
        let fetch = || async {
            let of_period = Query::from(insights::CREATED.since(period.until(scope.now).start_time));
            let list = list_open(scope, of_period).limit(MAX_OPEN);
            let answer = list.send_itemwise(usize::try_from(MAX_OPEN).unwrap_or(usize::MAX)).await?;
            let items = tables::insight_rows(answer.page.objects, &scope.console);
            // The title says that there may be more.
            let listed = Listed { items, more: false, unreadable: answer.unreadable.insights };
            Ok(Dated::whole(listed, period, scope.now))
        };
        self.rows.get(key, scope.deadline, &|| Box::pin(fetch())).await
    }

    /// The most active entities.
    pub(super) async fn entities(&self, scope: &Scope, period: Period) -> Fetched<Listed<Row>> {
        let key = scope.key(Source::Entities, period);
        let fetch = || async {
            let active = Query::from(entities::ACTIVITY_SCORE.at_least(ACTIVE_SCORE));
            let list = scope.client.entities().list().q(active).limit(MAX_ENTITIES).deadline(scope.deadline);
            let page = list.send().await?;
            let more = page.has_next_page || page.total > u64::from(MAX_ENTITIES);
            let listed = Listed { items: tables::entity_rows(page.objects), more, unreadable: 0 };
            Ok(Dated::whole(listed, period, scope.now))
        };
        self.rows.get(key, scope.deadline, &|| Box::pin(fetch())).await
    }

    /// The health events that are not resolved.
    pub(super) async fn health_events(&self, scope: &Scope, period: Period) -> Fetched<Listed<String>> {
        let key = scope.key(Source::HealthEvents, period);
        let fetch = || async {
            let list = scope.client.health_events().list().limit(MAX_HEALTH_EVENTS).deadline(scope.deadline);
            let mut page = list.send().await?;
            let most = usize::try_from(MAX_HEALTH_EVENTS).unwrap_or(usize::MAX);
            let more = page.next.is_some_and(|next| !next.is_empty()) || page.data.len() > most;
            page.data.truncate(most);
            let listed = Listed { items: health_events::rows(page.data), more, unreadable: 0 };
            Ok(Dated::whole(listed, period, scope.now))
        };
        self.lines.get(key, scope.deadline, &|| Box::pin(fetch())).await
    }

    /// The signals of each bucket of a period.
    pub(super) async fn signals_over_time(&self, scope: &Scope, period: Period) -> Fetched<Counts> {
        let buckets = Buckets::new(period, scope.now);
        self.counted(scope, Source::SignalsOverTime, period, buckets.width_seconds()).await
    }

    /// The records, signals or insights of a period, in one bucket.
    pub(super) async fn total(&self, scope: &Scope, source: Source, period: Period) -> Fetched<Counts> {
        self.counted(scope, source, period, period.length().num_seconds()).await
    }

    async fn counted(&self, scope: &Scope, source: Source, period: Period, width: i64) -> Fetched<Counts> {
        let fetch = || async move {
            let span = period.until(scope.now);
            let (start, end) = (Timestamp::from(span.start_time), Timestamp::from(span.end_time));
            let call = counts_call(&scope.client, source, &start, width.unsigned_abs()).end(end);
            let counts = Counts::new(&call.deadline(scope.deadline).send().await?);
            Ok(Dated::whole(counts, period, scope.now))
        };
        self.counts.get(scope.key(source, period), scope.deadline, &|| Box::pin(fetch())).await
    }
}

fn counts_call(client: &Client, source: Source, start: &Timestamp, seconds: u64) -> GetCounts {
    match source {
        Source::RecordCount => client.records().counts(start, seconds),
        Source::InsightCount => client.insights().counts(start, seconds),
        _ => client.signals().counts(start, seconds),
    }
}

/// A list of the insights that are not closed, without their signals.
fn list_open(scope: &Scope, query: Query) -> ListInsights {
    let list = scope.client.insights().list().q(query.and(!insights::STATUS.equals("closed")));
    list.exclude([InsightPart::Signals, InsightPart::Artifacts]).deadline(scope.deadline)
}

/// Reads the insights of a period page after page. The first page must come; without a later one,
/// the sums have a gap.
async fn pass(scope: &Scope, period: Period) -> Result<Dated<InsightPass>, Error> {
    let buckets = Buckets::new(period, scope.now);
    let deadline = scope.end_of_parts();
    let query = Query::from(insights::CREATED.since(buckets.start()));
    let (mut read, mut token) = (InsightPass::default(), None::<String>);
    for page in 0..MAX_PAGES {
        let list = scope.client.insights().list_all().q(&query).deadline(deadline);
        let list = match &token {
            Some(token) => list.next_page_token(token),
            None => list,
        };
        let answer = match list.send_itemwise().await {
            Ok(answer) => answer,
            Err(error) if page == 0 => return Err(error),
            Err(error) => {
                read.gap = Some(Gap::Stopped(crate::observe::notice::reason(&error)));
                return Ok(Dated::unfinished(read, scope.now));
            }
        };
        answer.page.objects.iter().for_each(|insight| read.totals.add(insight, &buckets));
        read.unreadable += answer.unreadable.insights;
        let next = answer.page.next_page_token.filter(|next| !next.is_empty());
        if next.is_some() && next == token {
            read.gap = Some(Gap::Stopped("Sumo Logic gave the same page again".to_owned()));
            return Ok(Dated::unfinished(read, scope.now));
        }
        if next.is_none() {
            return Ok(Dated::whole(read, period, scope.now));
        }
        token = next;
    }
    read.gap = Some(Gap::MorePages);
    Ok(Dated::whole(read, period, scope.now))
}
