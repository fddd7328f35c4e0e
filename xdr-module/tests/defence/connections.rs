//! Connections, their streams, and their ends.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::site::{HANG, HUGE, Site, TIMEOUT, ask, head, read_all};

const REQUEST: &[u8] = b"POST /version HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn a_peer_has_so_many_connections_and_others_are_served() {
    let site = Site::start(|config| config.server.max_peer_connections = 3);
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(site.send(b"P").await);
    }
    let mut refused = site.connect().await;
    assert!(matches!(refused.read(&mut [0]).await, Ok(0) | Err(_)), "closed at once");
    assert_another_is_served(&site).await;
    drop(open);
    site.assert_answers().await;
}

/// Fails unless a peer of another address gets an answer.
async fn assert_another_is_served(site: &Site) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = socket.connect(site.address).await.unwrap();
    other.write_all(REQUEST).await.unwrap();
    let answered = timeout(TIMEOUT, other.read(&mut [0; 1024])).await;
    assert!(answered.unwrap().unwrap() > 0);
}

#[tokio::test]
async fn a_peer_leaves_connections_for_others_however_few_there_are() {
    let site = Site::start(|config| config.server.max_connections = 4);
    let open = [site.send(b"P").await, site.send(b"P").await];
    let more = [site.send(b"P").await, site.send(b"P").await];
    assert_another_is_served(&site).await;
    for mut refused in more {
        assert!(matches!(refused.read(&mut [0]).await, Ok(0) | Err(_)), "closed at once");
    }
    drop(open);
}

#[tokio::test]
async fn callers_that_send_or_read_nothing_more_do_not_keep_a_service_that_stops() {
    let second_head = [REQUEST, b"GET / HT"].concat();
    for begun in [b"GET / HTTP/1.1\r\nHost: ".to_vec(), second_head] {
        let mut site = Site::start(|config| {
            config.server.drain_delay = Duration::ZERO;
            config.server.header_timeout = Duration::from_secs(2);
        });
        let mut stream = site.send(&begun).await;
        if begun.starts_with(REQUEST) {
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        }
        site.metric("relay_connections_open 1").await;
        site.stop(&String::from_utf8_lossy(&begun)).await;
    }
    let mut site = Site::start(|config| {
        config.server.drain_delay = Duration::ZERO;
        config.server.stall_timeout = Duration::from_secs(2);
    });
    let body = ask(HUGE);
    let unread = site.send(head(Some(&site.authorization("a", "us")), body.len()) + &body).await;
    unread.readable().await.unwrap();
    site.stop("an answer that is not read").await;
}

#[tokio::test]
async fn callers_of_the_admin_listener_do_not_keep_a_service_that_stops() {
    let mut site = Site::start(|config| config.server.drain_delay = Duration::ZERO);
    let mut stream = tokio::net::TcpStream::connect(site.admin_address).await.unwrap();
    stream.write_all(b"GET /live HTTP/1.1\r\nHost: ").await.unwrap();
    assert_eq!(site.admin.request(http::Method::GET, "/live").await.unwrap().status, 200);
    site.stop("half a head").await;
}

#[tokio::test]
async fn a_peer_leaves_streams_for_others() {
    // 80 streams beside the first of each connection: 40 for a peer.
    let site = Site::start(|config| config.server.max_connections = 20);
    let from = |address: [u8; 4]| {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).http2_prior_knowledge();
        let client = client.http2_initial_stream_window_size(0).local_address(IpAddr::from(address));
        client.build().unwrap()
    };
    let url = format!("http://{}/", site.address);
    let ask = async |client: &reqwest::Client, count| {
        let answers = join_all((0..count).map(|_| client.get(&url).send())).await;
        answers.into_iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    let answered =
        |answers: &[reqwest::Response]| answers.iter().filter(|answer| answer.status() == 200).count();
    let (greedy, other) = (from([127, 0, 0, 1]), from([127, 0, 0, 2]));
    let unread = ask(&greedy, 95).await;
    assert_eq!(answered(&unread), 41);
    assert_eq!(answered(&ask(&other, 10).await), 10);
    drop(unread);
}

#[tokio::test]
async fn a_connection_without_a_byte_and_an_unfinished_head_are_cut() {
    let site = Site::start(|config| {
        config.server.first_byte_timeout = Duration::from_millis(200);
        config.server.header_timeout = Duration::from_millis(200);
        config.server.idle_timeout = Duration::from_secs(3600);
    });
    for begun in
        [&b""[..], b"P", b"PRI * HT", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost: "]
    {
        assert!(!read_all(&mut site.send(begun).await).await.contains("200 OK"));
    }
    let mut second = site.send(REQUEST).await;
    assert!(second.read(&mut [0; 1024]).await.unwrap() > 0, "the first request is answered");
    second.write_all(b"GET / HT").await.unwrap();
    assert_eq!(read_all(&mut second).await, "");
}

#[tokio::test]
async fn a_connection_is_kept_for_longer_than_a_head_may_take() {
    let site = Site::start(|config| {
        config.server.header_timeout = Duration::from_millis(100);
        config.server.idle_timeout = Duration::from_secs(1);
    });
    let mut stream = site.send(REQUEST).await;
    assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
    let silence = timeout(Duration::from_millis(400), stream.read(&mut [0])).await;
    assert!(silence.is_err(), "still open");
    stream.write_all(REQUEST).await.unwrap();
    assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0, "and it serves");
    assert_eq!(read_all(&mut stream).await, "", "idle for too long");
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

#[tokio::test]
async fn an_idle_connection_of_http2_gets_a_goaway() {
    let site = Site::start(|config| config.server.idle_timeout = Duration::from_millis(300));
    // `GET /` of the host `a`: members of the static table, and a literal (RFC 7541).
    let request = frame(1, 5, 1, &[0x82, 0x84, 0x86, 0x41, 1, b'a']);
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let mut stream = site.send([preface, frame(4, 0, 0, &[]), request].concat()).await;
    let (mut kinds, mut head) = (Vec::new(), [0; 9]);
    while !kinds.contains(&7) {
        stream.read_exact(&mut head).await.expect("GOAWAY comes before the end");
        let mut payload = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
        stream.read_exact(&mut payload).await.unwrap();
        kinds.push(head[3]);
    }
    assert!(kinds.contains(&1), "the request was answered: {kinds:?}");
}

#[tokio::test]
async fn streams_beyond_those_there_are_get_a_refusal_and_other_connections_do_not() {
    // Four for each connection that there may be, and one on each connection in any case.
    let site = Site::start(|config| {
        config.server.max_connections = 3;
        config.server.max_peer_connections = 0;
        config.requests.tenant_share = 100;
        config.requests.deployment_share = 100;
    });
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).http2_prior_knowledge();
    let client = client.build().unwrap();
    let authorization = site.authorization("a", "us");
    let ask = || {
        let request = client.post(format!("http://{}/refer/observables", site.address));
        request.header("authorization", &authorization).body(ask(HANG)).send()
    };
    let hanging: Vec<_> = (0..13).map(|_| tokio::spawn(ask())).collect();
    site.metric("relay_requests_in_flight 13").await;
    let refused = join_all((0..3).map(|_| ask())).await;
    for response in refused {
        let response = response.unwrap();
        assert_eq!((response.status().as_u16(), response.content_length()), (503, Some(0)));
    }
    site.assert_answers().await;
    for hanging in hanging {
        hanging.abort();
    }
}
