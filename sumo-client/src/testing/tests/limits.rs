//! Limits and page tokens, by a paused clock where time matters.

use std::time::Duration;

use super::*;

const INSIGHTS: &str = "/api/sec/v1/insights";

#[tokio::test(start_paused = true)]
async fn calls_over_the_rate_get_429_until_the_window_has_passed() {
    let limit = EnforcedLimit::DOCUMENTED.retry_after_seconds(7);
    let siem = CloudSiem::builder().rate_limit(limit).build().unwrap();
    for _ in 0..4 {
        assert_eq!(call(&siem, Method::GET, INSIGHTS, None).await.0, 200);
    }
    let refused = siem.call(request(Method::GET, INSIGHTS, None)).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "7");
    let (status, body) = call(&siem, Method::GET, "/api/v1/healthEvents", None).await;
    assert_eq!((status.as_u16(), &body["code"]), (429, &json!("rate.limit.exceeded")));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(call(&siem, Method::GET, INSIGHTS, None).await.0, 200);

    let counts = siem.counts();
    assert_eq!((counts.calls, counts.rate_limited, counts.by_status[&429]), (7, 2, 2));
}

#[tokio::test]
async fn calls_over_the_concurrency_get_429_and_leave_places_behind() {
    let limit = EnforcedLimit::new(100, Duration::from_secs(1)).in_flight(3);
    let siem = CloudSiem::builder().rate_limit(limit).start().await.unwrap();
    let held = siem.inject(When::always(), Fault::hang());
    let client = client(None);
    let hanging: Vec<_> =
        (0..3).map(|_| tokio::spawn(over_socket(&client, &siem, Method::GET, INSIGHTS).send())).collect();
    while siem.in_flight() < 3 {
        tokio::task::yield_now().await;
    }
    siem.remove_fault(held);
    let fourth = over_socket(&client, &siem, Method::GET, INSIGHTS).send().await.unwrap();
    assert_eq!((fourth.status().as_u16(), fourth.headers().get("retry-after")), (429, None));
    for call in hanging {
        call.abort();
    }
    while siem.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(over_socket(&client, &siem, Method::GET, INSIGHTS).send().await.unwrap().status(), 200);
    assert_eq!(siem.counts().peak_in_flight, 3);
}

#[tokio::test]
async fn a_place_is_free_as_soon_as_the_answer_is_read() {
    let limit = EnforcedLimit::new(1000, Duration::from_secs(1)).in_flight(1);
    let siem = CloudSiem::builder().data(data()).rate_limit(limit).start().await.unwrap();
    let client = client(None);
    for _ in 0..50 {
        let answer = over_socket(&client, &siem, Method::GET, INSIGHTS).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_token_lives_one_minute() {
    let siem = built();
    let first = get(&siem, "/api/sec/v1/signals/all").await;
    assert_eq!(ids(&first), ["s3", "s2"]);
    let next = format!("/api/sec/v1/signals/all?nextPageToken={}", first["nextPageToken"].as_str().unwrap());
    tokio::time::advance(Duration::from_secs(60)).await;
    let second = get(&siem, &next).await;
    assert_eq!(ids(&second), ["s1"]);
    assert_eq!(second["nextPageToken"], Value::Null);
    tokio::time::advance(Duration::from_millis(1)).await;
    let (status, body) = call(&siem, Method::GET, &next, None).await;
    assert_eq!((status.as_u16(), &body["errors"][0]["code"]), (400, &json!("token_expired")));
}

#[tokio::test]
async fn a_page_token_serves_its_own_list_and_query_only() {
    let siem = built();
    let q = "q=severity%3A%3E%3D3&recordSummaryFields=x";
    let first = get(&siem, &format!("/api/sec/v1/signals/all?{q}")).await;
    let token = first["nextPageToken"].as_str().unwrap();
    for query in [format!("nextPageToken={token}"), format!("{q}&nextPageToken={token}")] {
        assert_eq!(ids(&get(&siem, &format!("/api/sec/v1/signals/all?{query}")).await), ["s1"]);
    }
    for path in
        [format!("insights/all?nextPageToken={token}"), "signals/all?nextPageToken=made-up".to_owned()]
    {
        let (status, body) = call(&siem, Method::GET, &format!("/api/sec/v1/{path}"), None).await;
        assert_eq!((status.as_u16(), &body["errors"][0]["code"]), (400, &json!("token_invalid")));
    }
}

#[tokio::test(start_paused = true)]
async fn latency_and_delays_add_up() {
    let siem = CloudSiem::builder().latency(Duration::from_secs(2)).build().unwrap();
    siem.inject(When::always().nth(2), Fault::delay(Duration::from_secs(5)));
    let start = tokio::time::Instant::now();
    for seconds in [2, 9, 11] {
        get(&siem, INSIGHTS).await;
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}
