//! Decodes recorded answers of every era. Reads the folder named by `REFERENCE_DIR`; skipped when it is unset.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "test helpers"
)]

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sumo_client::api::health_events::HealthEventPage;
use sumo_client::api::insights::Insight;
use sumo_client::api::signals::Signal;
use sumo_client::{Page, envelope};

fn samples() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("REFERENCE_DIR") else {
        eprintln!("skipped: REFERENCE_DIR is not set");
        return None;
    };
    Some(Path::new(&folder).join("samples/sumo"))
}

/// What `kept` lacks of `original`, by path. Absent and null are the same.
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

fn check<T: DeserializeOwned + Serialize>(folder: &Path, file: &str) {
    let text = fs::read(folder.join(file)).unwrap();
    let model: T = envelope::decode(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    compare(file, &serde_json::from_slice::<Value>(&text).unwrap()["data"], &model);
}

fn compare(file: &str, original: &Value, model: &impl Serialize) {
    let mut losses = Vec::new();
    lost("", original, &serde_json::to_value(model).unwrap(), &mut losses);
    assert!(losses.is_empty(), "{file} lost {losses:?}");
}

#[test]
fn recorded_answers_decode_and_lose_nothing() {
    let Some(folder) = samples() else { return };
    for file in [
        "xsoar-2021/insight_details.json",
        "xsoar-2021/insight_status.json",
        "synthetic/insight_details.json",
    ] {
        check::<Insight>(&folder, file);
    }
    for file in ["xsoar-2021/insight_list.json", "synthetic/insights_page.json"] {
        check::<Page<Insight>>(&folder, file);
    }
    for file in ["xsoar-2021/signal_list.json", "synthetic/signals_page.json"] {
        check::<Page<Signal>>(&folder, file);
    }
    for file in ["xsoar-2021/signal_details.json", "synthetic/signal_details.json"] {
        check::<Signal>(&folder, file);
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
