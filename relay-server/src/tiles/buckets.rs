//! The parts of a period that charts over time show.

use chrono::{DateTime, TimeDelta, Utc};
use xdr_module::contract::tile::{Period, TimeSpan};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A period until some moment, cut into parts of equal length; the last one may be shorter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buckets {
    span: TimeSpan,
    period: Period,
}

impl Buckets {
    pub(super) fn new(period: Period, now: DateTime<Utc>) -> Self {
        Self { span: period.until(now), period }
    }

    /// The start of the period.
    pub(super) fn start(&self) -> DateTime<Utc> {
        self.span.start_time
    }

    /// The length of a bucket, in seconds.
    pub(super) fn width_seconds(&self) -> i64 {
        match self.period {
            Period::LastHour => 300,
            Period::Last24Hours => HOUR,
            Period::Last7Days | Period::Last30Days => DAY,
            Period::Last60Days | Period::Last90Days => 7 * DAY,
        }
    }

    /// The number of buckets.
    pub(super) fn count(&self) -> usize {
        let seconds = self.period.length().num_seconds();
        usize::try_from(seconds.saturating_add(self.width_seconds() - 1) / self.width_seconds()).unwrap_or(1)
    }

    /// The bucket that holds `time`; none before the period. Times after the end, of objects made
    /// during the call, count to the last one.
    pub(super) fn index(&self, time: DateTime<Utc>) -> Option<usize> {
        let since = (time - self.start()).num_seconds();
        let is_within = time >= self.start();
        is_within.then(|| {
            let index = usize::try_from(since / self.width_seconds()).unwrap_or(usize::MAX);
            index.min(self.count().saturating_sub(1))
        })
    }

    /// The starts of the buckets, the oldest first.
    pub(super) fn starts(&self) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let width = TimeDelta::seconds(self.width_seconds());
        (0..self.count()).scan(self.start(), move |next, _| {
            let start = *next;
            *next += width;
            Some(start)
        })
    }

    /// The name of a bucket for people.
    pub(super) fn label(&self, start: DateTime<Utc>) -> String {
        let format = match self.period {
            Period::LastHour => "%H:%M",
            Period::Last24Hours => "%b %-d %H:%M",
            _ => "%b %-d",
        };
        start.format(format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2024-09-14T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn each_period_has_its_buckets() {
        for (period, width, count) in [
            (Period::LastHour, 300, 12),
            (Period::Last24Hours, 3_600, 24),
            (Period::Last7Days, 86_400, 7),
            (Period::Last30Days, 86_400, 30),
            (Period::Last60Days, 604_800, 9),
            (Period::Last90Days, 604_800, 13),
        ] {
            let buckets = Buckets::new(period, now());
            assert_eq!((buckets.width_seconds(), buckets.count()), (width, count), "{period:?}");
            let starts: Vec<_> = buckets.starts().collect();
            assert_eq!((starts.len(), starts[0]), (count, buckets.start()));
            assert!(starts.iter().all(|start| *start < now()));
            for (index, start) in starts.iter().enumerate() {
                assert_eq!(buckets.index(*start), Some(index));
            }
            let labels: BTreeSet<_> = starts.iter().map(|start| buckets.label(*start)).collect();
            assert_eq!(labels.len(), count, "{labels:?}");
        }
    }

    #[test]
    fn times_outside_of_the_period() {
        let buckets = Buckets::new(Period::Last60Days, now());
        assert_eq!(buckets.index(buckets.start() - TimeDelta::milliseconds(1)), None);
        assert_eq!(buckets.index(now() - TimeDelta::milliseconds(1)), Some(8));
        assert_eq!(buckets.index(now()), Some(8));
        assert_eq!(buckets.index(now() + TimeDelta::days(400)), Some(8));
    }
}
