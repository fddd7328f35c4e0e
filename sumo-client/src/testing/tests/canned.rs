//! Canned answers.

use super::*;

#[tokio::test]
async fn canned_answers_keep_to_keys_limits_rights_and_faults_and_are_counted() {
    let page = r#"{"data": {"objects": [{"id": "canned"}], "total": 1, "hasNextPage": false}, "errors": []}"#;
    let siem = builder()
        .credentials("id", "key")
        .credentials_with_rights("poor", "key", [])
        .canned(Operation::GetInsights, Canned::body(page))
        .canned(
            Operation::GetSignal,
            Canned::made_by(|call| {
                let data = json!({"id": call.path(), "name": call.query_parameter("x"), "summary": call.raw_query()});
                json!({"data": data, "errors": []}).to_string().into()
            })
            .without_length(),
        )
        .start()
        .await
        .unwrap();
    let client = siem.client().unwrap();
    let found = client.insights().list().send().await.unwrap();
    assert_eq!(found.objects[0].id, "canned");
    let signal = client.signals().get("s 1").query("x", "a b").send_response().await.unwrap();
    assert_eq!(signal.headers().get("content-length"), None);
    assert_eq!(signal.body().id, "/api/sec/v1/signals/s%201");
    assert_eq!(signal.body().name, "a b");
    // What has no canned answer is answered well.
    assert_eq!(client.signals().list().send().await.unwrap().total, 3);
    let counts = siem.counts();
    assert_eq!((counts.calls, counts.of(Operation::GetInsights), counts.unrecorded), (3, 1, 2));
    assert_eq!(counts.by_status[&200], 3);
    assert_eq!(siem.recorded().len(), 1);

    let poor = siem.client_builder_for(crate::Credentials::new("poor", "key")).build().unwrap();
    assert!(poor.insights().list().send().await.unwrap_err().is_forbidden());
    let stranger = siem.client_builder_for(crate::Credentials::new("id", "other")).build().unwrap();
    assert!(stranger.insights().list().send().await.unwrap_err().is_authentication());
    siem.inject(When::operation(Operation::GetInsights).times(1), Fault::status(StatusCode::BAD_REQUEST));
    assert!(client.insights().list().send().await.unwrap_err().is_rejected());
    siem.set_rate_limit(Some(EnforcedLimit::new(0, Duration::from_secs(1))));
    let once = crate::RetryPolicy::never();
    assert!(client.insights().list().retry(once).send().await.unwrap_err().is_rate_limited());
    siem.set_rate_limit(None);
    siem.set_canned(Operation::GetInsights, None);
    assert_eq!(client.insights().list().send().await.unwrap().total, 2);
}
