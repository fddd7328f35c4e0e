//! Decodes recorded answers of every era. Reads the folder named by `REFERENCE_DIR`; skipped when
//! it is unset.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "test helpers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sumo_client::api::Acknowledged;
use sumo_client::api::automations::ExecutedAutomation;
use sumo_client::api::counts::CountBucket;
use sumo_client::api::custom_entity_types::CustomEntityType;
use sumo_client::api::custom_insights::CustomInsight;
use sumo_client::api::enrichments::Enrichment;
use sumo_client::api::entities::{Entity, EntityNote, EntityRef, RelatedEntity};
use sumo_client::api::entity_criticality_configs::EntityCriticalityConfig;
use sumo_client::api::entity_groups::EntityGroup;
use sumo_client::api::health_events::HealthEventPage;
use sumo_client::api::insight_resolutions::InsightResolution;
use sumo_client::api::insight_statuses::InsightStatus;
use sumo_client::api::insights::{Comment, HistoryItem, Insight};
use sumo_client::api::insights_configuration::InsightsConfiguration;
use sumo_client::api::log_mappings::VendorProduct;
use sumo_client::api::match_lists::{BulkDeletion, ListItem, MatchList};
use sumo_client::api::network_blocks::NetworkBlock;
use sumo_client::api::rules::Rule;
use sumo_client::api::signals::Signal;
use sumo_client::api::tag_schemas::TagSchema;
use sumo_client::api::threat_intel_indicators::ThreatIntelIndicator;
use sumo_client::api::threat_intel_sources::ThreatIntelSource;
use sumo_client::{Error, Page, TokenPage, envelope};

fn samples() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("REFERENCE_DIR") else {
        eprintln!("skipped: REFERENCE_DIR is not set");
        return None;
    };
    Some(Path::new(&folder).join("samples/sumo"))
}

/// Returns the members of `original` that `kept` lacks, by path. Absent and null are the same.
fn lost(path: &str, original: &Value, kept: &Value, losses: &mut Vec<String>) {
    match (original, kept) {
        (Value::Null, _) => {}
        (Value::Object(original), Value::Object(kept)) => {
            for (name, value) in original {
                lost(&format!("{path}.{name}"), value, kept.get(name).unwrap_or(&Value::Null), losses);
            }
        }
        (Value::Array(original), Value::Array(kept)) if original.len() == kept.len() => {
            for (index, (original, kept)) in original.iter().zip(kept).enumerate() {
                lost(&format!("{path}[{index}]"), original, kept, losses);
            }
        }
        (Value::Number(original), Value::Number(kept)) if original.as_f64() == kept.as_f64() => {}
        _ if original == kept => {}
        _ => losses.push(path.to_owned()),
    }
}

fn compare(file: &str, original: &Value, model: &impl Serialize) {
    let mut losses = Vec::new();
    lost("", original, &serde_json::to_value(model).unwrap(), &mut losses);
    assert!(losses.is_empty(), "{file} lost {losses:?}");
}

/// Decodes a file as a `T`, writes it again, and compares.
fn check<T: DeserializeOwned + Serialize>(folder: &Path, file: &str) {
    let text = fs::read(folder.join(file)).unwrap();
    let model: T = envelope::decode(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    compare(file, &serde_json::from_slice::<Value>(&text).unwrap()["data"], &model);
}

/// A list that stands in a member of its own below `data`.
fn check_nested<T: DeserializeOwned + Serialize>(folder: &Path, file: &str) {
    check::<BTreeMap<String, Vec<T>>>(folder, file);
}

#[test]
fn recorded_answers_decode_and_lose_nothing() {
    let Some(folder) = samples() else { return };
    type Check = fn(&Path, &str);
    let table: [(&str, Check); 49] = [
        ("statuses/insight-resolutions.json", check::<Page<InsightResolution>>),
        ("statuses/insights-statuses.json", check::<Vec<InsightStatus>>),
        ("synthetic/bulk_delete_match_list_items.json", check::<BulkDeletion>),
        ("synthetic/custom_entity_types_page.json", check::<Page<CustomEntityType>>),
        ("synthetic/custom_insights_page.json", check::<Page<CustomInsight>>),
        ("synthetic/enrichments.json", check_nested::<Enrichment>),
        ("synthetic/entities_page.json", check::<Page<Entity>>),
        ("synthetic/entity_after_update.json", check::<Entity>),
        ("synthetic/entity_criticality_configs_page.json", check::<Page<EntityCriticalityConfig>>),
        ("synthetic/entity_details.json", check::<Entity>),
        ("synthetic/entity_groups_page.json", check::<Page<EntityGroup>>),
        ("synthetic/entity_notes.json", check::<Vec<EntityNote>>),
        ("synthetic/executed_automations.json", check_nested::<ExecutedAutomation>),
        ("synthetic/insight_after_status_update.json", check::<Insight>),
        ("synthetic/insight_comments.json", check_nested::<Comment>),
        ("synthetic/insight_counts.json", check::<Vec<CountBucket>>),
        ("synthetic/insight_details.json", check::<Insight>),
        ("synthetic/insight_history.json", check_nested::<HistoryItem>),
        ("synthetic/insights_all_first_page.json", check::<TokenPage<Insight>>),
        ("synthetic/insights_all_last_page.json", check::<TokenPage<Insight>>),
        ("synthetic/insights_configuration.json", check::<InsightsConfiguration>),
        ("synthetic/insights_page.json", check::<Page<Insight>>),
        ("synthetic/involved_entities.json", check_nested::<EntityRef>),
        ("synthetic/match_list_details.json", check::<MatchList>),
        ("synthetic/match_list_items_all_page.json", check::<TokenPage<ListItem>>),
        ("synthetic/match_list_items_page.json", check::<Page<ListItem>>),
        ("synthetic/network_blocks_page.json", check::<Page<NetworkBlock>>),
        ("synthetic/ok.json", check::<Acknowledged>),
        ("synthetic/related_entities.json", check::<Vec<RelatedEntity>>),
        ("synthetic/rule_details.json", check::<Rule>),
        ("synthetic/rules_page.json", check::<Page<Rule>>),
        ("synthetic/signal_details.json", check::<Signal>),
        ("synthetic/signals_all_page.json", check::<TokenPage<Signal>>),
        ("synthetic/signals_page.json", check::<Page<Signal>>),
        ("synthetic/tag_schemas.json", check::<Vec<TagSchema>>),
        ("synthetic/threat_intel_indicator_with_source.json", check::<ThreatIntelIndicator>),
        ("synthetic/vendors_and_products.json", check::<Vec<VendorProduct>>),
        ("xsoar-2021/entity_details.json", check::<Entity>),
        ("xsoar-2021/entity_list.json", check::<Page<Entity>>),
        ("xsoar-2021/insight_add_comment.json", check::<Comment>),
        ("xsoar-2021/insight_comments.json", check_nested::<Comment>),
        ("xsoar-2021/insight_details.json", check::<Insight>),
        ("xsoar-2021/insight_list.json", check::<Page<Insight>>),
        ("xsoar-2021/insight_status.json", check::<Insight>),
        ("xsoar-2021/match_lists.json", check::<Page<MatchList>>),
        ("xsoar-2021/signal_details.json", check::<Signal>),
        ("xsoar-2021/signal_list.json", check::<Page<Signal>>),
        ("xsoar-2021/threat_intel_indicators.json", check::<Page<ThreatIntelIndicator>>),
        ("xsoar-2021/threat_intel_sources.json", check::<Page<ThreatIntelSource>>),
    ];
    for (file, check) in table {
        check(&folder, file);
    }
    let update: Acknowledged =
        envelope::decode(&fs::read(folder.join("xsoar-2021/update_result.json")).unwrap()).unwrap();
    assert!(update.ok);

    let checked: BTreeSet<&str> = table.iter().map(|(file, _)| *file).chain(BESIDE).collect();
    let present: BTreeSet<String> = files_below(&folder);
    let unread: Vec<_> = present.iter().filter(|file| !checked.contains(file.as_str())).collect();
    assert!(unread.is_empty(), "no test reads {unread:?}");
}

/// Files that other tests read.
const BESIDE: [&str; 11] = [
    "catalogue/operations.json",
    "catalogue/record-schema-fields.json",
    "relay-2021/insights_objects.json",
    "relay-2021/signals_objects.json",
    "synthetic/error_401.html",
    "synthetic/error_cse.json",
    "synthetic/error_gateway_301.json",
    "synthetic/error_gateway_401.json",
    "synthetic/error_gateway_429.json",
    "synthetic/error_v1.json",
    "xsoar-2021/update_result.json",
];

fn files_below(folder: &Path) -> BTreeSet<String> {
    let folders =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let files = folders.flat_map(|entry| {
        let group = entry.file_name().into_string().unwrap();
        let files = fs::read_dir(entry.path()).unwrap();
        files.map(move |file| format!("{group}/{}", file.unwrap().file_name().into_string().unwrap()))
    });
    files.filter(|file| file != "synthetic/health_events.json").collect()
}

#[test]
fn every_error_answer_says_what_happened() {
    let Some(folder) = samples() else { return };
    let table = [
        ("error_401.html", 401, None, "Error 401 User could not be found."),
        ("error_cse.json", 404, Some("not_found"), "resource not found"),
        ("error_gateway_301.json", 301, Some("moved"), "see Location header"),
        ("error_gateway_401.json", 401, Some("unauthorized"), "credential rejected"),
        ("error_gateway_429.json", 429, Some("rate.limit.exceeded"), "too many requests"),
        ("error_v1.json", 400, Some("api_not_enabled"), "API not enabled for this organisation"),
    ];
    for (file, status, code, message) in table {
        let error =
            Error::from_status(status, &fs::read_to_string(folder.join("synthetic").join(file)).unwrap());
        assert_eq!((error.code(), error.message()), (code, Some(message)), "{file}");
    }
}

#[test]
fn bare_lists_of_the_relay_decode() {
    let Some(folder) = samples() else { return };
    fn wrapped(folder: &Path, file: &str) -> (Value, Vec<u8>) {
        let objects: Value = serde_json::from_slice(&fs::read(folder.join(file)).unwrap()).unwrap();
        let body = json!({"data": {"objects": objects, "total": 1}});
        (body["data"].clone(), serde_json::to_vec(&body).unwrap())
    }
    let (original, body) = wrapped(&folder, "relay-2021/insights_objects.json");
    compare("insights_objects", &original, &envelope::decode::<Page<Insight>>(&body).unwrap());
    let (original, body) = wrapped(&folder, "relay-2021/signals_objects.json");
    compare("signals_objects", &original, &envelope::decode::<Page<Signal>>(&body).unwrap());
}

#[test]
fn health_events_decode() {
    let Some(folder) = samples() else { return };
    let text = fs::read(folder.join("synthetic/health_events.json")).unwrap();
    let page: HealthEventPage = envelope::decode_bare(&text).unwrap();
    compare("health_events", &serde_json::from_slice(&text).unwrap(), &page);
}
