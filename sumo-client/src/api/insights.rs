//! Insights: groups of signals about one entity that together call for attention.

use http::Method;
use serde::de::DeserializeOwned;

use crate::api::entities::EntityRef;
use crate::api::signals::{Artifact, RecordSearchDetails};
use crate::api::{group, model, request};
use crate::call::Call;
use crate::model::{Records, open_enum};
use crate::page::Page;
use crate::query::Query;
use crate::timestamp::Timestamp;

group! {
    /// The insights of the tenant.
    Insights by insights
}

impl Insights {
    /// Lists insights with all their parts, at most 10,000 of a query.
    pub fn list(&self) -> ListInsights {
        ListInsights { call: Call::siem(&self.client, "GetInsights", Method::GET, "/insights", &[]) }
    }

    /// One insight, by its UUID or its readable id such as `INSIGHT-220`.
    pub fn get(&self, id: &str) -> GetInsight {
        GetInsight { call: Call::siem(&self.client, "GetInsight", Method::GET, "/insights/{id}", &[id]) }
    }
}

request! {
    /// The request of [`Insights::list`].
    ListInsights -> Page<Insight> {
        /// Only insights that match this filter.
        q: into Query = "q",
        /// How many insights to skip: 0 unless set.
        offset: u64 = "offset",
        /// How many insights to give: 10 unless set; up to 100 is known to work.
        limit: u32 = "limit",
        /// The record fields to sum up in [`Insight::record_summary_fields`].
        record_summary_fields: list String = "recordSummaryFields",
        /// The parts to leave out. Leaving out the records keeps answers small.
        exclude: list InsightPart = "exclude",
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
    /// How grave an insight is.
    InsightSeverity {
        /// Low.
        Low = "LOW",
        /// Medium.
        Medium = "MEDIUM",
        /// High.
        High = "HIGH",
        /// Critical: set by a custom insight or by hand.
        Critical = "CRITICAL",
    }
}

open_enum! {
    /// What made an insight.
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
    /// Lists of all insights leave out `entity`, `signals` and `artifacts` unless asked for; answers of calls that
    /// change an insight leave out `record_summary_fields`.
    Insight {
        [
            /// The id, a UUID.
            id: String,
        ]
        /// The label with a running number, such as `INSIGHT-220`.
        readable_id: String,
        /// The name, made of the tactics of its signals.
        name: String,
        /// What it is about.
        description: Option<String>,
        /// A summary written by the vendor.
        summary: Option<String>,
        /// The time of its newest signal.
        timestamp: Option<Timestamp>,
        /// What made it.
        source: Option<InsightSource>,
        /// The user it is assigned to; older form of [`assignee`](Self::assignee).
        assigned_to: Option<String>,
        /// The team it is assigned to; older form of [`assignee`](Self::assignee).
        team_assigned_to: Option<String>,
        /// Who it is assigned to.
        assignee: Option<Assignee>,
        /// When it was made.
        created: Option<Timestamp>,
        /// When it was closed.
        closed: Option<Timestamp>,
        /// Who closed it.
        closed_by: Option<String>,
        /// How grave it is.
        severity: Option<InsightSeverity>,
        /// How sure the vendor's model is, 0 to 1.
        confidence: Option<f64>,
        /// Its place in the workflow.
        status: Option<StatusRef>,
        /// Why it was closed: the name of a built-in resolution.
        resolution: Option<String>,
        /// Why it was closed: the name of a resolution of the tenant below the built-in one.
        sub_resolution: Option<String>,
        /// The entity it is about.
        entity: Option<EntityRef>,
        /// Its signals.
        signals: Vec<InsightSignal>,
        /// The entities of its signals; absent in answers before 2024.
        involved_entities: Vec<EntityRef>,
        /// Artifacts of its signals; always empty in what was seen.
        artifacts: Vec<InsightArtifact>,
        /// How often the values of the record fields occur that were asked for.
        record_summary_fields: Vec<RecordSummaryField>,
        /// When it was last changed.
        last_updated: Option<Timestamp>,
        /// Who last changed it.
        last_updated_by: Option<String>,
        /// The organisation, 16 hexadecimal digits.
        org_id: Option<String>,
        /// Seconds from the oldest signal to the insight.
        time_to_detection: Option<f64>,
        /// Seconds until someone first responded.
        time_to_response: Option<f64>,
        /// Seconds until it was closed.
        time_to_remediation: Option<f64>,
        /// Free tags and tags of a schema, `key:value`.
        tags: Vec<String>,
    }
}

model! {
    /// A signal as part of an insight; [`Signal`](crate::api::signals::Signal) has a few members more.
    InsightSignal {
        [
            /// The id, a UUID.
            id: String,
        ]
        /// The name of the rule, filled in.
        name: String,
        /// What it means.
        description: Option<String>,
        /// The tactic, such as `Initial Access`.
        stage: Option<String>,
        /// When the rule made the signal; absent in answers before 2024.
        created: Option<Timestamp>,
        /// The time of the first record.
        timestamp: Option<Timestamp>,
        /// How grave it is: 1 to 10, or 0 by a score mapping.
        severity: i64,
        /// How many records belong to it, which may be more than [`all_records`](Self::all_records) holds.
        record_count: u64,
        /// The types of its records; always empty in what was seen.
        record_types: Vec<String>,
        /// What made it, such as `RULE` or `ANOMALY`.
        content_type: Option<String>,
        /// The records, each as the JSON that was received; see [`record`](Self::record).
        all_records: Records,
        /// The id of the rule.
        rule_id: Option<String>,
        /// Tags, such as `_mitreAttackTactic:TA0006`.
        tags: Vec<String>,
        /// The entity it is about; absent in answers before 2024, where it is the entity of the insight.
        entity: Option<EntityRef>,
        /// Artifacts; always empty in what was seen.
        artifacts: Vec<Artifact>,
        /// Where its records can be searched for; absent for rules that cannot say.
        record_search_details: Option<RecordSearchDetails>,
    }
}

impl InsightSignal {
    /// The record at this place, decoded as a `T`, for example a map; `None` beyond the last.
    pub fn record<T: DeserializeOwned>(&self, place: usize) -> Option<Result<T, serde_json::Error>> {
        self.all_records.get(place).map(|record| serde_json::from_str(record.get()))
    }
}

/// The place of an insight in the workflow. Read from an object or from a plain name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(from = "WireStatus", rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusRef {
    /// The internal name, such as `inprogress`.
    pub name: String,
    /// The name shown, such as `In Progress`.
    pub display_name: Option<String>,
}

#[derive(serde::Deserialize)]
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
    /// Who an insight is assigned to: a user with `username`, or a team with `name`.
    Assignee {
        /// The name of the user.
        username: Option<String>,
        /// The name shown for the user.
        display_name: Option<String>,
        /// The name of the team.
        name: Option<String>,
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
    /// How many records of an insight have this value in this field.
    RecordSummaryField {
        /// The record field.
        field_name: String,
        /// The value.
        field_value: String,
        /// How many records.
        record_count: u64,
    }
}
