//! The parts that are for operators, and for people.

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use xdr_module::Pages;
use xdr_module::testing::Caller;

use super::site::{Links, Site, ask, head, read_all};

#[tokio::test]
async fn pages_can_be_switched_off() {
    for (pages, status) in [(Pages::On, 200), (Pages::Off, 404)] {
        let site = Site::start(|config| config.pages = pages);
        let caller = Caller::new(format!("http://{}", site.address)).unwrap();
        for path in ["/swagger-ui", "/assets/page.css"] {
            assert_eq!(caller.request(Method::GET, path).await.unwrap().status, status, "{path}");
        }
        let request = http::Request::get("/").header("accept", "text/html").body(Default::default());
        let landing = caller.send(request.unwrap()).await.unwrap();
        assert_eq!(landing.header("content-type").contains("html"), status == 200, "{}", landing.text());
        assert_eq!(landing.text().contains("swagger"), status == 200, "{}", landing.text());
        assert_eq!(caller.request(Method::GET, "/openapi.json").await.unwrap().status, 200);
        site.assert_answers().await;
    }
}

#[tokio::test]
async fn the_admin_listener_is_not_called_by_a_name_of_a_stranger() {
    let site = Site::start(|_| {});
    for (host, status) in [("evil.example.com", 421), ("relay", 200), ("127.0.0.1:1", 200)] {
        let mut stream = tokio::net::TcpStream::connect(site.admin_address).await.unwrap();
        let head = format!("GET /live HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {answer}");
    }
}

#[tokio::test]
async fn the_admin_listener_answers_when_the_public_port_has_used_its_share() {
    let site = Site::start(|config| {
        config.server.max_connections = 5;
        config.server.max_peer_connections = 0;
    });
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(site.send(b"P").await);
    }
    assert_eq!(site.admin.request(Method::GET, "/live").await.unwrap().status, 200);
    drop(open);
    site.assert_answers().await;
}

#[tokio::test]
async fn a_request_is_worked_on_by_the_module_that_let_it_in() {
    let mut site = Site::start(|_| {});
    let body = ask("a.example.com");
    let head = head(Some(&site.authorization("a", "us")), body.len());
    let head = head.replacen("Host", "Connection: close\r\nExpect: 100-continue\r\nHost", 1);
    let mut stream = site.send(head).await;
    let mut told = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut told).await.expect("it is let in, and its body is read");
    let (config, module) = (site.config.clone(), Links { title: "Another" });
    site.reloader.apply(config, Some(module)).unwrap();
    assert!(site.refer("a", "us", "a.example.com").await.text().contains("Another"));
    stream.write_all(body.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.contains("\"Link\""), "{answer}");
}
