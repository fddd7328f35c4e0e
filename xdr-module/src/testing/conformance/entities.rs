//! The data of `observe/observables` and `deliberate/observables`: closed CTIM.

use ctim::{Entity, EntityLists};
use serde_json::Value;

use super::check::{Findings, checks};
use super::check_error::{CheckError, skip};
use super::shape;
use super::subject::{Subject, question};
use crate::contract::observable::Observable;
use crate::module::{Capability, Operation};

checks! {
    "observe.entities", "Entities are valid CTIM without other members, in the lists that XDR knows.", observe;
    "observe.references", "Transient references point to entities of the same reply, and ids come once.", references;
    "deliberate.entities", "Verdicts are valid CTIM without other members, in the lists that XDR knows.", deliberate;
    "deliberate.verdicts", "There is at most one verdict for an observable, and none for others.", verdicts;
    "deliberate.many", "Twenty-five observables, as many as XDR sends, are judged at once.", many;
    "deliberate.once", "An observable that is asked about twice gets one verdict, and nothing asked gives nothing.", once;
    "deliberate.valid", "Verdicts hold now, and their number and word agree.", valid;
    "deliberate.agrees", "Observe and deliberate give the same verdicts.", agrees;
    "observe.judgements", "Each verdict of observe names a judgement beside it that comes to the same.", judgements;
    "entities.foreign_members", "Nothing that XDR adds itself is in a reply.", foreign_members;
}

/// The members that XDR adds to replies.
const FOREIGN: [&str; 4] = ["module", "module_instance_id", "module_type_id", "client_id"];

fn wanted(subject: &Subject, capability: Capability) -> Result<(), CheckError> {
    if !subject.offers(capability) {
        return skip(format!("{} is not offered", capability.as_str()));
    }
    match subject.observables.is_empty() {
        true => skip("no observables were named that the module knows"),
        false => Ok(()),
    }
}

async fn data_of(subject: &Subject, operation: Operation, asked: &Value) -> Result<Value, CheckError> {
    let reply = subject.post(operation.path(), asked.to_string()).await?.json();
    Ok(reply.get("data").cloned().unwrap_or_default())
}

async fn observe(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Observe)?;
    let data = data_of(subject, Operation::Observe, &subject.question()).await?;
    lists(findings, &data, EntityLists::NAMES);
    Ok(())
}

async fn deliberate(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Deliberate)?;
    let data = data_of(subject, Operation::Deliberate, &subject.question()).await?;
    lists(findings, &data, &["judgements", "verdicts"]);
    Ok(())
}

/// Requires lists of these names, with something in them.
fn lists(findings: &mut Findings, data: &Value, names: &[&str]) {
    let Some(lists) = shape::closed(findings, "the lists", data, &[], names) else { return };
    findings.require(
        !lists.is_empty(),
        "the observables that the module knows",
        "something about them",
        data,
    );
    for (name, list) in lists {
        let Some(list) = shape::closed(findings, name, list, &["count", "docs"], &[]) else { continue };
        let docs = list.get("docs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let count = list.get("count").and_then(Value::as_u64);
        let is_counted =
            count.is_some_and(|count| usize::try_from(count).is_ok_and(|count| count == docs.len()));
        findings.require(
            is_counted,
            format_args!("{name}, count"),
            docs.len(),
            list.get("count").unwrap_or(&Value::Null),
        );
        shape::unique(findings, name, docs);
        for doc in docs {
            entity(findings, name, doc);
        }
    }
}

fn entity(findings: &mut Findings, list: &str, doc: &Value) {
    let kind = doc.get("type").and_then(Value::as_str).unwrap_or_default();
    let belongs = list_of(kind).is_some_and(|of_kind| of_kind == list);
    findings.require(belongs, format_args!("{list}, an entity"), "one of the kind of the list", kind);
    let report = Entity::check_json(doc);
    let errors = report.errors().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    findings.require(errors.is_empty(), format_args!("{list} {doc}"), "valid CTIM", errors);
    if kind == "verdict" {
        let required = &["type", "observable", "disposition", "valid_time"];
        shape::closed(findings, "a verdict", doc, required, &["disposition_name", "judgement_id"]);
    }
}

/// Returns the name of the list that holds entities of a type.
fn list_of(kind: &str) -> Option<&'static str> {
    let name = kind.replace('-', "_");
    let plurals = [format!("{name}s"), format!("{}ies", name.trim_end_matches('y')), format!("{name}es")];
    EntityLists::NAMES
        .iter()
        .copied()
        .find(|list| *list == name || plurals.iter().any(|plural| plural == list))
}

async fn references(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Observe)?;
    let data = data_of(subject, Operation::Observe, &subject.question()).await?;
    let ids: Vec<Value> = docs(&data).filter_map(|doc| doc.get("id")).cloned().collect();
    shape::unique(findings, "ids of entities", &ids);
    match serde_json::from_value::<EntityLists>(data.clone()) {
        Ok(lists) => {
            let report = lists.check_references();
            findings.require(report.is_valid(), "references", "none that leads nowhere", report);
        }
        Err(error) => {
            findings.require(false, "the lists", "valid CTIM", error);
        }
    }
    Ok(())
}

/// Returns the entities of all lists.
fn docs(data: &Value) -> impl Iterator<Item = &Value> {
    let lists = data.as_object().into_iter().flat_map(|lists| lists.values());
    lists.filter_map(|list| list.get("docs")).filter_map(Value::as_array).flatten()
}

/// Returns the verdicts, each with its observable.
fn verdicts_of(data: &Value) -> Vec<(Value, Value)> {
    let verdicts = data.pointer("/verdicts/docs").and_then(Value::as_array);
    let observable = |verdict: &Value| verdict.get("observable").cloned().unwrap_or_default();
    verdicts.into_iter().flatten().map(|verdict| (observable(verdict), verdict.clone())).collect()
}

async fn verdicts(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Deliberate)?;
    let asked = subject.question();
    let data = data_of(subject, Operation::Deliberate, &asked).await?;
    judged_once(findings, &asked, &data);
    let unknown =
        Observable { kind: "domain".to_owned(), value: "nobody-knows.conformance.example".to_owned() };
    let response = subject.post(Operation::Deliberate.path(), question(&[unknown]).to_string()).await?;
    let verdicts = verdicts_of(response.json().get("data").unwrap_or(&Value::Null));
    findings.require(verdicts.is_empty(), "an observable that nobody knows", "no verdict", response.text());
    Ok(())
}

fn judged_once(findings: &mut Findings, asked: &Value, data: &Value) {
    let judged: Vec<Value> = verdicts_of(data).into_iter().map(|(observable, _)| observable).collect();
    shape::unique(findings, "observables of verdicts", &judged);
    for observable in &judged {
        let was_asked = asked.as_array().is_some_and(|asked| asked.contains(observable));
        findings.require(was_asked, "an observable of a verdict", "one that was asked about", observable);
    }
}

async fn many(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Deliberate)?;
    let fillers = (0..25).map(|n| Observable { kind: "ip".to_owned(), value: format!("198.18.0.{n}") });
    let observables: Vec<_> = subject.observables.iter().cloned().chain(fillers).take(25).collect();
    let asked = question(&observables);
    let response = subject.post(Operation::Deliberate.path(), asked.to_string()).await?;
    let data = response.json().get("data").cloned().unwrap_or_default();
    findings.require(data.is_object(), "25 observables", "data", response.text());
    judged_once(findings, &asked, &data);
    Ok(())
}

async fn once(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Deliberate)?;
    let once = data_of(subject, Operation::Deliberate, &subject.question()).await?;
    let twice: Vec<_> = subject.observables.iter().chain(&subject.observables).cloned().collect();
    let twice = data_of(subject, Operation::Deliberate, &question(&twice)).await?;
    findings.equal("verdicts on observables asked about twice", dispositions(&once), dispositions(&twice));
    let nothing = subject.post(Operation::Deliberate.path(), "[]").await?.json();
    let verdicts = verdicts_of(nothing.get("data").unwrap_or(&Value::Null));
    findings.require(verdicts.is_empty(), "no observables", "no verdict", nothing);
    Ok(())
}

async fn valid(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Deliberate)?;
    let data = data_of(subject, Operation::Deliberate, &subject.question()).await?;
    let now = ctim::Time::from(chrono::Utc::now());
    for (_, json) in verdicts_of(&data) {
        match serde_json::from_value::<ctim::Verdict>(json.clone()) {
            Ok(verdict) => {
                findings.require(
                    verdict.valid_time.contains(now),
                    "valid_time",
                    "a span that holds now",
                    &json,
                );
                let word = verdict.disposition_name.as_ref().map(|word| word.as_str());
                let of_number = verdict.disposition.name().map(|word| word.as_str().to_owned());
                let agrees = word.is_none_or(|word| of_number.as_deref() == Some(word));
                findings.require(agrees, "disposition and its word", "the same", &json);
            }
            Err(error) => {
                findings.require(false, "a verdict", "valid CTIM", error);
            }
        }
    }
    Ok(())
}

async fn judgements(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Observe)?;
    wanted(subject, Capability::Deliberate)?;
    let data = data_of(subject, Operation::Observe, &subject.question()).await?;
    let judgements = data.pointer("/judgements/docs").and_then(Value::as_array).cloned().unwrap_or_default();
    let verdicts = verdicts_of(&data);
    if verdicts.is_empty() {
        return skip("observe gives no verdicts");
    }
    for (_, verdict) in verdicts {
        let id = verdict.get("judgement_id");
        // Modules with stored judgements may name one that does not stand here.
        let is_here = id.and_then(Value::as_str).is_some_and(|id| id.starts_with("transient:"));
        let judgement = judgements.iter().find(|judgement| judgement.get("id") == id);
        let comes_to_it = judgement.is_some_and(|judgement| {
            ["observable", "disposition"].iter().all(|member| judgement.get(*member) == verdict.get(*member))
        });
        let case = "the judgement of a verdict";
        findings.require(!is_here || comes_to_it, case, "one that comes to it", &verdict);
    }
    Ok(())
}

/// Returns observable and disposition of each verdict, in a fixed order.
fn dispositions(data: &Value) -> String {
    let of = |(observable, verdict): (Value, Value)| {
        format!("{observable} {}", verdict.get("disposition").unwrap_or(&Value::Null))
    };
    let mut all: Vec<_> = verdicts_of(data).into_iter().map(of).collect();
    all.sort();
    all.join(", ")
}

async fn agrees(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject, Capability::Observe)?;
    wanted(subject, Capability::Deliberate)?;
    let asked = subject.question();
    let observed = dispositions(&data_of(subject, Operation::Observe, &asked).await?);
    let deliberated = dispositions(&data_of(subject, Operation::Deliberate, &asked).await?);
    // Modules may leave verdicts to deliberate alone.
    let is_fine = observed.is_empty() || observed == deliberated;
    findings.require(is_fine, "dispositions of observe", deliberated, observed);
    Ok(())
}

async fn foreign_members(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for operation in subject.operations() {
        let body = subject.body(operation).to_string();
        let reply = subject.post(operation.path(), body).await?.json();
        let found = foreign(&reply);
        findings.require(
            found.is_none(),
            operation.path(),
            "no member that XDR adds",
            found.unwrap_or_default(),
        );
    }
    Ok(())
}

fn foreign(value: &Value) -> Option<&str> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let own = FOREIGN.contains(&name.as_str()).then_some(name.as_str());
            own.or_else(|| foreign(value))
        }),
        Value::Array(items) => items.iter().find_map(foreign),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_its_type() {
        for (kind, list) in [
            ("sighting", "sightings"),
            ("attack-pattern", "attack_patterns"),
            ("coa", "coas"),
            ("vulnerability", "vulnerabilities"),
            ("weakness", "weaknesses"),
            ("malware", "malwares"),
            ("data-table", "data_tables"),
            ("identity-assertion", "identity_assertions"),
        ] {
            assert_eq!(list_of(kind), Some(list));
        }
        assert_eq!(list_of("casebook"), None);
    }
}
