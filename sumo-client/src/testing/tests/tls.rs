//! TLS: the roots that are trusted, and the protocols inside.

use super::*;

#[tokio::test]
async fn http2_is_spoken_over_tls_and_http1_when_asked() {
    let ca = TestCa::new().unwrap();
    let config = ca.server_config(&["127.0.0.1", "localhost"]).unwrap();
    let siem = CloudSiem::builder().data(data()).tls(config).start().await.unwrap();
    assert!(siem.base_url().starts_with("https://127.0.0.1:"));
    let root = reqwest::Certificate::from_pem(ca.pem().as_bytes()).unwrap();
    let only_http1 =
        reqwest::Client::builder().no_proxy().http1_only().tls_certs_only([root]).build().unwrap();
    for (client, version) in
        [(client(Some(&ca.pem())), http::Version::HTTP_2), (only_http1, http::Version::HTTP_11)]
    {
        let answer = over_socket(&client, &siem, Method::GET, "/api/sec/v1/insights").send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
    }
    let by_name = format!("https://localhost:{}/api/sec/v1/insights", siem.addr().port());
    assert_eq!(client(Some(&ca.pem())).get(by_name).send().await.unwrap().status(), 401);
    let counts = siem.counts();
    assert_eq!((counts.tls_handshakes, counts.failed_tls_handshakes), (3, 0));
}

#[tokio::test]
async fn certificates_that_are_not_good_are_refused() {
    let (ca, stranger) = (TestCa::new().unwrap(), TestCa::new().unwrap());
    let cases = [
        ("Expired", ca.expired_server_config(&["127.0.0.1"]).unwrap()),
        ("NotValidForName", ca.server_config(&["siem.example.com", "192.0.2.1"]).unwrap()),
        ("UnknownIssuer", stranger.server_config(&["127.0.0.1"]).unwrap()),
    ];
    for (reason, config) in cases {
        let siem = CloudSiem::builder().tls(config).start().await.unwrap();
        let client = client(Some(&ca.pem()));
        let error =
            over_socket(&client, &siem, Method::GET, "/api/sec/v1/insights").send().await.unwrap_err();
        assert!(error.is_connect() && format!("{error:?}").contains(reason), "{reason}: {error:?}");
        assert_eq!(siem.counts().calls, 0, "{reason}");
    }
}

#[tokio::test]
async fn a_client_that_speaks_no_tls_reaches_nothing() {
    let ca = TestCa::new().unwrap();
    let siem = CloudSiem::builder().tls(ca.server_config(&["127.0.0.1"]).unwrap()).start().await.unwrap();
    let url = format!("http://{}/api/sec/v1/insights", siem.api_host());
    assert!(client(None).get(url).send().await.is_err());
    while siem.counts().failed_tls_handshakes == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(siem.counts().calls, 0);
    assert!(ca.server_config(&["not a name\u{e9}"]).is_err());
    assert!(!format!("{ca:?}").contains("PRIVATE"));
}
