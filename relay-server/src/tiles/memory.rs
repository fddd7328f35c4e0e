//! The data that tiles are drawn from: fetched once for all who ask at the same time, and
//! remembered for one minute or five.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sumo_client::{Error, Fingerprint};
use xdr_module::contract::tile::Period;

use crate::cache::{Cache, Fetch};
use crate::json_length::json_length;

/// The most bytes that each memory holds, as JSON.
const MEMORY_BYTES: u64 = 1024 * 1024;

/// The bytes that an entry takes beside its data.
const ENTRY_BYTES: usize = 512;

/// The memory of short periods, and of data that is not whole.
const SHORT: Duration = Duration::from_secs(60);

/// The memory of all else.
const LONG: Duration = Duration::from_secs(300);

/// The parts of Cloud SIEM that tiles are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    InsightsOfPeriod,
    OpenInsights,
    NewestInsights,
    RecordCount,
    SignalCount,
    InsightCount,
    SignalsOverTime,
    Entities,
    HealthEvents,
}

/// All that decides on the data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) tenant: Fingerprint,
    pub(super) console: Arc<str>,
    pub(super) source: Source,
    pub(super) period: Period,
}

/// Something fetched, with the time when that was.
#[derive(Debug)]
pub(super) struct Dated<V> {
    pub(super) value: V,
    pub(super) made: DateTime<Utc>,
    /// The time for which it may be shown again.
    pub(super) kept: Duration,
}

impl<V> Dated<V> {
    /// Something whole, of a period that ended at `made`.
    pub(super) fn whole(value: V, period: Period, made: DateTime<Utc>) -> Self {
        let kept = match period {
            Period::LastHour | Period::Last24Hours => SHORT,
            _ => LONG,
        };
        Self { value, made, kept }
    }

    /// Something of which a part is missing, and which is better asked for again soon.
    pub(super) fn unfinished(value: V, made: DateTime<Utc>) -> Self {
        Self { value, made, kept: SHORT }
    }

    pub(super) fn validity(&self) -> Validity {
        Validity { made: self.made, until: self.made + self.kept }
    }
}

/// The time of what a tile shows, and the moment until which it may be shown again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Validity {
    pub(super) made: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Validity {
    /// That of something from which a part is missing, which is better asked for again soon.
    pub(super) fn of_parts(parts: Option<Self>, now: DateTime<Utc>) -> Self {
        let soon = Self { made: now, until: now + SHORT };
        parts.map_or(soon, |parts| parts.and(soon))
    }

    /// That of something made of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { made: self.made.min(other.made), until: self.until.min(other.until) }
    }

    /// The time after `made` for which it may be shown.
    pub(super) fn kept(self) -> TimeDelta {
        self.until - self.made
    }
}

/// The fetched data of one kind.
pub(super) struct Memory<V>(Cache<Key, Dated<V>>);

impl<V> Clone for Memory<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V: Serialize + Send + Sync + 'static> Memory<V> {
    pub(super) fn new() -> Self {
        let weight = |_: &Key, dated: &Dated<V>| ENTRY_BYTES + json_length(&dated.value);
        Self(Cache::holding(MEMORY_BYTES).weighing(weight).each_kept_for(|dated| dated.kept).build())
    }

    /// Returns the remembered data, or that of `fetch`; equal calls share one fetch.
    pub(super) async fn get<'f>(
        &self,
        key: Key,
        deadline: tokio::time::Instant,
        fetch: &(dyn Fn() -> Fetch<'f, Dated<V>> + Sync),
    ) -> Result<Arc<Dated<V>>, Arc<Error>> {
        self.0.get_or_fetch(key, deadline, fetch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_old_and_new_parts_has_not_expired() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let of = |age: i64, period| Dated::whole(0, period, now - TimeDelta::seconds(age)).validity();
        let (old, new) = (of(240, Period::Last7Days), Dated::unfinished(0, now).validity());
        let end = |validity: Validity| (validity.made + validity.kept() - now).num_seconds();
        for both in [old.and(new), new.and(old), Validity::of_parts(Some(old), now)] {
            assert_eq!((both.made, end(both)), (old.made, 60));
        }
        assert_eq!(end(of(30, Period::LastHour).and(new)), 30);
        assert_eq!(end(Validity::of_parts(Some(of(290, Period::Last7Days)), now)), 10);
        assert_eq!(Validity::of_parts(None, now), new);
    }

    #[test]
    fn entries_are_forgotten_when_they_may_not_be_shown_any_more() {
        let made = DateTime::UNIX_EPOCH;
        for (period, seconds) in Period::ALL.into_iter().zip([60, 60, 300, 300, 300, 300]) {
            assert_eq!(Dated::whole(0, period, made).kept.as_secs(), seconds, "{period:?}");
            assert_eq!(Dated::unfinished(0, made).kept.as_secs(), 60);
        }
    }
}
