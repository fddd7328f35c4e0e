//! Findings about observables: insights, signals, rules, verdicts and the lists behind them.

use ctim::vocabulary::RelationshipType;
use ctim::{EntityId, EntityLists, Indicator, Judgement, Relationship, Sighting, Verdict};

/// An entity in words.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    pub(super) id: Option<&'a EntityId>,
    pub(super) observable: Option<&'a ctim::Observable>,
    /// The kind in the words of Cloud SIEM, such as `insight`.
    pub(super) kind: &'static str,
    /// The disposition of a verdict.
    pub(super) disposition: Option<&'a str>,
    pub(super) severity: Option<&'a str>,
    pub(super) time: Option<String>,
    /// The name, short enough for a line.
    pub(super) name: String,
    /// The text that says most.
    pub(super) text: Option<&'a str>,
    /// The entity of Cloud SIEM that it is about.
    pub(super) about: Option<&'a str>,
    /// The number of times that it was seen.
    pub(super) count: i64,
    pub(super) link: Option<&'a str>,
}

pub(super) fn sightings(data: &EntityLists) -> impl Iterator<Item = &Sighting> {
    data.sightings.iter().flat_map(|list| &list.docs)
}

pub(super) fn indicators(data: &EntityLists) -> impl Iterator<Item = &Indicator> {
    data.indicators.iter().flat_map(|list| &list.docs)
}

pub(super) fn verdicts(data: &EntityLists) -> impl Iterator<Item = &Verdict> {
    data.verdicts.iter().flat_map(|list| &list.docs)
}

pub(super) fn judgements(data: &EntityLists) -> impl Iterator<Item = &Judgement> {
    data.judgements.iter().flat_map(|list| &list.docs)
}

pub(super) fn relationships(data: &EntityLists) -> impl Iterator<Item = &Relationship> {
    data.relationships.iter().flat_map(|list| &list.docs)
}

/// Returns the sources and targets of the relationships of a type.
pub(super) fn linked(
    data: &EntityLists,
    kind: RelationshipType,
) -> impl Iterator<Item = (&EntityId, &EntityId)> {
    let links = relationships(data).filter(move |link| link.relationship_type == kind);
    links.map(|link| (&link.source_ref, &link.target_ref))
}

/// Returns the findings, those that say most first.
pub(super) fn findings(data: &EntityLists) -> impl Iterator<Item = Finding<'_>> {
    let verdicts = verdicts(data).map(|verdict| of_verdict(data, verdict));
    let indicators = indicators(data).map(|indicator| of_indicator(data, indicator));
    sightings(data).map(of_sighting).chain(verdicts).chain(indicators)
}

pub(super) fn of_sighting(sighting: &Sighting) -> Finding<'_> {
    let text = sighting.short_description.as_deref();
    let words = text.and_then(in_words);
    let name = words.map(|(name, _)| name).or(text).or(sighting.title.as_deref());
    let is_insight = sighting.title.as_deref().is_some_and(|title| title.contains("Cloud SIEM Insight"));
    Finding {
        id: Some(&sighting.id),
        observable: sighting.observables.first(),
        kind: if is_insight { "insight" } else { "signal" },
        disposition: None,
        severity: sighting.severity.as_ref().map(|severity| severity.as_str()),
        time: Some(sighting.observed_time.start_time.to_string()),
        name: with_id_apart(name.unwrap_or("–"), &sighting.external_ids),
        text,
        about: words.map(|(_, about)| about),
        count: sighting.count,
        link: sighting.source_uri.as_deref(),
    }
}

/// Returns the name and the entity in the text of a sighting, which the contract prescribes:
/// `Signal: NAME for entity ENTITY contains the observable.`
fn in_words(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix("Signal: ")?.rsplit_once(" for entity ")?;
    let ends = [" contains the observable", " was found for the observable"];
    let about = ends.into_iter().find_map(|end| rest.rsplit_once(end))?.0;
    Some((name, about))
}

/// Returns the name of an insight, `INSIGHT-7-Odd query`, with a blank behind its id.
fn with_id_apart(name: &str, ids: &[String]) -> String {
    let apart = ids
        .iter()
        .find_map(|id| Some(format!("{id} {}", name.strip_prefix(id.as_str())?.strip_prefix('-')?)));
    apart.unwrap_or_else(|| name.to_owned())
}

pub(super) fn of_verdict<'a>(data: &'a EntityLists, verdict: &'a Verdict) -> Finding<'a> {
    let judgement = judgements(data).find(|judgement| Some(&judgement.id) == verdict.judgement_id.as_ref());
    let disposition = verdict.disposition_name.as_ref().map(|name| name.as_str());
    let reason = judgement.and_then(|judgement| judgement.reason.as_deref());
    Finding {
        id: verdict.judgement_id.as_ref(),
        observable: Some(&verdict.observable),
        kind: "verdict",
        disposition,
        severity: judgement.map(|judgement| judgement.severity.as_str()),
        time: verdict.valid_time.start_time.map(|time| time.to_string()),
        name: reason.unwrap_or("–").to_owned(),
        text: reason,
        about: None,
        count: 1,
        link: judgement.and_then(|judgement| judgement.source_uri.as_deref()),
    }
}

pub(super) fn of_indicator<'a>(data: &'a EntityLists, indicator: &'a Indicator) -> Finding<'a> {
    // Match lists and sources of threat intelligence are what judgements are elements of.
    let is_list = linked(data, RelationshipType::ElementOf).any(|(_, list)| *list == indicator.id);
    Finding {
        id: Some(&indicator.id),
        observable: None,
        kind: if is_list { "list" } else { "rule" },
        disposition: None,
        severity: indicator.severity.as_ref().map(|severity| severity.as_str()),
        time: indicator.valid_time.start_time.map(|time| time.to_string()),
        name: indicator.title.as_deref().unwrap_or("–").to_owned(),
        text: indicator.title.as_deref(),
        about: None,
        count: 1,
        link: indicator.source_uri.as_deref(),
    }
}

/// Returns true if there is not a single finding.
pub(super) fn is_empty(data: &EntityLists) -> bool {
    findings(data).next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_out_of_the_texts_of_the_contract() {
        let found = in_words(
            "Signal: INSIGHT-7-Odd for entity x for entity ws-17 contains the observable. 2 unique signals of 3 total.",
        );
        assert_eq!(found, Some(("INSIGHT-7-Odd for entity x", "ws-17")));
        let hidden = in_words("Signal: Port scan for entity web-01 was found for the observable.");
        assert_eq!(hidden, Some(("Port scan", "web-01")));
        assert_eq!(in_words("Another text for entity web-01 contains the observable."), None);
    }

    #[test]
    fn the_id_of_an_insight_stands_apart_from_its_name() {
        let ids = ["7c1d".to_owned(), "INSIGHT-7".to_owned()];
        assert_eq!(with_id_apart("INSIGHT-7-Odd query", &ids), "INSIGHT-7 Odd query");
        assert_eq!(with_id_apart("INSIGHT-77-Odd query", &ids), "INSIGHT-77-Odd query");
        assert_eq!(with_id_apart("Odd query", &[]), "Odd query");
    }
}
