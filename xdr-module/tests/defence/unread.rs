//! Answers that are not read hold their places, and not for long.

use tokio::io::AsyncReadExt;

use super::site::{HUGE, Site, TIMEOUT, ask, brief, client_without_window, head, read_all};

#[tokio::test]
async fn an_answer_without_a_window_holds_its_place_until_it_is_cut() {
    let site = Site::start(|config| {
        brief(config);
        config.requests.max_in_flight = 1;
    });
    let client = client_without_window();
    let request = client.post(format!("http://{}/health", site.address));
    let unread = request.header("authorization", site.authorization("stranger", "us")).send().await.unwrap();
    assert_eq!(unread.status(), 200);
    assert_eq!(site.status("honest", "us").await, 503, "the place is held");
    site.assert_answers().await;
    site.metric("relay_requests_in_flight 0").await;
    assert_eq!(site.status("honest", "us").await, 200, "the answer was cut");
    assert!(unread.bytes().await.is_err());
}

#[tokio::test]
async fn an_answer_that_waits_in_a_socket_holds_its_place_until_it_is_cut() {
    let site = Site::start(|config| {
        brief(config);
        config.requests.max_in_flight = 1;
    });
    let body = ask(HUGE);
    let mut unread = site.send(head(Some(&site.authorization("stranger", "us")), body.len()) + &body).await;
    unread.readable().await.unwrap();
    assert_eq!(site.status("honest", "us").await, 503, "the place is held");
    site.metric("relay_requests_in_flight 0").await;
    assert_eq!(site.status("honest", "us").await, 200, "the answer was cut");
    let mut received = Vec::new();
    let _ = unread.read_to_end(&mut received).await;
    assert!(received.len() < 32 * 1024 * 1024, "{}", received.len());
}

#[tokio::test]
async fn large_answers_without_a_window_take_the_share_of_their_tenant_alone() {
    let site = Site::start(|config| config.server.stall_timeout = TIMEOUT);
    let client = client_without_window();
    let huge = async |tenant: &str| {
        let request = client.post(format!("http://{}/refer/observables", site.address));
        let request = request.header("authorization", site.authorization(tenant, "us"));
        request.body(ask(HUGE)).send().await.unwrap()
    };
    let unread = huge("stranger").await;
    assert_eq!(unread.status(), 200, "one is sent, however large it is");
    assert_eq!(huge("stranger").await.status(), 503);
    site.metric(r#"relay_overloads_total{resource="replies",share="tenant"} 1"#).await;
    assert_eq!(site.status("stranger", "us").await, 200, "a small one needs no share");
    assert_eq!(huge("honest").await.status(), 200);
    drop(unread);
}

#[tokio::test]
async fn messages_about_a_body_that_are_not_read_are_small() {
    let site = Site::start(|_| {});
    let body = format!(r#"[{{"type":"ip","value":"a","{}":0}}]"#, "\u{7f}".repeat(1_000_000));
    let mut request = head(Some(&site.authorization("a", "us")), body.len());
    request = request.replacen("Host", "Connection: close\r\nHost", 1) + &body;
    let answer = read_all(&mut site.send(request).await).await;
    assert!(answer.contains("Unknown field.") && answer.len() < 4 * 1024, "{} bytes", answer.len());
}

#[tokio::test]
async fn an_answer_that_is_read_slowly_is_not_cut() {
    let site = Site::start(brief);
    let body = ask(HUGE);
    let head = head(Some(&site.authorization("a", "us")), body.len());
    let mut stream = site.send(head.replacen("Host", "Connection: close\r\nHost", 1) + &body).await;
    let (mut all, mut part) = (0, vec![0; 4 * 1024 * 1024]);
    loop {
        match stream.read(&mut part).await.unwrap() {
            0 => break,
            count => all += count,
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(all > 32 * 1024 * 1024, "{all}");
}

#[tokio::test]
async fn a_caller_that_goes_away_is_counted() {
    let site = Site::start(|_| {});
    let hanging = site.hang("a", "us");
    site.metric("relay_requests_in_flight 1").await;
    hanging.abort();
    site.metric(r#"relay_requests_total{route="/refer/observables",outcome="abandoned"} 1"#).await;
    site.metric("relay_requests_in_flight 0").await;
}
