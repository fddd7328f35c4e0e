//! STIX bundles, looked at by themselves and, if given, by the JSON schemas of the
//! OASIS committee.
//!
//! The environment variable `STIX_SCHEMAS` names the folder of the schemas, `schemas-2.1/schemas`
//! of the Python package `stix2-validator` (`pip download --no-deps stix2-validator`, which is a
//! zip file). Without it one test is skipped.
#![cfg(all(feature = "stix", feature = "builders"))]
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use common::{Fill, Generator};
use ctim::vocabulary::{Disposition, HighMedLow, RelationshipType, Severity, Tlp};
use ctim::{
    Bundle, Entity, EntityId, EntityLists, Indicator, Judgement, Observable, ObservedRelation, ObservedTime,
    Relationship, Sighting, Time, ValidTime, Verdict,
};
use serde_json::{Value, json};
use uuid::Uuid;

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn now() -> Time {
    time("2024-05-02T00:00:00Z")
}

fn sighting(name: &str, observables: &[(&str, &str)]) -> Sighting {
    Sighting::builder()
        .id(EntityId::transient(name).unwrap())
        .confidence(HighMedLow::High)
        .severity(Severity::Critical)
        .count(3)
        .observed_time(ObservedTime::between(time("2024-05-01T10:15:30Z"), time("2024-05-01T10:17:00Z")))
        .observables(
            observables.iter().map(|(kind, value)| Observable::new(*kind, *value)).collect::<Vec<_>>(),
        )
        .build()
}

fn indicator() -> Indicator {
    Indicator::builder()
        .id(EntityId::transient("i").unwrap())
        .title("Outbound connections")
        .producer("Example rules")
        .tags(["network"])
        .tlp(Tlp::Amber)
        .valid_time(ValidTime::between(time("2024-01-01T00:00:00Z"), time("2025-01-01T00:00:00Z")))
        .build()
}

/// The objects of a bundle by their type.
fn by_type(stix: &ctim::stix::StixBundle) -> BTreeMap<String, Vec<Value>> {
    let mut objects: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in stix.objects() {
        let stix_type = object["type"].as_str().unwrap().to_owned();
        objects.entry(stix_type).or_default().push(Value::Object(object.clone()));
    }
    objects
}

#[test]
fn a_sighting_of_an_indicator_becomes_a_sighting_with_observed_data() {
    let mut sighting = sighting("s", &[("ip", "198.51.100.7"), ("domain", "bad.example")]);
    sighting.title = Some("Outbound connection".to_owned());
    sighting.source = Some("Example sensor".to_owned());
    sighting.source_uri = Some("https://siem.example/alerts/1".to_owned());
    sighting.external_ids.push("alert-1".to_owned());
    sighting.relations.push(
        ObservedRelation::builder()
            .origin("test")
            .source(Observable::new("domain", "bad.example"))
            .relation("Resolved_To")
            .related(Observable::new("ip", "198.51.100.7"))
            .build(),
    );
    let indicator = indicator();
    let mut bundle = Bundle::new("Example product");
    let link =
        Relationship::between(&sighting, RelationshipType::SightingOf, &indicator, &Uuid::NAMESPACE_OID);
    bundle.add(link).unwrap();
    bundle.add(sighting).unwrap();
    bundle.add(indicator).unwrap();

    let stix = bundle.to_stix(now());
    assert!(stix.left_out().is_empty(), "{:?}", stix.left_out());
    let objects = by_type(&stix);
    let counts: Vec<_> = objects.iter().map(|(name, objects)| (name.as_str(), objects.len())).collect();
    assert_eq!(
        counts,
        [
            ("domain-name", 1),
            ("identity", 2),
            ("indicator", 1),
            ("ipv4-addr", 1),
            ("marking-definition", 1),
            ("note", 1),
            ("observed-data", 1),
            ("relationship", 1),
            ("sighting", 1),
        ]
    );
    let [seen, data, rule] = ["sighting", "observed-data", "indicator"].map(|name| &objects[name][0]);
    assert_eq!(seen["sighting_of_ref"], rule["id"]);
    assert_eq!(seen["observed_data_refs"], json!([data["id"]]));
    assert_eq!((&seen["count"], &seen["confidence"]), (&json!(3), &json!(85)));
    assert_eq!(seen["labels"], json!(["severity:critical"]));
    assert_eq!(seen["first_seen"], "2024-05-01T10:15:30.000Z");
    assert_eq!(data["last_observed"], "2024-05-01T10:17:00.000Z");
    assert_eq!(data["object_refs"], json!([objects["ipv4-addr"][0]["id"], objects["domain-name"][0]["id"]]));
    assert_eq!(
        data["external_references"],
        json!([
            {"source_name": "ctim", "external_id": "transient:s"},
            {"source_name": "Example sensor", "external_id": "alert-1"},
            {"source_name": "Example sensor", "url": "https://siem.example/alerts/1"}
        ])
    );
    assert_eq!(rule["object_marking_refs"], json!([objects["marking-definition"][0]["id"]]));
    assert_eq!((&rule["pattern_type"], &rule["pattern"]), (&json!("ctim"), &json!("Outbound connections")));
    assert_eq!(rule["valid_until"], "2025-01-01T00:00:00.000Z");
    assert_eq!(objects["note"][0]["content"], "Outbound connection");
    let relation = &objects["relationship"][0];
    assert_eq!(relation["relationship_type"], "resolved-to");
    assert_eq!(relation["source_ref"], objects["domain-name"][0]["id"]);
    assert_eq!(relation["target_ref"], objects["ipv4-addr"][0]["id"]);
    let makers: HashSet<_> =
        objects["identity"].iter().map(|identity| identity["name"].as_str().unwrap()).collect();
    assert_eq!(makers, HashSet::from(["Example sensor", "Example rules"]));
}

#[test]
fn a_judgement_becomes_an_indicator_with_a_pattern() {
    let judgement = Judgement::builder()
        .id(EntityId::transient("j").unwrap())
        .source("Example list")
        .observable(Observable::new("ip", "198.51.100.7"))
        .judged(Disposition::Malicious)
        .priority(95)
        .confidence(HighMedLow::Medium)
        .severity(Severity::High)
        .valid_time(ValidTime::default())
        .build();
    let lists = EntityLists::default().with_judgements([judgement]);
    let objects = by_type(&lists.to_stix("Example product", now()));
    let indicator = &objects["indicator"][0];
    assert_eq!(indicator["pattern"], "[ipv4-addr:value = '198.51.100.7']");
    assert_eq!(indicator["indicator_types"], json!(["malicious-activity"]));
    assert_eq!(indicator["valid_from"], "2024-05-02T00:00:00.000Z");
    assert_eq!(objects["identity"][0]["name"], "Example list");
}

#[test]
fn what_stix_cannot_express_is_named() {
    let verdict = Verdict::builder()
        .judged(Disposition::Clean)
        .observable(Observable::new("ip", "198.51.100.7"))
        .valid_time(ValidTime::default())
        .build();
    let agent = sighting("agent", &[("user_agent", "curl")]);
    let mixed = sighting("mixed", &[("user_agent", "curl"), ("ip", "198.51.100.7")]);
    let nowhere = EntityId::transient("nowhere").unwrap();
    let loose = Relationship::between(&mixed, RelationshipType::RelatedTo, &nowhere, &Uuid::NAMESPACE_OID);
    let lists = EntityLists::default()
        .with_verdicts([verdict])
        .with_sightings([agent.clone(), mixed])
        .with_relationships([loose.clone()]);
    let stix = lists.to_stix("Example product", now());
    let found: Vec<_> = stix
        .left_out()
        .iter()
        .map(|part| (part.id.as_ref().map_or("", EntityId::as_str), part.reason.as_str()))
        .collect();
    let no_object = "STIX has no object for this observable of the type user_agent";
    assert_eq!(
        found,
        [
            ("transient:agent", no_object),
            ("transient:mixed", no_object),
            ("", "STIX has no object for an entity of the type verdict"),
            (loose.id.as_str(), "an end of it is not in the bundle"),
            (
                "transient:agent",
                "STIX has no object for any of its observables, and no relationship names its target"
            ),
        ]
    );
    // A target is enough for a sighting without observed data.
    let rule = indicator();
    let link = Relationship::between(&agent, RelationshipType::SightingOf, &rule, &Uuid::NAMESPACE_OID);
    let lists =
        EntityLists::default().with_sightings([agent]).with_indicators([rule]).with_relationships([link]);
    let stix = lists.to_stix("Example product", now());
    assert_eq!(stix.left_out().len(), 1);
    let objects = by_type(&stix);
    assert!(objects["sighting"][0].get("observed_data_refs").is_none());
    assert!(!objects.contains_key("observed-data"));
}

#[test]
fn no_entities_give_a_bundle_without_objects() {
    let stix = serde_json::to_value(Bundle::new("Example product").to_stix(now())).unwrap();
    assert_eq!(stix["type"], "bundle");
    assert!(stix.get("objects").is_none());
}

/// Bundles with every kind of entity, and links between them.
fn generated(seed: u64) -> Bundle {
    let mut object = Generator::new(seed, Fill::Percent(40)).object(common::structure("Bundle"));
    let lists: Vec<&str> = Bundle::LISTS.to_vec();
    let mut number = 0;
    for list in lists {
        let Some(entities) = object.get_mut(list).and_then(Value::as_array_mut) else { continue };
        for entity in entities.iter_mut().filter(|entity| entity.get("id").is_some()) {
            number += 1;
            entity["id"] = json!(format!("transient:{list}-{number}"));
        }
    }
    let Entity::Bundle(mut bundle) = serde_json::from_value(object).unwrap() else { unreachable!() };
    let ids: Vec<EntityId> = bundle.entities().filter_map(|entity| entity.id().cloned()).collect();
    let types = [RelationshipType::SightingOf, RelationshipType::RelatedTo, RelationshipType::Indicates];
    for (place, source) in ids.iter().enumerate() {
        let target = &ids[(place * 7 + 3) % ids.len()];
        let link = types[place % types.len()].clone();
        bundle.add(Relationship::between(source, link, target, &Uuid::NAMESPACE_OID)).unwrap();
    }
    for (place, (kind, value)) in [
        ("ip", "198.51.100.7"),
        ("ipv6", "2001:db8::1"),
        ("hostname", "host.example"),
        ("url", "https://example.com/?a=b"),
        ("email", "a@example.com"),
        ("mac_address", "00-1B-44-11-3A-B7"),
        ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("file_name", "a.exe"),
        ("file_path", r"C:\Windows\a.exe"),
        ("process_path", "/usr/bin/curl"),
        ("mutex", "m"),
        ("registry_key", r"HKEY_LOCAL_MACHINE\Software"),
        ("user", "alice"),
        ("pki_serial", "01:ab"),
        ("email_subject", "Hello"),
    ]
    .into_iter()
    .enumerate()
    {
        bundle.add(sighting(&format!("observables-{place}"), &[(kind, value)])).unwrap();
    }
    bundle
}

#[test]
fn ids_are_unique_and_references_lead_to_objects() {
    for seed in 0..40 {
        let bundle = generated(seed);
        let stix = bundle.to_stix(now());
        assert_eq!(stix, bundle.to_stix(now()));
        let mut ids = HashSet::new();
        for object in stix.objects() {
            for (name, value) in object {
                let references: Vec<&Value> = match value {
                    Value::Array(elements) if name.ends_with("_refs") => elements.iter().collect(),
                    value if name.ends_with("_ref") => vec![value],
                    _ => continue,
                };
                for reference in references {
                    assert!(ids.contains(reference), "{name} of {object:?}");
                }
            }
            assert!(ids.insert(&object["id"]), "{object:?}");
            let prefix = format!("{}--", object["type"].as_str().unwrap());
            assert!(object["id"].as_str().unwrap().starts_with(&prefix));
        }
    }
}

/// Finds the schemas in a folder by the ends of their names.
struct Folder(PathBuf);

impl jsonschema::Retrieve for Folder {
    fn retrieve(
        &self,
        uri: &jsonschema::Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let (_, name) = uri.as_str().rsplit_once("/schemas/").ok_or("an unknown schema")?;
        Ok(serde_json::from_slice(&std::fs::read(self.0.join(name))?)?)
    }
}

/// The path of the schema for a type, among the folders of the schemas.
fn schema_of(folder: &Path, stix_type: &str) -> PathBuf {
    ["sdos", "sros", "observables", "common"]
        .map(|kind| folder.join(kind).join(format!("{stix_type}.json")))
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| unreachable!("no schema for {stix_type}"))
}

#[test]
fn objects_are_valid_by_the_schemas_of_oasis() {
    let Some(folder) = std::env::var_os("STIX_SCHEMAS").map(PathBuf::from) else {
        println!("skipped: STIX_SCHEMAS is not set");
        return;
    };
    let mut validators = BTreeMap::new();
    let mut count = 0;
    for seed in 0..40 {
        for object in generated(seed).to_stix(now()).objects() {
            let stix_type = object["type"].as_str().unwrap();
            let validator = validators.entry(stix_type.to_owned()).or_insert_with(|| {
                let schema: Value =
                    serde_json::from_slice(&std::fs::read(schema_of(&folder, stix_type)).unwrap()).unwrap();
                jsonschema::options().with_retriever(Folder(folder.clone())).build(&schema).unwrap()
            });
            let object = Value::Object(object.clone());
            let errors: Vec<String> = validator.iter_errors(&object).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?}\n{object:#}");
            count += 1;
        }
    }
    assert!(count > 1000 && validators.len() > 20, "{count} objects of {} types", validators.len());
}
