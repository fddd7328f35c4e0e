//! Signing keys: when they are fetched, and how far clocks may differ.

use std::time::{SystemTime, UNIX_EPOCH};

use xdr_module::testing::Caller;

use super::site::{PUBLIC_URL, Site, ask};

#[tokio::test]
async fn a_key_host_that_fails_is_left_alone_for_a_while() {
    let site = Site::start(|_| {});
    let caller = Caller::new(format!("http://{}", site.address)).unwrap();
    let (name, host) = site.issuer.broken_key_hosts().next().unwrap();
    let claims = site.issuer.claims(PUBLIC_URL).with("jwks_host", host.host());
    let claims = claims.with("tenant", "a").with("deployment", "us");
    let authorization = format!("Bearer {}", site.issuer.token(&claims).unwrap());
    for _ in 0..20 {
        let response = caller.post("/health", Some(&authorization), "").await.unwrap();
        assert!(response.text().contains("Wrong jwks_host in JWT payload"), "{name}: {}", response.text());
    }
    assert_eq!(host.requests(), 1);
    let failures = format!("relay_key_set_fetches_total{{host=\"{}\",outcome=\"failure\"}} 1", host.host());
    site.metric(&failures).await;
}

#[tokio::test]
async fn the_age_of_a_key_set_is_a_metric() {
    let site = Site::start(|_| {});
    assert_eq!(site.status("a", "us").await, 200);
    let host = site.issuer.key_host().host().to_owned();
    // Seconds since 1970; it would be 0 without a set.
    site.metric(&format!("relay_key_set_fetched_timestamp_seconds{{host=\"{host}\"}} 1")).await;
    site.metric(&format!("relay_key_set_fetches_total{{host=\"{host}\",outcome=\"failure\"}} 0")).await;
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute() {
    let site = Site::start(|_| {});
    let caller = Caller::new(format!("http://{}", site.address)).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    for (claim, time, refusal) in [
        ("exp", now - 45, None),
        ("nbf", now + 45, None),
        ("exp", now - 90, Some("JWT has expired")),
        ("nbf", now + 90, Some("JWT is not yet valid")),
    ] {
        let claims = site.issuer.claims(PUBLIC_URL).with(claim, time);
        let claims = claims.with("tenant", "a").with("deployment", "us");
        let authorization = format!("Bearer {}", site.issuer.token(&claims).unwrap());
        let answer = caller.post("/refer/observables", Some(&authorization), ask("a")).await.unwrap().text();
        match refusal {
            Some(refusal) => assert!(answer.contains(refusal), "{claim}: {answer}"),
            None => assert!(answer.contains("link-1"), "{claim}: {answer}"),
        }
    }
}
