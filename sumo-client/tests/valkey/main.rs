//! The store of the shared budget on a real server; skipped where none is installed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod connections;
mod server;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use sumo_client::{
    BodyStream, BudgetKey, BudgetStore, Change, Client, Credentials, Deployment, LeaseId, Limiters, MemberId,
    MemoryStore, RateLimit, SharedBudget, StartReply, StartRequest, Transport, TransportError, ValkeyStore,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use self::server::{PASSWORD, Server};

const ACCESS_ID: &str = "suAccessIdOfATest";
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers every call with an empty page.
struct Empty;

impl Transport for Empty {
    fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        let body = Bytes::from_static(br#"{"data": {"objects": [], "total": 0}}"#);
        let body = futures_util::stream::iter([Ok(body)]);
        Box::pin(async { Ok(http::Response::new(Box::pin(body) as BodyStream)) })
    }
}

fn client(limiters: Limiters) -> Client {
    Client::builder(Deployment::US2, Credentials::new(ACCESS_ID, "the-access-key-of-a-test"))
        .transport(Arc::new(Empty))
        .limiters(limiters)
        .build()
        .unwrap()
}

async fn call(client: &Client) {
    let sent = client.insights().list().q("an-observable.example.com").send();
    timeout(PATIENCE, sent).await.unwrap().unwrap();
}

const LONG: RateLimit = RateLimit::UNLIMITED.calls(4, Duration::from_secs(600));

fn wait_of(reply: StartReply) -> Duration {
    match reply {
        StartReply::Reserved(wait) => wait,
        StartReply::Full => panic!("no room in flight"),
    }
}

/// The behaviour of every store.
async fn check_store(store: &dyn BudgetStore) {
    // Of two who began to wait in the same millisecond, the smaller one is first.
    let mut members = [MemberId::random(), MemberId::random()];
    members.sort_unstable();
    let [other, one] = members;
    let mut numbers = 0..;
    let mut lease = |member| LeaseId::new(member, numbers.next().unwrap());
    store.connect().await.unwrap();
    for (member, index, members) in [(one, 0, 1), (other, 1, 2), (one, 0, 2), (other, 1, 2)] {
        let joined = store.join(member).await.unwrap();
        assert_eq!((joined.index, joined.members), (index, members));
        assert!(joined.time > Duration::from_secs(1_700_000_000), "{joined:?}");
    }

    // Processes take turns, each start a fourth of the window after that of another one.
    let key = BudgetKey::new([0; 16]);
    let mut last = Duration::ZERO;
    for member in [other, one, other, one, other] {
        let wait = wait_of(store.reserve(key, StartRequest::new(lease(member), LONG)).await.unwrap());
        assert!(wait <= last, "{wait:?}, not {last:?}");
        last += LONG.window / 4;
    }

    // Four starts in any window; a start that is given back is free again.
    let key = BudgetKey::new([1; 16]);
    let began = Instant::now();
    for _ in 0..4 {
        let wait = wait_of(store.reserve(key, StartRequest::new(lease(one), LONG)).await.unwrap());
        assert_eq!(wait, Duration::ZERO);
    }
    let unused = lease(one);
    let fifth = wait_of(store.reserve(key, StartRequest::new(unused, LONG)).await.unwrap());
    assert!(fifth <= LONG.window && fifth + began.elapsed() + Duration::from_millis(2) >= LONG.window);
    store.change(key, Change::Unused(unused)).await.unwrap();
    for _ in 0..4 {
        let wait = wait_of(store.reserve(key, StartRequest::new(lease(other), LONG)).await.unwrap());
        assert!(wait <= LONG.window);
    }
    let ninth = wait_of(store.reserve(key, StartRequest::new(lease(one), LONG)).await.unwrap());
    assert!(ninth > LONG.window && ninth <= LONG.window * 2, "{ninth:?}");

    // So many in flight; those who wait are served in order, unless they stay away for long.
    for number in 2.. {
        let key = BudgetKey::new([number; 16]);
        let (first, second) = (lease(one), lease(one));
        let two = LONG.calls(0, LONG.window).concurrency(2);
        for lease in [first, second] {
            assert_eq!(
                store.reserve(key, StartRequest::new(lease, two)).await.unwrap(),
                StartReply::Reserved(Duration::ZERO)
            );
        }
        let asked = Instant::now();
        assert_eq!(store.reserve(key, StartRequest::new(lease(other), two)).await.unwrap(), StartReply::Full);
        assert_eq!(store.reserve(key, StartRequest::new(lease(one), two)).await.unwrap(), StartReply::Full);
        store.change(key, Change::Ended(first)).await.unwrap();
        let too_early = store.reserve(key, StartRequest::new(lease(one), two)).await.unwrap();
        if asked.elapsed() >= Duration::from_millis(300) {
            continue;
        }
        assert_eq!(too_early, StartReply::Full);
        let reply = store.reserve(key, StartRequest::new(lease(other), two)).await.unwrap();
        assert_eq!(reply, StartReply::Reserved(Duration::ZERO));
        store.change(key, Change::Ended(second)).await.unwrap();
        store.change(key, Change::Extended(lease(other))).await.unwrap();
        assert_eq!(store.reserve(key, StartRequest::new(lease(one), two)).await.unwrap(), StartReply::Full);
        break;
    }

    // Silence.
    let key = BudgetKey::new([255; 16]);
    store.change(key, Change::Silence(Duration::from_secs(60))).await.unwrap();
    store.change(key, Change::Silence(Duration::from_secs(5))).await.unwrap();
    let wait = wait_of(store.reserve(key, StartRequest::new(lease(one), LONG)).await.unwrap());
    assert!(wait > Duration::from_secs(20) && wait <= Duration::from_secs(60), "{wait:?}");
}

#[tokio::test]
async fn both_stores_behave_alike() {
    check_store(&MemoryStore::new()).await;
    let Some(server) = Server::start() else { return };
    check_store(&server.connected().await).await;
}

#[tokio::test]
async fn two_processes_that_start_at_once_share_the_rate() {
    let Some(server) = Server::start() else { return };
    server.connected().await;
    let began = Instant::now();
    let processes = [(); 2].map(|()| {
        let budget = SharedBudget::new(Arc::new(server.store())).processes(2);
        client(Limiters::shared(RateLimit::default(), budget))
    });
    let calls = (0..20).map(|number: usize| call(&processes[number % 2]));
    join_all(calls).await;
    // Five windows, of which the first needs no wait.
    assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test]
async fn calls_go_on_while_the_server_is_paused_killed_and_started_again() {
    let Some(mut server) = Server::start() else { return };
    server.connected().await;
    let (told, mut changes) = mpsc::unbounded_channel();
    let budget = SharedBudget::new(Arc::new(server.store())).on_change(move |is_reachable| {
        told.send(is_reachable).unwrap();
    });
    let limiters = Limiters::shared(RateLimit::default(), budget);
    limiters.join_store().await.unwrap();
    let client = client(limiters.clone());
    let mut next = async || timeout(PATIENCE, changes.recv()).await.unwrap().unwrap();
    call(&client).await;
    assert!(next().await);
    for _round in 0..2 {
        server.signal("-STOP");
        call(&client).await;
        assert!(!next().await);
        call(&client).await;
        server.signal("-CONT");
        assert!(next().await);
        call(&client).await;
    }
    server.kill();
    call(&client).await;
    assert!(!next().await);
    assert!(limiters.join_store().await.is_err());
    server.restart();
    assert!(next().await);
    call(&client).await;
    call(&client).await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_holds_nobody_up() {
    let Some(server) = Server::start() else { return };
    let store = server.connected().await;
    let key = BudgetKey::new([7; 16]);
    let limit = RateLimit::default().calls(4, Duration::from_secs(5));
    let lease = |number| LeaseId::new(MemberId::random(), number);
    for number in 0..4 {
        store.reserve(key, StartRequest::new(lease(number), limit)).await.unwrap();
    }
    let name = format!("sumo-budget:{key}");
    let mut state: serde_json::Value = serde_json::from_str(&server.ask(&["GET", &name])).unwrap();
    let hour = 3_600_000;
    let later = |time: &mut serde_json::Value| *time = (time.as_i64().unwrap() + hour).into();
    later(&mut state["seen"]);
    state["starts"].as_array_mut().unwrap().iter_mut().for_each(|start| later(&mut start[0]));
    state["leases"].as_object_mut().unwrap().values_mut().for_each(later);
    server.ask(&["SET", &name, &state.to_string(), "PX", "60000"]);
    let wait = wait_of(store.reserve(key, StartRequest::new(lease(4), limit)).await.unwrap());
    assert!(wait <= limit.window, "{wait:?}");
}

#[tokio::test]
async fn what_others_left_under_a_key_counts_as_nothing() {
    let Some(server) = Server::start() else { return };
    let store = server.connected().await;
    let member = MemberId::random();
    let mut numbers = 0..;
    for garbage in [
        "{",
        "",
        "5",
        "null",
        "[1]",
        r#""text""#,
        r#"{"seen": "x"}"#,
        r#"{"starts": 7}"#,
        r#"{"starts": [5]}"#,
        r#"{"starts": [[1e300, "x"]]}"#,
        r#"{"starts": [[9e12, "x"]]}"#,
        r#"{"leases": {"a": "x"}}"#,
        r#"{"leases": [1e999]}"#,
        r#"{"waiting": {"a": 1}}"#,
        r#"{"silence": 1e300}"#,
        r#"{"silence": -1e999}"#,
    ] {
        let number = numbers.next().unwrap();
        let key = BudgetKey::new([number; 16]);
        server.ask(&["SET", &format!("sumo-budget:{key}"), garbage]);
        server.ask(&["SET", "sumo-budget:members", garbage]);
        let lease = LeaseId::new(member, number.into());
        let wait = wait_of(store.reserve(key, StartRequest::new(lease, LONG)).await.unwrap());
        assert!(wait <= LONG.window, "{garbage}: {wait:?}");
        store.change(key, Change::Ended(lease)).await.unwrap();
        assert_eq!(store.join(member).await.unwrap().index, 0, "{garbage}");
    }
    let key = BudgetKey::new([255; 16]);
    for name in [format!("sumo-budget:{key}"), "sumo-budget:members".to_owned()] {
        server.ask(&["DEL", &name]);
        server.ask(&["RPUSH", &name, "a list"]);
    }
    store.reserve(key, StartRequest::new(LeaseId::new(member, 99), LONG)).await.unwrap();
    store.join(member).await.unwrap();
    for name in server.keys() {
        assert!(server.ask(&["PTTL", &name]).parse::<i64>().unwrap() > 0, "{name} stays");
    }
}

#[tokio::test]
async fn the_server_keeps_nothing_of_ids_keys_hosts_or_observables_and_nothing_for_long() {
    let Some(server) = Server::start() else { return };
    server.connected().await;
    let budget = SharedBudget::new(Arc::new(server.store())).secret(PASSWORD);
    let client = client(Limiters::shared(RateLimit::default(), budget));
    for _ in 0..3 {
        call(&client).await;
    }
    let keys = server.keys();
    assert!(keys.iter().any(|key| key != "sumo-budget:members"), "{keys:?}");
    let plain = Credentials::new(ACCESS_ID, "the-access-key-of-a-test").fingerprint().to_string();
    for key in keys {
        let kept = format!("{key} {}", server.ask(&["GET", &key])).to_lowercase();
        for secret in [ACCESS_ID, "the-access-key", "us2", "sumologic", "observable", PASSWORD, &plain] {
            assert!(!kept.contains(&secret.to_lowercase()), "{kept}");
        }
        let lasts: i64 = server.ask(&["PTTL", &key]).parse().unwrap();
        assert!(lasts > 0 && lasts <= 60_000, "{key} lasts {lasts} ms");
    }
}

#[tokio::test]
async fn a_wrong_password_or_a_closed_port_is_told() {
    let Some(server) = Server::start() else { return };
    server.connected().await;
    let store = ValkeyStore::builder(server.url()).password("wrong-password").build().unwrap();
    let error = store.connect().await.unwrap_err();
    assert!(!format!("{error:?}").contains("wrong-password"), "{error:?}");
    let closed = ValkeyStore::builder("redis://127.0.0.1:1/0").build().unwrap();
    let limiters = Limiters::shared(RateLimit::default(), SharedBudget::new(Arc::new(closed)));
    assert!(limiters.join_store().await.is_err());
}
