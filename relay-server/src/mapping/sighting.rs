//! Insights and signals as sightings of the observable.

use ctim::vocabulary::HighMedLow;
use ctim::{EntityId, ObservedTime, Sighting, Truncate};

use super::{Context, SOURCE, severity, target, time};
use crate::observe::found::{FoundEntity, FoundInsight, FoundSignal};

/// The title of every insight's sighting; a part of its id.
pub(super) const INSIGHT_TITLE: &str = "A Sumo Logic Cloud SIEM Insight contains observable in a Signal";

/// The title of every signal's sighting; a part of its id.
pub(super) const SIGNAL_TITLE: &str = "A Sumo Logic Cloud SIEM Signal contains observable in a Signal";

/// What is written where Cloud SIEM has no name or value.
const NAMELESS: &str = "unknown";

/// The sighting of the observable in an insight.
pub(crate) fn insight_sighting(id: EntityId, insight: &FoundInsight, context: &Context<'_>) -> Sighting {
    let recorded = time(insight.timestamp.as_deref());
    let created = time(insight.created.as_deref()).or(recorded).unwrap_or_else(|| context.asked.into());
    let closed = time(insight.closed.as_deref()).filter(|closed| *closed >= created);
    let entity = insight.entity.as_ref();
    let short_description = format!(
        "Signal: {}-{} for entity {} contains the observable. {} unique signals of {} total.",
        insight.readable_id.as_deref().unwrap_or(NAMELESS),
        insight.name.as_deref().unwrap_or(NAMELESS),
        entity_value(entity),
        insight.rule_count,
        insight.signal_count,
    );
    let mut sighting = Sighting::builder()
        .id(id)
        .count(1)
        .confidence(HighMedLow::High)
        .internal(true)
        .source(SOURCE)
        .title(INSIGHT_TITLE)
        .short_description(short_description)
        .description(insight.description.as_deref().unwrap_or_default())
        .severity(severity::of_insight(insight.severity.as_deref()))
        .resolution(insight.resolution.as_deref().unwrap_or("Unresolved"))
        .observed_time(ObservedTime::builder().start_time(created).maybe_end_time(closed).build())
        .observables([observable(context)])
        .external_ids(insight.id.iter().chain(&insight.readable_id).cloned().collect::<Vec<_>>())
        .maybe_source_uri(insight.id.as_deref().and_then(|id| context.console.insight(id)))
        .build();
    add_target(&mut sighting, entity, recorded.unwrap_or(created));
    sighting.truncate();
    sighting
}

/// The sighting of the observable in a signal.
pub(crate) fn signal_sighting(id: EntityId, signal: &FoundSignal, context: &Context<'_>) -> Sighting {
    let start = time(signal.timestamp.as_deref()).or_else(|| time(signal.created.as_deref()));
    let start = start.unwrap_or_else(|| context.asked.into());
    let entity = signal.entity.as_ref();
    let short_description = format!(
        "Signal: {} for entity {} contains the observable.",
        signal.name.as_deref().unwrap_or(NAMELESS),
        entity_value(entity),
    );
    let mut sighting = Sighting::builder()
        .id(id)
        .count(1)
        .confidence(HighMedLow::High)
        .internal(true)
        .source(SOURCE)
        .title(SIGNAL_TITLE)
        .short_description(short_description)
        .description(signal.description.as_deref().unwrap_or_default())
        .severity(severity::of_signal(signal.severity))
        .observed_time(ObservedTime::builder().start_time(start).build())
        .observables([observable(context)])
        .external_ids(signal.id.iter().cloned().collect::<Vec<_>>())
        .maybe_source_uri(signal.id.as_deref().and_then(|id| context.console.signal(id)))
        .build();
    add_target(&mut sighting, entity, start);
    sighting.truncate();
    sighting
}

fn observable(context: &Context<'_>) -> ctim::Observable {
    let asked = context.observable;
    ctim::Observable::builder().r#type(asked.kind.as_str()).value(asked.value.as_str()).build()
}

fn entity_value(entity: Option<&FoundEntity>) -> &str {
    entity.and_then(|entity| entity.value.as_deref()).unwrap_or(NAMELESS)
}

fn add_target(sighting: &mut Sighting, entity: Option<&FoundEntity>, seen: ctim::Time) {
    if let Some(target) = entity.and_then(|entity| target::target(entity, seen)) {
        sighting.targets.push(target);
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::console::Console;
    use crate::observable::Observable;

    fn with_context<T>(make: impl FnOnce(&Context<'_>) -> T) -> T {
        let observable = Observable { kind: "ip".into(), value: "10.0.0.1".into() };
        let console = Console::of_api_host("api.sumologic.com");
        make(&Context::new(&observable, &console, DateTime::UNIX_EPOCH))
    }

    fn of_insight(insight: &FoundInsight) -> Sighting {
        let id = EntityId::unchecked("transient:i");
        with_context(|context| insight_sighting(id, insight, context))
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
            let insight = FoundInsight {
                created: Some(created.to_owned()),
                closed: Some(closed.to_owned()),
                ..FoundInsight::default()
            };
            let time = of_insight(&insight).observed_time;
            assert_eq!(time.end_time.map(|time| time.to_string()).as_deref(), end, "{closed}");
            assert_eq!(time.start_time.to_string(), "2026-01-02T00:00:00.000Z");
        }
    }

    #[test]
    fn the_entity_is_named_and_is_the_target() {
        let entity = FoundEntity { kind: Some("_hostname".to_owned()), value: Some("web-01".to_owned()) };
        let insight = FoundInsight { entity: Some(entity.clone()), ..FoundInsight::default() };
        let signal = FoundSignal { entity: Some(entity), ..FoundSignal::default() };
        let of_signal =
            with_context(|context| signal_sighting(EntityId::unchecked("transient:s"), &signal, context));
        for sighting in [of_insight(&insight), of_signal] {
            assert!(sighting.short_description.unwrap().contains(" for entity web-01 contains "));
            assert_eq!(sighting.targets[0].observables[0].value, "web-01");
        }
        let nameless = of_insight(&FoundInsight::default());
        assert!(nameless.short_description.unwrap().contains(" for entity unknown contains "));
        assert!(nameless.targets.is_empty());
    }
}
