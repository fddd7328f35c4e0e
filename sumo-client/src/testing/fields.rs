//! The fields that `q` knows, for each resource, and where an object keeps their values.

use serde_json::{Value, json};

/// A field of the `q` language.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    source: Source,
}

/// The way in which the values of a field compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Exact text.
    Text,
    /// Text that is searched for a phrase even by equality.
    Phrase,
    Number,
    Time,
    Flag,
    /// `LOW` to `CRITICAL`, in that order.
    Severity,
}

#[derive(Debug)]
enum Source {
    /// Dotted paths; lists on the way are searched item by item.
    Paths(&'static [&'static str]),
    /// The value of the entity at a path, when it has the given type.
    EntityOfType(&'static str, &'static str),
    /// All values below a path.
    Below(&'static str),
    Computed(fn(&Value) -> Vec<Value>),
}

impl Kind {
    /// Names the expected kind of value, for messages.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Text | Self::Phrase => "text",
            Self::Number => "a number",
            Self::Time => "a time",
            Self::Flag => "true or false",
            Self::Severity => "LOW, MEDIUM, HIGH or CRITICAL",
        }
    }
}

impl Field {
    const fn new(name: &'static str, kind: Kind, paths: &'static [&'static str]) -> Self {
        Self { name, kind, source: Source::Paths(paths) }
    }

    const fn entity(name: &'static str, path: &'static str, entity_type: &'static str) -> Self {
        Self { name, kind: Kind::Text, source: Source::EntityOfType(path, entity_type) }
    }

    const fn below(name: &'static str, path: &'static str) -> Self {
        Self { name, kind: Kind::Phrase, source: Source::Below(path) }
    }

    const fn computed(name: &'static str, kind: Kind, compute: fn(&Value) -> Vec<Value>) -> Self {
        Self { name, kind, source: Source::Computed(compute) }
    }

    /// The values of this field in an object, possibly none.
    pub(super) fn values(&self, object: &Value) -> Vec<Value> {
        match self.source {
            Source::Paths(paths) => paths.iter().flat_map(|path| at_path(object, path)).cloned().collect(),
            Source::EntityOfType(path, entity_type) => at_path(object, path)
                .into_iter()
                .filter(|entity| entity.get("entityType").is_some_and(|found| found == entity_type))
                .filter_map(|entity| entity.get("value").cloned())
                .collect(),
            Source::Below(path) => at_path(object, path).into_iter().flat_map(scalars).cloned().collect(),
            Source::Computed(compute) => compute(object),
        }
    }
}

/// The values at a dotted path; the empty path is the object itself, and lists give their items.
pub(super) fn at_path<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![object];
    for name in path.split('.').filter(|name| !name.is_empty()) {
        found = found.into_iter().filter_map(|value| value.get(name)).flat_map(items).collect();
    }
    found
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

/// All texts, numbers and flags in a value, at any depth.
pub(super) fn scalars(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(scalars).collect(),
        Value::Object(members) => members.values().flat_map(scalars).collect(),
        Value::Null => Vec::new(),
        scalar => vec![scalar],
    }
}

fn serial_number(insight: &Value) -> Vec<Value> {
    let readable = insight.get("readableId").and_then(Value::as_str).unwrap_or_default();
    let digits = readable.rsplit('-').next().unwrap_or_default();
    digits.parse::<u64>().map(|number| vec![json!(number)]).unwrap_or_default()
}

fn rule_type_of_signal(signal: &Value) -> Vec<Value> {
    let rule = signal.get("ruleId").and_then(Value::as_str).unwrap_or_default();
    rule.split_once('-').map(|(kind, _)| vec![json!(kind.to_lowercase())]).unwrap_or_default()
}

use Kind::{Flag, Number, Severity, Text, Time};

/// Fields of insights.
pub(super) static INSIGHTS: &[Field] = &[
    Field::new("id", Text, &["id"]),
    Field::new("insightId", Text, &["id"]),
    Field::new("readableId", Text, &["readableId"]),
    Field::computed("serialId", Number, serial_number),
    Field::new("status", Text, &["status.name"]),
    Field::new("statusId", Text, &["status.id"]),
    Field::new("name", Text, &["name"]),
    Field::new("description", Text, &["description"]),
    Field::new("created", Time, &["created"]),
    Field::new("timestamp", Time, &["timestamp"]),
    Field::new("closed", Time, &["closed"]),
    Field::new("assignee", Text, &["assignee.username", "assignee.name", "assignedTo"]),
    Field::new("entity.id", Text, &["entity.id"]),
    Field::entity("entity.ip", "entity", "_ip"),
    Field::entity("entity.hostname", "entity", "_hostname"),
    Field::entity("entity.username", "entity", "_username"),
    Field::new("entity.sensorZone", Text, &["entity.sensorZone"]),
    Field::new("entity.type", Text, &["entity.entityType"]),
    Field::new("entity.value", Text, &["entity.value"]),
    Field::new("sensorZone", Text, &["entity.sensorZone"]),
    Field::below("enrichment", "enrichments"),
    Field::new("tag", Text, &["tags"]),
    Field::new("severity", Severity, &["severity"]),
    Field::new("resolution", Text, &["resolution"]),
    Field::new("subResolution", Text, &["subResolution"]),
    Field::new("ruleId", Text, &["signals.ruleId"]),
    Field::below("records", "signals.allRecords"),
    Field::new("confidence", Number, &["confidence"]),
];

/// Fields of signals.
pub(super) static SIGNALS: &[Field] = &[
    Field::new("id", Text, &["id"]),
    Field::new("stage", Text, &["stage"]),
    Field::new("contentType", Text, &["contentType"]),
    Field::new("name", Text, &["name"]),
    Field::new("description", Text, &["description"]),
    Field::new("created", Time, &["created"]),
    Field::new("timestamp", Time, &["timestamp"]),
    Field::new("severity", Number, &["severity"]),
    Field::new("entity.id", Text, &["entity.id"]),
    Field::entity("entity.ip", "entity", "_ip"),
    Field::entity("entity.hostname", "entity", "_hostname"),
    Field::entity("entity.username", "entity", "_username"),
    Field::new("entity.value", Text, &["entity.value"]),
    Field::new("entity.type", Text, &["entity.entityType"]),
    Field::new("entity.sensorZone", Text, &["entity.sensorZone"]),
    Field::new("involved_entities", Text, &["involvedEntities.value", "involvedEntities.id"]),
    Field::new("sensorZone", Text, &["entity.sensorZone"]),
    Field::new("suppressed", Flag, &["suppressed"]),
    Field::new("ruleId", Text, &["ruleId"]),
    Field::computed("ruleType", Text, rule_type_of_signal),
    Field::new("prototype", Flag, &["prototype", "isPrototype"]),
    Field::below("records", "allRecords"),
    Field::new("tag", Text, &["tags"]),
    Field::new("vendor", Text, &["allRecords.metadata_vendor"]),
    Field::new("product", Text, &["allRecords.metadata_product"]),
];

/// Fields of entities.
pub(super) static ENTITIES: &[Field] = &[
    Field::new("id", Text, &["id"]),
    Field::entity("ip", "", "_ip"),
    Field::entity("hostname", "", "_hostname"),
    Field::entity("username", "", "_username"),
    Field::new("value", Text, &["value"]),
    Field::new("sensorZone", Text, &["sensorZone"]),
    Field::new("whitelisted", Flag, &["isSuppressed"]),
    Field::new("type", Text, &["entityType"]),
    Field::new("tag", Text, &["tags"]),
    Field::new("activityScore", Number, &["activityScore"]),
    Field::new("recentSignalSeverity", Number, &["recentSignalSeverity"]),
    Field::new("lastSeen", Time, &["lastSeen"]),
    Field::new("criticality", Text, &["criticality"]),
    Field::new("reputation", Text, &["reputation"]),
    Field::new("hasIndicator", Flag, &["hasIndicator"]),
];

/// Fields of rules.
pub(super) static RULES: &[Field] = &[
    Field::new("id", Text, &["id"]),
    Field::new("category", Text, &["category"]),
    Field::new("ruleSource", Text, &["ruleSource"]),
    Field::new("ruleType", Text, &["ruleType"]),
    Field::new("stream", Text, &["stream"]),
    Field::new("status", Text, &["status.status"]),
    Field::new("name", Text, &["name"]),
    Field::new("severity", Number, &["score", "scoreMapping.default"]),
    Field::new("score", Number, &["score", "scoreMapping.default"]),
    Field::new("enabled", Flag, &["enabled"]),
    Field::new("created", Time, &["created"]),
    Field::new("createdBy", Text, &["createdBy"]),
    Field::new("lastUpdated", Time, &["lastUpdated"]),
    Field::new("lastUpdatedBy", Text, &["lastUpdatedBy"]),
    Field::new("signalCount07D", Number, &["signalCount07d"]),
    Field::new("signalCount24H", Number, &["signalCount24h"]),
    Field::new("isPrototype", Flag, &["isPrototype"]),
    Field::new("tag", Text, &["tags"]),
    Field::new("hasOverride", Flag, &["hasOverride"]),
];

/// Fields of match list items.
pub(super) static LIST_ITEMS: &[Field] = &[
    Field::new("id", Text, &["id"]),
    Field::new("targetColumn", Text, &["targetColumn"]),
    Field::new("value", Text, &["value"]),
    Field::new("active", Flag, &["active"]),
    Field::new("expirationDate", Time, &["expiration"]),
    Field::new("listName", Text, &["listName"]),
    Field::new("description", Text, &["meta.description"]),
    Field::new("created", Time, &["meta.created.when"]),
];
