//! The data of `health`: the state of the module for a tenant, and its quotas.
//!
//! XDR's schema is closed: `status` and `quotas`, no free text. Words go into `errors`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use serde::Serialize;

use super::time;

/// The state of a module as XDR shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct Health {
    /// `ok` when the token is accepted and the product answers to its credentials.
    pub status: HealthStatus,
    /// The use of the module's limits, by the name of the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotas: Option<BTreeMap<String, Quota>>,
}

impl Health {
    /// Returns the health of a module whose product answers.
    pub fn ok() -> Self {
        Self::new(HealthStatus::Ok)
    }

    /// Creates a health without quotas.
    pub fn new(status: HealthStatus) -> Self {
        Self { status, quotas: None }
    }

    /// Returns the same with a quota.
    #[must_use]
    pub fn with_quota(mut self, name: impl Into<String>, quota: Quota) -> Self {
        self.quotas.get_or_insert_default().insert(name.into(), quota);
        self
    }
}

/// The states of a module.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum HealthStatus {
    /// The module works.
    Ok,
    /// The module does not work, and will not without a change of its configuration.
    Error,
    /// The state is not known, such as during a passing fault of the product.
    Unknown,
}

/// One limit and its use.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct Quota {
    /// The meaning of the limit.
    pub description: String,
    /// The limit and its use.
    pub values: QuotaValues,
}

impl Quota {
    /// Creates a quota.
    pub fn new(description: impl Into<String>, values: QuotaValues) -> Self {
        Self { description: description.into(), values }
    }
}

/// The numbers of a quota; each may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
#[serde(default)]
#[non_exhaustive]
pub struct QuotaValues {
    /// The span that the limit is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_unit: Option<BucketUnit>,
    /// The limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_limit: Option<u64>,
    /// The use within the running span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_bucket_consumption: Option<u64>,
    /// The start of the running span.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "time::optional")]
    pub current_bucket_start_time: Option<DateTime<Utc>>,
    /// The end of the running span.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "time::optional")]
    pub current_bucket_end_time: Option<DateTime<Utc>>,
    /// True if the limit is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_bucket_limit_reached: Option<bool>,
    /// The time at which the limit was reached.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "time::optional")]
    pub current_bucket_limit_reached_at: Option<DateTime<Utc>>,
}

/// The spans that quotas are counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum BucketUnit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_written_as_xdr_reads_it() {
        assert_eq!(serde_json::to_string(&Health::ok()).unwrap(), r#"{"status":"ok"}"#);
        let start = DateTime::parse_from_rfc3339("2024-09-14T09:00:00Z").unwrap().to_utc();
        let values = QuotaValues {
            bucket_unit: Some(BucketUnit::Minute),
            bucket_limit: Some(240),
            current_bucket_consumption: Some(3),
            current_bucket_start_time: Some(start),
            current_bucket_end_time: Some(start + chrono::TimeDelta::minutes(1)),
            current_bucket_limit_reached: Some(false),
            ..QuotaValues::default()
        };
        let quota = Quota::new("Calls of this relay to Sumo Logic", values);
        let health = Health::ok().with_quota("sumo_api_calls", quota);
        let expected = concat!(
            r#"{"status":"ok","quotas":{"sumo_api_calls":{"description":"Calls of this relay to Sumo Logic","values":"#,
            r#"{"bucket_unit":"minute","bucket_limit":240,"current_bucket_consumption":3,"#,
            r#""current_bucket_start_time":"2024-09-14T09:00:00.000Z","current_bucket_end_time":"2024-09-14T09:01:00.000Z","#,
            r#""current_bucket_limit_reached":false}}}}"#
        );
        assert_eq!(serde_json::to_string(&health).unwrap(), expected);
    }
}
