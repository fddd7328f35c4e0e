//! Insights: groups of signals about one entity that together call for attention.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::api::automations::{self, ExecutedAutomation};
use crate::api::counts::GetCounts;
use crate::api::enrichments::{self, Enrichment, NewEnrichment};
use crate::api::entities::{EntityRef, UserRef};
pub use crate::api::insight_severity::InsightSeverity;
use crate::api::signals::{Artifact, RecordSearchDetails, Signal};
use crate::api::{group, model, request};
use crate::call::Call;
use crate::envelope::{self, Itemwise};
use crate::error::Error;
use crate::model::open_enum;
use crate::page::{ItemwisePage, ItemwiseTokenPage, Page, TokenPage, Unreadable};
use crate::query::Query;
use crate::record::Records;
use crate::timestamp::Timestamp;

/// The internal name of the status of closed insights.
const CLOSED: &str = "closed";

group! {
    /// The insights of the tenant.
    Insights by insights
}

impl Insights {
    /// Lists insights with all their parts, at most 10,000 of a query.
    pub fn list(&self) -> ListInsights {
        ListInsights { call: Call::get(&self.client, "GetInsights", "/insights", &[]) }
    }

    /// Lists any number of insights, page after page by a token that lives one minute. Entity,
    /// signals and artifacts are left out unless asked for by [`ListAllInsights::expand`].
    pub fn list_all(&self) -> ListAllInsights {
        ListAllInsights {
            call: Call::get(&self.client, "GetAllInsights", "/insights/all", &[])
                .decoded_by(envelope::decode_token_page),
        }
    }

    /// One insight, by its UUID or its readable id such as `INSIGHT-220`.
    pub fn get(&self, id: &str) -> GetInsight {
        GetInsight { call: Call::get(&self.client, "GetInsight", "/insights/{id}", &[id]) }
    }

    /// Changes the tenant: makes an insight of these signals.
    pub fn create(&self, signal_ids: &[&str]) -> Call<Insight> {
        Call::post(&self.client, "CreateInsightFromSignals", "/insights", &[]).json(&SignalIds { signal_ids })
    }

    /// Returns the history of an insight, step by step.
    pub fn history(&self, id: &str) -> Call<Vec<HistoryItem>> {
        #[derive(Deserialize)]
        struct History {
            history: Vec<HistoryItem>,
        }
        Call::get(&self.client, "GetInsightHistory", "/insights/{id}/history", &[id])
            .decoded_by(|body| envelope::decode(body).map(|answer: History| answer.history))
    }

    /// The comments on an insight.
    pub fn comments(&self, id: &str) -> Call<Vec<Comment>> {
        #[derive(Deserialize)]
        struct Comments {
            comments: Vec<Comment>,
        }
        Call::get(&self.client, "GetInsightComments", "/insights/{id}/comments", &[id])
            .decoded_by(|body| envelope::decode(body).map(|answer: Comments| answer.comments))
    }

    /// Changes the tenant: adds a comment to an insight.
    pub fn add_comment(&self, id: &str, text: &str) -> Call<Comment> {
        #[derive(Serialize)]
        struct NewComment<'a> {
            body: &'a str,
        }
        Call::post(&self.client, "AddInsightComment", "/insights/{id}/comments", &[id])
            .json(&NewComment { body: text })
    }

    /// The entities of the signals of an insight.
    pub fn involved_entities(&self, id: &str) -> Call<Vec<EntityRef>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Involved {
            involved_entities: Vec<EntityRef>,
        }
        Call::get(&self.client, "GetInsightRelatedEntities", "/insights/{id}/involved-entities", &[id])
            .decoded_by(|body| envelope::decode(body).map(|answer: Involved| answer.involved_entities))
    }

    /// Changes the tenant: assigns an insight to a user or a team.
    pub fn assign(&self, id: &str, assignee: &NewAssignee) -> Call<Insight> {
        #[derive(Serialize)]
        struct Assignment<'a> {
            assignee: &'a NewAssignee,
        }
        Call::put(&self.client, "UpdateInsightAssignee", "/insights/{id}/assignee", &[id])
            .json(&Assignment { assignee })
    }

    /// Changes the tenant: removes the assignee of an insight.
    pub fn unassign(&self, id: &str) -> Call<Insight> {
        Call::delete(&self.client, "RemoveInsightAssignee", "/insights/{id}/assignee", &[id])
    }

    /// Changes the tenant: adds signals to an insight.
    pub fn add_signals(&self, id: &str, signal_ids: &[&str]) -> Call<Insight> {
        Call::put(&self.client, "AddSignalsToInsight", "/insights/{insightId}/signals", &[id])
            .json(&SignalIds { signal_ids })
    }

    /// Changes the tenant: removes signals from an insight.
    pub fn remove_signals(&self, id: &str, signal_ids: &[&str]) -> Call<Insight> {
        Call::delete(&self.client, "RemoveSignalsFromInsight", "/insights/{insightId}/signals", &[id])
            .json(&SignalIds { signal_ids })
    }

    /// Changes the tenant: sets the status of an insight, by its internal name such as
    /// `inprogress`.
    pub fn set_status(&self, id: &str, status: &str) -> Call<Insight> {
        self.set_status_and_resolution(id, status, None)
    }

    /// Changes the tenant: closes an insight with a resolution, by the name of a built-in one such
    /// as `False Positive` or of one that the tenant has below it.
    pub fn close(&self, id: &str, resolution: &str) -> Call<Insight> {
        self.set_status_and_resolution(id, CLOSED, Some(resolution))
    }

    fn set_status_and_resolution(&self, id: &str, status: &str, resolution: Option<&str>) -> Call<Insight> {
        #[derive(Serialize)]
        struct NewStatus<'a> {
            status: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            resolution: Option<&'a str>,
        }
        Call::put(&self.client, "UpdateInsightStatus", "/insights/{id}/status", &[id])
            .json(&NewStatus { status, resolution })
    }

    /// Changes the tenant: sets the severity of an insight.
    pub fn set_severity(&self, id: &str, severity: &InsightSeverity) -> Call<Insight> {
        #[derive(Serialize)]
        struct NewSeverity<'a> {
            severity: &'a InsightSeverity,
        }
        Call::put(&self.client, "UpdateInsightSeverity", "/insights/{id}/severity", &[id])
            .json(&NewSeverity { severity })
    }

    /// Changes the tenant: adds a tag to an insight.
    pub fn add_tag(&self, id: &str, tag: &str) -> Call<Insight> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct NewTag<'a> {
            tag_name: &'a str,
        }
        Call::post(&self.client, "AddTagToInsight", "/insights/{id}/tags", &[id])
            .json(&NewTag { tag_name: tag })
    }

    /// Changes the tenant: removes a tag from an insight.
    pub fn remove_tag(&self, id: &str, tag: &str) -> Call<Insight> {
        Call::delete(&self.client, "RemoveTagFromInsight", "/insights/{id}/tags/{tagName}", &[id, tag])
    }

    /// The enrichments of an insight.
    pub fn enrichments(&self, id: &str) -> Call<Vec<Enrichment>> {
        Call::get(&self.client, "GetInsightEnrichments", "/insights/{id}/enrichments", &[id])
            .decoded_by(enrichments::decode_list)
    }

    /// Changes the tenant: sets the enrichment of this type of an insight. The type is a free
    /// label.
    pub fn save_enrichment(
        &self,
        id: &str,
        enrichment_type: &str,
        enrichment: &NewEnrichment,
    ) -> Call<Enrichment> {
        let path = "/insights/{id}/enrichments/{enrichmentType}";
        Call::put(&self.client, "SaveInsightEnrichment", path, &[id, enrichment_type]).json(enrichment)
    }

    /// Counts the insights of each span of time.
    pub fn counts(&self, start: &Timestamp, bucket_seconds: u64) -> GetCounts {
        GetCounts::new(&self.client, "GetInsightCounts", "/insights/counts", start, bucket_seconds)
    }

    /// The automations that ran on an insight.
    pub fn executed_automations(&self, id: &str) -> Call<Vec<ExecutedAutomation>> {
        let path = "/insights/{id}/executed-automations";
        Call::get(&self.client, "GetInsightExecutedAutomations", path, &[id])
            .decoded_by(automations::decode_executed)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignalIds<'a> {
    signal_ids: &'a [&'a str],
}

request! {
    /// The request of [`Insights::list`].
    ListInsights lists Page<Insight> {
        /// Only insights that match this filter.
        q: into Query = "q",
        /// The number of insights to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of insights to return: 10 unless set; up to 100 is known to work.
        limit: u32 = "limit",
        /// The record fields to sum up in [`Insight::record_summary_fields`].
        record_summary_fields: list String = "recordSummaryFields",
        /// The parts to leave out. Leaving out the records keeps answers small.
        exclude: list InsightPart = "exclude",
    }
}

impl ListInsights {
    /// Sends the request and reads its answer so that an object that cannot be read costs only that
    /// object, see [`ItemwisePage`]. Objects behind the first `most` are passed over.
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send_itemwise(self, most: usize) -> Result<ItemwisePage<Insight>, Error> {
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
        map: impl FnOnce(ItemwisePage<Insight>) -> R + Send + 'static,
    ) -> Result<R, Error> {
        self.call.map_itemwise(most, map).await
    }
}

request! {
    /// The request of [`Insights::list_all`].
    ListAllInsights lists TokenPage<Insight> {
        /// Only insights that match this filter.
        q: into Query = "q",
        /// Continues after an earlier page.
        next_page_token: into String = "nextPageToken",
        /// The record fields to sum up in [`Insight::record_summary_fields`].
        record_summary_fields: list String = "recordSummaryFields",
        /// The parts to add: artifacts, entity, signals.
        expand: list InsightPart = "expand",
    }
}

impl ListAllInsights {
    /// Sends the request and reads its answer so that an object that cannot be read costs only that
    /// object, see [`ItemwiseTokenPage`].
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send_itemwise(self) -> Result<ItemwiseTokenPage<Insight>, Error> {
        self.call.send_itemwise().await
    }
}

request! {
    /// The request of [`Insights::get`].
    GetInsight -> Insight {
        /// The record fields to sum up in [`Insight::record_summary_fields`].
        record_summary_fields: list String = "recordSummaryFields",
        /// The parts to leave out. Leaving out the records keeps answers small.
        exclude: list InsightPart = "exclude",
    }
}

open_enum! {
    /// A part of an insight that can be left out of an answer or asked for.
    InsightPart {
        /// The artifacts.
        Artifacts = "artifacts",
        /// The primary entity.
        Entity = "entity",
        /// The signals with their records.
        Signals = "signals",
        /// The records of the signals; can only be left out, not asked for.
        SignalRecords = "signals.allRecords",
    }
}

open_enum! {
    /// The source of an insight.
    InsightSource {
        /// The algorithm that watches the activity of entities.
        Algorithm = "ALGORITHM",
        /// A canary.
        Canary = "CANARY",
        /// A custom insight.
        Rule = "RULE",
        /// A user.
        User = "USER",
    }
}

model! {
    /// An insight.
    ///
    /// Lists of all insights leave out `entity`, `signals` and `artifacts` unless asked for;
    /// answers of calls that change an insight leave out `record_summary_fields`.
    Insight {
        [
            /// The id, a UUID.
            #[serde(default, deserialize_with = "crate::model::text")]
            id: String,
            /// The label with a running number, such as `INSIGHT-220`.
            #[serde(default, deserialize_with = "crate::model::text")]
            readable_id: String,
            /// The name, made of the tactics of its signals.
            #[serde(default, deserialize_with = "crate::model::text")]
            name: String,
            /// The description.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            description: Option<String>,
            /// The resolution with which it was closed: the name of a built-in resolution.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            resolution: Option<String>,
            /// Free tags and tags of a schema, `key:value`.
            #[serde(default, deserialize_with = "crate::model::texts")]
            tags: Vec<String>,
        ]
        /// A summary written by the vendor.
        summary: Option<String>,
        /// The time of its newest signal.
        timestamp: Option<Timestamp>,
        /// The source.
        source: Option<InsightSource>,
        /// The user it is assigned to; older form of [`assignee`](Self::assignee).
        assigned_to: Option<String>,
        /// The team it is assigned to; older form of [`assignee`](Self::assignee).
        team_assigned_to: Option<String>,
        /// The user or team that it is assigned to.
        assignee: Option<Assignee>,
        /// The time of creation.
        created: Option<Timestamp>,
        /// The time at which it was closed.
        closed: Option<Timestamp>,
        /// The user who closed it.
        closed_by: Option<String>,
        /// The severity.
        severity: Option<InsightSeverity>,
        /// The confidence of the vendor's model, 0 to 1.
        confidence: Option<f64>,
        /// Its place in the workflow.
        status: Option<StatusRef>,
        /// The resolution with which it was closed: the name of a resolution of the tenant below
        /// the built-in one.
        sub_resolution: Option<String>,
        /// The entity it is about.
        entity: Option<EntityRef>,
        /// Its signals.
        signals: Vec<InsightSignal>,
        /// The entities of its signals; absent in answers before 2024.
        involved_entities: Vec<EntityRef>,
        /// Artifacts of its signals; always empty in all recorded answers.
        artifacts: Vec<InsightArtifact>,
        /// The numbers of occurrences of the values of the requested record fields.
        record_summary_fields: Vec<RecordSummaryField>,
        /// The time of the last change.
        last_updated: Option<Timestamp>,
        /// The user who last changed it.
        last_updated_by: Option<String>,
        /// The organisation, 16 hexadecimal digits.
        org_id: Option<String>,
        /// Seconds from the oldest signal to the insight.
        time_to_detection: Option<f64>,
        /// Seconds until someone first responded.
        time_to_response: Option<f64>,
        /// Seconds until it was closed.
        time_to_remediation: Option<f64>,
    }
}

model! {
    /// A signal as part of an insight; [`signals::Signal`](crate::api::signals::Signal) has a few
    /// members more.
    InsightSignal {
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
        /// The entity it is about; absent in answers before 2024, where it is the entity of the
        /// insight.
        entity: Option<EntityRef>,
        /// Artifacts; always empty in all recorded answers.
        artifacts: Vec<Artifact>,
        /// The search that finds its records; absent for rules that do not support it.
        record_search_details: Option<Box<RecordSearchDetails>>,
    }
}

impl InsightSignal {
    /// The record at this index, decoded as a `T`, for example a map; `None` beyond the last.
    pub fn record<T: DeserializeOwned>(&self, index: usize) -> Option<Result<T, serde_json::Error>> {
        self.all_records.get(index).map(|record| record.decode())
    }
}

impl From<InsightSignal> for Signal {
    /// The members that a signal has beside those of a part of an insight are absent then.
    fn from(signal: InsightSignal) -> Self {
        Self {
            id: signal.id,
            name: signal.name,
            description: signal.description,
            stage: signal.stage,
            created: signal.created,
            timestamp: signal.timestamp,
            severity: signal.severity,
            record_count: signal.record_count,
            record_types: signal.record_types,
            content_type: signal.content_type,
            all_records: signal.all_records,
            rule_id: signal.rule_id,
            tags: signal.tags,
            entity: signal.entity,
            artifacts: signal.artifacts,
            record_search_details: signal.record_search_details,
            extra: signal.extra,
            ..Self::default()
        }
    }
}

impl crate::sealed::Sealed for Insight {}

impl Itemwise for Insight {
    fn read(object: &RawValue, unreadable: &mut Unreadable) -> Option<Self> {
        let insight = Self::read_with_readable_signals(object, unreadable);
        unreadable.insights += usize::from(insight.is_none());
        insight
    }
}

impl Insight {
    /// Returns the internal name of the status, such as `inprogress`.
    pub fn status_name(&self) -> Option<&str> {
        self.status.as_ref().map(|status| status.name.as_str())
    }

    /// Returns true if the insight is closed.
    pub fn is_closed(&self) -> bool {
        self.status_name() == Some(CLOSED)
    }

    /// Returns the severity as the API writes it, such as `HIGH`.
    pub fn severity_text(&self) -> Option<&str> {
        self.severity.as_ref().map(InsightSeverity::as_str)
    }

    fn read_with_readable_signals(object: &RawValue, unreadable: &mut Unreadable) -> Option<Self> {
        let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(object.get()).ok()?;
        let signals: Option<Vec<&RawValue>> = match members.remove("signals") {
            Some(signals) => serde_json::from_str(signals.get()).ok()?,
            None => None,
        };
        let mut insight: Self = serde_json::from_str(&serde_json::to_string(&members).ok()?).ok()?;
        for signal in signals.unwrap_or_default() {
            match serde_json::from_str(signal.get()) {
                Ok(signal) => insight.signals.push(signal),
                Err(_) => unreadable.signals += 1,
            }
        }
        Some(insight)
    }
}

/// The place of an insight in the workflow. Read from an object or from a plain name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "WireStatus", rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusRef {
    /// The internal name, such as `inprogress`.
    pub name: String,
    /// The name shown, such as `In Progress`.
    pub display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireStatus {
    Name(String),
    #[serde(rename_all = "camelCase")]
    Object {
        name: String,
        display_name: Option<String>,
    },
}

impl From<WireStatus> for StatusRef {
    fn from(status: WireStatus) -> Self {
        match status {
            WireStatus::Name(name) => Self { name, display_name: None },
            WireStatus::Object { name, display_name } => Self { name, display_name },
        }
    }
}

model! {
    /// The assignee of an insight: a user with `username`, or a team with `name`.
    Assignee {
        /// The name of the user.
        username: Option<String>,
        /// The name shown for the user.
        display_name: Option<String>,
        /// The name of the team.
        name: Option<String>,
    }
}

/// The new assignee of an insight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum NewAssignee {
    /// The user with this name, mostly an e-mail address.
    User(String),
    /// The team with this name.
    Team(String),
}

model! {
    /// A comment on an insight.
    Comment {
        [
            /// The id, a running number.
            id: String,
        ]
        /// The author.
        author: Option<UserRef>,
        /// The time of writing.
        timestamp: Option<Timestamp>,
        /// The text, which may hold line breaks.
        body: String,
    }
}

model! {
    /// A step in the history of an insight.
    HistoryItem {
        /// The user who did it.
        user: Option<UserRef>,
        /// The description of the change.
        description: String,
        /// The time of the change.
        timestamp: Option<Timestamp>,
    }
}

model! {
    /// An artifact of one of the signals of an insight.
    InsightArtifact {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// The record it comes from.
        record_uid: Option<String>,
        /// The stream of that record.
        record_stream: Option<String>,
        /// The signal of that record.
        signal: Option<ArtifactSignal>,
    }
}

model! {
    /// The signal that an artifact comes from.
    ArtifactSignal {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// The time of its first record.
        timestamp: Option<Timestamp>,
    }
}

model! {
    /// The number of records of an insight with this value in this field.
    RecordSummaryField {
        /// The record field.
        field_name: String,
        /// The value.
        field_value: String,
        /// The number of records.
        record_count: u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_severity_are_read_without_a_match() {
        for (insight, status, is_closed, severity) in [
            (r#"{"status": {"name": "closed"}, "severity": "HIGH"}"#, Some("closed"), true, Some("HIGH")),
            (r#"{"status": "inprogress", "severity": "HUGE"}"#, Some("inprogress"), false, Some("HUGE")),
            ("{}", None, false, None),
        ] {
            let insight: Insight = serde_json::from_str(insight).unwrap();
            let read = (insight.status_name(), insight.is_closed(), insight.severity_text());
            assert_eq!(read, (status, is_closed, severity));
        }
    }
}
