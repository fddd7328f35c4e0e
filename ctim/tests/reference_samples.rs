//! Reads every sample of a reference folder, which the environment variable `REFERENCE_DIR` names.

#![allow(clippy::print_stdout, clippy::panic, clippy::unwrap_used, reason = "a test")]
use std::path::PathBuf;

use ctim::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn reference_dir() -> Option<PathBuf> {
    let dir = std::env::var_os("REFERENCE_DIR").map(PathBuf::from);
    if dir.is_none() {
        println!("skipped: REFERENCE_DIR is not set");
    }
    dir
}

fn round_trip<T: DeserializeOwned + Serialize + Validate>(text: &str) -> (Value, Report) {
    let value: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    (serde_json::to_value(&value).unwrap(), value.validate())
}

type RoundTrip = fn(&str) -> (Value, Report);

fn kinds() -> Vec<(&'static str, RoundTrip)> {
    vec![
        ("new-actor", round_trip::<NewActor>),
        ("new-asset-mapping", round_trip::<NewAssetMapping>),
        ("new-asset-properties", round_trip::<NewAssetProperties>),
        ("new-asset", round_trip::<NewAsset>),
        ("new-attack-pattern", round_trip::<NewAttackPattern>),
        ("new-bundle", round_trip::<NewBundle>),
        ("new-campaign", round_trip::<NewCampaign>),
        ("new-casebook", round_trip::<NewCasebook>),
        ("new-coa", round_trip::<NewCoa>),
        ("new-data-table", round_trip::<NewDataTable>),
        ("new-feedback", round_trip::<NewFeedback>),
        ("new-incident", round_trip::<NewIncident>),
        ("new-indicator", round_trip::<NewIndicator>),
        ("new-investigation", round_trip::<NewInvestigation>),
        ("new-judgement", round_trip::<NewJudgement>),
        ("new-malware", round_trip::<NewMalware>),
        ("new-note", round_trip::<NewNote>),
        ("new-relationship", round_trip::<NewRelationship>),
        ("new-sighting", round_trip::<NewSighting>),
        ("new-tool", round_trip::<NewTool>),
        ("new-vulnerability", round_trip::<NewVulnerability>),
        ("new-weakness", round_trip::<NewWeakness>),
        ("actor", round_trip::<Actor>),
        ("asset-mapping", round_trip::<AssetMapping>),
        ("asset-properties", round_trip::<AssetProperties>),
        ("asset", round_trip::<Asset>),
        ("attack-pattern", round_trip::<AttackPattern>),
        ("bundle", round_trip::<Bundle>),
        ("campaign", round_trip::<Campaign>),
        ("casebook", round_trip::<Casebook>),
        ("coa", round_trip::<Coa>),
        ("data-table", round_trip::<DataTable>),
        ("feedback", round_trip::<Feedback>),
        ("identity-assertion", round_trip::<IdentityAssertion>),
        ("incident", round_trip::<Incident>),
        ("indicator", round_trip::<Indicator>),
        ("investigation", round_trip::<Investigation>),
        ("judgement", round_trip::<Judgement>),
        ("malware", round_trip::<Malware>),
        ("note", round_trip::<Note>),
        ("relationship", round_trip::<Relationship>),
        ("sighting", round_trip::<Sighting>),
        ("target-record", round_trip::<TargetRecord>),
        ("tool", round_trip::<Tool>),
        ("verdict", round_trip::<Verdict>),
        ("vulnerability", round_trip::<Vulnerability>),
        ("weakness", round_trip::<Weakness>),
    ]
}

#[test]
fn samples_are_valid_and_equal_after_a_round_trip() {
    let Some(dir) = reference_dir() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(dir.join("samples/ctim")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "json") || name.starts_with("relay-") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let kinds = kinds();
        let (_, kind) =
            kinds.iter().find(|(prefix, _)| name.starts_with(prefix)).unwrap_or_else(|| panic!("{name}"));
        println!("{name}");
        let (written, report) = kind(&text);
        assert_eq!(written, serde_json::from_str::<Value>(&text).unwrap(), "{name}");
        assert!(report.is_valid(), "{name}:\n{report}");
        count += 1;
    }
    assert!(count > 70, "only {count} samples found");
}

#[test]
fn the_relay_answer_is_a_set_of_entity_lists() {
    let Some(dir) = reference_dir() else { return };
    for name in ["observe", "deliberate"] {
        let text =
            std::fs::read_to_string(dir.join(format!("samples/ctim/relay-{name}-response.json"))).unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        let lists: EntityLists = serde_json::from_value(answer["data"].clone()).unwrap();
        assert_eq!(serde_json::to_value(&lists).unwrap(), answer["data"]);
        assert!(lists.validate().is_valid(), "{}", lists.validate());
    }
}
