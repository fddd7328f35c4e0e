//! Limits, retries, timeouts and lists over time, against the stand-in of Cloud SIEM with a clock
//! that only moves when everything waits.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::{TryStreamExt as _, future::join_all};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use sumo_client::testing::{CloudSiem, CloudSiemBuilder, DataSet, EnforcedLimit, Fault, Operation, When};
use sumo_client::{
    BodyStream, CallReport, CircuitBreakers, Client, ClientBuilder, Credentials, Deployment, FakeTransport,
    Instrumentation, Items, Limiters, ListCursor, Pages, Priority, RateLimit, RequestGroup, RetryPolicy,
    Timeouts, Transport, TransportError, TransportErrorKind,
};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// Hands requests to a stand-in without sockets.
struct InProcess(Arc<CloudSiem>);

impl Transport for InProcess {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        Box::pin(async move {
            let interrupted =
                |error: std::io::Error| TransportError::new(TransportErrorKind::Interrupted, error);
            let response = self.0.call(request.map(Full::new)).await.map_err(interrupted)?;
            Ok(response.map(|body| {
                let stream = body.into_data_stream();
                let stream =
                    stream.map_err(|error| TransportError::new(TransportErrorKind::Interrupted, error));
                Box::pin(stream) as BodyStream
            }))
        })
    }
}

fn insights(count: usize) -> DataSet {
    DataSet::new().insights((0..count).map(|number| {
        json!({"id": format!("id-{number}"), "readableId": format!("INSIGHT-{number}"), "name": "one of many"})
    }))
}

fn stand_in(builder: CloudSiemBuilder) -> Arc<CloudSiem> {
    Arc::new(builder.credentials("id", "key").build().unwrap())
}

fn client_of(siem: &Arc<CloudSiem>) -> ClientBuilder {
    Client::builder(Deployment::US1, Credentials::new("id", "key"))
        .transport(Arc::new(InProcess(Arc::clone(siem))))
        .limiters(Limiters::default())
        .circuit_breakers(CircuitBreakers::default())
}

#[tokio::test(start_paused = true)]
async fn five_hundred_queued_calls_keep_the_rate_and_meet_no_429() {
    let siem = stand_in(
        CloudSiem::builder().rate_limit(EnforcedLimit::DOCUMENTED).latency(Duration::from_millis(700)),
    );
    let limiters = Limiters::default();
    let began = Instant::now();
    // Two clients of one key, and clones of them, share the allowance.
    let clients = [0, 1].map(|_| client_of(&siem).limiters(limiters.clone()).build().unwrap());
    let calls = (0..500).map(|call| clients[call % 2].clone().insights().list().send());
    for outcome in join_all(calls).await {
        outcome.unwrap();
    }
    let recorded = siem.recorded();
    assert_eq!(recorded.len(), 500, "a call was sent twice");
    assert!(began.elapsed() < Duration::from_secs(130), "{:?} are too slow", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_health_check_and_a_small_request_are_served_beside_a_large_one() {
    let limit = EnforcedLimit::DOCUMENTED;
    let siem = stand_in(CloudSiem::builder().rate_limit(limit).latency(Duration::from_millis(500)));
    let limiters = Limiters::default();
    // One client for each incoming request, as a server has them.
    let client = |priority| {
        let client = client_of(&siem).limiters(limiters.clone()).build().unwrap();
        client.with_group(RequestGroup::new(priority))
    };
    let large = client(Priority::Normal);
    let calls: Vec<_> = (0..120).map(|_| tokio::spawn(large.insights().list().send())).collect();
    for _ in 0..5 {
        sleep(2 * SECOND).await;
        let (health, small) = (client(Priority::High), client(Priority::Normal));
        let began = Instant::now();
        let (healthy, insights, signals) = tokio::join!(
            health.insights().list().limit(1).send(),
            small.insights().list().send(),
            small.signals().list().send()
        );
        assert!(healthy.is_ok() && insights.is_ok() && signals.is_ok());
        assert!(began.elapsed() <= 2 * SECOND, "{:?}", began.elapsed());
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn slow_answers_keep_ten_in_flight() {
    let siem = stand_in(CloudSiem::builder().rate_limit(EnforcedLimit::DOCUMENTED).latency(20 * SECOND));
    let patient =
        client_of(&siem).timeouts(Timeouts::default().read(30 * SECOND)).retry(RetryPolicy::never());
    let client = patient.build().unwrap();
    let calls = (0..40).map(|_| client.insights().list().send());
    assert!(join_all(calls).await.into_iter().all(|outcome| outcome.is_ok()));
    assert_eq!(siem.recorded().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_the_queue_cannot_meet_is_told_at_once() {
    let siem = stand_in(CloudSiem::builder());
    let client = client_of(&siem).build().unwrap();
    let queued: Vec<_> = (0..40).map(|_| tokio::spawn(client.insights().list().send())).collect();
    tokio::task::yield_now().await;
    let began = Instant::now();
    let error = client.insights().list().deadline(began + 5 * SECOND).send().await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(error.is_rate_limit_deadline() && error.is_deadline() && !error.is_rate_limited(), "{error}");
    assert_eq!(error.attempts(), 0);
    assert!(error.retry_after().unwrap() > 5 * SECOND);
    for call in queued {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_costs_a_bounded_number_of_attempts() {
    let siem = stand_in(CloudSiem::builder());
    let client = client_of(&siem).limiters(Limiters::new(RateLimit::UNLIMITED)).build().unwrap();
    let outage = siem.inject(When::always(), Fault::status(http::StatusCode::SERVICE_UNAVAILABLE));
    let mut calls = 0;
    let began = Instant::now();
    while began.elapsed() < 60 * SECOND {
        let round = (0..10).map(|_| client.insights().list().send());
        assert!(join_all(round).await.into_iter().all(|outcome| outcome.unwrap_err().is_server()));
        calls += 10;
        sleep(SECOND).await;
    }
    let retries = siem.recorded().len() - calls;
    assert!(retries <= 30, "{retries} retries of {calls} calls");
    // When the outage is over, calls succeed again at once and earn new retries.
    siem.remove_fault(outage);
    for _ in 0..10 {
        client.insights().list().send().await.unwrap();
    }
    siem.reset_counts();
    siem.inject(When::always().times(1), Fault::status(http::StatusCode::BAD_GATEWAY));
    client.insights().list().send().await.unwrap();
    assert_eq!(siem.recorded().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_to_and_holds_back_every_call_of_the_key() {
    let siem = stand_in(CloudSiem::builder());
    siem.inject(When::operation(Operation::GetInsights).nth(1), Fault::rate_limited(Some(20)));
    let client = client_of(&siem).build().unwrap();
    let began = Instant::now();
    let limited = tokio::spawn(client.insights().list().send());
    tokio::task::yield_now().await;
    client.signals().list().send().await.unwrap();
    assert!(began.elapsed() >= 20 * SECOND);
    limited.await.unwrap().unwrap();
    assert!(began.elapsed() < 22 * SECOND);

    siem.inject(When::always().times(1), Fault::rate_limited(Some(86_400)));
    let began = Instant::now();
    let error = client.insights().list().send().await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!(began.elapsed(), Duration::ZERO, "a pause beyond the time for retries is not begun");
}

#[tokio::test(start_paused = true)]
async fn no_retry_begins_after_the_time_for_retries() {
    let siem = stand_in(CloudSiem::builder());
    let outage = Fault::status(http::StatusCode::SERVICE_UNAVAILABLE);
    siem.inject(When::operation(Operation::GetInsights).times(1), outage);
    let limiters = Limiters::new(RateLimit::default().calls(1, SECOND));
    let retry = RetryPolicy::default().base(SECOND / 10).max_total(2 * SECOND);
    let client = client_of(&siem).limiters(limiters).retry(retry).build().unwrap();
    let began = Instant::now();
    let retried = tokio::spawn(client.insights().list().send());
    tokio::task::yield_now().await;
    let queue: Vec<_> = (0..20).map(|_| tokio::spawn(client.signals().list().send())).collect();
    let error = retried.await.unwrap().unwrap_err();
    assert!(error.is_server() && error.attempts() == 1, "{error}");
    assert!(began.elapsed() <= 2 * SECOND, "{:?}", began.elapsed());
    // The first attempt may begin at any time.
    for call in queue {
        call.await.unwrap().unwrap();
    }
    assert_eq!(siem.counts().of(Operation::GetInsights), 1);
}

#[tokio::test(start_paused = true)]
async fn each_time_limit_ends_a_call_that_hangs() {
    let siem = stand_in(CloudSiem::builder());
    siem.inject(When::always(), Fault::hang());
    let table = [
        (Timeouts::default().read(3 * SECOND), 3 * SECOND, false),
        (Timeouts::default().attempt(7 * SECOND), 7 * SECOND, false),
        (Timeouts::default().call(5 * SECOND), 5 * SECOND, true),
    ];
    for (timeouts, expected, is_deadline) in table {
        let client = client_of(&siem).retry(RetryPolicy::never()).timeouts(timeouts).build().unwrap();
        let began = Instant::now();
        let error = client.insights().list().send().await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert_eq!((began.elapsed(), error.is_deadline()), (expected, is_deadline));
        assert_eq!(error.elapsed(), expected);
    }
    // With retries, reads are attempted again, and all of it ends at the deadline.
    let client = client_of(&siem).timeouts(Timeouts::default().attempt(2 * SECOND)).build().unwrap();
    let began = Instant::now();
    let error = client.insights().list().deadline(began + 5 * SECOND).send().await.unwrap_err();
    assert!(error.is_timeout() && error.attempts() >= 2, "{error}");
    assert!(began.elapsed() <= 5 * SECOND);
    // A write that hangs may have happened.
    let error = client.insights().add_comment("x", "text").send().await.unwrap_err();
    assert!(error.is_timeout() && error.attempts() == 1, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_before_the_deadline() {
    let siem = stand_in(CloudSiem::builder());
    let client = client_of(&siem).build().unwrap();
    for (seconds, within) in [(8, 6), (24, 12), (60, 30)] {
        siem.inject(When::always().times(1), Fault::hang());
        let began = Instant::now();
        let call = client.insights().list().deadline(began + seconds * SECOND);
        assert_eq!(call.send_bytes().await.unwrap().attempts(), 2);
        assert!(began.elapsed() < within * SECOND, "{:?} of {seconds} s", began.elapsed());
    }
    // A write is not sent again, so it gets all the time there is.
    siem.inject(When::always().times(1), Fault::hang());
    let began = Instant::now();
    let write = client.insights().add_comment("x", "text").timeouts(Timeouts::default().read(60 * SECOND));
    assert!(write.deadline(began + 24 * SECOND).send().await.unwrap_err().is_deadline());
    assert_eq!(began.elapsed(), 24 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_waited_for_when_little_time_is_left() {
    let siem = stand_in(CloudSiem::builder());
    siem.inject(When::always(), Fault::delay(4 * SECOND));
    let client = client_of(&siem).build().unwrap();
    for seconds in 5..=12 {
        let call = client.insights().list().deadline(Instant::now() + seconds * SECOND);
        assert_eq!(call.send_bytes().await.unwrap().attempts(), 1, "{seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_given_up_counts_as_in_flight_until_the_server_can_know() {
    let siem = stand_in(CloudSiem::builder());
    siem.inject(When::always().times(1), Fault::hang());
    let limit = RateLimit::default().concurrency(1);
    let client = client_of(&siem).limiters(Limiters::new(limit)).retry(RetryPolicy::never()).build().unwrap();
    let began = Instant::now();
    let given_up = client.insights().list().timeouts(Timeouts::default().attempt(SECOND)).send().await;
    assert!(given_up.unwrap_err().is_timeout());
    assert_eq!(began.elapsed(), SECOND);
    client.insights().list().send().await.unwrap();
    assert_eq!(began.elapsed(), SECOND + SECOND / 10);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_its_caller_drops_counts_as_in_flight_until_the_server_can_know() {
    let siem = stand_in(CloudSiem::builder());
    siem.inject(When::always().times(1), Fault::hang());
    let client =
        client_of(&siem).limiters(Limiters::new(RateLimit::default().concurrency(1))).build().unwrap();
    let began = Instant::now();
    assert!(tokio::time::timeout(SECOND, client.insights().list().send()).await.is_err());
    client.insights().list().send().await.unwrap();
    assert_eq!(began.elapsed(), SECOND + SECOND / 10);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_is_too_large_counts_as_in_flight_until_the_server_can_know() {
    let siem = stand_in(CloudSiem::builder().data(insights(2)));
    let limiters = Limiters::new(RateLimit::default().concurrency(1));
    let client = client_of(&siem).limiters(limiters).max_body_bytes(64).build().unwrap();
    let began = Instant::now();
    assert!(client.insights().list().send().await.unwrap_err().is_too_large());
    assert_eq!(began.elapsed(), Duration::ZERO);
    let _too_large = client.insights().list().send().await.unwrap_err();
    assert_eq!(began.elapsed(), SECOND / 10);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_does_not_answer_is_left_alone_for_some_seconds() {
    let siem = stand_in(CloudSiem::builder());
    let breakers = CircuitBreakers::new(3, 5 * SECOND);
    let client = client_of(&siem).circuit_breakers(breakers.clone()).retry(RetryPolicy::never());
    let client = client.build().unwrap();
    let other = Client::builder(Deployment::US2, Credentials::new("id", "key"))
        .transport(Arc::new(InProcess(stand_in(CloudSiem::builder()))))
        .circuit_breakers(breakers)
        .build()
        .unwrap();
    let outage = siem.inject(When::always(), Fault::hang());
    for _ in 0..3 {
        assert!(client.insights().list().send().await.unwrap_err().is_timeout());
    }
    let began = Instant::now();
    let error = client.insights().list().send().await.unwrap_err();
    assert!(error.is_circuit_open() && error.is_temporary(), "{error}");
    assert_eq!((error.attempts(), began.elapsed()), (0, Duration::ZERO));
    assert_eq!(error.retry_after(), Some(5 * SECOND));
    other.insights().list().send().await.unwrap();

    siem.remove_fault(outage);
    sleep(5 * SECOND).await;
    client.insights().list().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_read_as_long_as_something_comes() {
    let siem = stand_in(CloudSiem::builder().data(insights(2)));
    siem.inject(When::always(), Fault::slow_drip(64, 2 * SECOND));
    let build = |timeouts| client_of(&siem).retry(RetryPolicy::never()).timeouts(timeouts).build().unwrap();
    build(Timeouts::default().read(3 * SECOND)).insights().list().send().await.unwrap();
    let short = Timeouts::default().read(3 * SECOND).attempt(5 * SECOND);
    assert!(build(short).insights().list().send().await.unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn lists_are_read_by_offset() {
    let siem = stand_in(CloudSiem::builder().data(insights(25)));
    let client = client_of(&siem).build().unwrap();
    let seen = Arc::new(AtomicU64::new(0));
    let last_seen = Arc::clone(&seen);
    let listing = client.insights().list().limit(10).listing().on_progress(move |progress| {
        assert_eq!(progress.total, Some(25));
        last_seen.store(progress.items, Ordering::Relaxed);
    });
    assert_eq!(listing.collect().await.unwrap().len(), 25);
    assert_eq!(seen.load(Ordering::Relaxed), 25);
    assert_eq!(siem.recorded().len(), 3);

    siem.reset_counts();
    let listing = client.insights().list().limit(10).offset(20).listing();
    assert_eq!(listing.collect().await.unwrap().len(), 5);
    let some = client.insights().list().limit(10).listing().max_items(12).collect().await.unwrap();
    assert_eq!(some.len(), 12);
    let limits: Vec<_> =
        siem.recorded().iter().map(|call| call.query_parameter("limit").unwrap().to_owned()).collect();
    assert_eq!(limits, ["10", "10", "2"]);
    assert!(client.insights().list().listing().max_items(0).collect().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_by_token_whose_reading_panics_is_not_complete() {
    let siem = stand_in(CloudSiem::builder().data(insights(30)).token_page_size(10));
    let client = client_of(&siem).build().unwrap();
    let listing = client.insights().list_all().listing().on_progress(|progress| assert!(progress.pages < 2));
    assert!(tokio::spawn(listing.collect()).await.unwrap_err().is_panic());
}

#[tokio::test(start_paused = true)]
async fn times_that_no_clock_can_hold_are_no_trouble() {
    let siem = stand_in(CloudSiem::builder());
    let retry = RetryPolicy::default().max_retry_after(Duration::MAX).max_total(Duration::MAX);
    let timeouts = Timeouts::default().read(Duration::MAX).attempt(Duration::MAX).call(Duration::MAX);
    let client = client_of(&siem).retry(retry).timeouts(timeouts).build().unwrap();
    client.insights().list().send().await.unwrap();
    siem.inject(When::always(), Fault::rate_limited(Some(u64::MAX)));
    assert!(client.insights().list().send().await.unwrap_err().is_rate_limited());
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_a_gateway_makes_no_key_known() {
    let limiters = Limiters::default();
    let client = |key: &str, status: http::StatusCode| {
        let answer = move |_| {
            let mut response = http::Response::new("{}");
            *response.status_mut() = status;
            response
        };
        Client::builder(Deployment::US1, Credentials::new("id", key))
            .transport(Arc::new(FakeTransport::new(answer)))
            .limiters(limiters.clone())
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
    };
    let (right, wrong) =
        (client("right", http::StatusCode::FORBIDDEN), client("wrong", http::StatusCode::URI_TOO_LONG));
    for client in [&right, &wrong] {
        assert!(client.insights().list().send().await.is_err());
    }
    let served = Arc::new(AtomicU64::new(0));
    let attack = join_all((0..40).map(|_| async {
        let _ended = wrong.insights().list().send().await;
        served.fetch_add(1, Ordering::Relaxed);
    }));
    let honest = join_all((0..40).map(|_| right.insights().list().send()));
    tokio::select! {
        _ = honest => {}
        _ = attack => panic!("the wrong key was served first"),
    }
    let served = served.load(Ordering::Relaxed);
    // 3 of 4 starts a second are left.
    assert!(served <= 20, "{served}");
}

#[tokio::test(start_paused = true)]
async fn five_thousand_items_take_five_calls() {
    let items =
        (0..5_000).map(|number| json!({"id": format!("{number}"), "listName": "users", "value": "u"}));
    let data = DataSet::new().match_lists([json!({"id": "7", "name": "users", "targetColumn": "Username"})]);
    let siem = stand_in(CloudSiem::builder().data(data.match_list_items(items)));
    let client = client_of(&siem).build().unwrap();
    for (list, calls) in [
        (client.match_list_items().list(), 5),
        // Unless a size was set.
        (client.match_list_items().list().limit(500), 10),
    ] {
        siem.reset_counts();
        assert_eq!(list.items().try_collect().await.unwrap().len(), 5_000);
        assert_eq!(siem.counts().of(Operation::GetMatchListItems), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_by_offset_says_where_it_cannot_go_on() {
    let siem = stand_in(CloudSiem::builder().data(insights(10_050)));
    let client = client_of(&siem).limiters(Limiters::new(RateLimit::UNLIMITED)).build().unwrap();
    let mut items = client.insights().list().offset(9_950).limit(30).items();
    let mut count = 0;
    let error = loop {
        match items.next().await.unwrap() {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(count, 50);
    assert!(error.is_listing() && error.to_string().contains("10000"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_used_in_time_however_slow_the_reader_is() {
    let siem = stand_in(CloudSiem::builder().data(insights(50)).token_page_size(10));
    let client = client_of(&siem).build().unwrap();
    for pause in [Duration::ZERO, 50 * SECOND, 200 * SECOND] {
        let mut pages = client.insights().list_all().pages();
        let mut count = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            count += page.len();
            sleep(pause).await;
        }
        assert_eq!(count, 50, "with pauses of {pause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_not_read_ahead_of_without_need() {
    let siem = stand_in(CloudSiem::builder().data(insights(100)).token_page_size(10));
    let client = client_of(&siem).build().unwrap();
    {
        let mut pages = client.insights().list_all().pages();
        pages.try_next().await.unwrap();
        sleep(30 * SECOND).await;
        assert_eq!(siem.recorded().len(), 3, "the page that was read, one ahead, and the one that was begun");
    }
    // A stream that is dropped fetches no more.
    sleep(600 * SECOND).await;
    assert_eq!(siem.recorded().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_by_offset_goes_on_where_it_stopped() {
    let siem = stand_in(CloudSiem::builder().data(insights(25)));
    let client = client_of(&siem).build().unwrap();
    let listing = || client.insights().list().limit(10).listing();
    let mut pages = listing().pages();
    assert_eq!(pages.cursor(), None);
    pages.try_next().await.unwrap();
    let stored = serde_json::to_string(&pages.cursor().unwrap()).unwrap();
    let cursor: ListCursor = serde_json::from_str(&stored).unwrap();
    let mut rest = listing().resume(cursor.clone()).pages();
    let sizes =
        [rest.try_next().await.unwrap().unwrap().len(), rest.try_next().await.unwrap().unwrap().len()];
    assert_eq!((sizes, rest.cursor()), ([10, 5], None));
    assert!(rest.next().await.is_none());

    // The place is that of the last item that was wanted.
    let mut some = listing().max_items(7).pages();
    some.try_next().await.unwrap();
    assert_eq!(listing().resume(some.cursor().unwrap()).collect().await.unwrap().len(), 18);

    let other = client.signals().list().listing().resume(cursor.clone());
    assert!(other.collect().await.unwrap_err().is_listing());
    let by_token = client.insights().list_all().listing().resume(cursor);
    assert!(by_token.collect().await.unwrap_err().is_listing());
    let mut by_token = client.insights().list_all().pages();
    by_token.try_next().await.unwrap();
    assert_eq!(by_token.cursor(), None);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_misses_nothing_that_changes_while_it_is_used() {
    let closed_of = async |is_snapshot: bool| {
        let siem = stand_in(CloudSiem::builder().data(insights(40)));
        let client = client_of(&siem).limiters(Limiters::new(RateLimit::UNLIMITED)).build().unwrap();
        let open = client.insights().list().q(r#"-status:"closed""#).limit(10).listing();
        let mut open = if is_snapshot { open.snapshot() } else { open.items() };
        let mut closed = 0;
        while let Some(insight) = open.try_next().await.unwrap() {
            client.insights().close(&insight.readable_id, "Resolved").send().await.unwrap();
            closed += 1;
        }
        closed
    };
    assert_eq!(closed_of(true).await, 40);
    assert!(closed_of(false).await < 40, "the stand-in does not move rows up");
}

#[test]
fn list_streams_can_be_kept_in_a_struct() {
    fn check<T: Unpin + Send + 'static>() {}
    check::<Items<u8>>();
    check::<Pages<u8>>();
}

/// The outcomes of calls with one attempt.
#[derive(Default)]
struct Outcomes(Mutex<Vec<&'static str>>);

impl Instrumentation for Outcomes {
    fn call_ended(&self, call: &CallReport<'_>) {
        assert_eq!((call.is_abandoned, call.attempts), (call.outcome() == "abandoned", 1));
        self.0.lock().unwrap().push(call.outcome());
    }
}

#[tokio::test]
async fn an_itemwise_page_that_cannot_be_read_is_an_error_of_its_call() {
    let transport = FakeTransport::new(|_| http::Response::new(r#"{"data": 5}"#));
    let outcomes = Arc::new(Outcomes::default());
    let client = Client::builder(Deployment::US1, Credentials::new("id", "key"))
        .transport(Arc::new(transport))
        .instrumentation(Arc::clone(&outcomes) as Arc<dyn Instrumentation>)
        .build()
        .unwrap();
    for (operation, error) in [
        ("GetInsights", client.insights().list().send_itemwise(10).await.unwrap_err()),
        ("GetAllInsights", client.insights().list_all().send_itemwise().await.unwrap_err()),
    ] {
        assert!(error.is_decode(), "{error}");
        assert_eq!((error.operation(), error.attempts()), (Some(operation), 1));
        assert_eq!(error.status(), Some(http::StatusCode::OK));
    }
    assert_eq!(*outcomes.0.lock().unwrap(), ["decode", "decode"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_is_reported() {
    let siem = stand_in(CloudSiem::builder());
    let outcomes = Arc::new(Outcomes::default());
    let client = client_of(&siem).instrumentation(Arc::clone(&outcomes) as Arc<dyn Instrumentation>);
    let client = client.build().unwrap();
    siem.inject(When::always().times(1), Fault::hang());
    let dropped = tokio::time::timeout(SECOND, client.insights().list().send()).await;
    assert!(dropped.is_err());
    client.insights().list().send().await.unwrap();
    drop(client.insights().list().send());
    assert_eq!(*outcomes.0.lock().unwrap(), ["abandoned", "ok"]);
}

#[tokio::test(start_paused = true)]
async fn tests_of_users_are_neither_throttled_nor_coupled() {
    let siem =
        Arc::new(CloudSiem::builder().credentials("test-access-id", "test-access-key").build().unwrap());
    let began = Instant::now();
    let client = Client::for_test(InProcess(Arc::clone(&siem)));
    for result in join_all((0..200).map(|_| client.insights().list().send())).await {
        result.unwrap();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    // A transport of one's own does not share the limiters of the process.
    for _ in 0..3 {
        let credentials = Credentials::new("test-access-id", "test-access-key");
        let transport = Arc::new(InProcess(Arc::clone(&siem)));
        let client = Client::builder(Deployment::US1, credentials).transport(transport).build().unwrap();
        for _ in 0..4 {
            client.insights().list().send().await.unwrap();
        }
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    // Failures are tried again at once.
    siem.inject(When::always().times(2), Fault::status(http::StatusCode::BAD_GATEWAY));
    assert_eq!(client.insights().list().send_response().await.unwrap().attempts(), 3);
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_one_call_can_be_limited() {
    let siem = stand_in(CloudSiem::builder());
    let client = client_of(&siem).build().unwrap();
    siem.inject(When::always(), Fault::hang());
    let began = Instant::now();
    let error = client.insights().list().timeout(2 * SECOND).send().await.unwrap_err();
    assert!(error.is_deadline(), "{error}");
    assert_eq!(began.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_a_clear_error() {
    let siem = stand_in(CloudSiem::builder().data(insights(30)).token_page_size(10));
    let slow = RateLimit::default().calls(1, 70 * SECOND).concurrency(1);
    let client = client_of(&siem).limiters(Limiters::new(slow)).build().unwrap();
    let error = client.insights().list_all().listing().collect().await.unwrap_err();
    assert!(error.is_listing() && error.to_string().contains("one minute"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_does_not_move_ends_the_list() {
    let siem = stand_in(CloudSiem::builder());
    let page = r#"{"data": {"objects": [{"id": "a"}], "nextPageToken": "same"}, "errors": []}"#;
    siem.inject(When::always(), Fault::respond(http::StatusCode::OK, "application/json", page));
    let client = client_of(&siem).limiters(Limiters::new(RateLimit::UNLIMITED)).build().unwrap();
    let error = client.signals().list_all().listing().collect().await.unwrap_err();
    assert!(error.is_listing() && error.to_string().contains("same token"), "{error}");
    assert_eq!(siem.recorded().len(), 2);

    siem.clear_faults();
    let page = r#"{"data": {"objects": [], "total": 9, "hasNextPage": true}, "errors": []}"#;
    siem.inject(When::always(), Fault::respond(http::StatusCode::OK, "application/json", page));
    let error = client.signals().list().listing().collect().await.unwrap_err();
    assert!(error.is_listing() && error.to_string().contains("empty page"), "{error}");

    siem.clear_faults();
    let events = r#"{"data": [{"eventId": "1"}], "next": "n"}"#;
    siem.inject(When::always(), Fault::respond(http::StatusCode::OK, "application/json", events));
    let error = client.health_events().list().listing().collect().await.unwrap_err();
    assert!(error.is_listing(), "{error}");
    let one = client.health_events().list().listing().max_items(1).collect().await.unwrap();
    assert_eq!(one.len(), 1);
}
