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
    let recorded = time(insight.timestamp());
    let created = time(insight.created()).or(recorded).unwrap_or_else(|| context.asked.into());
    let closed = time(insight.closed()).filter(|closed| *closed >= created);
    let entity = insight.entity();
    let short_description = format!(
        "Signal: {}-{} for entity {} contains the observable. {} unique signals of {} total.",
        insight.readable_id().unwrap_or(NAMELESS),
        insight.name().unwrap_or(NAMELESS),
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
        .description(insight.description().unwrap_or_default())
        .severity(severity::of_insight(insight.severity()))
        .resolution(insight.resolution().unwrap_or("Unresolved"))
        .observed_time(ObservedTime::builder().start_time(created).maybe_end_time(closed).build())
        .observables([observable(context)])
        .external_ids(
            insight.id().into_iter().chain(insight.readable_id()).map(str::to_owned).collect::<Vec<_>>(),
        )
        .maybe_source_uri(insight.id().and_then(|id| context.console.insight(id)))
        .build();
    add_target(&mut sighting, entity, recorded.unwrap_or(created));
    sighting.truncate();
    sighting
}

/// The sighting of the observable in a signal about `entity`.
pub(crate) fn signal_sighting(
    id: EntityId,
    signal: &FoundSignal,
    entity: Option<FoundEntity<'_>>,
    context: &Context<'_>,
) -> Sighting {
    let start = time(signal.timestamp()).or_else(|| time(signal.created()));
    let start = start.unwrap_or_else(|| context.asked.into());
    let name = signal.name().unwrap_or(NAMELESS);
    let short_description =
        ["Signal: ", name, " for entity ", entity_value(entity), " contains the observable."].concat();
    let mut sighting = Sighting::builder()
        .id(id)
        .count(1)
        .confidence(HighMedLow::High)
        .internal(true)
        .source(SOURCE)
        .title(SIGNAL_TITLE)
        .short_description(short_description)
        .description(signal.description().unwrap_or_default())
        .severity(severity::of_signal(signal.severity))
        .observed_time(ObservedTime::builder().start_time(start).build())
        .observables([observable(context)])
        .external_ids(signal.id().map(str::to_owned).into_iter().collect::<Vec<_>>())
        .maybe_source_uri(signal.id().and_then(|id| context.console.signal(id)))
        .build();
    add_target(&mut sighting, entity, start);
    sighting.truncate();
    sighting
}

fn observable(context: &Context<'_>) -> ctim::Observable {
    let asked = context.observable;
    ctim::Observable::builder().r#type(asked.kind.as_str()).value(asked.value.as_str()).build()
}

fn entity_value(entity: Option<FoundEntity<'_>>) -> &str {
    entity.and_then(|entity| entity.value).unwrap_or(NAMELESS)
}

fn add_target(sighting: &mut Sighting, entity: Option<FoundEntity<'_>>, seen: ctim::Time) {
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
    use crate::observe::found::{EntityFacts, InsightFacts, SignalFacts};

    fn with_context<T>(make: impl FnOnce(&Context<'_>) -> T) -> T {
        let observable = Observable { kind: "ip".into(), value: "10.0.0.1".into() };
        let console = Console::of_api_host("api.sumologic.com");
        make(&Context::new(&observable, &console, DateTime::UNIX_EPOCH))
    }

    fn of_insight(facts: InsightFacts<'_>) -> Sighting {
        let id = EntityId::unchecked("transient:i");
        with_context(|context| insight_sighting(id, &facts.into(), context))
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
            let insight = InsightFacts {
                created: Some(created.into()),
                closed: Some(closed.into()),
                ..InsightFacts::default()
            };
            let time = of_insight(insight).observed_time;
            assert_eq!(time.end_time.map(|time| time.to_string()).as_deref(), end, "{closed}");
            assert_eq!(time.start_time.to_string(), "2026-01-02T00:00:00.000Z");
        }
    }

    #[test]
    fn the_entity_is_named_and_is_the_target() {
        let entity = FoundEntity { kind: Some("_hostname"), value: Some("web-01") };
        let facts = EntityFacts { kind: Some("_hostname".into()), value: Some("web-01".into()) };
        let insight = InsightFacts { entity: Some(facts), ..InsightFacts::default() };
        let signal = SignalFacts::default().into();
        let of_signal = with_context(|context| {
            signal_sighting(EntityId::unchecked("transient:s"), &signal, Some(entity), context)
        });
        for sighting in [of_insight(insight), of_signal] {
            assert!(sighting.short_description.unwrap().contains(" for entity web-01 contains "));
            assert_eq!(sighting.targets[0].observables[0].value, "web-01");
        }
        let nameless = of_insight(InsightFacts::default());
        assert!(nameless.short_description.unwrap().contains(" for entity unknown contains "));
        assert!(nameless.targets.is_empty());
    }
}
