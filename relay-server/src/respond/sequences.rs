//! Random sequences of list, trigger, repeat and restart against the stand-in, with a paused clock:
//! the state of the stand-in is the one that the replies claim, and no value is on a list twice.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use sumo_client::testing::{CloudSiem, DataSet, DuplicateItems, Fault, When};
use tokio::time::{Instant, sleep};
use xdr_module::auth::Claims;
use xdr_module::contract::action::{Action, Trigger, TriggerStatus};
use xdr_module::contract::observable::{Observable, ObservableLimits};
use xdr_module::contract::reply::Reply;

use super::action_id::EntityKey;
use super::session::Session;
use super::settings::RespondSettings;
use super::{RespondConfig, Responder};
use crate::metrics::Metrics;
use crate::search::Searches;

thread_local! {
    static CLOCK: Cell<Option<(Instant, DateTime<Utc>)>> = const { Cell::new(None) };
}

/// The time of day by the paused clock.
fn paused_now() -> DateTime<Utc> {
    let (started, at) = CLOCK.get().expect("the clock is set");
    at + started.elapsed()
}

/// The pairs of actions: the first adds, the second takes away.
const PAIRS: [[&str; 2]; 6] = [
    ["match-list-add-173", "match-list-remove-173"],
    ["match-list-add-175", "match-list-remove-175"],
    ["suppress-list-add-9", "suppress-list-remove-9"],
    ["threat-intel-add", "threat-intel-remove"],
    ["entity-tag", "entity-untag"],
    ["entity-suppress", "entity-unsuppress"],
];

const VALUES: [&str; 2] = ["10.0.0.1", "10.0.0.12"];

/// The id of an action on a value, without its start.
fn action_id(act: &str, value: &str) -> String {
    match act.starts_with("entity-") {
        true => format!("{act}{}", EntityKey::of(&format!("_ip-{value}"))),
        false => act.to_owned(),
    }
}

fn data() -> DataSet {
    let list = |id: &str, name: &str| json!({"id": id, "name": name, "targetColumn": "Ip"});
    let entity = |value: &str| {
        json!({"id": format!("_ip-{value}"), "entityType": "_ip", "name": value, "value": value, "tags": [],
            "isSuppressed": false})
    };
    DataSet::new()
        .match_lists([list("173", "blocked_ips"), list("174", "not_ours"), list("175", "watched_ips")])
        .suppress_lists([list("9", "noisy")])
        .threat_intel_sources([json!({"id": "7", "name": "soc", "sourceType": "CUSTOM"})])
        .entities(VALUES.map(entity))
}

fn settings() -> RespondSettings {
    RespondSettings::from_claims(&Claims::from_json(&json!({
        "respond": true,
        "respond_match_lists": "blocked_ips, watched_ips",
        "respond_suppress_lists": "noisy",
        "respond_threat_source": "soc",
        "respond_entities": true,
    })))
}

/// A relay and its Cloud SIEM, with what the answers said so far.
pub(super) struct Bench {
    pub(super) siem: CloudSiem,
    responder: Responder,
    settings: Arc<RespondSettings>,
    /// For each pair and value: true for there, none for unknown.
    said: HashMap<(usize, usize), Option<bool>>,
    changed: HashMap<(usize, usize), Instant>,
    started: Instant,
    requests: u32,
}

fn responder() -> Responder {
    let metrics = Metrics::new();
    let config = RespondConfig { is_on: true, ..RespondConfig::default() };
    Responder::new(config, Searches::new(Duration::ZERO, metrics.clone()), metrics)
}

impl Bench {
    pub(super) fn new(duplicates: DuplicateItems) -> Self {
        Self::of(data(), duplicates)
    }

    /// Creates a relay whose Cloud SIEM holds this data.
    pub(super) fn of(data: DataSet, duplicates: DuplicateItems) -> Self {
        let at = DateTime::from_timestamp(1_726_304_400, 0).unwrap();
        CLOCK.set(Some((Instant::now(), at)));
        let siem = CloudSiem::builder().data(data).now(at).duplicate_items(duplicates).build().unwrap();
        Self {
            siem,
            responder: responder(),
            settings: Arc::new(settings()),
            said: HashMap::new(),
            changed: HashMap::new(),
            started: Instant::now(),
            requests: 0,
        }
    }

    pub(super) fn session(&mut self) -> Session {
        self.requests += 1;
        let (client, credentials) = (self.siem.client().unwrap(), sumo_client::Credentials::new("i", "k"));
        Session {
            reader: client.clone(),
            writer: client,
            tenant: credentials.fingerprint(),
            writing_key: credentials.fingerprint(),
            host: "api.example.com".into(),
            settings: Arc::clone(&self.settings),
            entities_limit: 100,
            deadline: Instant::now() + Duration::from_secs(24),
            request_id: format!("r-{}", self.requests).into(),
            now: Arc::new(paused_now),
            _place: Default::default(),
        }
    }

    /// Triggers an action so many times at once, and gives the answers.
    pub(super) async fn trigger(
        &mut self,
        act: &str,
        value: &str,
        times: usize,
    ) -> Vec<Reply<super::TriggerResult>> {
        let body = json!({"action-id": format!("sumo-cse-{}", action_id(act, value)), "observable_type": "ip", "observable_value": value});
        let trigger = Trigger::parse(body.to_string().as_bytes(), ObservableLimits::default()).unwrap();
        let sessions: Vec<Session> = (0..times).map(|_| self.session()).collect();
        let triggers = sessions.into_iter().map(|session| self.responder.trigger(&trigger, session));
        futures_util::future::join_all(triggers).await
    }

    pub(super) async fn offered(&mut self, value: &str) -> Reply<Vec<Action>> {
        let session = self.session();
        self.responder
            .actions(&[Observable { kind: "ip".to_owned(), value: value.to_owned() }], session)
            .await
    }

    fn writes(&self) -> usize {
        let is_write = |call: &&sumo_client::testing::RecordedCall| call.method != Method::GET;
        self.siem.recorded().iter().filter(is_write).count()
    }

    fn posts(&self) -> usize {
        self.siem.recorded().iter().filter(|call| call.method == Method::POST).count()
    }

    async fn step(&mut self, step: &Step) {
        match *step {
            Step::List(value) => self.list(value).await,
            Step::Trigger { pair, half, value, times } => self.act(pair, half, value, times).await,
            Step::Restart => {
                self.responder = responder();
                self.started = Instant::now();
            }
            Step::Wait(seconds) => sleep(Duration::from_secs(seconds)).await,
            Step::FailWrite(method, fault) => {
                let method = [Method::POST, Method::PUT, Method::DELETE][method].clone();
                self.siem.inject(When::always().method(method).times(1), write_fault(fault));
            }
            Step::FailRead => {
                let fault = Fault::status(StatusCode::INTERNAL_SERVER_ERROR);
                self.siem.inject(When::always().method(Method::GET).times(1), fault);
            }
        }
    }

    async fn act(&mut self, pair: usize, half: usize, value: usize, times: usize) {
        let (before, posts) = (self.writes(), self.posts());
        let answers = self.trigger(PAIRS[pair][half], VALUES[value], times).await;
        assert!(answers.windows(2).all(|two| two[0] == two[1]), "one answer for all: {answers:?}");
        let answer = &answers[0];
        let is_success = answer.data.unwrap().status == TriggerStatus::Success;
        assert_eq!(answer.errors.is_empty(), is_success, "{answer:?}");
        let key = (pair, value);
        let code = answer.errors.first().map_or("", |error| error.code.as_str());
        let wrote = self.writes() > before;
        assert!(self.posts() <= posts + 1, "a second write was sent");
        if is_success {
            self.said.insert(key, Some(half == 0));
        } else if matches!(code, "outcome unknown" | "Internal Server Error" | "Service Unavailable") && wrote
        {
            self.said.insert(key, None);
        } else if code == "outcome unknown" {
            assert_eq!(self.said.get(&key), Some(&None), "nothing was sent: {answer:?}");
        }
        if wrote {
            self.changed.insert(key, Instant::now());
        }
    }

    /// Checks that the offered half fits the replies so far.
    async fn list(&mut self, value: usize) {
        let reply = self.offered(VALUES[value]).await;
        if !reply.errors.is_empty() {
            return;
        }
        let ids: Vec<String> = reply.data.unwrap().iter().map(|action| action.id.to_string()).collect();
        for (pair, halves) in PAIRS.iter().enumerate() {
            let offered =
                halves.map(|half| ids.contains(&format!("sumo-cse-{}", action_id(half, VALUES[value]))));
            assert!(offered[0] || offered[1], "{halves:?} of {ids:?}");
            let key = (pair, value);
            let changed = self.changed.get(&key).copied();
            let is_shown =
                changed.is_none_or(|at| at > self.started || at.elapsed() > Duration::from_secs(15));
            if let (Some(is_there), true) = (self.said.get(&key).copied().unwrap_or(Some(false)), is_shown) {
                assert_eq!(offered, [!is_there, is_there], "{halves:?} of {ids:?}");
            }
        }
    }

    /// Compares the stand-in with what the answers said.
    async fn check(&mut self) {
        self.siem.clear_faults();
        sleep(Duration::from_secs(60)).await;
        let client = self.siem.client().unwrap();
        let matched = client.match_list_items().list().limit(1000).send().await.unwrap().objects;
        let suppressed = client.suppress_list_items().list().limit(1000).send().await.unwrap().objects;
        let intel = client.threat_intel_indicators().list().limit(1000).send().await.unwrap().objects;
        let entities = client.entities().list().send().await.unwrap().objects;
        assert!(
            matched.iter().all(|item| item.list_name.as_deref() != Some("not_ours")),
            "a list that is not allowed"
        );
        for (index, value) in VALUES.iter().enumerate() {
            let on = |name: &str| {
                matched
                    .iter()
                    .filter(|item| item.value == *value && item.list_name.as_deref() == Some(name))
                    .count()
            };
            let entity = entities.iter().find(|entity| entity.text() == *value).unwrap();
            let counts = [
                on("blocked_ips"),
                on("watched_ips"),
                suppressed.iter().filter(|item| item.value == *value).count(),
                intel.iter().filter(|item| item.value == *value).count(),
                usize::from(!entity.tags.is_empty()),
                usize::from(entity.suppressed()),
            ];
            for (pair, count) in counts.into_iter().enumerate() {
                assert!(count <= 1, "{:?}: {value} is there {count} times", PAIRS[pair]);
                if let Some(is_there) = self.said.get(&(pair, index)).copied().unwrap_or(Some(false)) {
                    assert_eq!(count == 1, is_there, "{:?} {value}", PAIRS[pair]);
                }
            }
        }
        let marked =
            matched.iter().chain(&suppressed).filter_map(|item| item.meta.as_ref()?.description.as_deref());
        assert!(
            marked.clone().all(|text| text.starts_with("Added from Cisco XDR (request r-")),
            "{:?}",
            marked.collect::<Vec<_>>()
        );
    }
}

#[derive(Clone, Debug)]
enum Step {
    List(usize),
    Trigger { pair: usize, half: usize, value: usize, times: usize },
    Restart,
    Wait(u64),
    FailWrite(usize, usize),
    FailRead,
}

fn write_fault(kind: usize) -> Fault {
    match kind {
        0 => Fault::status(StatusCode::FORBIDDEN),
        1 => Fault::status(StatusCode::NOT_FOUND),
        2 => Fault::rate_limited(Some(1)),
        3 => Fault::reset_before_headers(),
        4 => Fault::reset_before_headers().carried_out(false),
        5 => Fault::reset_after_headers(),
        6 => Fault::hang(),
        7 => Fault::hang().carried_out(false),
        8 => Fault::truncated_body(),
        9 => Fault::not_ok(),
        10 => Fault::status(StatusCode::SERVICE_UNAVAILABLE).carried_out(true),
        11 => Fault::invalid_json(),
        _ => Fault::status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let trigger = (0..PAIRS.len(), 0..2_usize, 0..VALUES.len(), 1..3_usize)
        .prop_map(|(pair, half, value, times)| Step::Trigger { pair, half, value, times });
    // Most sequences stay with one target, so that its state is seen from all sides.
    let one =
        (0..2_usize, 1..3_usize).prop_map(|(half, times)| Step::Trigger { pair: 0, half, value: 0, times });
    let step = prop_oneof![
        2 => (0..VALUES.len()).prop_map(Step::List),
        3 => trigger,
        4 => one,
        1 => Just(Step::Restart),
        2 => prop_oneof![Just(1), Just(14), Just(16), Just(61)].prop_map(Step::Wait),
        2 => (0..3_usize, 0..13_usize).prop_map(|(method, fault)| Step::FailWrite(method, fault)),
        1 => Just(Step::FailRead),
    ];
    prop::collection::vec(step, 1..12)
}

pub(super) fn paused<F: Future>(run: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(run)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_of_cloud_siem_is_what_the_answers_said(
        steps in steps(),
        duplicates in prop_oneof![Just(DuplicateItems::AddAgain), Just(DuplicateItems::Refuse)],
    ) {
        paused(async {
            let mut bench = Bench::new(duplicates);
            for step in &steps {
                bench.step(step).await;
            }
            bench.check().await;
        });
    }
}

fn only(answers: Vec<Reply<super::TriggerResult>>) -> Value {
    serde_json::to_value(&answers[0]).unwrap()
}

#[test]
fn an_add_after_a_removal_that_was_not_answered_looks_again() {
    paused(async {
        let mut bench = Bench::new(DuplicateItems::AddAgain);
        let add = "match-list-add-173";
        let success = json!({"data": {"status": "success"}});
        assert_eq!(only(bench.trigger(add, VALUES[0], 1).await), success);
        sleep(Duration::from_secs(20)).await;
        bench.step(&Step::FailWrite(2, 8)).await;
        bench.act(0, 1, 0, 1).await;
        assert_eq!(bench.said.get(&(0, 0)), Some(&None), "the removal was carried out, its answer lost");
        bench.act(0, 0, 0, 1).await;
        bench.check().await;
        assert_eq!(bench.said.get(&(0, 0)), Some(&Some(true)));
    });
}

#[test]
fn a_write_whose_caller_goes_away_is_seen_to_its_end_and_not_sent_again() {
    paused(async {
        let mut bench = Bench::new(DuplicateItems::AddAgain);
        sleep(Duration::from_secs(20)).await;
        bench.siem.set_latency(Duration::from_secs(3));
        let gone =
            tokio::time::timeout(Duration::from_secs(8), bench.trigger("match-list-add-173", VALUES[0], 1));
        assert!(gone.await.is_err(), "the caller goes away while the write is under way");
        let again = only(bench.trigger("match-list-add-173", VALUES[0], 1).await);
        assert_eq!(again, json!({"data": {"status": "success"}}));
        assert_eq!(bench.writes(), 1);
    });
}

#[test]
fn a_trigger_waits_for_another_one_of_its_target_no_longer_than_its_deadline() {
    paused(async {
        let mut bench = Bench::new(DuplicateItems::AddAgain);
        bench.siem.set_latency(Duration::from_secs(10));
        let parse = |act: &str| {
            let id = format!("sumo-cse-{}", action_id(act, VALUES[0]));
            let body = json!({"action-id": id, "observable_type": "ip", "observable_value": VALUES[0]});
            Trigger::parse(body.to_string().as_bytes(), ObservableLimits::default()).unwrap()
        };
        let (tag, untag) = (parse("entity-tag"), parse("entity-untag"));
        let (first, mut second) = (bench.session(), bench.session());
        let started = Instant::now();
        second.deadline = started + Duration::from_secs(5);
        let waiting = async {
            let reply = bench.responder.trigger(&untag, second).await;
            (reply, started.elapsed())
        };
        let (_, (reply, waited)) = tokio::join!(bench.responder.trigger(&tag, first), waiting);
        assert_eq!((reply.errors[0].code.as_str(), waited), ("try again later", Duration::from_secs(5)));
    });
}

#[test]
fn a_removal_waits_until_what_was_added_is_shown() {
    paused(async {
        let mut bench = Bench::new(DuplicateItems::AddAgain);
        sleep(Duration::from_secs(20)).await;
        let success = json!({"data": {"status": "success"}});
        assert_eq!(only(bench.trigger("match-list-add-173", VALUES[0], 1).await), success);
        let started = Instant::now();
        assert_eq!(only(bench.trigger("match-list-remove-173", VALUES[0], 1).await), success);
        assert!(started.elapsed() >= Duration::from_secs(15));
        assert_eq!(bench.writes(), 2);
        bench.said.insert((0, 0), Some(false));
        bench.check().await;
    });
}

#[test]
fn names_are_remembered_for_five_minutes_and_a_batch_takes_few_kinds_of_calls() {
    paused(async {
        let mut bench = Bench::new(DuplicateItems::AddAgain);
        for _ in 0..5 {
            assert!(bench.offered(VALUES[0]).await.errors.is_empty());
        }
        let calls = |operation| bench.siem.counts().of(operation);
        use sumo_client::testing::Operation as O;
        for names in [
            O::GetMatchLists,
            O::GetSuppressLists,
            O::GetThreatIntelligenceSources,
            O::GetEntityCriticalityConfigs,
        ] {
            assert_eq!(calls(names), 1, "{names:?}");
        }
        for looked_up in
            [O::GetMatchListItems, O::GetSuppressListItems, O::GetThreatIntelIndicators, O::GetEntities]
        {
            assert_eq!(calls(looked_up), 5, "{looked_up:?}");
        }
        assert_eq!(bench.siem.counts().calls, 4 + 4 * 5);
    });
}

#[test]
fn actions_come_within_ten_seconds_whatever_hangs() {
    paused(async {
        let mut bench = Bench::new(DuplicateItems::AddAgain);
        bench.siem.inject(When::operation(sumo_client::testing::Operation::GetMatchListItems), Fault::hang());
        let started = Instant::now();
        let reply = bench.offered(VALUES[0]).await;
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(reply.errors.len(), 1, "{:?}", reply.errors);
        let ids: Vec<String> = reply.data.unwrap().iter().map(|action| action.id.to_string()).collect();
        for half in PAIRS[0] {
            assert!(ids.contains(&format!("sumo-cse-{half}")), "{half} of {ids:?}");
        }
    });
}

#[test]
fn a_write_that_is_never_answered_is_unknown_and_seen_a_minute_later() {
    for halves in PAIRS {
        paused(async {
            let mut bench = Bench::new(DuplicateItems::AddAgain);
            for half in halves {
                sleep(Duration::from_secs(61)).await;
                bench.siem.reset_counts();
                bench.siem.inject(When::always().method(Method::POST).times(1), Fault::hang());
                bench.siem.inject(When::always().method(Method::DELETE).times(9), Fault::hang());
                bench.siem.inject(When::always().method(Method::PUT).times(9), Fault::hang());
                let lost = only(bench.trigger(half, VALUES[0], 1).await);
                assert_eq!(lost["errors"][0]["code"], "outcome unknown", "{half}: {lost}");
                assert!(bench.posts() <= 1, "{half}");
                bench.siem.clear_faults();
                sleep(Duration::from_secs(61)).await;
                let writes = bench.writes();
                let again = only(bench.trigger(half, VALUES[0], 1).await);
                assert_eq!(again, json!({"data": {"status": "success"}}), "{half}");
                assert_eq!(bench.writes(), writes, "it was done by then: {half}");
            }
        });
    }
}
