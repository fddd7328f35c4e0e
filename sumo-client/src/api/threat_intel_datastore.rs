//! The threat intelligence datastore. Part of the platform API, newer than the sources of Cloud SIEM.

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::{group, model, request_body};
use crate::call::Call;
use crate::envelope;
use crate::timestamp::Timestamp;

group! {
    /// The threat intelligence datastore of the tenant.
    ThreatIntelDatastore by threat_intel_datastore
}

impl ThreatIntelDatastore {
    /// How large the datastore is, and what it holds of each source.
    pub fn status(&self) -> Call<DatastoreStatus> {
        Call::platform(&self.client, "datastoreGet", Method::GET, "/threatIntel/datastore/db", &[])
    }

    /// Changes the tenant: deletes the datastore with all indicators of all sources.
    pub fn delete(&self) -> Call<()> {
        Call::platform(&self.client, "removeDatastore", Method::DELETE, "/threatIntel/datastore/db", &[])
            .decoded_by(envelope::decode_nothing)
    }

    /// How long indicators are kept.
    pub fn retention_period(&self) -> Call<RetentionPeriod> {
        let path = "/threatIntel/datastore/retentionPeriod";
        Call::platform(&self.client, "retentionPeriod", Method::GET, path, &[])
    }

    /// Changes the tenant: sets for how many days indicators are kept. Older ones are lost.
    pub fn set_retention_period(&self, days: u64) -> Call<RetentionPeriod> {
        let path = "/threatIntel/datastore/retentionPeriod";
        Call::platform(&self.client, "setRetentionPeriod", Method::POST, path, &[])
            .json(&RetentionPeriod { retention_period: days })
    }

    /// Changes the tenant: sets the description of a source and whether it is in use.
    pub fn update_source(&self, name: &str, properties: &SourceProperties) -> Call<()> {
        let path = "/threatIntel/datastore/dataSource/{dataSourceName}";
        Call::platform(&self.client, "dataSourcePropertiesUpdate", Method::PUT, path, &[name])
            .json(properties)
            .decoded_by(envelope::decode_nothing)
    }

    /// Changes the tenant: uploads indicators in the vendor's form.
    pub fn upload_normalized_indicators(&self, indicators: &[NormalizedIndicatorUpload]) -> Call<()> {
        #[derive(Serialize)]
        struct Upload<'a> {
            indicators: &'a [NormalizedIndicatorUpload],
        }
        let path = "/threatIntel/datastore/indicators/normalized";
        Call::platform(&self.client, "uploadNormalizedIndicators", Method::POST, path, &[])
            .json(&Upload { indicators })
            .decoded_by(envelope::decode_nothing)
    }

    /// Changes the tenant: uploads indicators of STIX 2.x, given as anything that serialises to such objects.
    pub fn upload_stix_indicators(&self, source: &str, indicators: &[impl Serialize]) -> Call<StixUpload> {
        #[derive(Serialize)]
        struct Upload<'a, I> {
            source: &'a str,
            indicators: &'a [I],
        }
        let path = "/threatIntel/datastore/indicators/stix";
        Call::platform(&self.client, "uploadStixIndicators", Method::POST, path, &[])
            .json(&Upload { source, indicators })
    }

    /// Changes the tenant: removes indicators of a source by their ids.
    pub fn remove_indicators(&self, source: &str, ids: &[&str]) -> Call<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Removal<'a> {
            source: &'a str,
            indicator_ids: &'a [&'a str],
        }
        Call::platform(
            &self.client,
            "removeIndicators",
            Method::DELETE,
            "/threatIntel/datastore/indicators",
            &[],
        )
        .json(&Removal { source, indicator_ids: ids })
        .decoded_by(envelope::decode_nothing)
    }
}

model! {
    /// How large the datastore is.
    DatastoreStatus {
        /// Its size in bytes.
        disk_size: u64,
        /// How many indicators it holds.
        indicator_count: u64,
        /// How many indicators it may hold.
        indicator_limit: u64,
        /// What it holds of each source.
        source_status: Vec<DatastoreSource>,
    }
}

model! {
    /// What the datastore holds of a source.
    DatastoreSource {
        [
            /// The name of the source.
            source: String,
        ]
        /// What it is for.
        description: Option<String>,
        /// Its size in bytes, estimated.
        disk_size: Option<u64>,
        /// How many indicators it has.
        indicator_count: Option<u64>,
        /// Whether it comes with the product.
        sumo_provided: Option<bool>,
        /// Whether the search operator `cat` can read it.
        supports_cat: Option<bool>,
        /// Whether it is in use.
        enabled: Option<bool>,
    }
}

/// How long indicators are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RetentionPeriod {
    /// The number of days.
    pub retention_period: u64,
}

request_body! {
    /// New settings of a source.
    SourceProperties {
        /// Whether it is in use.
        enabled: bool,
        /// What it is for.
        description: String,
    }
}

request_body! {
    /// An indicator in the vendor's form.
    NormalizedIndicatorUpload {
        [
            /// The id, your own.
            id: String,
            /// The value.
            indicator: String,
            /// The kind of value as in STIX, such as `ipv4-addr`.
            #[serde(rename = "type")]
            indicator_type: String,
            /// The name of the source.
            source: String,
            /// From when it is valid.
            valid_from: Timestamp,
            /// How sure the source is, 1 to 100.
            confidence: u8,
            /// The kind of threat as in STIX, such as `malicious-activity`.
            threat_type: String,
        ]
        /// Until when it is valid; by default 30 days to two years, after its kind and confidence.
        valid_until: Timestamp,
        /// Who is behind it, separated by commas.
        actors: String,
        /// The phases of the kill chain, separated by commas.
        kill_chain: String,
        /// More of it.
        fields: BTreeMap<String, String>,
    }
}

model! {
    /// What became of an upload of STIX indicators.
    StixUpload {
        /// The ids of those that were not taken.
        invalid_indicators: Vec<String>,
    }
}
