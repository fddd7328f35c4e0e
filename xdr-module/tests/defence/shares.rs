//! No tenant, and no deployment, takes all places.

use super::site::{OUTLIVE, Site};

#[tokio::test]
async fn a_tenant_has_a_quarter_of_the_places_and_a_deployment_half() {
    let site = Site::start(|config| config.requests.max_in_flight = 8);
    let mut hanging = vec![site.hang("a", "us"), site.hang("a", "us")];
    site.metric("relay_requests_in_flight 2").await;
    assert_eq!(site.status("a", "us").await, 503);
    assert_eq!(site.status("b", "us").await, 200);
    hanging.extend([site.hang("b", "us"), site.hang("b", "us")]);
    site.metric("relay_requests_in_flight 4").await;
    assert_eq!(site.status("c", "us").await, 503);
    assert_eq!(site.status("c", "eu").await, 200);
    site.metric(r#"relay_overloads_total{resource="places",share="deployment"} 1"#).await;
    for hanging in hanging {
        hanging.abort();
    }
    site.metric("relay_requests_in_flight 0").await;
    assert_eq!(site.status("a", "us").await, 200);
}

#[tokio::test]
async fn shares_can_be_set() {
    let site = Site::start(|config| {
        config.requests.max_in_flight = 4;
        config.requests.tenant_share = 100;
        config.requests.deployment_share = 100;
    });
    let _hanging: Vec<_> = (0..4).map(|_| site.hang("a", "us")).collect();
    site.metric("relay_requests_in_flight 4").await;
    assert_eq!(site.status("b", "eu").await, 503);
    site.assert_answers().await;
}

#[tokio::test]
async fn work_that_outlives_its_request_keeps_the_place() {
    let site = Site::start(|config| config.requests.max_in_flight = 8);
    for _ in 0..2 {
        assert_eq!(site.refer("a", "us", OUTLIVE).await.status, 200);
    }
    assert_eq!(site.status("a", "us").await, 503);
    assert_eq!(site.status("b", "us").await, 200);
}

#[tokio::test]
async fn forty_requests_of_one_tenant_at_once_are_all_answered() {
    let site = Site::start(|_| {});
    let all = (0..40).map(|_| site.status("a", "us"));
    assert_eq!(futures_util::future::join_all(all).await, [200; 40]);
}

#[tokio::test]
async fn a_tenant_that_is_not_let_in_is_told_so() {
    let site = Site::start(|_| {});
    let response = site.refer("banned", "us", "a.example.com").await;
    let told = "Authorization failed: The access_id of the JWT payload is not allowed to use this relay";
    assert_eq!(response.errors()[0]["message"], told);
}
