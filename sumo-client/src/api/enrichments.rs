//! Enrichments: what outside services know about an insight, a signal or an entity.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::api::{model, request_body};
use crate::envelope::{self, DecodeError};
use crate::timestamp::Timestamp;

/// The enrichments of an object stand in a member of their own.
pub(crate) fn decode_list(body: &[u8]) -> Result<Vec<Enrichment>, DecodeError> {
    #[derive(Deserialize)]
    struct Enrichments {
        enrichments: Vec<Enrichment>,
    }
    envelope::decode(body).map(|answer: Enrichments| answer.enrichments)
}

model! {
    /// What an outside service knows about an object.
    Enrichment {
        /// The label under which it was saved.
        #[serde(rename = "type")]
        enrichment_type: String,
        /// What is known, in the service's own form.
        detail: Map<String, Value>,
        /// A page about it.
        external_url: Option<String>,
        /// The verdict.
        reputation: Option<String>,
        /// When it is no longer worth anything.
        expires_at: Option<Timestamp>,
        /// The threat intelligence indicator behind it.
        normalized_indicator: Option<NormalizedIndicator>,
    }
}

model! {
    /// The threat intelligence indicator behind an enrichment.
    NormalizedIndicator {
        /// The id.
        id: Option<String>,
        /// The value.
        indicator: Option<String>,
        /// The kind of value.
        #[serde(rename = "type")]
        indicator_type: Option<String>,
        /// The source.
        source: Option<String>,
        /// When it was taken over.
        imported: Option<Timestamp>,
        /// From when it is valid.
        valid_from: Option<Timestamp>,
        /// Until when it is valid.
        valid_until: Option<Timestamp>,
        /// How sure its source is, 0 to 100.
        confidence: Option<i64>,
        /// The kind of threat.
        threat_type: Option<String>,
        /// More of it, as text.
        fields: Option<String>,
    }
}

request_body! {
    /// An enrichment to be saved.
    NewEnrichment {
        [
            /// What is known, in a form of your own.
            detail: Map<String, Value>,
        ]
        /// The text that the service gave.
        raw: String,
        /// When it is no longer worth anything.
        expires_at: Timestamp,
        /// The verdict.
        reputation: String,
        /// A page about it.
        external_url: String,
    }
}
