//! Faults as a client over a socket meets them.

use std::time::Duration;

use super::*;

const INSIGHTS: &str = "/api/sec/v1/insights";

/// Over HTTP/1.1 and over HTTP/2.
async fn both_ways() -> [(CloudSiem, reqwest::Client); 2] {
    let ca = TestCa::new().unwrap();
    let config = ca.server_config(&["127.0.0.1"]).unwrap();
    let secure = CloudSiem::builder().data(data()).tls(config).start().await.unwrap();
    [(started().await, client(None)), (secure, client(Some(&ca.pem())))]
}

#[tokio::test]
async fn answers_of_their_own_take_the_place_of_the_operation() {
    let cases = [
        (Fault::status(StatusCode::SERVICE_UNAVAILABLE), 503, "application/json", "service.unavailable"),
        (Fault::rate_limited(Some(3)), 429, "application/json", "rate.limit.exceeded"),
        (Fault::redirect("https://api.eu.example.com/"), 301, "application/json", "moved"),
        (Fault::html(StatusCode::BAD_GATEWAY), 502, "text/html; charset=utf-8", "<h1>502 Bad Gateway</h1>"),
        (Fault::empty(), 200, "application/json", ""),
        (Fault::null_data(), 200, "application/json", "\"data\": null"),
        (Fault::wrong_type(), 200, "application/json", "\"objects\": \"none\""),
        (Fault::invalid_json(), 200, "application/json", "[{\"id\": "),
        (Fault::empty().with_content_type("text/plain"), 200, "text/plain", ""),
    ];
    let siem = started().await;
    let client = client(None);
    for (fault, status, content_type, expected) in cases {
        let fault = siem.inject(When::operation(Operation::GetInsights), fault);
        let answer = over_socket(&client, &siem, Method::GET, INSIGHTS).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (status, &content_type.parse().unwrap())
        );
        if status == 429 {
            assert_eq!(answer.headers()["retry-after"], "3");
        }
        let body = answer.text().await.unwrap();
        assert!(body.contains(expected), "{body}");
        siem.remove_fault(fault);
    }
    // The operation did not happen either.
    siem.inject(When::always().method(Method::PUT), Fault::status(StatusCode::INTERNAL_SERVER_ERROR));
    let put = over_socket(&client, &siem, Method::PUT, "/api/sec/v1/insights/i1/severity");
    let put = put.header("content-type", "application/json").body(r#"{"severity": "CRITICAL"}"#);
    assert_eq!(put.send().await.unwrap().status(), 500);
    let insight = over_socket(&client, &siem, Method::GET, "/api/sec/v1/insights/i1").send().await.unwrap();
    assert!(insight.text().await.unwrap().contains(r#""severity":"LOW""#));
}

#[tokio::test]
async fn writes_are_carried_out_before_a_fault_or_not() {
    let cases = [
        (Fault::reset_before_headers(), true),
        (Fault::reset_before_headers().carried_out(false), false),
        (Fault::reset_after_headers(), true),
        (Fault::truncated_body(), true),
        (Fault::status(StatusCode::INTERNAL_SERVER_ERROR), false),
        (Fault::status(StatusCode::INTERNAL_SERVER_ERROR).carried_out(true), true),
        (Fault::not_ok(), false),
    ];
    for (siem, client) in both_ways().await {
        for (number, (fault, expected)) in cases.iter().enumerate() {
            siem.inject(When::operation(Operation::AddTagToInsight).times(1), fault.clone());
            let tag = format!("tag-{number}");
            let post = over_socket(&client, &siem, Method::POST, "/api/sec/v1/insights/i1/tags");
            let post =
                post.header("content-type", "application/json").body(json!({"tagName": tag}).to_string());
            if let Ok(answer) = post.send().await {
                let _ = answer.bytes().await;
            }
            siem.clear_faults();
            let insight = over_socket(&client, &siem, Method::GET, "/api/sec/v1/insights/i1").send();
            let insight = insight.await.unwrap().text().await.unwrap();
            assert_eq!(insight.contains(&tag), *expected, "{fault:?}");
        }
        assert_eq!(siem.recorded_of(Operation::AddTagToInsight).len(), cases.len(), "none was sent twice");
    }
}

#[tokio::test]
async fn unknown_paths_can_be_answered() {
    let siem = started().await;
    siem.inject(
        When::path("/api/sec/v1/network-blocks"),
        Fault::respond(StatusCode::OK, "application/json", "{}"),
    );
    let answer =
        over_socket(&client(None), &siem, Method::GET, "/api/sec/v1/network-blocks/7").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(siem.recorded()[0].path, "/api/sec/v1/network-blocks/7");
}

#[tokio::test]
async fn broken_connections_fail_where_they_should_and_the_next_call_is_well() {
    for (siem, client) in both_ways().await {
        let get = || over_socket(&client, &siem, Method::GET, INSIGHTS);
        let once = || When::operation(Operation::GetInsights).times(1);

        siem.inject(once(), Fault::reset_before_headers());
        assert!(get().send().await.is_err());
        assert_eq!(siem.recorded()[0].status, None);
        siem.clear_faults();

        for fault in [Fault::reset_after_headers(), Fault::truncated_body()] {
            let case = format!("{} {fault:?}", siem.base_url());
            siem.inject(once(), fault);
            let answer = get().send().await.unwrap();
            assert_eq!(answer.status(), 200, "{case}");
            assert!(answer.bytes().await.is_err(), "{case}");
            siem.clear_faults();
        }
        let well = get().send().await.unwrap();
        assert!(serde_json::from_slice::<Value>(&well.bytes().await.unwrap()).is_ok());
    }
}

#[tokio::test]
async fn endless_bodies_end_with_the_caller() {
    for (siem, client) in both_ways().await {
        siem.inject(When::always(), Fault::endless_body());
        let mut answer = over_socket(&client, &siem, Method::GET, INSIGHTS).send().await.unwrap();
        let mut read = 0;
        while read < 2_000_000 {
            read += answer.chunk().await.unwrap().unwrap().len();
        }
        assert_eq!(siem.in_flight(), 1);
        drop(answer);
        while siem.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_inflated_by_a_client_that_asks_for_it() {
    let siem = started().await;
    siem.inject(When::always(), Fault::gzip_bomb(8 << 20));
    let answer = over_socket(&client(None), &siem, Method::GET, INSIGHTS).send().await.unwrap();
    assert!(answer.bytes().await.unwrap().len() > 8 << 20);
}

#[tokio::test]
async fn a_slow_drip_comes_whole() {
    for (siem, client) in both_ways().await {
        siem.inject(When::always(), Fault::slow_drip(400, Duration::from_micros(10)));
        let answer = over_socket(&client, &siem, Method::GET, INSIGHTS).send().await.unwrap();
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["data"]["total"], 2);
    }
}

#[tokio::test]
async fn a_call_that_hangs_ends_when_the_caller_gives_up() {
    let siem = started().await;
    siem.inject(When::always(), Fault::hang());
    let call = tokio::spawn(over_socket(&client(None), &siem, Method::GET, INSIGHTS).send());
    while siem.in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(siem.recorded()[0].status, None);
    call.abort();
    while siem.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn new_connections_fail_as_set() {
    for fault in [ConnectionFault::Reset, ConnectionFault::Garbage, ConnectionFault::Silence] {
        for (siem, client) in both_ways().await {
            siem.set_connection_fault(Some(fault));
            let mut get = over_socket(&client, &siem, Method::GET, INSIGHTS);
            if fault == ConnectionFault::Silence {
                get = get.timeout(Duration::from_millis(30));
            }
            let error = get.send().await.unwrap_err();
            assert_eq!(error.is_timeout(), fault == ConnectionFault::Silence, "{fault:?}: {error:?}");
            assert_eq!(siem.counts().calls, 0);
            siem.clear_faults();
            let get = over_socket(&client, &siem, Method::GET, INSIGHTS);
            assert_eq!(get.send().await.unwrap().status(), 200);
        }
    }
}

#[tokio::test]
async fn faults_of_the_connection_break_calls_without_a_socket_too() {
    let siem = built();
    siem.inject(When::always().nth(1), Fault::reset_before_headers());
    siem.inject(When::always().nth(2), Fault::reset_after_headers());
    let error = siem.call(request(Method::GET, INSIGHTS, None)).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let answer = siem.call(request(Method::GET, INSIGHTS, None)).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(siem.in_flight(), 0);
}
