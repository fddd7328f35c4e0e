//! Signals: what a rule found in records.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::api::counts::GetCounts;
use crate::api::enrichments::{self, Enrichment, NewEnrichment};
use crate::api::entities::EntityRef;
use crate::api::{group, model, request};
use crate::call::Call;
use crate::envelope::{self, Itemwise};
use crate::error::Error;
use crate::page::{ItemwisePage, Page, TokenPage, Unreadable};
use crate::query::Query;
use crate::record::Records;
use crate::timestamp::Timestamp;

group! {
    /// The signals of the tenant.
    Signals by signals
}

impl Signals {
    /// Lists signals, at most 10,000 of a query.
    pub fn list(&self) -> ListSignals {
        ListSignals { call: Call::get(&self.client, "GetSignals", "/signals", &[]) }
    }

    /// Lists any number of signals, page after page by a token that lives one minute.
    pub fn list_all(&self) -> ListAllSignals {
        ListAllSignals {
            call: Call::get(&self.client, "GetAllSignals", "/signals/all", &[])
                .decoded_by(envelope::decode_token_page),
        }
    }

    /// One signal.
    pub fn get(&self, id: &str) -> Call<Signal> {
        Call::get(&self.client, "GetSignal", "/signals/{id}", &[id])
    }

    /// The enrichments of a signal.
    pub fn enrichments(&self, id: &str) -> Call<Vec<Enrichment>> {
        Call::get(&self.client, "GetSignalEnrichments", "/signals/{id}/enrichments", &[id])
            .decoded_by(enrichments::decode_list)
    }

    /// Changes the tenant: sets the enrichment of this type of a signal. The type is a free label.
    pub fn save_enrichment(
        &self,
        id: &str,
        enrichment_type: &str,
        enrichment: &NewEnrichment,
    ) -> Call<Enrichment> {
        let path = "/signals/{id}/enrichments/{enrichmentType}";
        Call::put(&self.client, "SaveSignalEnrichment", path, &[id, enrichment_type]).json(enrichment)
    }

    /// Counts the signals of each span of time.
    pub fn counts(&self, start: &Timestamp, bucket_seconds: u64) -> GetCounts {
        GetCounts::new(&self.client, "GetSignalCounts", "/signals/counts", start, bucket_seconds)
    }
}

request! {
    /// The request of [`Signals::list`].
    ListSignals lists Page<Signal> {
        /// Only signals that match this filter.
        q: into Query = "q",
        /// The number of signals to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of signals to return: 50 unless set.
        limit: u32 = "limit",
    }
}

impl ListSignals {
    /// Sends the request and reads its answer so that an object that cannot be read costs only that
    /// object, see [`ItemwisePage`]. Objects behind the first `most` are passed over.
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send_itemwise(self, most: usize) -> Result<ItemwisePage<Signal>, Error> {
        self.map_itemwise(most, |page| page).await
    }

    /// Does the same as [`send_itemwise`](Self::send_itemwise), and makes something of the page
    /// where it is decoded: a page over 2 MiB on a thread that may block, and after all earlier
    /// ones of the same [`BodyBudget`](crate::BodyBudget), so that the models of large pages do not
    /// take memory all at once.
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn map_itemwise<R: Send + 'static>(
        self,
        most: usize,
        map: impl FnOnce(ItemwisePage<Signal>) -> R + Send + 'static,
    ) -> Result<R, Error> {
        self.call.map_itemwise(most, map).await
    }
}

request! {
    /// The request of [`Signals::list_all`].
    ListAllSignals lists TokenPage<Signal> {
        /// Only signals that match this filter.
        q: into Query = "q",
        /// Continues after an earlier page.
        next_page_token: into String = "nextPageToken",
    }
}

model! {
    /// A signal: what a rule found, with the records it was found in.
    Signal {
        [
            /// The id, a UUID.
            #[serde(default, deserialize_with = "crate::model::text")]
            id: String,
            /// The name of the rule, filled in.
            #[serde(default, deserialize_with = "crate::model::text")]
            name: String,
            /// The description.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            description: Option<String>,
            /// The tactic, such as `Initial Access`.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            stage: Option<String>,
            /// The severity: 1 to 10, or 0 by a score mapping.
            #[serde(default, deserialize_with = "crate::model::whole_number")]
            severity: i64,
            /// The id of the rule.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            rule_id: Option<String>,
            /// Tags, such as `_mitreAttackTactic:TA0006`.
            #[serde(default, deserialize_with = "crate::model::texts")]
            tags: Vec<String>,
        ]
        /// The summary of the rule, filled in.
        summary: Option<String>,
        /// The time at which the rule made the signal; absent in answers before 2024.
        created: Option<Timestamp>,
        /// The time of the first record.
        timestamp: Option<Timestamp>,
        /// The number of its records, which may be more than [`all_records`](Self::all_records)
        /// holds.
        record_count: u64,
        /// The types of its records; always empty in all recorded answers.
        record_types: Vec<String>,
        /// The type of its source, such as `RULE` or `ANOMALY`.
        content_type: Option<String>,
        /// The records, each as the JSON that was received; see [`record`](Self::record).
        all_records: Records,
        /// True if it was suppressed and so does not count for insights.
        suppressed: bool,
        /// The entity it is about.
        entity: Option<EntityRef>,
        /// The entities of its records.
        involved_entities: Vec<EntityRef>,
        /// Artifacts; always empty in all recorded answers.
        artifacts: Vec<Artifact>,
        /// The search that finds its records; absent for rules that do not support it.
        record_search_details: Option<Box<RecordSearchDetails>>,
        /// The threat intelligence indicators that it matched.
        threat_intel_indicator_ids: Vec<String>,
    }
}

impl Signal {
    /// The record at this index, decoded as a `T`, for example a map; `None` beyond the last.
    pub fn record<T: DeserializeOwned>(&self, index: usize) -> Option<Result<T, serde_json::Error>> {
        self.all_records.get(index).map(|record| record.decode())
    }
}

impl crate::sealed::Sealed for Signal {}

impl Itemwise for Signal {
    fn read(object: &RawValue, unreadable: &mut Unreadable) -> Option<Self> {
        let signal = serde_json::from_str(object.get()).ok();
        unreadable.signals += usize::from(signal.is_none());
        signal
    }
}

model! {
    /// The log search that finds the records of a signal.
    RecordSearchDetails {
        /// The query.
        query: String,
        /// The start of its time range.
        query_start_time: Option<Timestamp>,
        /// The end of its time range.
        query_end_time: Option<Timestamp>,
    }
}

model! {
    /// An artifact of a signal.
    Artifact {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// The record it comes from.
        record_uid: Option<String>,
        /// The stream of that record.
        record_stream: Option<String>,
    }
}
