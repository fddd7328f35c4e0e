//! Tiles over HTTP: their content, their calls, and their warnings.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use sumo_client::testing::{
    CloudSiem, CloudSiemBuilder, DataSet, EnforcedLimit, Fault, Operation, Right, TestCa, When,
};

use self::common::caller::fatal;
use self::common::{Answer, KeyAnswer, KeyHost, RsaKey, RunningRelay, World, bearer, config, data, stand_in};

const PERIODS: [&str; 6] =
    ["last_hour", "last_24_hours", "last_7_days", "last_30_days", "last_60_days", "last_90_days"];

/// The tiles that are drawn from the pass over the insights of a period.
const OF_PASS: [&str; 5] =
    ["insights-summary", "insight-times", "insights-by-severity", "insights-over-time", "tactics"];

/// The moment at which the relay's clock and that of the stand-in stand.
fn now() -> DateTime<Utc> {
    "2024-09-14T09:00:00Z".parse().unwrap()
}

fn ago(hours: i64) -> String {
    (now() - TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// An insight that was made so many hours ago.
fn insight(number: usize, hours: i64, changes: Value) -> Value {
    let mut insight = data::insight(&number.to_string(), changes);
    insight["created"] = ago(hours).into();
    insight
}

/// One insight an hour, the newest two hours old.
fn hourly(count: usize) -> DataSet {
    let insights = (0..count).map(|n| insight(n, i64::try_from(n).unwrap() + 2, json!({})));
    DataSet::new().insights(insights.collect::<Vec<_>>())
}

async fn world(data: DataSet) -> World {
    behind(stand_in(data)).await
}

async fn behind(siem: CloudSiemBuilder) -> World {
    World::behind(siem.now(now()), |config| config.now = Some(now())).await
}

async fn draw(world: &World, tile: &str, period: &str) -> Answer {
    world.post("/tiles/tile-data", json!({"tile_id": tile, "period": period}).to_string()).await
}

async fn data_of(world: &World, tile: &str, period: &str) -> Value {
    let answer = draw(world, tile, period).await;
    assert_eq!(answer.errors(), [] as [Value; 0], "{tile} {period}");
    answer.json()["data"].clone()
}

async fn ids(world: &World) -> Vec<String> {
    let tiles = world.post("/tiles", "").await.json()["data"].clone();
    tiles.as_array().unwrap().iter().map(|tile| tile["id"].as_str().unwrap().to_owned()).collect()
}

/// The numbers of a group, by their labels.
fn metrics(data: &Value) -> Vec<(&str, &Value)> {
    let metrics = data["data"].as_array().unwrap().iter();
    metrics.map(|metric| (metric["label"].as_str().unwrap(), &metric["value"])).collect()
}

#[tokio::test]
async fn a_tile_alone_is_the_same_as_in_the_list() {
    let world = world(DataSet::new()).await;
    let tiles = world.post("/tiles", "").await.json()["data"].clone();
    let tiles = tiles.as_array().unwrap();
    assert_eq!(tiles.len(), 10);
    for tile in tiles {
        let alone = world.post("/tiles/tile", json!({"tile_id": tile["id"]}).to_string()).await;
        assert_eq!(alone.json(), json!({"data": tile}));
    }
    assert_eq!(world.siem.counts().calls, 0, "the list of tiles costs no call");
}

#[tokio::test]
async fn bodies_that_name_no_tile_are_invalid() {
    let world = world(DataSet::new()).await;
    let missing = "['Missing data for required field.']";
    let unknown = json!({"tile_id": "nope", "period": "last_hour"}).to_string();
    for path in ["/tiles/tile", "/tiles/tile-data"] {
        let expected = fatal("invalid argument", "Unknown tile nope");
        world.post(path, unknown.clone()).await.assert_is(&expected, path);
    }
    let expected = fatal("invalid argument", &format!("{{'tile_id': {missing}}}"));
    world.post("/tiles/tile", "{}").await.assert_is(&expected, "no id");
    let expected = fatal("invalid argument", &format!("{{'tile_id': {missing}, 'period': {missing}}}"));
    world.post("/tiles/tile-data", "{}").await.assert_is(&expected, "nothing");
    let expected = fatal("invalid argument", "{'period': ['Not a valid choice.']}");
    draw(&world, "funnel", "last_year").await.assert_is(&expected, "no such period");
    assert_eq!(world.siem.counts().calls, 0);
}

#[tokio::test]
async fn counts_become_a_line_with_the_times_of_the_period() {
    let world = world(DataSet::new()).await;
    let counts = json!([{"timestamp": "2024-09-13T00:00:00", "value": "4"},
                        {"timestamp": "2024-09-14T00:00:00", "value": "7"}]);
    world.siem.inject(When::operation(Operation::GetSignalCounts), Fault::data(&counts));
    assert_eq!(
        data_of(&world, "signals-over-time", "last_7_days").await,
        json!({
            "tile_id": "signals-over-time", "period": "last_7_days", "cache_scope": "org",
            "observed_time": {"start_time": "2024-09-07T09:00:00.000Z", "end_time": "2024-09-14T09:00:00.000Z"},
            "valid_time": {"start_time": "2024-09-14T09:00:00.000Z", "end_time": "2024-09-14T09:05:00.000Z"},
            "key_type": "timestamp",
            "data": [{"key": 1_726_185_600, "value": 4}, {"key": 1_726_272_000, "value": 7}],
        })
    );
    let call = &world.siem.recorded_of(Operation::GetSignalCounts)[0];
    assert_eq!(call.query_parameter("startTimestamp"), Some("2024-09-07T09:00:00Z"));
    assert_eq!(call.query_parameter("endTimestamp"), Some("2024-09-14T09:00:00Z"));
    assert_eq!(call.query_parameter("bucketDuration"), Some("86400"));
}

#[tokio::test]
async fn each_tile_covers_each_period_and_may_be_kept_as_long_as_it_is_remembered() {
    let world = world(DataSet::new()).await;
    for tile in ids(&world).await {
        for (period, hours, minutes) in PERIODS
            .into_iter()
            .zip([1, 24, 7 * 24, 30 * 24, 60 * 24, 90 * 24])
            .zip([1, 1, 5, 5, 5, 5])
            .map(|((period, hours), minutes)| (period, hours, minutes))
        {
            let data = data_of(&world, &tile, period).await;
            let start = format!("{}.000Z", ago(hours));
            let case = format!("{tile} {period}");
            assert_eq!((&data["tile_id"], &data["period"]), (&json!(tile), &json!(period)), "{case}");
            assert_eq!(
                data["observed_time"],
                json!({"start_time": start, "end_time": "2024-09-14T09:00:00.000Z"})
            );
            let end = format!("2024-09-14T09:0{minutes}:00.000Z");
            assert_eq!(
                data["valid_time"],
                json!({"start_time": "2024-09-14T09:00:00.000Z", "end_time": end}),
                "{case}"
            );
            assert_eq!(data["cache_scope"], "org", "{case}");
        }
    }
}

#[tokio::test]
async fn tiles_of_nothing_show_nothing() {
    let world = world(DataSet::new()).await;
    let ring = data_of(&world, "insights-by-severity", "last_7_days").await;
    assert_eq!(
        ring["labels"],
        json!([["Critical", "High", "Medium", "Low"], ["New", "In Progress", "Closed"]])
    );
    assert_eq!(ring["data"], json!([]));
    let summary = data_of(&world, "insights-summary", "last_7_days").await;
    assert!(metrics(&summary).iter().all(|(_, value)| **value == 0), "{summary}");
    let times = data_of(&world, "insight-times", "last_7_days").await;
    assert!(metrics(&times).iter().all(|(_, value)| **value == "–"), "{times}");
    let bars = data_of(&world, "insights-over-time", "last_24_hours").await;
    assert_eq!(bars["data"].as_array().unwrap().len(), 24);
    let funnel = data_of(&world, "funnel", "last_7_days").await;
    assert_eq!(metrics(&funnel), [("Records", &json!(0)), ("Signals", &json!(0)), ("Insights", &json!(0))]);
    assert_eq!(data_of(&world, "tactics", "last_7_days").await["data"], json!([]));
    for tile in ["newest-insights", "active-entities"] {
        assert_eq!(data_of(&world, tile, "last_24_hours").await["data"]["rows"], json!([]), "{tile}");
    }
    let health = data_of(&world, "sumo-health", "last_24_hours").await;
    assert_eq!(health["data"], json!(["No unresolved health events."]));
}

#[tokio::test]
async fn tiles_show_what_cloud_siem_holds() {
    let triage = json!({"name": "triage", "displayName": "In triage"});
    let closed = json!({"name": "closed", "displayName": "Closed"});
    let tags = json!(["_mitreAttackTactic:TA0011", "free"]);
    let insights = [
        insight(
            1,
            1,
            json!({"severity": "HIGH", "tags": tags, "timeToDetection": 60.0, "timeToResponse": null}),
        ),
        insight(
            2,
            5,
            json!({"severity": "CRITICAL", "status": triage, "tags": tags, "timeToDetection": 180.0}),
        ),
        insight(3, 30, json!({"severity": "LOW", "status": closed, "timeToDetection": null})),
        insight(4, 24 * 20, json!({"severity": "LOW"})),
    ];
    let signal = |id: &str, hours| {
        data::signal(
            id,
            json!({"timestamp": ago(hours), "allRecords": [
        {"uid": format!("r-{id}"), "timestamp": (now() - TimeDelta::hours(hours)).timestamp_millis()}]}),
        )
    };
    let world = world(DataSet::new().insights(insights).signals([signal("s-1", 1), signal("s-2", 40)])).await;

    let summary = data_of(&world, "insights-summary", "last_7_days").await;
    let open = metrics(&summary);
    assert_eq!(
        open,
        [
            ("Open now", &json!(3)),
            ("New", &json!(3)),
            ("New, closed since", &json!(1)),
            ("New, critical or high", &json!(2))
        ]
    );
    let host = world.siem.api_host();
    assert_eq!(summary["data"][0]["link_uri"], format!("https://{host}/sec/insight"));
    let ring = data_of(&world, "insights-by-severity", "last_7_days").await;
    assert_eq!(ring["labels"][1], json!(["New", "In Progress", "In triage", "Closed"]));
    assert_eq!(ring["data"].as_array().unwrap().len(), 3);
    let times = data_of(&world, "insight-times", "last_7_days").await;
    assert_eq!(times["data"][0]["value"], "2 min");
    assert_eq!(times["data"][1]["value"], "–");
    let bars = data_of(&world, "insights-over-time", "last_7_days").await;
    let sums: Vec<_> =
        bars["data"].as_array().unwrap().iter().map(|bar| bar["value"].as_u64().unwrap()).collect();
    assert_eq!(sums, [0, 0, 0, 0, 0, 1, 2]);
    let tactics = data_of(&world, "tactics", "last_30_days").await;
    assert_eq!(
        (&tactics["data"][0]["label"], &tactics["data"][0]["value"]),
        (&json!("Command and Control"), &json!(2))
    );
    let funnel = data_of(&world, "funnel", "last_7_days").await;
    assert_eq!(metrics(&funnel), [("Records", &json!(2)), ("Signals", &json!(2)), ("Insights", &json!(3))]);
    let funnel = data_of(&world, "funnel", "last_24_hours").await;
    assert_eq!(metrics(&funnel), [("Records", &json!(1)), ("Signals", &json!(1)), ("Insights", &json!(2))]);
    let newest = data_of(&world, "newest-insights", "last_7_days").await;
    let rows: Vec<_> = newest["data"]["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(rows, ["INSIGHT-1", "INSIGHT-2"]);
    assert_eq!(newest["data"]["rows"][0]["link_uri"], format!("https://{host}/sec/insight/INSIGHT-1"));
    assert_eq!(newest["data"]["rows"][1]["status"], "In triage");
    let call = &world.siem.recorded_of(Operation::GetInsights).pop().unwrap();
    assert_eq!(call.query_parameter("q"), Some(r#"created:>=2024-09-07T09:00:00Z -status:"closed""#));
    assert_eq!(call.query_parameter("exclude"), Some("signals,artifacts"));
}

#[tokio::test]
async fn health_events_are_rows_that_hold_no_markup() {
    let event = json!({
        "eventId": "1", "eventName": "a|b\n<img>", "eventTime": "2024-09-14T08:39:00Z", "severityLevel": "Error",
        "details": {"error": "x"}, "resourceIdentity": {"id": "7", "type": "Collector", "name": "web-01"},
    });
    let world = world(DataSet::new().health_events([event])).await;
    let data = data_of(&world, "sumo-health", "last_24_hours").await;
    assert_eq!(data["data"].as_array().unwrap().len(), 3);
    assert_eq!(data["data"][2], r"| Error | a\|b \<img\>: x | web\-01 | 2024-09-14 08:39 UTC |");
}

#[tokio::test]
async fn a_funnel_tells_which_counts_could_not_be_read() {
    let world = world(hourly(2)).await;
    let unreadable = json!({"timestamp": "2024-09-14T08:00:00", "value": null});
    let seven = json!({"timestamp": "2024-09-14T08:00:00", "value": "7"});
    let counts = |counts: &Value| {
        Fault::respond(StatusCode::OK, "application/json", json!({"data": counts}).to_string())
    };
    world.siem.inject(When::operation(Operation::GetRecordCounts), counts(&json!([unreadable])));
    world
        .siem
        .inject(When::operation(Operation::GetSignalCounts), counts(&json!([seven, unreadable, unreadable])));
    let answer = draw(&world, "funnel", "last_24_hours").await;
    let data = answer.json()["data"].clone();
    assert_eq!(metrics(&data), [("Signals", &json!(7)), ("Insights", &json!(2))], "{}", answer.body);
    let warning = |text: &str| {
        let message = format!("The tile is not complete: {text}");
        json!({"type": "warning", "code": "tile incomplete", "message": message})
    };
    let expected = [
        warning("1 counts of the records could not be read"),
        warning("2 counts of the signals could not be read"),
    ];
    assert_eq!(answer.errors(), expected, "{}", answer.body);
}

#[tokio::test]
async fn one_pass_feeds_all_insight_tiles_of_a_period() {
    let siem = stand_in(hourly(5)).latency(Duration::from_millis(200));
    let world = behind(siem).await;
    let tiles =
        ["insights-summary", "insight-times", "insights-by-severity", "insights-over-time", "tactics"];
    let six = tiles.into_iter().chain(["insights-by-severity"]);
    let answers = join_all(six.map(|tile| draw(&world, tile, "last_7_days"))).await;
    assert!(answers.iter().all(|answer| answer.errors().is_empty()));
    assert_eq!(world.calls(Operation::GetAllInsights), 1);
    assert_eq!(world.siem.counts().calls, 2, "the pass, and the number of open insights");
    for tile in OF_PASS {
        data_of(&world, tile, "last_7_days").await;
    }
    assert_eq!(world.siem.counts().calls, 2, "the pass is remembered");
    data_of(&world, "tactics", "last_hour").await;
    assert_eq!(world.calls(Operation::GetAllInsights), 2, "another period is another pass");
    let query = world.siem.recorded_of(Operation::GetAllInsights)[0].query_parameter("q").map(str::to_owned);
    assert_eq!(query.as_deref(), Some("created:>=2024-09-07T09:00:00Z"));
}

#[tokio::test]
async fn whatever_a_tile_is_drawn_from_is_asked_for_once() {
    let siem = stand_in(hourly(3)).latency(Duration::from_millis(100));
    let world = behind(siem).await;
    let tiles = ids(&world).await;
    for _ in 0..2 {
        let twice = tiles.iter().chain(&tiles);
        join_all(twice.map(|tile| draw(&world, tile, "last_24_hours"))).await;
        // The pass, open insights, newest ones, four counts, entities, health events.
        assert_eq!(world.siem.counts().calls, 9);
    }
}

/// Two tenants behind one relay: with one Cloud SIEM, and access keys of their own.
struct Pair {
    siems: [CloudSiem; 2],
    tokens: [String; 2],
    relay: RunningRelay,
    keys: KeyHost,
}

impl Pair {
    async fn start() -> Self {
        let ca = TestCa::new().unwrap();
        let keys = KeyHost::start(&ca, KeyAnswer::json(RsaKey::xdr().key_set()));
        let start = async |mark: &str, count: usize| {
            let tls = ca.server_config(&["127.0.0.1"]).unwrap();
            let siem = CloudSiem::builder().data(hourly(count)).credentials(mark, format!("key of {mark}"));
            siem.now(now()).latency(Duration::from_millis(200)).tls(tls).start().await.unwrap()
        };
        let siems = [start("alpha", 3).await, start("omega", 5).await];
        let token = |mark: &str, siem: &CloudSiem| {
            let claims = common::Claims::new(&keys.host(), &siem.api_host());
            bearer(&claims.with("access_id", mark).with("access_key", format!("key of {mark}")).signed())
        };
        let tokens = [token("alpha", &siems[0]), token("omega", &siems[1])];
        let mut settings = config(&ca, [keys.host()], siems.iter().map(CloudSiem::api_host));
        settings.now = Some(now());
        Self { siems, tokens, relay: RunningRelay::start(&settings), keys }
    }

    async fn draw(&self, tenant: usize, tile: &str) -> Answer {
        let body = json!({"tile_id": tile, "period": "last_7_days"}).to_string();
        self.relay.caller().post("/tiles/tile-data", Some(&self.tokens[tenant]), body).await
    }
}

#[tokio::test]
async fn two_tenants_cost_two_passes_and_nothing_is_mixed() {
    let pair = Pair::start().await;
    let asked = (0..2).flat_map(|tenant| OF_PASS.map(|tile| (tenant, tile)));
    let draw = |(tenant, tile)| {
        let pair = &pair;
        async move { (tenant, tile, pair.draw(tenant, tile).await) }
    };
    let answers = join_all(asked.map(draw)).await;
    for siem in &pair.siems {
        assert_eq!(siem.counts().of(Operation::GetAllInsights), 1);
    }
    for (tenant, tile, answer) in answers {
        let own = [3, 5][tenant];
        let data = answer.json()["data"].clone();
        match tile {
            "insights-summary" => assert_eq!(data["data"][1]["value"], own),
            "insights-by-severity" => assert_eq!(data["data"][0]["value"], own),
            _ => {}
        }
        assert!(!answer.body.contains(&pair.siems[1 - tenant].api_host()), "{tile}");
    }
    // The same key at another host is another tenant, and so is another key at the same host.
    let foreign = common::Claims::new(&pair.keys.host(), &pair.siems[1].api_host());
    let foreign = foreign.with("access_id", "alpha").with("access_key", "key of alpha");
    let body = json!({"tile_id": "tactics", "period": "last_7_days"}).to_string();
    let answer = pair.relay.caller().post("/tiles/tile-data", Some(&bearer(&foreign.signed())), body).await;
    assert_eq!(answer.errors()[0]["code"], "Unauthorized", "{}", answer.body);
}

#[tokio::test]
async fn a_pass_ends_at_twenty_pages_with_a_warning() {
    let world = behind(stand_in(hourly(30)).token_page_size(1)).await;
    let answer = draw(&world, "insights-by-severity", "last_7_days").await;
    assert_eq!(world.calls(Operation::GetAllInsights), 20);
    assert_eq!(answer.json()["data"]["data"][0]["value"], 20);
    assert_eq!(
        answer.errors(),
        [json!({"type": "warning", "code": "too-many-messages-warning", "message":
            "The period has more Insights in Sumo Logic Cloud SIEM Enterprise than a tile reads (20 pages). It shows 20 \
             of them. Log in to the Sumo Logic console to see all"})]
    );
    let whole = behind(stand_in(hourly(20)).token_page_size(1)).await;
    assert_eq!(draw(&whole, "insights-by-severity", "last_7_days").await.errors(), [] as [Value; 0]);
    assert_eq!(whole.calls(Operation::GetAllInsights), 20);
}

#[tokio::test]
async fn what_came_before_a_page_failed_is_shown_for_a_minute() {
    let world = behind(stand_in(hourly(10)).token_page_size(2)).await;
    world
        .siem
        .inject(When::operation(Operation::GetAllInsights).nth(3), Fault::status(StatusCode::FORBIDDEN));
    let answer = draw(&world, "insights-by-severity", "last_7_days").await;
    let data = &answer.json()["data"];
    assert_eq!(data["data"][0]["value"], 4);
    assert_eq!(data["valid_time"]["end_time"], "2024-09-14T09:01:00.000Z");
    assert_eq!(
        answer.errors(),
        [
            json!({"type": "warning", "code": "tile incomplete", "message": "The tile is not complete: not all insights of \
                 the period were read (Sumo Logic answered HTTP 403: Forbidden; the access key lacks the right viewCse), it shows 4 of them"})
        ]
    );
}

#[tokio::test]
async fn what_came_before_the_deadline_is_shown() {
    let siem = stand_in(hourly(10)).token_page_size(2).now(now());
    let change = |config: &mut common::Config| {
        config.now = Some(now());
        config.service.requests.deadline = Duration::from_secs(2);
    };
    let world = World::behind(siem, change).await;
    world.siem.inject(When::operation(Operation::GetAllInsights).skip(1), Fault::hang());
    let answers =
        join_all(["tactics", "insights-by-severity"].map(|tile| draw(&world, tile, "last_7_days"))).await;
    for answer in answers {
        assert!(answer.json()["data"]["data"].is_array(), "{}", answer.body);
        let warning = answer.errors()[0].clone();
        assert_eq!((&warning["type"], &warning["code"]), (&json!("warning"), &json!("tile incomplete")));
        let message = warning["message"].as_str().unwrap();
        assert!(message.contains("(no answer in time), it shows 2 of them"), "{message}");
    }
}

#[tokio::test]
async fn a_failure_is_an_error_beside_no_data_and_is_not_remembered() {
    let world = world(hourly(2)).await;
    let fault = world.siem.inject(When::always(), Fault::status(StatusCode::CONFLICT));
    for tile in ids(&world).await {
        let answer = draw(&world, &tile, "last_24_hours").await;
        let error = answer.errors().remove(0);
        assert_eq!((&error["type"], &error["code"]), (&json!("fatal"), &json!("Conflict")), "{tile}");
        assert_eq!(answer.json().get("data"), None, "{tile}");
    }
    world.siem.remove_fault(fault);
    for tile in ids(&world).await {
        data_of(&world, &tile, "last_24_hours").await;
    }
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let builder = CloudSiem::builder().data(hourly(1)).now(now());
    let world =
        behind(builder.credentials_with_rights(common::ACCESS_ID, common::ACCESS_KEY, [Right::ViewCse]))
            .await;
    let error = draw(&world, "active-entities", "last_24_hours").await.errors().remove(0);
    assert_eq!((&error["type"], &error["code"]), (&json!("fatal"), &json!("Forbidden")));
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("lacks the right cseViewEntity"), "{error}");
    assert_eq!(message.matches("cseViewEntity").count(), 1, "{error}");
}

#[tokio::test]
async fn what_came_of_several_calls_is_shown_beside_a_warning() {
    let world = world(hourly(2)).await;
    let failing = [Operation::GetRecordCounts, Operation::GetAllInsights];
    for operation in failing {
        world.siem.inject(When::operation(operation), Fault::status(StatusCode::NOT_FOUND));
    }
    for (tile, labels) in [("funnel", vec!["Signals", "Insights"]), ("insights-summary", vec!["Open now"])] {
        let answer = draw(&world, tile, "last_7_days").await;
        let data = answer.json()["data"].clone();
        assert_eq!(metrics(&data).iter().map(|(label, _)| *label).collect::<Vec<_>>(), labels);
        assert_eq!(data["valid_time"]["end_time"], "2024-09-14T09:01:00.000Z");
        let errors = answer.errors();
        assert_eq!((errors.len(), &errors[0]["type"]), (1, &json!("warning")), "{}", answer.body);
        assert!(errors[0]["message"].as_str().unwrap().contains("could not be read: "), "{}", answer.body);
    }
}

#[tokio::test]
async fn an_odd_insight_costs_that_insight() {
    let world = world(DataSet::new()).await;
    let page = json!({"objects": [{"created": ago(1)}, {"created": null, "severity": "LOW", "status": "new"},
                                  {"created": ago(1), "timeToDetection": "soon"}, 7], "nextPageToken": null});
    world.siem.inject(When::operation(Operation::GetAllInsights), Fault::data(&page));
    for tile in OF_PASS.into_iter().skip(1) {
        let answer = draw(&world, tile, "last_24_hours").await;
        let messages: Vec<_> = answer.errors().iter().map(|error| error["message"].clone()).collect();
        assert_eq!(messages, ["The tile is not complete: 2 insights could not be read"], "{tile}");
    }
    let bars = draw(&world, "insights-over-time", "last_24_hours").await.json()["data"]["data"].clone();
    assert_eq!((&bars[22]["value"], &bars[24]["label"]), (&json!(0), &json!("Unknown")));
    assert_eq!(bars[23]["value"], 1);
}

#[tokio::test]
async fn pages_that_come_again_do_not_go_on_for_ever() {
    let world = world(DataSet::new()).await;
    let page = json!({"objects": [{"created": ago(1)}], "nextPageToken": "again"});
    world.siem.inject(When::operation(Operation::GetAllInsights), Fault::data(&page));
    let answer = draw(&world, "tactics", "last_24_hours").await;
    assert_eq!(world.calls(Operation::GetAllInsights), 2);
    assert!(
        answer.errors()[0]["message"].as_str().unwrap().contains("the same page again"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn lists_that_hold_more_say_so() {
    let entity = |n: i64| {
        let value = format!("192.0.2.{n}");
        json!({"id": format!("_ip-{value}"), "entityType": "_ip", "name": value, "value": value,
               "activityScore": n, "tags": [], "isSuppressed": false})
    };
    let event = |n: usize| {
        json!({"eventId": n.to_string(), "eventName": "X", "eventTime": "2024-09-14T08:39:00Z", "details": {},
               "resourceIdentity": {"id": n.to_string(), "type": "Source"}})
    };
    let data = DataSet::new().entities((1..=80).map(entity).collect::<Vec<_>>());
    let world = world(data.health_events((0..25).map(event).collect::<Vec<_>>())).await;
    let entities = draw(&world, "active-entities", "last_24_hours").await;
    let rows = entities.json()["data"]["data"]["rows"].clone();
    let scores: Vec<i64> =
        rows.as_array().unwrap().iter().map(|row| row["score"].as_str().unwrap().parse().unwrap()).collect();
    assert!(scores.is_sorted_by(|one, next| one >= next) && scores.len() == 10, "{scores:?}");
    let message = "There are more active entities in Sumo Logic than the 50 that a tile reads. Log in to the Sumo \
                   Logic console to see all";
    assert_eq!(entities.errors()[0]["message"], message);
    let call = &world.siem.recorded_of(Operation::GetEntities)[0];
    assert_eq!(
        (call.query_parameter("q"), call.query_parameter("limit")),
        (Some("activityScore:>=6"), Some("50"))
    );
    let health = draw(&world, "sumo-health", "last_24_hours").await;
    assert_eq!(health.json()["data"]["data"].as_array().unwrap().len(), 22);
    assert_eq!(health.errors().len(), 1, "{}", health.body);
}

#[tokio::test]
async fn a_dashboard_of_all_tiles_stays_within_the_limits_of_sumo_logic() {
    let siem = stand_in(hourly(20)).token_page_size(10).rate_limit(EnforcedLimit::DOCUMENTED).now(now());
    let change = |config: &mut common::Config| {
        config.now = Some(now());
        config.sumo.rate_limit = sumo_client::RateLimit::default();
    };
    let world = World::behind(siem, change).await;
    let tiles = ids(&world).await;
    let answers = join_all(tiles.iter().map(|tile| draw(&world, tile, "last_24_hours"))).await;
    assert!(answers.iter().all(|answer| answer.errors().is_empty()), "{answers:?}");
    assert_eq!(world.calls(Operation::GetAllInsights), 2, "two pages");
}

#[tokio::test]
async fn answers_hold_no_key_outside_of_the_closed_sets() {
    let world = world(hourly(2)).await;
    let common = ["tile_id", "period", "observed_time", "valid_time", "cache_scope", "data"];
    let more = |tile: &str| -> &[&str] {
        match tile {
            "insights-by-severity" => &["labels", "label_headers"],
            "insights-over-time" | "tactics" => &["key_type", "keys"],
            "signals-over-time" => &["key_type"],
            _ => &[],
        }
    };
    for tile in ids(&world).await {
        let data = data_of(&world, &tile, "last_24_hours").await;
        let keys: BTreeSet<_> = data.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, common.iter().chain(more(&tile)).copied().collect(), "{tile}");
    }
}
