//! A module with every capability, for the conformance suite to be tested with.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "test helpers")]

use std::time::Duration;

use serde_json::json;
use xdr_module::auth::{Claims, Refusal};
use xdr_module::contract::action::{Action, ActionId, Trigger, TriggerResult};
use xdr_module::contract::health::{Health, Quota, QuotaValues};
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reference_link::ReferenceLink;
use xdr_module::contract::reply::{ErrorItem, Reply};
use xdr_module::contract::tile::{
    Bar, BarChart, BarValue, Column, ContentType, DataTable, DonutGraph, DonutPart, DonutSegment, LineChart,
    Markdown, Metric, MetricGroup, Period, Point, Series, Tile, TileContent, TileData, TileType,
};
use xdr_module::ctim::vocabulary::{DispositionName, DispositionNumber};
use xdr_module::ctim::{self, EntityLists, ValidTime, Verdict};
use xdr_module::module_type::{ModuleType, Region};
use xdr_module::testing::{Conformance, ConformanceTenant, RunningService, TestIssuer, TokenClaims};
use xdr_module::{About, Capability, Config, Context, Module, RequestLimits};

/// The value of an observable for which the module never has an answer.
const HANG: &str = "hang.example.com";

/// A module that knows everything about every observable of a company, and nothing about those of
/// example.com.
pub(crate) struct Sample {
    pub(crate) offered: Vec<Capability>,
}

impl Default for Sample {
    fn default() -> Self {
        Self { offered: Capability::ALL.into() }
    }
}

/// The name of a customer, which stands in all that it is told.
pub(crate) struct Company(String);

impl Module for Sample {
    type Tenant = Company;

    fn about(&self) -> About {
        About::new("sample-module", "1.2.3", "Sample").with_description("Shows every capability.")
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.offered.clone()
    }

    fn tenant(&self, claims: &Claims) -> Result<Company, Refusal> {
        claims.text("company").map(|name| Company(name.to_owned())).ok_or(Refusal::WrongPayload)
    }

    async fn health(&self, _: &Context<Company>) -> Reply<Health> {
        let quota = Quota::new("Calls a minute", QuotaValues::default());
        Reply::data(Health::ok().with_quota("calls", quota))
    }

    async fn observe(&self, context: &Context<Company>, asked: &[Observable]) -> Reply<EntityLists> {
        hang(asked).await;
        let mut lists = verdicts(asked);
        for asked in known(asked) {
            add_entities(&mut lists, &context.tenant().0, asked);
        }
        found(lists)
    }

    async fn refer(&self, context: &Context<Company>, asked: &[Observable]) -> Reply<Vec<ReferenceLink>> {
        hang(asked).await;
        let company = &context.tenant().0;
        Reply::data(asked.iter().enumerate().map(|(index, asked)| link(company, index, asked)).collect())
    }

    async fn deliberate(&self, _: &Context<Company>, asked: &[Observable]) -> Reply<EntityLists> {
        hang(asked).await;
        found(verdicts(asked))
    }

    async fn actions(&self, context: &Context<Company>, asked: &[Observable]) -> Reply<Vec<Action>> {
        hang(asked).await;
        let title = format!("Block for {}", context.tenant().0);
        let action = |asked: &Observable| {
            Action::new(ActionId::new("block").unwrap(), &title, "Blocks it.", asked)
                .with_categories(["Sample"])
        };
        Reply::data(asked.iter().map(action).collect())
    }

    async fn trigger(&self, _: &Context<Company>, trigger: &Trigger) -> Reply<TriggerResult> {
        match trigger.action_id.as_str() {
            "block" => Reply::data(TriggerResult::SUCCESS),
            _ => Reply::error(ErrorItem::invalid_argument("Unsupported action.")),
        }
    }

    async fn tiles(&self, context: &Context<Company>) -> Reply<Vec<Tile>> {
        let tile = |(id, kind, _): (&str, TileType, TileContent)| {
            let periods = [Period::Last24Hours, Period::Last7Days];
            Tile::new(id, kind, format!("{id} of {}", context.tenant().0), "Shows it.", periods)
                .with_tags(["sample"])
        };
        Reply::data(contents().into_iter().map(tile).collect())
    }

    async fn tile_data(&self, _: &Context<Company>, tile: &Tile, period: Period) -> Reply<TileData> {
        let (_, _, content) = contents().into_iter().find(|(id, ..)| *id == tile.id).unwrap();
        let (now, valid) = (chrono::Utc::now(), chrono::TimeDelta::minutes(5));
        Reply::data(TileData::new(&tile.id, period, now, valid, content))
    }
}

async fn hang(asked: &[Observable]) {
    if asked.iter().any(|asked| asked.value == HANG) {
        std::future::pending::<()>().await;
    }
}

fn known(asked: &[Observable]) -> impl Iterator<Item = &Observable> {
    asked
        .iter()
        .filter(|asked| matches!(asked.kind.as_str(), "ip" | "domain") && asked.value.contains("198.51.100"))
}

fn found(lists: EntityLists) -> Reply<EntityLists> {
    if lists.is_empty() { Reply::nothing() } else { Reply::data(lists) }
}

fn verdicts(asked: &[Observable]) -> EntityLists {
    let verdict = |asked: &Observable| {
        let observable =
            ctim::Observable::builder().r#type(asked.kind.as_str()).value(asked.value.as_str()).build();
        let now = chrono::Utc::now();
        let valid = ValidTime::builder().start_time(now).end_time(now + chrono::TimeDelta::days(7)).build();
        Verdict::builder()
            .observable(observable)
            .disposition(DispositionNumber::Suspicious)
            .disposition_name(DispositionName::Suspicious)
            .valid_time(valid)
            .build()
    };
    EntityLists::default().with_verdicts(known(asked).map(verdict))
}

/// Adds a sighting, an indicator and the relationship between them, each as JSON reads them.
fn add_entities(lists: &mut EntityLists, company: &str, asked: &Observable) {
    let id = |kind: &str| format!("transient:{kind}-{company}-{}", asked.value);
    let version = ctim::SCHEMA_VERSION;
    let time = json!({"start_time": "2026-03-01T10:00:00.000Z"});
    for entity in [
        json!({"type": "sighting", "id": id("sighting"), "schema_version": version, "count": 1, "confidence": "High",
               "observed_time": time, "title": company,
               "observables": [{"type": asked.kind, "value": asked.value}]}),
        json!({"type": "indicator", "id": id("indicator"), "schema_version": version, "producer": company,
               "valid_time": time}),
        json!({"type": "relationship", "id": id("relationship"), "schema_version": version,
               "source_ref": id("sighting"), "target_ref": id("indicator"), "relationship_type": "sighting-of"}),
    ] {
        let entity: ctim::Entity = serde_json::from_value(entity).unwrap();
        lists.add(entity).unwrap();
    }
}

fn link(company: &str, index: usize, asked: &Observable) -> ReferenceLink {
    let (id, url) =
        (format!("sample-{index}-{}", asked.value), format!("https://{company}.example.com/{index}"));
    ReferenceLink::new(id, format!("Ask {company}"), url)
        .with_description(format!("Asks {company} about it"))
        .with_categories(["Sample"])
}

/// The id, type and content of each tile.
fn contents() -> [(&'static str, TileType, TileContent); 7] {
    let bars = || {
        let values = ["high", "low"].map(|key| BarValue::new(key, 2));
        let series = ["high", "low"].map(|key| Series::new(key, key));
        BarChart::new(series, [Bar::new("monday", "Monday", values)])
    };
    let part = DonutPart::new(0, 3, [DonutSegment::new(0, 3)]);
    let rings =
        [("Severity", "High"), ("Status", "New")].map(|(ring, label)| (ring.into(), vec![label.into()]));
    let donut = DonutGraph::new(rings, [part]);
    let column = Column::new("id", "Id", ContentType::LinkedText);
    let row = [("id", "1"), ("link_uri", "https://example.com")].map(|(key, text)| (key.into(), text.into()));
    let metrics = vec![Metric::number("Open", 7).with_icon("warning"), Metric::text("Mean", "41 min")];
    [
        ("metrics", TileType::MetricGroup, MetricGroup::new(metrics).into()),
        ("donut", TileType::DonutGraph, donut.into()),
        ("lying-bars", TileType::HorizontalBarChart, bars().into()),
        ("standing-bars", TileType::VerticalBarChart, bars().into()),
        ("line", TileType::LineChart, LineChart::new([Point::new(1_726_185_600, 4)]).into()),
        ("table", TileType::DataTable, DataTable::new([column], [row.into()]).into()),
        ("text", TileType::Markdown, Markdown::new(["# Text"]).into()),
    ]
}

/// The limits of the sample module: short, so that nobody waits for them.
pub(crate) fn limits() -> RequestLimits {
    let mut limits = RequestLimits::default();
    limits.deadline = Duration::from_millis(800);
    limits.max_body_bytes = 256 * 1024;
    limits.max_observables = 40;
    limits
}

/// Starts a module with the limits of the sample module.
pub(crate) fn start(sample: Sample, issuer: &TestIssuer) -> RunningService {
    RunningService::start(sample, issuer, |config: &mut Config| config.requests = limits()).unwrap()
}

fn company(name: &str) -> TokenClaims {
    [("company", name)].into_iter().collect()
}

/// Returns the whole suite for a sample module that answers at `url`.
pub(crate) fn suite(url: &str, issuer: &TestIssuer, sample: &Sample) -> Conformance {
    let record = ModuleType::new("Sample").record(sample, Region::Us, "https://sample.example.com");
    let tenants = ["alpha", "omega"].map(|name| ConformanceTenant::new(company(name), name));
    Conformance::new(url, issuer)
        .with_capabilities(sample.offered.clone())
        .with_observables([("ip", "198.51.100.24"), ("domain", "a198.51.100.example")])
        .with_claims(company("acme"))
        .with_tenants(tenants)
        .with_refused_claims([json!(null), json!(5), json!("")].map(|value| [("company", value)].into_iter().collect()))
        .with_limits(limits())
        .with_hanging_observable("domain", HANG)
        .with_trigger(json!({"action-id": "block", "observable_type": "ip", "observable_value": "198.51.100.24", "n": 1}))
        .with_module_type(record)
}
