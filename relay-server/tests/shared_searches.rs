//! Same question, one answer: requests that Cloud SIEM and key hosts get once, and requests that
//! they get again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;
use sumo_client::testing::{DataSet, Fault, Operation, TestCa, When};
use tokio::time::Instant;
use xdr_module::auth::allow_list::Audiences;
use xdr_module::auth::{Authenticator, Claims, KeySetTimes, KeySets, Refusal, RequestCredentials};

use self::common::{
    KeyAnswer, KeyHost, PUBLIC_URL, RsaKey, World, bearer, data, eventually, stand_in, trusted,
};

const HOUR: Duration = Duration::from_secs(3600);

/// Returns the number of searches for insights and for signals.
fn searches(world: &World) -> (u64, u64) {
    (world.calls(Operation::GetInsights), world.calls(Operation::GetSignals))
}

async fn observe_with_limit(world: &World, limit: u32) -> common::Answer {
    let token = world.claims().with("CTR_ENTITIES_LIMIT", limit).signed();
    let body = data::ask("domain", data::DOMAIN).to_string();
    world.relay.caller().post("/observe/observables", Some(&bearer(&token)), body).await
}

#[tokio::test]
async fn equal_observables_of_a_request_are_searched_once() {
    let world = World::of(data::company()).await;
    let asked = json!([
        {"type": "domain", "value": data::DOMAIN},
        {"value": data::DOMAIN, "type": "domain"},
        {"type": "hostname", "value": data::DOMAIN},
        {"type": "domain", "value": data::DOMAIN},
    ]);
    let answer = world.observe(&asked).await;
    assert_eq!(searches(&world), (1, 1));
    let of = |kind: &str| {
        let sightings = answer.docs("sightings");
        sightings.iter().filter(|sighting| sighting["observables"][0]["type"] == kind).count()
    };
    assert_eq!((of("domain"), of("hostname")), (3, 3), "each observable is answered, equal ones once");
}

#[tokio::test]
async fn values_that_differ_in_case_are_different_questions() {
    let world = World::with(data::company(), |config| config.sumo.cache = HOUR).await;
    let asked =
        json!([{"type": "domain", "value": "evil.example"}, {"type": "domain", "value": "EVIL.example"}]);
    let answer = world.observe(&asked).await;
    assert_eq!(searches(&world), (2, 2));
    assert_eq!(answer.docs("sightings").len(), 6);
}

#[tokio::test]
async fn concurrent_equal_questions_share_one_search() {
    // Without memory all must have asked before the search ends, however busy the machine is.
    for (cache, latency) in [(Duration::ZERO, 2000), (HOUR, 200)] {
        let siem = stand_in(data::company()).latency(Duration::from_millis(latency));
        let world = World::behind(siem, |config| config.sumo.cache = cache).await;
        world.post("/refer/observables", "[]").await;
        let question = data::ask("domain", data::DOMAIN);
        let answers = join_all((0..20).map(|_| world.observe(&question))).await;
        assert_eq!(searches(&world), (1, 1), "cache for {cache:?}");
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
        assert_eq!(answers[0].docs("sightings").len(), 3);
    }
}

#[tokio::test]
async fn who_leaves_does_not_take_the_search_along() {
    let siem = stand_in(data::company()).latency(Duration::from_millis(1000));
    let world = World::behind(siem, |_| {}).await;
    world.post("/refer/observables", "[]").await;
    let question = data::ask("domain", data::DOMAIN);
    let stays = {
        let leaves = world.observe(&question);
        let second = async {
            eventually("the first has asked", || searches(&world) == (1, 1)).await;
        };
        tokio::select! {
            _ = leaves => panic!("the stand-in is slow"),
            () = second => {}
        }
        world.observe(&question)
    };
    assert_eq!(stays.await.docs("sightings").len(), 3);
}

#[tokio::test]
async fn outcomes_are_remembered_for_a_short_time_only() {
    let world = World::with(data::company(), |config| config.sumo.cache = Duration::from_millis(500)).await;
    let question = data::ask("domain", data::DOMAIN);
    let first = world.observe(&question).await;
    let until = Instant::now() + Duration::from_secs(20);
    while searches(&world).0 == 1 || searches(&world).1 == 1 {
        assert_eq!(world.observe(&question).await.body, first.body);
        assert!(Instant::now() < until, "remembered for ever");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(world.observe(&question).await.body, first.body);
}

#[tokio::test]
async fn without_memory_every_question_is_asked() {
    let world = World::of(data::company()).await;
    for times in 1..=3 {
        assert_eq!(world.observe(&data::ask("domain", data::DOMAIN)).await.docs("sightings").len(), 3);
        assert_eq!(searches(&world), (times, times));
    }
}

#[tokio::test]
async fn what_decides_the_answer_decides_what_is_remembered() {
    let world = World::with(data::signals_for(&[data::DOMAIN; 9]), |config| config.sumo.cache = HOUR).await;
    for (limit, calls) in [(3, (1, 1)), (5, (2, 2)), (3, (2, 2)), (5, (2, 2)), (100, (3, 3)), (50, (3, 4))] {
        let answer = observe_with_limit(&world, limit).await;
        assert_eq!(answer.docs("sightings").len(), usize::min(limit as usize, 9), "limit {limit}");
        assert_eq!(answer.errors().len(), usize::from(limit < 9), "limit {limit}");
        assert_eq!(searches(&world), calls, "limit {limit}");
    }
    let by_type = world.observe(&data::ask("hostname", data::DOMAIN)).await;
    assert_eq!(by_type.docs("sightings")[0]["observables"][0]["type"], "hostname");
    assert_eq!(searches(&world), (3, 4), "the type of an observable is not searched for");
}

#[tokio::test]
async fn failures_are_not_remembered() {
    let world = World::with(data::company(), |config| config.sumo.cache = HOUR).await;
    world.siem.inject(When::operation(Operation::GetSignals).nth(1), Fault::status(StatusCode::FORBIDDEN));
    let question = data::ask("domain", data::DOMAIN);
    assert_eq!(world.observe(&question).await.errors().len(), 1);
    let healed = world.observe(&question).await;
    assert_eq!((healed.errors().len(), healed.docs("sightings").len()), (0, 3));
    assert_eq!(searches(&world), (1, 2), "the search that went well is remembered");
}

#[tokio::test]
async fn a_page_that_came_without_records_for_lack_of_time_is_not_remembered() {
    let world = World::with(data::company(), |config| {
        config.sumo.cache = HOUR;
        config.service.requests.deadline = Duration::from_secs(5);
    })
    .await;
    world.post("/refer/observables", "[]").await;
    world.siem.inject(When::operation(Operation::GetInsights).nth(1), Fault::hang());
    let question = data::ask("domain", data::DOMAIN);
    let late = world.observe(&question).await;
    assert_eq!((late.errors().len(), searches(&world)), (1, (2, 1)), "{}", late.body);
    let whole = world.observe(&question).await;
    assert_eq!((whole.errors().len(), searches(&world)), (0, (3, 1)), "{}", whole.body);
    assert_eq!(world.observe(&question).await.body, whole.body);
    assert_eq!(searches(&world), (3, 1), "the whole page is remembered");
}

#[tokio::test]
async fn changed_data_is_seen_once_the_memory_ends() {
    let world = World::with(data::company(), |config| config.sumo.cache = HOUR).await;
    let question = data::ask("domain", data::DOMAIN);
    let remembered = world.observe(&question).await;
    let nothing = r#"{"data": {"objects": [], "total": 0, "hasNextPage": false}, "errors": []}"#;
    world.siem.inject(When::always(), Fault::respond(StatusCode::OK, "application/json", nothing));
    assert_eq!(world.observe(&question).await.body, remembered.body);
    let fresh = World::of(DataSet::new()).await;
    fresh.observe(&question).await.assert_is(r#"{"data":{}}"#, "another relay remembers nothing");
}

#[tokio::test]
async fn many_first_requests_share_one_fetch_of_the_key_set() {
    let world = World::of(DataSet::new()).await;
    world.keys.set(KeyAnswer::json(RsaKey::xdr().key_set()).after(Duration::from_millis(300)));
    let answers = join_all((0..30).map(|_| world.post("/refer/observables", "[]"))).await;
    assert!(answers.iter().all(|answer| answer.body == r#"{"data":[]}"#));
    assert_eq!(world.keys.requests(), 1);
}

#[tokio::test]
async fn many_first_requests_share_one_failure_of_the_key_host() {
    let world = World::of(DataSet::new()).await;
    world.keys.set(KeyAnswer::text(500, "").after(Duration::from_secs(1)));
    let answers = join_all((0..30).map(|_| world.post("/refer/observables", "[]"))).await;
    assert!(answers.iter().all(|answer| answer.body == answers[0].body && answer.errors().len() == 1));
    assert_eq!(world.keys.requests(), 1);
    world.keys.set(KeyAnswer::json(RsaKey::xdr().key_set()));
    // Who comes within the pause after a failure shares it, too.
    while world.post("/refer/observables", "[]").await.body == answers[0].body {
        assert_eq!(world.keys.requests(), 1);
    }
    world.post("/refer/observables", "[]").await.assert_is(r#"{"data":[]}"#, "healed");
    assert_eq!(world.keys.requests(), 2);
}

/// An authenticator that fetches from one host of its own.
struct Gate {
    keys: KeyHost,
    authenticator: Authenticator,
}

impl Gate {
    fn start(times: KeySetTimes) -> Self {
        let ca = TestCa::new().unwrap();
        let keys = KeyHost::start(&ca, KeyAnswer::json(RsaKey::xdr().key_set()));
        let root = reqwest::Certificate::from_pem(ca.pem().as_bytes()).unwrap();
        let client = sumo_client::http_client_builder().tls_certs_merge([root]).build().unwrap();
        let hosts = trusted([keys.host()]);
        let sets = KeySets::of_hosts(&hosts, client, times);
        let audiences = Audiences::Configured([PUBLIC_URL.to_owned()].into());
        Self { keys, authenticator: Authenticator::new(hosts, audiences, sets) }
    }

    async fn enter(&self, key: &RsaKey) -> Result<(), Refusal> {
        let token = bearer(&common::Claims::new(&self.keys.host(), "api.sumologic.com").signed_by(key));
        let request = RequestCredentials { authorization: Some(&token), host: None };
        let deadline = Instant::now() + Duration::from_secs(20);
        self.authenticator.authenticate(request, deadline, |_: &Claims| Ok(())).await
    }
}

fn times(max_age: Duration, min_interval: Duration) -> KeySetTimes {
    let mut times = KeySetTimes::default();
    (times.max_age, times.min_interval) = (max_age, min_interval);
    times
}

#[tokio::test]
async fn a_key_set_serves_on_when_its_host_fails() {
    let gate = Gate::start(times(Duration::ZERO, Duration::ZERO));
    assert_eq!(gate.enter(RsaKey::xdr()).await, Ok(()));
    for answer in
        [KeyAnswer::text(500, ""), KeyAnswer::text(200, "<html>"), KeyAnswer::json(json!({"keys": []}))]
    {
        gate.keys.set(answer);
        let before = gate.keys.requests();
        assert_eq!(gate.enter(RsaKey::xdr()).await, Ok(()), "the old set serves");
        assert_eq!(gate.keys.requests(), before + 1, "it was tried to renew it");
        assert_eq!(gate.enter(RsaKey::next()).await, Err(Refusal::KeyNotFound));
    }
}

#[tokio::test]
async fn keys_that_are_withdrawn_are_refused_once_the_set_is_renewed() {
    let gate = Gate::start(times(Duration::ZERO, Duration::ZERO));
    assert_eq!(gate.enter(RsaKey::xdr()).await, Ok(()));
    gate.keys.set(KeyAnswer::json(RsaKey::next().key_set()));
    assert_eq!(gate.enter(RsaKey::xdr()).await, Err(Refusal::KeyNotFound));
    assert_eq!(gate.enter(RsaKey::next()).await, Ok(()));
}

#[tokio::test]
async fn a_changed_key_of_the_same_kid_is_taken_from_the_next_set() {
    let gate = Gate::start(times(Duration::ZERO, Duration::ZERO));
    assert_eq!(gate.enter(RsaKey::xdr()).await, Ok(()));
    assert_eq!(gate.enter(RsaKey::stranger()).await, Err(Refusal::WrongKey));
    gate.keys.set(KeyAnswer::json(RsaKey::stranger().key_set()));
    assert_eq!(gate.enter(RsaKey::stranger()).await, Ok(()));
    assert_eq!(gate.enter(RsaKey::xdr()).await, Err(Refusal::WrongKey));
}

#[tokio::test]
async fn unknown_kids_cannot_make_the_relay_fetch_more_than_once_an_interval() {
    let gate = Gate::start(times(HOUR, HOUR));
    assert_eq!(gate.enter(RsaKey::xdr()).await, Ok(()));
    let outcomes = join_all((0..20).map(|_| gate.enter(RsaKey::next()))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Err(Refusal::KeyNotFound)), "{outcomes:?}");
    assert_eq!(gate.keys.requests(), 2);
}
