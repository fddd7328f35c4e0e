//! Examples of the OpenAPI document for tiles: made by the code that makes the real ones.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sumo_client::api::counts::CountBucket;
use sumo_client::api::entities::Entity;
use sumo_client::api::health_events::HealthEvent;
use sumo_client::api::insights::Insight;
use xdr_module::contract::reply::{ErrorItem, Reply};
use xdr_module::contract::tile::{Period, TileContent, TileData};
use xdr_module::{Examples, Operation};

use super::buckets::Buckets;
use super::catalogue::TileId;
use super::counts::{self, Counts};
use super::sources::{Gap, InsightPass};
use super::{health_events, insights, list, of_gaps, tables};
use crate::console::Console;

const PERIOD: Period = Period::Last7Days;

/// The end of the period, in seconds since 1970: 20 November 2026.
const NOW: i64 = 1_795_132_800;

/// Returns the examples of one of the operations for tiles.
pub(crate) fn examples(operation: Operation) -> Examples {
    let examples = Examples::default();
    match operation {
        Operation::Tiles => examples.with_reply("tiles", "The tiles", &Reply::data(list())),
        Operation::Tile => examples
            .with_request("tile", "A tile of the list", json!({"tile_id": "insights-by-severity"}))
            .with_request("unknown", "A tile that does not exist", json!({"tile_id": "nope"}))
            .with_reply("tile", "The same as in the list", &Reply::data(TileId::InsightsBySeverity.tile()))
            .with_reply("unknown", "There is no such tile", &unknown()),
        Operation::TileData => data(examples),
        _ => examples,
    }
}

fn unknown() -> Reply<()> {
    Reply::error(ErrorItem::invalid_argument("Unknown tile nope"))
}

/// A request for each type of content, and the replies to them.
fn data(examples: Examples) -> Examples {
    let examples = tile_data().into_iter().fold(examples, |examples, (name, summary, data)| {
        let request = json!({"tile_id": data.tile_id, "period": data.period});
        examples.with_request(name, summary, request).with_reply(name, summary, &Reply::data(data))
    });
    let cut = InsightPass { gap: Some(Gap::MorePages), ..pass() };
    let partial = shown("insight-times", insights::times(&cut.totals));
    examples
        .with_reply("partial", "Drawn from a part of the insights", &Reply::partial(partial, of_gaps(&cut)))
        .with_reply("unknown", "There is no such tile", &unknown())
}

fn tile_data() -> [(&'static str, &'static str, TileData); 7] {
    let (pass, console) = (pass(), Console::of_api_host("api.us2.sumologic.com"));
    let totals = &pass.totals;
    [
        ("numbers", "Numbers", shown("insights-summary", insights::summary(Some(7), Some(totals), &console))),
        ("rings", "Two rings", shown("insights-by-severity", insights::by_severity(totals))),
        (
            "standing_bars",
            "Standing bars",
            shown("insights-over-time", insights::over_time(totals, &buckets())),
        ),
        ("line", "A line", shown("signals-over-time", counts::line(&signal_counts()))),
        ("lying_bars", "Lying bars", shown("tactics", insights::tactics(totals))),
        (
            "table",
            "A table",
            shown("active-entities", tables::active_entities(&tables::entity_rows(vec![entity()]))),
        ),
        (
            "markdown",
            "Markdown",
            shown("sumo-health", health_events::markdown(&health_events::rows(vec![event()]))),
        ),
    ]
}

fn shown(tile_id: &str, content: impl Into<TileContent>) -> TileData {
    TileData::new(tile_id, PERIOD, now(), TimeDelta::minutes(5), content)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap_or_default()
}

fn buckets() -> Buckets {
    Buckets::new(PERIOD, now())
}

fn pass() -> InsightPass {
    let mut pass = InsightPass::default();
    for (severity, created, tactic) in
        [("HIGH", "2026-11-18T09:15:02", "TA0011"), ("LOW", "2026-11-19T20:00:00", "TA0007")]
    {
        let mut insight = Insight::default();
        insight.severity = Some(severity.into());
        insight.created = Some(created.into());
        insight.tags = vec![format!("_mitreAttackTactic:{tactic}")];
        insight.time_to_detection = Some(2_460.0);
        pass.totals.add(&insight, &buckets());
    }
    pass
}

fn signal_counts() -> Counts {
    let buckets = [("2026-11-18T00:00:00", 4), ("2026-11-19T00:00:00", 7)].map(|(time, count)| {
        let mut bucket = CountBucket::default();
        bucket.timestamp = Some(time.into());
        bucket.value = Some(sumo_client::api::Quantity::Text(count.to_string()));
        bucket
    });
    Counts::new(&buckets)
}

fn entity() -> Entity {
    let mut entity = Entity::default();
    entity.id = "_hostname-ws--ana.corp.example.com".to_owned();
    entity.value = Some("ws-ana.corp.example.com".to_owned());
    entity.activity_score = 21;
    entity.last_seen = Some("2026-11-19T21:40:00".into());
    entity
}

fn event() -> HealthEvent {
    let mut event = HealthEvent::default();
    event.event_name = "InstalledCollectorOffline".to_owned();
    event.details.error = Some("Collector offline".to_owned());
    event.resource_identity.name = Some("web-01".to_owned());
    event.event_time = Some("2026-11-18T03:10:00Z".into());
    event.severity_level = Some("Error".into());
    event
}
