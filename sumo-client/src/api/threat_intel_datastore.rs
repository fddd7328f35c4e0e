//! The threat intelligence datastore. Part of the platform API, newer than the sources of Cloud
//! SIEM.
//!
//! An indicator is known by its source and the id that its uploader gave it; the datastore offers
//! no look-up by value.

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::enrichments::ThreatType;
use crate::api::{group, model, request_body};
use crate::call::Call;
use crate::envelope;
use crate::timestamp::Timestamp;

/// The most indicators that one call uploads.
pub const INDICATORS_PER_CALL: usize = 100;

group! {
    /// The threat intelligence datastore of the tenant.
    ThreatIntelDatastore by threat_intel_datastore
}

impl ThreatIntelDatastore {
    /// Returns the size of the datastore, in all and of each source.
    pub fn status(&self) -> Call<DatastoreStatus> {
        Call::platform(&self.client, "datastoreGet", Method::GET, "/threatIntel/datastore/db", &[])
    }

    /// Changes the tenant: deletes the datastore with all indicators of all sources.
    pub fn delete(&self) -> Call<()> {
        Call::platform(&self.client, "removeDatastore", Method::DELETE, "/threatIntel/datastore/db", &[])
            .decoded_by(envelope::decode_nothing)
    }

    /// Returns the retention period of indicators.
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

    /// Changes the tenant: uploads indicators in the vendor's form, at most
    /// [`INDICATORS_PER_CALL`]. The answer has no body.
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

    /// Changes the tenant: uploads indicators of STIX 2.x, given as anything that serialises to
    /// such objects.
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
    /// The size of the datastore.
    DatastoreStatus {
        /// Its size in bytes.
        disk_size: u64,
        /// The number of indicators in it.
        indicator_count: u64,
        /// The maximum number of indicators in it.
        indicator_limit: u64,
        /// The share of each source.
        source_status: Vec<DatastoreSource>,
    }
}

model! {
    /// The share of a source in the datastore.
    DatastoreSource {
        [
            /// The name of the source.
            source: String,
        ]
        /// The description.
        description: Option<String>,
        /// Its size in bytes, estimated.
        disk_size: Option<u64>,
        /// The number of its indicators.
        indicator_count: Option<u64>,
        /// True if it comes with the product.
        sumo_provided: Option<bool>,
        /// True if the search operator `cat` can read it.
        supports_cat: Option<bool>,
        /// True if it is in use.
        enabled: Option<bool>,
    }
}

/// The retention period of indicators.
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
        /// True if it is in use.
        enabled: bool,
        /// The description.
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
            /// The kind of value as in STIX: `ipv4-addr`, `ipv6-addr`, `domain-name`, `url`,
            /// `email-addr`, `mac-addr`, `user-account`, `process`, and for hashes `file:hashes`
            /// with their algorithm. The vendor's pages write the others with `:value` at the end,
            /// too.
            #[serde(rename = "type")]
            indicator_type: String,
            /// The name of the source.
            source: String,
            /// The time from which it is valid.
            valid_from: Timestamp,
            /// The confidence of the source, 1 to 100.
            confidence: u8,
            /// The kind of threat.
            threat_type: ThreatType,
        ]
        /// Until when it is valid; by default 30 days to two years, after its kind and confidence.
        valid_until: Timestamp,
        /// The actors behind it, separated by commas.
        actors: String,
        /// The phases of the kill chain, separated by commas.
        kill_chain: String,
        /// More of it.
        fields: BTreeMap<String, String>,
    }
}

model! {
    /// The outcome of an upload of STIX indicators.
    StixUpload {
        /// The ids of those that were not taken.
        invalid_indicators: Vec<String>,
    }
}
