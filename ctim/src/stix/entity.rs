//! Entities as domain objects of STIX.

use serde_json::{Value, json};

use super::object::{Object, Objects, confidence, external_references, id, object, set, severity_label};
use super::observable;
use crate::any_entity::EntityView;
use crate::entity::{
    Actor, AttackPattern, Campaign, Coa, Incident, Indicator, IndicatorSpecification, Judgement, Malware,
    Sighting, Tool, Vulnerability,
};
use crate::id::EntityId;
use crate::list::List;
use crate::shared::{ExternalReference, KillChainPhase, Observable, ObservedTime, ValidTime};
use crate::time::Time;
use crate::vocabulary::{Disposition, Tlp};

/// Facts for entities that do not have them.
#[derive(Clone, Copy)]
pub(super) struct Defaults<'a> {
    pub(super) source: &'a str,
    pub(super) time: Time,
}

/// The fields that all entities share.
pub(super) struct Shared<'a> {
    pub(super) id: &'a EntityId,
    pub(super) source: &'a str,
    pub(super) source_uri: Option<&'a str>,
    pub(super) created: Time,
    pub(super) language: Option<&'a str>,
    pub(super) tlp: Option<&'a Tlp>,
    pub(super) external_ids: &'a List<String>,
    pub(super) external_references: &'a List<ExternalReference>,
}

macro_rules! shared {
    ($entity:expr, $source:expr, $defaults:expr) => {
        Shared {
            id: &$entity.id,
            source: $source.unwrap_or($defaults.source),
            source_uri: $entity.source_uri.as_deref(),
            created: $entity.timestamp.unwrap_or($defaults.time),
            language: $entity.language.as_deref(),
            tlp: $entity.tlp.as_ref(),
            external_ids: &$entity.external_ids,
            external_references: &$entity.external_references,
        }
    };
    ($entity:expr, $defaults:expr) => {
        shared!($entity, $entity.source.as_deref(), $defaults)
    };
}
pub(super) use shared;

impl Shared<'_> {
    /// Returns an object with what the fields say. Its id depends on the entity's id and on
    /// `parts`.
    pub(super) fn object(&self, stix_type: &str, parts: &[&str], objects: &mut Objects) -> Object {
        let parts: Vec<&str> = std::iter::once(self.id.as_str()).chain(parts.iter().copied()).collect();
        let mut object = object(stix_type, &id(stix_type, &parts), self.created);
        set(&mut object, "created_by_ref", json!(objects.identity(self.source)));
        set(&mut object, "lang", self.language.map(Value::from));
        let marking = self.tlp.and_then(|tlp| objects.marking(tlp));
        set(&mut object, "object_marking_refs", marking.map(|id| json!([id])));
        let references = external_references(
            self.id,
            self.external_ids,
            self.external_references,
            self.source,
            self.source_uri,
        );
        set(&mut object, "external_references", references);
        object
    }

    /// Returns the same with a name and a description.
    fn named(&self, stix_type: &str, name: &str, description: Option<&str>, objects: &mut Objects) -> Object {
        let mut object = self.object(stix_type, &[], objects);
        // STIX requires a name, and CTIM accepts an empty title.
        let name = if name.is_empty() { self.id.as_str() } else { name };
        set(&mut object, "name", json!(name));
        set(&mut object, "description", description.map(Value::from));
        object
    }
}

/// Adds the objects for an entity that is not a relationship.
///
/// # Errors
/// If STIX cannot express the entity, with the reason.
pub(super) fn add(
    entity: EntityView<'_>,
    defaults: Defaults<'_>,
    objects: &mut Objects,
) -> Result<String, String> {
    let object = match entity {
        EntityView::Actor(actor) => threat_actor(actor, defaults, objects),
        EntityView::AttackPattern(pattern) => attack_pattern(pattern, defaults, objects),
        EntityView::Campaign(entity) => campaign(entity, defaults, objects),
        EntityView::Coa(coa) => course_of_action(coa, defaults, objects),
        EntityView::Incident(entity) => incident(entity, defaults, objects),
        EntityView::Indicator(entity) => indicator(entity, defaults, objects),
        EntityView::Judgement(judgement) => judged_observable(judgement, defaults, objects)?,
        EntityView::Malware(entity) => malware(entity, defaults, objects),
        EntityView::Sighting(sighting) => return observed_data(sighting, defaults, objects),
        EntityView::Tool(entity) => tool(entity, defaults, objects),
        EntityView::Vulnerability(entity) => vulnerability(entity, defaults, objects),
        other => return Err(format!("STIX has no object for an entity of the type {}", other.entity_type())),
    };
    Ok(objects.add(object))
}

fn threat_actor(actor: &Actor, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let shared = shared!(actor, Some(actor.source.as_str()), defaults);
    let mut object = shared.named("threat-actor", &actor.title, Some(&actor.description), objects);
    set(&mut object, "threat_actor_types", json!(actor.actor_types));
    set(&mut object, "aliases", json!(actor.aliases));
    set(&mut object, "confidence", actor.confidence.as_ref().and_then(confidence));
    object
}

fn attack_pattern(pattern: &AttackPattern, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let shared = shared!(pattern, defaults);
    let mut object = shared.named("attack-pattern", &pattern.title, Some(&pattern.description), objects);
    set(&mut object, "kill_chain_phases", phases(&pattern.kill_chain_phases));
    object
}

fn campaign(campaign: &Campaign, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let shared = shared!(campaign, defaults);
    let mut object = shared.named("campaign", &campaign.title, Some(&campaign.description), objects);
    set(&mut object, "confidence", campaign.confidence.as_ref().and_then(confidence));
    set(&mut object, "first_seen", campaign.valid_time.start_time.map(|time| json!(time)));
    object
}

fn course_of_action(coa: &Coa, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let name = coa.title.as_deref().unwrap_or(coa.id.as_str());
    shared!(coa, defaults).named("course-of-action", name, coa.description.as_deref(), objects)
}

fn incident(incident: &Incident, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let name = incident.title.as_deref().unwrap_or(incident.id.as_str());
    let shared = shared!(incident, defaults);
    let mut object = shared.named("incident", name, incident.description.as_deref(), objects);
    set(&mut object, "confidence", confidence(&incident.confidence));
    set(&mut object, "labels", json!(incident.severity.iter().map(severity_label).collect::<Vec<_>>()));
    object
}

fn malware(malware: &Malware, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let shared = shared!(malware, defaults);
    let mut object = shared.named("malware", &malware.title, Some(&malware.description), objects);
    // CTIM describes kinds of software, never one file.
    set(&mut object, "is_family", json!(true));
    set(&mut object, "malware_types", json!(malware.labels));
    set(&mut object, "kill_chain_phases", phases(&malware.kill_chain_phases));
    object
}

fn tool(tool: &Tool, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let shared = shared!(tool, defaults);
    let mut object = shared.named("tool", &tool.title, Some(&tool.description), objects);
    set(&mut object, "tool_types", json!(tool.labels));
    set(&mut object, "kill_chain_phases", phases(&tool.kill_chain_phases));
    object
}

fn vulnerability(vulnerability: &Vulnerability, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let cve = vulnerability.cve.as_ref().and_then(|cve| cve.cve_data_meta.id.as_deref());
    let name = vulnerability.title.as_deref().or(cve).unwrap_or(vulnerability.id.as_str());
    let shared = shared!(vulnerability, defaults);
    let mut object = shared.named("vulnerability", name, Some(&vulnerability.description), objects);
    if let (Some(cve), Some(Value::Array(references))) = (cve, object.get_mut("external_references")) {
        references.push(json!({ "source_name": "cve", "external_id": cve }));
    }
    object
}

fn indicator(indicator: &Indicator, defaults: Defaults<'_>, objects: &mut Objects) -> Object {
    let shared = shared!(indicator, Some(indicator.producer.as_str()), defaults);
    let mut object = shared.object("indicator", &[], objects);
    set(&mut object, "name", indicator.title.as_deref().map(Value::from));
    set(&mut object, "description", indicator.description.as_deref().map(Value::from));
    let (pattern_type, pattern) = machine_form(indicator);
    set(&mut object, "pattern_type", json!(pattern_type));
    set(&mut object, "pattern", json!(pattern));
    set_validity(&mut object, &indicator.valid_time, shared.created);
    set(&mut object, "kill_chain_phases", phases(&indicator.kill_chain_phases));
    set(&mut object, "confidence", indicator.confidence.as_ref().and_then(confidence));
    let severity = indicator.severity.iter().map(severity_label);
    let labels: Vec<String> = severity.chain(indicator.tags.iter().cloned()).collect();
    set(&mut object, "labels", json!(labels));
    object
}

/// Returns the language and the text of an indicator's pattern. A rule of which only the name is
/// known has its name as pattern, in a language called `ctim`.
fn machine_form(indicator: &Indicator) -> (&'static str, String) {
    let (language, pattern) = match &indicator.specification {
        Some(IndicatorSpecification::Snort(snort)) => ("snort", snort.snort_sig.clone()),
        Some(IndicatorSpecification::Sioc(sioc)) => ("sioc", sioc.sioc.clone()),
        Some(IndicatorSpecification::OpenIoc(open_ioc)) => ("openioc", open_ioc.open_ioc.clone()),
        Some(IndicatorSpecification::ThreatBrain(query)) => {
            ("threatbrain", query.query.clone().unwrap_or_default())
        }
        Some(IndicatorSpecification::Judgement(_)) | None => ("ctim", String::new()),
    };
    if pattern.is_empty() {
        let name = indicator.title.as_deref().filter(|title| !title.is_empty());
        return ("ctim", name.unwrap_or(indicator.id.as_str()).to_owned());
    }
    (language, pattern)
}

/// Returns the judgement on an observable as an indicator that matches the observable.
fn judged_observable(
    judgement: &Judgement,
    defaults: Defaults<'_>,
    objects: &mut Objects,
) -> Result<Object, String> {
    let observable = &judgement.observable;
    let pattern = observable::pattern(observable).ok_or_else(|| no_object(observable))?;
    let shared = shared!(judgement, Some(judgement.source.as_str()), defaults);
    let mut object = shared.named("indicator", &observable.value, judgement.reason.as_deref(), objects);
    let indicator_type = judgement.known_disposition().map(|disposition| match disposition {
        Disposition::Clean | Disposition::Common => "benign",
        Disposition::Malicious => "malicious-activity",
        Disposition::Suspicious => "anomalous-activity",
        Disposition::Unknown => "unknown",
    });
    set(&mut object, "indicator_types", indicator_type.map(|word| json!([word])));
    set(&mut object, "pattern_type", json!("stix"));
    set(&mut object, "pattern", json!(pattern));
    set_validity(&mut object, &judgement.valid_time, shared.created);
    set(&mut object, "confidence", confidence(&judgement.confidence));
    set(&mut object, "labels", json!([severity_label(&judgement.severity)]));
    Ok(object)
}

/// Sets the validity: STIX requires a start, and an end behind it if there is one.
fn set_validity(object: &mut Object, span: &ValidTime, created: Time) {
    let start = span.start_time.unwrap_or(created);
    set(object, "valid_from", json!(start));
    set(object, "valid_until", span.end_time.filter(|end| *end > start).map(|end| json!(end)));
}

/// Returns the observed data of a sighting, with the objects of its observables and targets.
fn observed_data(
    sighting: &Sighting,
    defaults: Defaults<'_>,
    objects: &mut Objects,
) -> Result<String, String> {
    let observables = sighting.observables.iter();
    let targets = sighting.targets.iter().flat_map(|target| &target.observables);
    let mut references: Vec<String> = Vec::new();
    for object in observables.chain(targets).filter_map(observable::objects).flatten() {
        let id = objects.add(object);
        if !references.contains(&id) {
            references.push(id);
        }
    }
    if references.is_empty() {
        return Err("STIX has no object for any of its observables".to_owned());
    }
    let shared = shared!(sighting, defaults);
    let mut object = shared.object("observed-data", &[], objects);
    let (first, last) = ends(&sighting.observed_time);
    set(&mut object, "first_observed", json!(first));
    set(&mut object, "last_observed", json!(last));
    set(&mut object, "number_observed", json!(sighting.count.clamp(1, MOST_SEEN)));
    set(&mut object, "object_refs", json!(references));
    set(&mut object, "confidence", confidence(&sighting.confidence));
    set(&mut object, "labels", labels(sighting));
    let id = objects.add(object);
    add_note(sighting, &shared, &id, objects);
    Ok(id)
}

/// Adds a note with the texts of a sighting, since observed data has no texts.
fn add_note(sighting: &Sighting, shared: &Shared<'_>, subject: &str, objects: &mut Objects) {
    let Some(content) = longest_text(sighting) else { return };
    let mut note = shared.object("note", &[], objects);
    set(&mut note, "abstract", sighting.title.as_deref().map(Value::from));
    set(&mut note, "content", json!(content));
    set(&mut note, "object_refs", json!([subject]));
    objects.add(note);
}

/// Returns the description, or else the shorter texts.
pub(super) fn longest_text(sighting: &Sighting) -> Option<&String> {
    let texts = [&sighting.description, &sighting.short_description, &sighting.title];
    texts.into_iter().flatten().find(|text| !text.is_empty())
}

/// Returns the severity of a sighting as a list of labels.
pub(super) fn labels(sighting: &Sighting) -> Value {
    sighting.severity.iter().map(severity_label).collect()
}

/// The greatest count that STIX takes.
pub(super) const MOST_SEEN: i64 = 999_999_999;

/// Returns the start and the end of a span; one that ends before it starts has no end.
pub(super) fn ends(span: &ObservedTime) -> (Time, Time) {
    let start = span.start_time;
    (start, span.end_time.filter(|end| *end >= start).unwrap_or(start))
}

fn phases(phases: &List<KillChainPhase>) -> Value {
    let phase = |phase: &KillChainPhase| json!({ "kill_chain_name": phase.kill_chain_name, "phase_name": phase.phase_name });
    phases.iter().map(phase).collect()
}

/// Returns the reason for leaving an observable out.
pub(super) fn no_object(observable: &Observable) -> String {
    format!("STIX has no object for this observable of the type {}", observable.r#type)
}
