//! Nothing is taken before a token is verified, and of everything there is a most.

use tokio::io::AsyncWriteExt;

use super::site::{HANG, Site, ask, head, read_all};

#[tokio::test]
async fn bodies_that_never_come_take_no_place_without_a_token() {
    let site = Site::start(|config| config.requests.max_in_flight = 4);
    let mut waiting = Vec::new();
    for authorization in [None, Some("Bearer a.b.c"), Some("Basic eDp5")].into_iter().cycle().take(48) {
        waiting.push(site.send(head(authorization, 100)).await);
    }
    site.assert_answers().await;
    assert_eq!(site.status("honest", "us").await, 200);
    for mut stream in waiting {
        let answer = read_all(&mut stream).await;
        assert!(answer.contains("Authorization failed"), "told before the body came: {answer}");
    }
}

#[tokio::test]
async fn bodies_that_never_come_take_the_share_of_their_tenant_alone() {
    let site = Site::start(|config| config.requests.max_in_flight = 8);
    let stranger = site.authorization("stranger", "us");
    let mut waiting = Vec::new();
    for _ in 0..8 {
        waiting.push(site.send(head(Some(&stranger), 100)).await);
    }
    site.metric(r#"relay_overloads_total{resource="places",share="tenant"} 6"#).await;
    assert_eq!(site.status("stranger", "us").await, 503);
    assert_eq!(site.status("honest", "us").await, 200);
    site.assert_answers().await;
}

#[tokio::test]
async fn a_body_has_its_time() {
    let site = Site::start(|config| config.requests.body_timeout = std::time::Duration::from_millis(200));
    let mut stream = site.send(head(Some(&site.authorization("a", "us")), 100)).await;
    let answer = read_all(&mut stream).await;
    assert!(answer.contains("The request body did not arrive within 0.2 s."), "{answer}");
}

/// A site with 64 KiB for bodies, of which a tenant has 16 KiB, as much as one body.
fn site_with_little_memory() -> Site {
    Site::start(|config| {
        config.requests.max_body_bytes = 16 * 1024;
        config.requests.body_memory_bytes = 64 * 1024;
    })
}

#[tokio::test]
async fn the_memory_of_bodies_is_shared() {
    let site = site_with_little_memory();
    let stranger = site.authorization("stranger", "us");
    let part = |length: usize| head(Some(&stranger), 16 * 1024) + &" ".repeat(length);
    let _first = site.send(part(12 * 1024)).await;
    let _second = site.send(part(12 * 1024)).await;
    site.metric(r#"relay_overloads_total{resource="bodies",share="tenant"} 1"#).await;
    let honest = site.authorization("honest", "us");
    let body = ask("a.example.com") + &" ".repeat(12 * 1024);
    let close = head(Some(&honest), body.len()).replacen("Host", "Connection: close\r\nHost", 1);
    let answer = read_all(&mut site.send(close + &body).await).await;
    assert!(answer.contains("link-1"), "{answer}");
    site.assert_answers().await;
}

#[tokio::test]
async fn the_memory_of_a_body_is_held_while_its_request_is_worked_on() {
    let site = site_with_little_memory();
    let stranger = site.authorization("stranger", "us");
    let body = ask(HANG) + &" ".repeat(12 * 1024);
    let request = head(Some(&stranger), body.len()) + &body;
    let first = site.send(&request).await;
    site.metric("relay_request_observables_count 1").await;
    let second = site.send(&request).await;
    site.metric(r#"relay_overloads_total{resource="bodies",share="tenant"} 1"#).await;
    second.readable().await.unwrap();
    assert_eq!(site.status("honest", "us").await, 200);
    drop(first);
    site.metric("relay_requests_in_flight 0").await;
    assert_eq!(site.status("stranger", "us").await, 200);
}

#[tokio::test]
async fn a_head_has_at_most_64_kib_with_any_version() {
    let site = Site::start(|_| {});
    for (bytes, status) in [(60_000, 200), (80_000, 431)] {
        let head = format!(
            "POST /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {}\r\n\r\n",
            "x".repeat(bytes)
        );
        let mut stream = site.connect().await;
        let (mut reading, mut writing) = stream.split();
        let mut answer = Vec::new();
        let (_, read) = tokio::join!(
            writing.write_all(head.as_bytes()),
            tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut answer),
        );
        drop(read);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{bytes}: {answer}");
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).http2_prior_knowledge();
        let request = client.build().unwrap().post(format!("http://{}/version", site.address));
        let response = request.header("x", "x".repeat(bytes)).send().await.unwrap();
        assert_eq!(response.status(), status, "{bytes} over HTTP/2");
    }
}

#[tokio::test]
async fn the_watchdog_echoes_the_start_of_a_long_text() {
    let site = Site::start(|_| {});
    let text = "x".repeat(30_000);
    let head =
        format!("GET /watchdog HTTP/1.1\r\nHost: a\r\nConnection: close\r\nHealth-Check: {text}\r\n\r\n");
    let answer = read_all(&mut site.send(head).await).await;
    assert!(answer.ends_with(&format!("{{\"data\":\"{}\"}}", "x".repeat(1024))), "{} bytes", answer.len());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_answered_and_the_connection_closed_in_order() {
    let site = Site::start(|_| {});
    for (authorization, told) in [
        (Some(site.authorization("a", "us")), "The request body is larger than 1048576 bytes."),
        (None, "Authorization header is missing"),
    ] {
        let length = 6 * 1024 * 1024;
        let mut stream = site.send(head(authorization.as_deref(), length)).await;
        // A caller that sends all before it reads, as many do.
        stream.write_all(&vec![b' '; length]).await.unwrap();
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(told), "{answer}");
    }
}
