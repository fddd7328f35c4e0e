//! The data of the stand-in when it starts.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Map, Value};

/// The objects that a [`CloudSiem`](super::CloudSiem) answers with, as the JSON that the API sends.
///
/// Objects are kept as they are given: members that the stand-in does not know are answered too,
/// and members that are missing stay missing. What a list needs (`id`, and a `name` for match
/// lists) is checked when the stand-in starts.
///
/// Two short forms keep a data set small:
/// - An item of an insight's `signals` may be the id of a signal in [`signals`](Self::signals)
///   instead of the signal.
/// - An item of a signal's `allRecords` may be the `uid` of a record in [`records`](Self::records).
///
/// As in Cloud SIEM, a signal that stands only inside an insight is found among the signals too. An
/// item of a match list or a suppress list names its list in `listName`, and an indicator of threat
/// intelligence its source in `source`. Enrichments and comments name their owner in `insightId`,
/// `signalId` or `entityId`, which is not answered.
///
/// ```
/// use serde_json::json;
/// use sumo_client::testing::DataSet;
///
/// let data = DataSet::new()
///     .signals([json!({"id": "s-1", "name": "Port scan", "severity": 3, "allRecords": []})])
///     .insights([json!({"id": "i-1", "readableId": "INSIGHT-1", "signals": ["s-1"]})]);
/// # let _ = data;
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DataSet {
    pub(super) insights: Vec<Value>,
    pub(super) signals: Vec<Value>,
    pub(super) records: Vec<Value>,
    pub(super) entities: Vec<Value>,
    pub(super) rules: Vec<Value>,
    pub(super) match_lists: Vec<Value>,
    pub(super) match_list_items: Vec<Value>,
    pub(super) insight_statuses: Vec<Value>,
    pub(super) insight_resolutions: Vec<Value>,
    pub(super) health_events: Vec<Value>,
    pub(super) suppress_lists: Vec<Value>,
    pub(super) suppress_list_items: Vec<Value>,
    pub(super) threat_intel_sources: Vec<Value>,
    pub(super) threat_intel_indicators: Vec<Value>,
    pub(super) custom_match_list_columns: Vec<Value>,
    pub(super) entity_criticality_configs: Vec<Value>,
    pub(super) enrichments: Vec<Value>,
    pub(super) comments: Vec<Value>,
    pub(super) datastore_indicators: Vec<Value>,
}

/// The reason why a data set cannot be used. The message names the list and the object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataSetError {
    /// The text is not JSON, or not of the form that [`DataSet::from_json`] describes.
    #[error("the data set is not valid JSON of the expected form: {0}")]
    Json(#[from] serde_json::Error),
    /// An object lacks the text that identifies it.
    #[error("{list}[{index}] has no text \"{member}\"")]
    NoId {
        /// The list, by its name in the JSON form.
        list: &'static str,
        /// The place of the object in its list, from 0.
        index: usize,
        /// The member that is missing.
        member: &'static str,
    },
    /// Two objects of one list have the same id.
    #[error("{list} holds the id {id:?} twice")]
    DuplicateId {
        /// The list, by its name in the JSON form.
        list: &'static str,
        /// The id.
        id: String,
    },
    /// An object refers to one that is not there.
    #[error("{list} has no {id:?}, which {referrer:?} refers to")]
    Dangling {
        /// The list that was searched, by its name in the JSON form.
        list: &'static str,
        /// The id that was not found.
        id: String,
        /// The object that refers to it.
        referrer: String,
    },
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self, objects: impl IntoIterator<Item = Value>) -> Self {
                self.$name.extend(objects);
                self
            }
        )*
    };
}

impl DataSet {
    /// A data set with nothing in it. It still has the built-in statuses and resolutions of
    /// insights.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a data set from JSON: an object with the lists `insights`, `signals`, `records`,
    /// `entities`, `rules`, `matchLists`, `matchListItems`, `suppressLists`, `suppressListItems`,
    /// `threatIntelSources`, `threatIntelIndicators`, `customMatchListColumns`,
    /// `entityCriticalityConfigs`, `enrichments`, `comments`, `datastoreIndicators`,
    /// `insightStatuses`, `insightResolutions` and `healthEvents`, each optional.
    ///
    /// Ids and references are checked when the stand-in starts, so a data set may be read in parts
    /// and [merged](Self::merge).
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not such an object.
    pub fn from_json(text: &str) -> Result<Self, DataSetError> {
        // Read as an object first: a derived reader would take a list for one too.
        let members: Map<String, Value> = serde_json::from_str(text)?;
        Ok(Self::deserialize(Value::Object(members))?)
    }

    setters! {
        /// Adds insights.
        insights;
        /// Adds signals.
        signals;
        /// Adds records, for signals to refer to and for the counts of records.
        records;
        /// Adds entities.
        entities;
        /// Adds rules.
        rules;
        /// Adds match lists.
        match_lists;
        /// Adds items of match lists.
        match_list_items;
        /// Adds statuses to the three built-in ones.
        insight_statuses;
        /// Adds resolutions to the four built-in ones.
        insight_resolutions;
        /// Adds health events.
        health_events;
        /// Adds suppress lists.
        suppress_lists;
        /// Adds items of suppress lists.
        suppress_list_items;
        /// Adds sources of threat intelligence.
        threat_intel_sources;
        /// Adds indicators of sources of threat intelligence.
        threat_intel_indicators;
        /// Adds custom columns of match lists, as objects with an `id`.
        custom_match_list_columns;
        /// Adds criticalities, which entities then can have.
        entity_criticality_configs;
        /// Adds enrichments of insights, signals and entities.
        enrichments;
        /// Adds comments on insights.
        comments;
        /// Adds indicators to the threat intelligence datastore of the platform, in the form of an
        /// upload.
        datastore_indicators;
    }

    /// Adds all objects of another data set.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.insights(other.insights)
            .signals(other.signals)
            .records(other.records)
            .entities(other.entities)
            .rules(other.rules)
            .match_lists(other.match_lists)
            .match_list_items(other.match_list_items)
            .insight_statuses(other.insight_statuses)
            .insight_resolutions(other.insight_resolutions)
            .health_events(other.health_events)
            .suppress_lists(other.suppress_lists)
            .suppress_list_items(other.suppress_list_items)
            .threat_intel_sources(other.threat_intel_sources)
            .threat_intel_indicators(other.threat_intel_indicators)
            .custom_match_list_columns(other.custom_match_list_columns)
            .entity_criticality_configs(other.entity_criticality_configs)
            .enrichments(other.enrichments)
            .comments(other.comments)
            .datastore_indicators(other.datastore_indicators)
    }

    /// The objects, list by list.
    pub(super) fn lists_mut(&mut self) -> [&mut Vec<Value>; 19] {
        [
            &mut self.insights,
            &mut self.signals,
            &mut self.records,
            &mut self.entities,
            &mut self.rules,
            &mut self.match_lists,
            &mut self.match_list_items,
            &mut self.insight_statuses,
            &mut self.insight_resolutions,
            &mut self.health_events,
            &mut self.suppress_lists,
            &mut self.suppress_list_items,
            &mut self.threat_intel_sources,
            &mut self.threat_intel_indicators,
            &mut self.custom_match_list_columns,
            &mut self.entity_criticality_configs,
            &mut self.enrichments,
            &mut self.comments,
            &mut self.datastore_indicators,
        ]
    }

    /// Checks the ids and puts the objects in place of the short forms.
    pub(super) fn resolved(mut self) -> Result<Self, DataSetError> {
        let records = by_text("records", "uid", &self.records)?;
        for signal in self
            .signals
            .iter_mut()
            .chain(self.insights.iter_mut().flat_map(|insight| members_mut(insight, "signals")))
        {
            let referrer = text_member(signal, "id").unwrap_or_default().to_owned();
            for record in members_mut(signal, "allRecords") {
                replace_reference(record, &records, "records", &referrer)?;
            }
        }
        let signals = by_text("signals", "id", &self.signals)?;
        let inner: HashMap<_, _> =
            signals.into_iter().map(|(id, signal)| (id, inside_insight(signal))).collect();
        for insight in &mut self.insights {
            let referrer = text_member(insight, "id").unwrap_or_default().to_owned();
            for signal in members_mut(insight, "signals") {
                replace_reference(signal, &inner, "signals", &referrer)?;
            }
        }
        self.add_signals_of_insights()?;
        self.check()?;
        Ok(self)
    }

    fn add_signals_of_insights(&mut self) -> Result<(), DataSetError> {
        let mut known: HashSet<String> = by_text("signals", "id", &self.signals)?.into_keys().collect();
        for insight in &mut self.insights {
            let entity = insight.get("entity").cloned().unwrap_or_default();
            for signal in members_mut(insight, "signals") {
                let Some(id) = text_member(signal, "id") else { continue };
                if known.insert(id.to_owned()) {
                    self.signals.push(on_its_own(signal.clone(), &entity));
                }
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), DataSetError> {
        by_text("insights", "id", &self.insights)?;
        by_text("entities", "id", &self.entities)?;
        by_text("rules", "id", &self.rules)?;
        by_text("customMatchListColumns", "id", &self.custom_match_list_columns)?;
        by_text("entityCriticalityConfigs", "id", &self.entity_criticality_configs)?;
        by_text("insightStatuses", "name", &self.insight_statuses)?;
        check_items(["matchLists", "matchListItems"], &self.match_lists, &self.match_list_items, "listName")?;
        check_items(
            ["suppressLists", "suppressListItems"],
            &self.suppress_lists,
            &self.suppress_list_items,
            "listName",
        )?;
        check_items(
            ["threatIntelSources", "threatIntelIndicators"],
            &self.threat_intel_sources,
            &self.threat_intel_indicators,
            "source",
        )?;
        Ok(())
    }
}

/// Checks lists and their items, whose `member` names a list.
fn check_items(
    [lists_name, items_name]: [&'static str; 2],
    lists: &[Value],
    items: &[Value],
    member: &str,
) -> Result<(), DataSetError> {
    by_text(lists_name, "id", lists)?;
    let lists = by_text(lists_name, "name", lists)?;
    by_text(items_name, "id", items)?;
    for item in items {
        let name = text_member(item, member).unwrap_or_default();
        if !lists.contains_key(name) {
            let referrer = text_member(item, "id").unwrap_or_default().to_owned();
            return Err(DataSetError::Dangling { list: lists_name, id: name.to_owned(), referrer });
        }
    }
    Ok(())
}

/// A signal as an insight shows it: without the members that only signals on their own have.
pub(super) fn inside_insight(mut signal: Value) -> Value {
    if let Some(members) = signal.as_object_mut() {
        for name in ["suppressed", "summary", "involvedEntities", "threatIntelIndicatorIds"] {
            members.remove(name);
        }
    }
    signal
}

/// A signal of an insight as the signal operations show it.
fn on_its_own(mut signal: Value, entity: &Value) -> Value {
    if let Some(members) = signal.as_object_mut() {
        members.entry("suppressed").or_insert(Value::Bool(false));
        if !entity.is_null() {
            members.entry("entity").or_insert_with(|| entity.clone());
        }
    }
    signal
}

pub(super) fn text_member<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    object.get(member).and_then(Value::as_str)
}

/// The items of a list in an object; none when there is no such list.
pub(super) fn members_mut<'a>(object: &'a mut Value, name: &str) -> std::slice::IterMut<'a, Value> {
    object.get_mut(name).and_then(Value::as_array_mut).map(|list| list.iter_mut()).unwrap_or_default()
}

fn by_text(
    list: &'static str,
    member: &'static str,
    objects: &[Value],
) -> Result<HashMap<String, Value>, DataSetError> {
    let mut found = HashMap::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        let id = object
            .as_object()
            .and_then(|members| members.get(member))
            .and_then(Value::as_str)
            .ok_or(DataSetError::NoId { list, index, member })?;
        if found.insert(id.to_owned(), object.clone()).is_some() {
            return Err(DataSetError::DuplicateId { list, id: id.to_owned() });
        }
    }
    Ok(found)
}

fn replace_reference(
    item: &mut Value,
    known: &HashMap<String, Value>,
    list: &'static str,
    referrer: &str,
) -> Result<(), DataSetError> {
    let Some(id) = item.as_str() else { return Ok(()) };
    let object = known.get(id).ok_or_else(|| DataSetError::Dangling {
        list,
        id: id.to_owned(),
        referrer: referrer.to_owned(),
    })?;
    *item = object.clone();
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_objects_and_inner_signals_stand_on_their_own() {
        let data = DataSet::new()
            .records([json!({"uid": "r", "srcPort": 1})])
            .signals([json!({"id": "s", "suppressed": false, "summary": "x", "allRecords": ["r"]})])
            .insights([
                json!({"id": "i", "entity": {"id": "e"}, "signals": ["s", {"id": "t", "allRecords": ["r"]}]}),
            ])
            .resolved()
            .unwrap();
        let record = json!({"uid": "r", "srcPort": 1});
        assert_eq!(
            data.insights,
            [json!({"id": "i", "entity": {"id": "e"}, "signals": [
                {"id": "s", "allRecords": [record]}, {"id": "t", "allRecords": [record]}
            ]})]
        );
        assert_eq!(
            data.signals,
            [
                json!({"id": "s", "suppressed": false, "summary": "x", "allRecords": [record]}),
                json!({"id": "t", "suppressed": false, "entity": {"id": "e"}, "allRecords": [record]}),
            ]
        );
    }

    #[test]
    fn broken_data_sets_are_refused_with_the_place() {
        let cases = [
            ("[]", "not valid JSON of the expected form"),
            (r#"{"insigths": []}"#, "unknown field `insigths`"),
            (r#"{"insights": [{"id": 1}]}"#, "insights[0] has no text \"id\""),
            (r#"{"insights": [7]}"#, "insights[0] has no text \"id\""),
            (r#"{"rules": [{"id": "a"}, {"id": "a"}]}"#, "rules holds the id \"a\" twice"),
            (
                r#"{"insights": [{"id": "i", "signals": ["s"]}]}"#,
                "signals has no \"s\", which \"i\" refers to",
            ),
            (
                r#"{"signals": [{"id": "s", "allRecords": ["r"]}]}"#,
                "records has no \"r\", which \"s\" refers to",
            ),
            (r#"{"matchListItems": [{"id": "1", "listName": "x"}]}"#, "matchLists has no \"x\""),
        ];
        for (text, expected) in cases {
            let message = DataSet::from_json(text).and_then(DataSet::resolved).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
