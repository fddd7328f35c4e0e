//! Counts of insights, signals and records over time.

use crate::api::{Quantity, group, model, request};
use crate::call::Call;
use crate::client::Client;
use crate::timestamp::Timestamp;

group! {
    /// The records of the tenant. They can be counted; to read them, see the signals that hold
    /// them.
    Records by records
}

impl Records {
    /// Counts the records of each span of time.
    pub fn counts(&self, start: &Timestamp, bucket_seconds: u64) -> GetCounts {
        GetCounts::new(&self.client, "GetRecordCounts", "/records/counts", start, bucket_seconds)
    }
}

request! {
    /// The request of [`Records::counts`] and its likes for insights and signals.
    GetCounts -> Vec<CountBucket> {
        /// The end of the time that is counted: now unless set.
        end: into Timestamp = "endTimestamp",
        /// The time zone that spans of a day begin in, by its name in the tz database: UTC unless
        /// set.
        time_zone: into String = "timezone",
    }
}

impl GetCounts {
    pub(crate) fn new(
        client: &Client,
        operation: &'static str,
        path: &str,
        start: &Timestamp,
        bucket_seconds: u64,
    ) -> Self {
        let call = Call::get(client, operation, path, &[]);
        Self { call: call.query("startTimestamp", start).query("bucketDuration", bucket_seconds) }
    }
}

model! {
    /// A span of time with its count.
    CountBucket {
        /// The start of the span.
        timestamp: Option<Timestamp>,
        /// The number of objects, see [`count`](Self::count).
        value: Option<Quantity>,
    }
}

impl CountBucket {
    /// The count, which the wire writes as a text; `None` when it is missing or not a whole number
    /// from 0.
    ///
    /// ```
    /// use sumo_client::api::counts::CountBucket;
    ///
    /// let text = r#"{"timestamp": "2024-09-13T00:00:00", "value": "4"}"#;
    /// let bucket: CountBucket = serde_json::from_str(text)?;
    /// assert_eq!(bucket.count(), Some(4));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn count(&self) -> Option<u64> {
        u64::try_from(self.value.as_ref()?.as_i64()?).ok()
    }
}
