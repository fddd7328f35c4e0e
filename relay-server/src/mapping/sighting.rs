//! Insights and signals as sightings of the observable.

use ctim::vocabulary::HighMedLow;
use ctim::{EntityId, ExternalReference, List, ObservedTime, Sighting, Truncate};

use sumo_client::api::entities::EntityRef;
use sumo_client::api::insights::{Insight, InsightSeverity};
use sumo_client::api::signals::Signal;

use super::context::{Context, SOURCE, given, time};
use super::record::RecordFacts;
use super::{severity, target, technique};

/// The title of every insight's sighting; a part of its id.
pub(super) const INSIGHT_TITLE: &str = "A Sumo Logic Cloud SIEM Insight contains observable in a Signal";

/// The title of every signal's sighting; a part of its id.
pub(super) const SIGNAL_TITLE: &str = "A Sumo Logic Cloud SIEM Signal contains observable in a Signal";

/// Stands where Cloud SIEM has no name or value.
const NAMELESS: &str = "unknown";

/// The number of all signals of an insight, and of the rules that gave them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SignalCounts {
    pub(crate) signals: usize,
    pub(crate) rules: usize,
}

/// A signal as a sighting shows it.
#[derive(Debug)]
pub(crate) struct SeenSignal<'a> {
    pub(crate) signal: &'a Signal,
    /// Later signals that are equal to it but for time and records.
    pub(crate) equal: Vec<&'a Signal>,
    /// The entity that it is about.
    pub(crate) entity: Option<&'a EntityRef>,
    /// The facts of all their records.
    pub(crate) facts: RecordFacts,
    /// False if Cloud SIEM found the signal, but sent nothing in which the observable is.
    pub(crate) is_shown: bool,
}

/// The sighting of the observable in an insight. `is_shown` is false if Cloud SIEM found the
/// insight, but sent nothing in which the observable is.
pub(crate) fn insight_sighting(
    id: EntityId,
    insight: &Insight,
    counts: SignalCounts,
    is_shown: bool,
    context: &Context<'_>,
) -> Sighting {
    let recorded = time(insight.timestamp.as_ref());
    let created = time(insight.created.as_ref()).or(recorded).unwrap_or_else(|| context.asked.into());
    let closed = time(insight.closed.as_ref()).filter(|closed| *closed >= created);
    let entity = insight.entity.as_ref();
    let short_description = format!(
        "Signal: {}-{} for entity {} {}. {} unique signals of {} total.",
        given(&insight.readable_id).unwrap_or(NAMELESS),
        given(&insight.name).unwrap_or(NAMELESS),
        entity_value(entity),
        claim(is_shown),
        counts.rules,
        counts.signals,
    );
    let ids = [&insight.id, &insight.readable_id].into_iter().filter_map(|id| given(id));
    let mut sighting = Sighting::builder()
        .id(id)
        .count(1)
        .confidence(confidence(is_shown))
        .internal(true)
        .source(SOURCE)
        .title(if is_shown {
            INSIGHT_TITLE
        } else {
            "A Sumo Logic Cloud SIEM Insight was found for observable"
        })
        .short_description(short_description)
        .description(description(insight.description.as_deref(), state(insight), is_shown))
        .severity(severity::of_insight(insight.severity.as_ref().map(InsightSeverity::as_str)))
        .resolution(insight.resolution.as_deref().unwrap_or("Unresolved"))
        .observed_time(ObservedTime::builder().start_time(created).maybe_end_time(closed).build())
        .observables([observable(context)])
        .external_ids(ids.map(str::to_owned).collect::<Vec<_>>())
        .maybe_source_uri(given(&insight.id).and_then(|id| context.console.insight(id)))
        .build();
    let entities = entity.into_iter().chain(&insight.involved_entities);
    fill(&mut sighting.targets, target::targets(entities, &[], recorded.unwrap_or(created)));
    fill(&mut sighting.external_references, technique::references(&insight.tags));
    sighting.truncate();
    sighting
}

/// The sighting of the observable in a signal.
pub(crate) fn signal_sighting(id: EntityId, seen: &SeenSignal<'_>, context: &Context<'_>) -> Sighting {
    let signal = seen.signal;
    let start = signal_time(signal).unwrap_or_else(|| context.asked.into());
    let end = seen.equal.iter().copied().filter_map(signal_time).max().filter(|end| *end > start);
    let name = given(&signal.name).unwrap_or(NAMELESS);
    let short_description =
        format!("Signal: {name} for entity {} {}.", entity_value(seen.entity), claim(seen.is_shown));
    let all = || [signal].into_iter().chain(seen.equal.iter().copied());
    let ids = all().filter_map(|signal| given(&signal.id)).map(str::to_owned);
    let mut sighting = Sighting::builder()
        .id(id)
        .count(i64::try_from(all().count()).unwrap_or(i64::MAX))
        .confidence(confidence(seen.is_shown))
        .internal(true)
        .source(SOURCE)
        .title(if seen.is_shown {
            SIGNAL_TITLE
        } else {
            "A Sumo Logic Cloud SIEM Signal was found for observable"
        })
        .short_description(short_description)
        .description(description(signal.description.as_deref(), None, seen.is_shown))
        .severity(severity::of_signal(signal.severity))
        .observed_time(ObservedTime::builder().start_time(start).maybe_end_time(end).build())
        .observables([observable(context)])
        .maybe_sensor(seen.facts.sensor())
        .external_ids(ids.take(MAX_IDS).collect::<Vec<_>>())
        .maybe_source_uri(given(&signal.id).and_then(|id| context.console.signal(id)))
        .build();
    let links = seen.equal.iter().filter_map(|signal| link(signal, context)).take(MAX_IDS);
    fill(&mut sighting.external_references, technique::references(&signal.tags).into_iter().chain(links));
    fill(&mut sighting.relations, seen.facts.relations.iter().cloned());
    let entities = seen.entity.into_iter().chain(&signal.involved_entities);
    fill(&mut sighting.targets, target::targets(entities, &seen.facts.devices, start));
    sighting.truncate();
    sighting
}

/// The most ids and links of equal signals in a sighting.
const MAX_IDS: usize = 20;

/// Adds the elements to a list, which stays absent without any.
fn fill<T>(list: &mut List<T>, elements: impl IntoIterator<Item = T>) {
    elements.into_iter().for_each(|element| list.push(element));
}

/// The time of a signal: of its first record, else of its creation.
pub(crate) fn signal_time(signal: &Signal) -> Option<ctim::Time> {
    time(signal.timestamp.as_ref()).or_else(|| time(signal.created.as_ref()))
}

/// The page of an equal signal, whose sighting it has no other place in.
fn link(signal: &Signal, context: &Context<'_>) -> Option<ExternalReference> {
    let id = given(&signal.id)?;
    let url = context.console.signal(id);
    Some(ExternalReference::builder().source_name(SOURCE).external_id(id).maybe_url(url).build())
}

fn confidence(is_shown: bool) -> HighMedLow {
    if is_shown { HighMedLow::High } else { HighMedLow::Medium }
}

fn claim(is_shown: bool) -> &'static str {
    if is_shown { "contains the observable" } else { "was found for the observable" }
}

/// The description that Cloud SIEM gives, then what else is to be known, each in a paragraph.
fn description(given: Option<&str>, state: Option<String>, is_shown: bool) -> String {
    let not_shown = (!is_shown).then(|| NOT_SHOWN.to_owned());
    let given = given.filter(|text| !text.is_empty()).map(str::to_owned);
    // Words about the sighting itself come first, since long texts are cut at their end.
    let state = state.into_iter().chain(not_shown);
    let all: Vec<_> = state.chain(given).collect();
    all.join("\n\n")
}

const NOT_SHOWN: &str = "Cloud SIEM found this for the observable, but the data it sent does not show where.";

/// The status of an insight and the one that it is assigned to.
fn state(insight: &Insight) -> Option<String> {
    let status = insight.status.as_ref();
    let status =
        status.and_then(|status| status.display_name.as_deref().and_then(given).or(given(&status.name)));
    let assignee = insight.assignee.as_ref();
    let assignee = assignee.and_then(|one| {
        [&one.username, &one.display_name, &one.name].into_iter().flatten().find_map(|name| given(name))
    });
    let old =
        [&insight.assigned_to, &insight.team_assigned_to].into_iter().flatten().find_map(|name| given(name));
    let parts = [("Status", status), ("Assignee", assignee.or(old))];
    let parts: Vec<_> =
        parts.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}.", value?))).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn observable(context: &Context<'_>) -> ctim::Observable {
    let asked = context.observable;
    ctim::Observable::builder().r#type(asked.kind.as_str()).value(asked.value.as_str()).build()
}

fn entity_value(entity: Option<&EntityRef>) -> &str {
    entity.and_then(EntityRef::text).unwrap_or(NAMELESS)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::console::Console;
    use xdr_module::contract::observable::Observable;

    fn with_context<T>(make: impl FnOnce(&Context<'_>) -> T) -> T {
        let observable = Observable { kind: "ip".into(), value: "10.0.0.1".into() };
        let console = Console::of_api_host("api.sumologic.com");
        make(&Context::new(&observable, &console, DateTime::UNIX_EPOCH))
    }

    fn of_insight(insight: &Insight) -> Sighting {
        let id = EntityId::unchecked("transient:i");
        with_context(|context| insight_sighting(id, insight, SignalCounts::default(), true, context))
    }

    #[test]
    fn an_insight_ends_when_it_was_closed_unless_that_was_before_it_began() {
        let created = "2026-01-02T00:00:00";
        for (closed, end) in [
            ("2026-01-03T00:00:00", Some("2026-01-03T00:00:00.000Z")),
            (created, Some("2026-01-02T00:00:00.000Z")),
            ("2026-01-01T00:00:00", None),
            ("soon", None),
        ] {
            let mut insight = Insight::default();
            insight.created = Some(created.into());
            insight.closed = Some(closed.into());
            let time = of_insight(&insight).observed_time;
            assert_eq!(time.end_time.map(|time| time.to_string()).as_deref(), end, "{closed}");
            assert_eq!(time.start_time.to_string(), "2026-01-02T00:00:00.000Z");
        }
    }

    #[test]
    fn the_entity_is_named_and_is_the_target() {
        let mut entity = EntityRef::default();
        entity.entity_type = Some("_hostname".into());
        entity.value = Some("web-01".into());
        let of_signal = with_context(|context| {
            let signal = Signal::default();
            let seen = SeenSignal {
                signal: &signal,
                equal: Vec::new(),
                entity: Some(&entity),
                facts: RecordFacts::default(),
                is_shown: true,
            };
            signal_sighting(EntityId::unchecked("transient:s"), &seen, context)
        });
        let mut insight = Insight::default();
        insight.entity = Some(entity);
        for sighting in [of_insight(&insight), of_signal] {
            assert!(sighting.short_description.unwrap().contains(" for entity web-01 contains "));
            assert_eq!(sighting.targets[0].observables[0].value, "web-01");
        }
        let nameless = of_insight(&Insight::default());
        assert!(nameless.short_description.unwrap().contains(" for entity unknown contains "));
        assert!(nameless.targets.is_empty());
    }

    #[test]
    fn the_description_says_what_is_known_beside_it() {
        let mut insight: Insight = serde_json::from_value(serde_json::json!({
            "description": "Several stages", "status": {"name": "inprogress", "displayName": "In Progress"},
            "assignee": {"username": "jane@example.com"},
        }))
        .unwrap();
        let text = of_insight(&insight).description.unwrap();
        assert_eq!(text, "Status: In Progress. Assignee: jane@example.com.\n\nSeveral stages");
        insight.assignee = None;
        assert_eq!(of_insight(&insight).description.unwrap(), "Status: In Progress.\n\nSeveral stages");
        insight.status = None;
        insight.team_assigned_to = Some("Tier 2".into());
        assert_eq!(of_insight(&insight).description.unwrap(), "Assignee: Tier 2.\n\nSeveral stages");
        let bare = Insight::default();
        assert_eq!(of_insight(&bare).description.unwrap(), "");
        let not_shown = with_context(|context| {
            let id = EntityId::unchecked("transient:i");
            insight_sighting(id, &bare, SignalCounts::default(), false, context)
        });
        assert_eq!(not_shown.confidence, HighMedLow::Medium);
        assert_eq!(not_shown.description.as_deref(), Some(NOT_SHOWN));
        let short = not_shown.short_description.unwrap();
        assert!(short.contains("was found for the observable") && !short.contains("contains"), "{short}");
    }
}
