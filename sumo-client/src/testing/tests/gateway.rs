//! Refusals before an operation is reached.

use super::*;

#[tokio::test]
async fn what_is_not_a_good_call_is_refused_in_the_shape_of_the_gateway() {
    let siem = CloudSiem::builder()
        .credentials("id", "key")
        .foreign_credentials("far-id", "far-key", "https://api.eu.example.com/")
        .body_limit(100)
        .start()
        .await
        .unwrap();
    let client = client(None);
    let url = |path: &str| format!("{}{path}", siem.base_url());
    let insights = "/api/sec/v1/insights?limit=1";
    let good = |path: &str| client.get(url(path)).basic_auth("id", Some("key"));
    let post = |content_type: &str, body: String| {
        let request = client.post(url("/api/sec/v1/insights")).basic_auth("id", Some("key"));
        request.header("content-type", content_type).body(body)
    };
    let cases = [
        ("no key", client.get(url(insights)), 401, "unauthorized"),
        ("bearer", client.get(url(insights)).bearer_auth("id:key"), 401, "unauthorized"),
        ("unknown id", client.get(url(insights)).basic_auth("di", Some("key")), 401, "unauthorized"),
        ("wrong key", client.get(url(insights)).basic_auth("id", Some("far-key")), 401, "unauthorized"),
        ("other deployment", client.get(url(insights)).basic_auth("far-id", Some("far-key")), 301, "moved"),
        ("unknown path", good("/api/sec/v1/nothing"), 404, "notfound"),
        ("wrong method", client.put(url(insights)).basic_auth("id", Some("key")), 405, "method.unsupported"),
        ("wrong type", post("text/plain", "{}".into()), 415, "contenttype.invalid"),
        ("too long", post("application/json", " ".repeat(101)), 413, "content.too.large"),
    ];
    for (case, request, status, code) in cases {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{case}");
        let location = response.headers().get("location").cloned();
        assert_eq!(location.is_some(), status == 301, "{case}");
        if let Some(location) = location {
            assert_eq!(location, "https://api.eu.example.com/api/sec/v1/insights?limit=1");
        }
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)), "{case}");
    }
    assert_eq!(good(insights).send().await.unwrap().status(), 200);
    let head = client.head(url("/api/v1/collectors")).basic_auth("far-id", Some("far-key"));
    assert_eq!(head.send().await.unwrap().status(), 301);
}

#[tokio::test]
async fn errors_of_operations_have_the_shape_of_their_api() {
    let siem = built();
    let (status, body) = call(&siem, Method::GET, "/api/sec/v1/insights/none", None).await;
    assert_eq!(status, 404);
    assert_eq!(body["errors"][0]["code"], "not_found");
    assert_eq!(body.get("id"), None);
    let (status, body) = call(&siem, Method::GET, "/api/v1/healthEvents?limit=0", None).await;
    assert_eq!(status, 400);
    assert!(body["id"].is_string() && body["errors"][0]["message"].is_string(), "{body}");
}

#[tokio::test]
async fn calls_are_recorded_as_they_were_sent_without_the_key() {
    let siem = started().await;
    let client = client(None);
    let q = "q=name%3A%22a%2Bb%20c+d%22&exclude=entity&exclude=signals";
    let insights = over_socket(&client, &siem, Method::GET, &format!("/api/sec/v1/insights?{q}"));
    insights.header("x-trace", "t").send().await.unwrap();
    let comment = over_socket(&client, &siem, Method::POST, "/api/sec/v1/insights/i1/comments");
    comment.header("content-type", "application/json").body(r#"{"body": "hi"}"#).send().await.unwrap();
    over_socket(&client, &siem, Method::GET, "/elsewhere").send().await.unwrap();

    let [list, comment, elsewhere] = &siem.recorded()[..] else { panic!("three calls") };
    assert_eq!(list.operation, Some(Operation::GetInsights));
    assert_eq!((list.method.as_str(), list.path.as_str()), ("GET", "/api/sec/v1/insights"));
    assert_eq!(list.raw_query, q);
    assert_eq!(list.query_parameter("q"), Some("name:\"a+b c d\""));
    assert_eq!(list.query.len(), 3);
    assert_eq!(list.headers["x-trace"], "t");
    assert_eq!(list.headers.get("authorization"), None);
    assert_eq!(list.access_id.as_deref(), Some(DEFAULT_ACCESS_ID));
    assert_eq!(list.status, Some(StatusCode::OK));
    assert_eq!(comment.json().unwrap(), json!({"body": "hi"}));
    assert_eq!((elsewhere.operation, elsewhere.status), (None, Some(StatusCode::NOT_FOUND)));
    assert!(comment.at >= list.at);

    let counts = siem.counts();
    assert_eq!((counts.calls, counts.connections, counts.rate_limited), (3, 1, 0));
    assert_eq!(counts.of(Operation::AddInsightComment), 1);
    assert_eq!((counts.by_status[&200], counts.by_status[&404]), (2, 1));
    assert!(!format!("{siem:?} {list:?}").contains(DEFAULT_ACCESS_KEY));

    siem.reset_counts();
    assert_eq!((siem.recorded().len(), siem.counts().calls), (0, 0));
}

#[tokio::test]
async fn shutdown_closes_the_port_and_what_hangs() {
    let siem = started().await;
    siem.inject(When::always(), Fault::hang());
    let client = client(None);
    let hanging = tokio::spawn(over_socket(&client, &siem, Method::GET, "/api/sec/v1/insights").send());
    while siem.in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    let again = over_socket(&client, &siem, Method::GET, "/api/sec/v1/insights");
    siem.shutdown().await;
    assert!(hanging.await.unwrap().is_err());
    assert!(again.send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_data_set_that_is_not_sound_is_refused_at_the_start() {
    let builder = || CloudSiem::builder().data(DataSet::new().insights([json!({"id": 7})]));
    let error = builder().start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(matches!(builder().build(), Err(DataSetError::NoId { list: "insights", .. })));
}
