//! The catalogue of operations that `REFERENCE_DIR` holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::described::{Described, Maker, parse};

pub(crate) struct Catalogue {
    models: BTreeMap<String, Described>,
    pub(crate) operations: Vec<DescribedOperation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescribedOperation {
    pub(crate) operation_id: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    query: Vec<DescribedParameter>,
    body: Option<String>,
    data: String,
}

#[derive(Deserialize)]
struct DescribedParameter {
    name: String,
}

/// Members that newer versions of the API take and the catalogue does not list for these
/// operations.
const NEWER_MEMBERS: [&str; 2] = ["suppressionWindowSize", "signalMatchStrategy"];

/// Models that the catalogue names without describing them.
const MODELS_BESIDE: [(&str, &str); 3] = [
    (
        "HealthEvent",
        "{eventId: str, eventName: str, details: {trackerId: str, error: str, description: str}, \
         resourceIdentity: {id: str, type: str, name?: str}, eventTime: str<dt>, subsystem: str, \
         severityLevel: Error/Warning}",
    ),
    ("Rule", "(Rule(match) or Rule(outlier))"),
    (
        "OutlierRuleWrite",
        "{assetField?: str, category?: str, aggregationFunctions: [{name: str, function: str, arguments: [str]}], \
         baselineWindowSize: str, descriptionExpression: str, deviationThreshold: int, enabled: bool, \
         entitySelectors: [EntitySelector], floorValue: int, groupByFields: [str], isPrototype: bool, \
         matchExpression: str, name: str, nameExpression: str, parentJaskId?: str, retentionWindowSize: str, \
         score: int, summaryExpression: str, tags: [str], tuningExpressionIds?: [str], windowSize: T24H/T60M}",
    ),
];

/// Operations of the platform API that the catalogue does not hold: method, path, body, answer.
const OPERATIONS_BESIDE: [(&str, &str, Option<&str>, &str); 8] = [
    (
        "GET",
        "/api/v1/threatIntel/datastore/db",
        None,
        "{diskSize: int, indicatorCount: int, indicatorLimit: int, sourceStatus: [{source: str, description?: str, \
         diskSize?: int, indicatorCount?: int, sumoProvided?: bool, supportsCat?: bool, enabled?: bool}]}",
    ),
    ("DELETE", "/api/v1/threatIntel/datastore/db", None, "{}"),
    ("GET", "/api/v1/threatIntel/datastore/retentionPeriod", None, "{retentionPeriod: int}"),
    (
        "POST",
        "/api/v1/threatIntel/datastore/retentionPeriod",
        Some("{retentionPeriod: int}"),
        "{retentionPeriod: int}",
    ),
    (
        "PUT",
        "/api/v1/threatIntel/datastore/dataSource/{dataSourceName}",
        Some("{enabled?: bool, description?: str}"),
        "{}",
    ),
    (
        "POST",
        "/api/v1/threatIntel/datastore/indicators/normalized",
        Some(
            "{indicators: [{id: str, indicator: str, type: str, source: str, validFrom: str<dt>, \
             validUntil?: str<dt>, confidence: int, threatType: str, actors?: str, killChain?: str, fields?: map}]}",
        ),
        "{}",
    ),
    (
        "POST",
        "/api/v1/threatIntel/datastore/indicators/stix",
        Some("{source: str, indicators: [map]}"),
        "{invalidIndicators: [str]}",
    ),
    ("DELETE", "/api/v1/threatIntel/datastore/indicators", Some("{source: str, indicatorIds: [str]}"), "{}"),
];

fn operations_beside() -> impl Iterator<Item = DescribedOperation> {
    OPERATIONS_BESIDE.into_iter().map(|(method, path, body, data)| DescribedOperation {
        operation_id: None,
        method: method.to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        body: body.map(str::to_owned),
        data: format!("{BARE}{data}"),
    })
}

/// Marks the answers that stand alone.
const BARE: &str = "(no envelope) ";

pub(crate) fn load() -> Option<Catalogue> {
    let Some(folder) = std::env::var_os("REFERENCE_DIR") else {
        eprintln!("skipped: REFERENCE_DIR is not set");
        return None;
    };
    #[derive(Deserialize)]
    struct File {
        models: BTreeMap<String, String>,
        operations: Vec<DescribedOperation>,
    }
    let path = Path::new(&folder).join("samples/sumo/catalogue/operations.json");
    let file: File = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let beside = MODELS_BESIDE.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let models = beside.into_iter().chain(file.models).map(|(name, text)| (name, parse(&text))).collect();
    let operations = file.operations.into_iter().chain(operations_beside()).collect();
    Some(Catalogue { models, operations })
}

impl Catalogue {
    /// Answers as described: with all members, and with the required ones only.
    pub(crate) fn answers(&self, operation: &DescribedOperation) -> Vec<Value> {
        let (bare, described) = match operation.data.strip_prefix(BARE) {
            Some(described) => (true, parse(described)),
            None => (false, parse(&operation.data)),
        };
        let make = |full| {
            let data = Maker { models: &self.models, full }.make(&described);
            if bare { data } else { json!({"data": data, "errors": []}) }
        };
        vec![make(true), make(false)]
    }

    /// The body that was sent has the members that are described, all of them and no others.
    pub(crate) fn check_body(&self, operation: &DescribedOperation, sent: &Value) {
        match &operation.body {
            None => assert_eq!(sent, &Value::Null, "{} {}", operation.method, operation.path),
            Some(described) => {
                self.check(&format!("{} {}", operation.method, operation.path), &parse(described), sent)
            }
        }
    }

    fn check(&self, place: &str, described: &Described, sent: &Value) {
        match (described, sent) {
            (Described::Named(name), _) => {
                self.check(place, Maker { models: &self.models, full: true }.model(name), sent);
            }
            (Described::Object(members), Value::Object(sent)) => {
                let described: BTreeSet<_> = members.iter().map(|member| member.name.as_str()).collect();
                let names: BTreeSet<_> =
                    sent.keys().map(String::as_str).filter(|name| !NEWER_MEMBERS.contains(name)).collect();
                assert_eq!(names, described, "{place}");
                for member in members {
                    self.check(&format!("{place}.{}", member.name), &member.described, &sent[&member.name]);
                }
            }
            (Described::List(item), Value::Array(sent)) => {
                assert!(!sent.is_empty(), "{place} is empty");
                sent.iter().for_each(|sent| self.check(place, item, sent));
            }
            (Described::Choice(choices), Value::String(sent)) => {
                assert!(choices.contains(sent), "{place}: {sent}")
            }
            (Described::Text | Described::Time, Value::String(_))
            | (Described::Float, Value::Number(_))
            | (Described::Bool, Value::Bool(_))
            | (Described::Map, Value::Object(_)) => {}
            (Described::Integer, Value::Number(number)) => assert!(number.is_i64(), "{place}: {number}"),
            _ => panic!("{place}: {described:?} is not {sent}"),
        }
    }
}

/// The query that was sent has the parameters that are described, all of them and no others.
pub(crate) fn check_query(operation: &DescribedOperation, request: &http::Request<Bytes>) {
    let described: BTreeSet<_> = operation.query.iter().map(|parameter| parameter.name.as_str()).collect();
    let query = request.uri().query().unwrap_or_default();
    let sent: BTreeSet<_> =
        query.split('&').filter_map(|pair| pair.split('=').next()).filter(|n| !n.is_empty()).collect();
    assert_eq!(sent, described, "{} {}", operation.method, operation.path);
}
