//! Every endpoint, its success, and paths that are not endpoints.

use http::Method;
use serde_json::{Value, json};
use sumo_client::testing::{DataSet, Operation};

use crate::common::caller::{Answer, Caller, fatal};
use crate::common::{ACCESS_ID, World, bearer, data, eventually, stand_in};

#[tokio::test]
async fn health_asks_for_the_account_and_for_each_right_and_says_ok() {
    let world = World::of(DataSet::new()).await;
    world.post("/health", "").await.assert_is_healthy("health");
    let calls = world.siem.recorded();
    let mut asked: Vec<_> = calls.iter().map(|call| (call.path.as_str(), call.raw_query.as_str())).collect();
    asked.sort_unstable();
    let expected = [
        ("/api/sec/v1/insights", "limit=1&exclude=signals%2Cartifacts%2Centity"),
        ("/api/sec/v1/match-lists", "limit=1"),
        ("/api/sec/v1/threat-intel-indicators", "limit=1"),
        ("/api/v1/healthEvents", "limit=1"),
    ];
    assert_eq!(asked, expected);
    for call in &calls {
        assert_eq!((call.method.as_str(), call.access_id.as_deref()), ("GET", Some(ACCESS_ID)));
    }
}

#[tokio::test]
async fn health_ignores_its_body() {
    let world = World::of(DataSet::new()).await;
    for body in ["", "{}", "[]", "not JSON", r#"[{"type":"ip","value":"192.0.2.1"}]"#] {
        world.post("/health", body).await.assert_is_healthy(body);
    }
}

#[tokio::test]
async fn version_needs_no_token_and_stands_outside_of_data() {
    let world = World::of(DataSet::new()).await;
    let expected = format!(r#"{{"version":"{}"}}"#, env!("CARGO_PKG_VERSION"));
    world.relay.caller().post("/version", None, "").await.assert_is(&expected, "version");
    world.assert_nothing_fetched("version");
}

#[tokio::test]
async fn watchdog_echoes_its_header() {
    let world = World::of(DataSet::new()).await;
    let ask = async |text: &[u8]| {
        let header = http::HeaderValue::from_bytes(text).unwrap();
        Answer::of(world.relay.caller().request(Method::GET, "/watchdog").header("Health-Check", header))
            .await
    };
    ask(b"hello").await.assert_is(r#"{"data":"hello"}"#, "a word");
    ask(b"a \"quoted\" \\ text").await.assert_is(r#"{"data":"a \"quoted\" \\ text"}"#, "quotes");
    ask(b"").await.assert_is(r#"{"data":""}"#, "an empty header");
    ask("h\u{e9}llo".as_bytes()).await.assert_is("{\"data\":\"h\u{e9}llo\"}", "UTF-8");
    let missing = fatal("health check failed", "Invalid Health Check");
    world.relay.caller().get("/watchdog").await.assert_is(&missing, "no header");
    world.assert_nothing_fetched("watchdog");
}

#[tokio::test]
async fn a_watchdog_header_that_is_no_text_is_answered() {
    let world = World::of(DataSet::new()).await;
    let header = http::HeaderValue::from_bytes(b"h\xe9llo").unwrap();
    let request = world.relay.caller().request(Method::GET, "/watchdog").header("Health-Check", header);
    let answer = Answer::of(request).await;
    answer.assert_is("{\"data\":\"h\u{fffd}llo\"}", "Latin-1");
}

#[tokio::test]
async fn refer_links_into_the_console_and_asks_nothing_of_cloud_siem() {
    let world = World::of(data::company()).await;
    let host = world.siem.api_host();
    let body = json!([
        {"type": "ip", "value": "192.0.2.10"},
        {"type": "file_path", "value": "C:\\Temp\\a b&c=d.exe"},
        {"type": "quantum_id", "value": "\u{e9}/?#"},
    ]);
    let link = |id: &str, name: &str, encoded: &str| {
        format!(
            r#"{{"id":{},"title":"Search for this {name}","description":"Lookup this {name} on Sumo Logic Cloud SIEM Enterprise console","url":"https://{host}/sec/search?q={encoded}","categories":["Search","SumoLogic","Cloud SIEM Enterprise"]}}"#,
            Value::from(format!("ref-sumo-logic-search-cse-{id}")),
        )
    };
    let expected = format!(
        r#"{{"data":[{},{},{}]}}"#,
        link("ip-192.0.2.10", "IP", "192.0.2.10"),
        link("file-path-C:\\Temp\\a b&c=d.exe", "file path", "C%3A%5CTemp%5Ca%20b%26c%3Dd.exe"),
        link("quantum-id-\u{e9}/?#", "quantum_id", "%C3%A9%2F%3F%23"),
    );
    world.post("/refer/observables", body.to_string()).await.assert_is(&expected, "refer");
    assert_eq!(world.siem.counts().calls, 0);
    world.post("/refer/observables", "[]").await.assert_is(r#"{"data":[]}"#, "nothing to refer");
}

#[tokio::test]
async fn refer_leads_to_the_console_of_the_deployment() {
    let world = World::with(DataSet::new(), |config| {
        config.sumo.hosts = relay_server::SumoConfig::default().hosts;
    })
    .await;
    for (host, console) in [
        ("api.sumologic.com", "service.sumologic.com"),
        ("api.us2.sumologic.com", "service.us2.sumologic.com"),
        ("api.jp.sumologic.com", "service.jp.sumologic.com"),
    ] {
        let token = world.claims().with("host", host).signed();
        let body = data::ask("domain", "evil.example").to_string();
        let answer =
            world.relay.caller().post("/refer/observables", Some(&bearer(&token)), body).await.json();
        assert_eq!(answer["data"][0]["url"], format!("https://{console}/sec/search?q=evil.example"));
    }
}

#[tokio::test]
async fn nothing_asked_and_nothing_found_is_empty_data() {
    let world = World::of(data::company()).await;
    world.observe(&json!([])).await.assert_is(r#"{"data":{}}"#, "nothing asked");
    assert_eq!(world.siem.counts().calls, 0);
    world.observe(&data::ask("ip", "203.0.113.9")).await.assert_is(r#"{"data":{}}"#, "nothing found");
    assert_eq!((world.calls(Operation::GetInsights), world.calls(Operation::GetSignals)), (1, 1));
}

#[tokio::test]
async fn trailing_slashes_lead_to_the_same_endpoints() {
    let world = World::of(data::company()).await;
    let caller = world.relay.caller();
    let authorization = bearer(&world.token());
    let body = data::ask("domain", data::DOMAIN).to_string();
    for path in ["/health", "/observe/observables", "/refer/observables", "/version"] {
        let plain = caller.post(path, Some(&authorization), body.clone()).await;
        for slashes in ["/", "//"] {
            let answer = caller.post(&format!("{path}{slashes}"), Some(&authorization), body.clone()).await;
            if path == "/health" {
                // The quota counts the calls of both.
                answer.assert_is_healthy(slashes);
            } else {
                assert_eq!((answer.status, &answer.body), (200, &plain.body), "{path}{slashes}");
            }
        }
    }
    let watchdog = caller.request(Method::GET, "/watchdog/").header("Health-Check", "a");
    Answer::of(watchdog).await.assert_is(r#"{"data":"a"}"#, "/watchdog/");
}

#[tokio::test]
async fn bodies_are_json_whatever_the_content_type_says() {
    let world = World::of(data::company()).await;
    let expected = world.post("/refer/observables", data::ask("ip", "192.0.2.1").to_string()).await;
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "nonsense",
        "",
    ] {
        let request = world
            .relay
            .caller()
            .request(Method::POST, "/refer/observables")
            .header("authorization", bearer(&world.token()))
            .header("content-type", content_type)
            .body(data::ask("ip", "192.0.2.1").to_string());
        Answer::of(request).await.assert_is(&expected.body, content_type);
    }
}

#[tokio::test]
async fn what_is_no_endpoint_is_404_in_the_shape_of_the_contract() {
    let world = World::of(DataSet::new()).await;
    let caller = world.relay.caller();
    let expected = r#"{"code":404,"message":"The relay has no such endpoint; /openapi.json lists those it has.","reason":"relay_server.NotFound"}"#;
    for path in [
        "/nothing",
        "/observe",
        "/observe/observables/x",
        "/tiles/none",
        "/respond/observables",
        "/%00",
        "/health.json",
    ] {
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let answer = Answer::of(caller.request(method.clone(), path)).await;
            assert_eq!((answer.status, answer.body.as_str()), (404, expected), "{method} {path}");
            assert_eq!(answer.headers["content-type"], "application/json");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_in_the_shape_of_the_contract() {
    let world = World::of(DataSet::new()).await;
    let expected = r#"{"code":405,"message":"The endpoint does not know this method; /openapi.json lists those it knows.","reason":"relay_server.MethodNotAllowed"}"#;
    for (method, path) in [
        (Method::GET, "/health"),
        (Method::GET, "/observe/observables"),
        (Method::PUT, "/observe/observables"),
        (Method::DELETE, "/refer/observables"),
        (Method::PATCH, "/version"),
        (Method::POST, "/watchdog"),
        (Method::GET, "/health/"),
        (Method::POST, "/"),
        (Method::POST, "/openapi.json"),
    ] {
        let request = world.relay.caller().request(method.clone(), path);
        let answer = Answer::of(request.header("authorization", bearer(&world.token()))).await;
        assert_eq!((answer.status, answer.body.as_str()), (405, expected), "{method} {path}");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    world.assert_nothing_fetched("wrong methods");
}

/// Every path that is served, with the methods it is served for: those of the document as it tells
/// them, and pages.
fn served() -> Vec<(String, Vec<Method>)> {
    let document: Value = serde_json::from_str(&crate::common::document()).unwrap();
    let documented = document["paths"].as_object().unwrap().iter().map(|(path, operations)| {
        let names = operations.as_object().unwrap().keys();
        (path.clone(), names.map(|name| name.to_uppercase().parse().unwrap()).collect())
    });
    let pages = [
        "/openapi.json",
        "/swagger-ui",
        "/swagger-ui/",
        "/swagger-ui/start.js",
        "/swagger-ui/page.css",
        "/swagger-ui/swagger-ui.css",
        "/swagger-ui/swagger-ui-bundle.js",
        "/assets/page.css",
        "/assets/icon.svg",
        "/assets/landing.js",
        "/assets/graph.js",
        #[cfg(feature = "redoc")]
        "/redoc/start.js",
    ];
    documented.chain(pages.map(|page| (page.to_owned(), vec![Method::GET]))).collect()
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones_on_every_path() {
    let world = World::of(DataSet::new()).await;
    let paths = served();
    assert!(paths.len() > 15 && paths.contains(&("/health".to_owned(), vec![Method::POST])), "{paths:?}");
    for (path, mut right) in paths {
        if right.contains(&Method::GET) {
            right.push(Method::HEAD);
        }
        right.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        let names: Vec<&str> = right.iter().map(Method::as_str).collect();
        for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "get"] {
            let request = world.relay.caller().request(name.parse().unwrap(), &path);
            let answer = Answer::of(request).await;
            let allow = answer.headers.get("allow").map(|allow| allow.to_str().unwrap());
            let expected = if names.contains(&name) { (200, None) } else { (405, Some(names.join(", "))) };
            assert_eq!((answer.status, allow), (expected.0, expected.1.as_deref()), "{name} {path}");
        }
    }
}

#[tokio::test]
async fn a_question_for_the_head_is_answered_as_for_the_whole_without_it() {
    let world = World::of(DataSet::new()).await;
    let mut paths: Vec<String> = served().into_iter().map(|(path, _)| path).collect();
    paths.push("/nothing".to_owned());
    for caller in [world.relay.caller().clone(), Caller::http2(&format!("http://{}", world.relay.address()))]
    {
        for path in &paths {
            let ask = async |method| Answer::of(caller.request(method, path)).await;
            let (whole, head) = (ask(Method::GET).await, ask(Method::HEAD).await);
            assert!(!whole.body.is_empty() && head.body.is_empty(), "{path}");
            let facts = |answer: &Answer| {
                let mut headers = answer.headers.clone();
                // They differ from answer to answer.
                headers.remove("date");
                headers.remove("x-request-id");
                (answer.status, headers)
            };
            assert_eq!(facts(&head), facts(&whole), "{path}");
            assert_eq!(head.headers["content-length"], whole.body.len().to_string(), "{path}");
        }
    }
}

#[tokio::test]
async fn people_get_a_page_and_programs_get_json() {
    let world = World::of(DataSet::new()).await;
    let caller = world.relay.caller();
    let about = caller.get("/").await;
    about.assert_is(
        &format!(
            r#"{{"name":"Sumo Logic Cloud SIEM relay for Cisco XDR","version":"{}","openapi":"/openapi.json","swagger_ui":"/swagger-ui"}}"#,
            env!("CARGO_PKG_VERSION")
        ),
        "about",
    );
    let page = Answer::of(caller.request(Method::GET, "/").header("accept", "text/html,*/*;q=0.8")).await;
    assert_eq!(
        (page.status, page.headers["content-type"].to_str().unwrap()),
        (200, "text/html; charset=utf-8")
    );
    for link in ["/swagger-ui", "/openapi.json"] {
        assert!(page.body.contains(&format!("href=\"{link}\"")), "{link}");
    }
    let document = caller.get("/openapi.json").await;
    assert_eq!(document.body, crate::common::document());
    for path in [
        "/swagger-ui",
        "/swagger-ui/",
        "/swagger-ui/start.js",
        "/swagger-ui/swagger-ui-bundle.js",
        "/swagger-ui/swagger-ui.css",
    ] {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.headers["content-security-policy"].is_empty(), "{path}");
    }
}

#[tokio::test]
async fn answers_carry_the_request_id_and_must_not_be_kept() {
    let world = World::of(DataSet::new()).await;
    let request = world.relay.caller().request(Method::POST, "/health").header("x-request-id", "from-xdr-1");
    let answer = Answer::of(request.header("authorization", bearer(&world.token()))).await;
    assert_eq!(answer.headers["x-request-id"], "from-xdr-1");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let other = world.post("/health", "").await;
    assert_eq!(other.headers["x-request-id"].len(), 36);
}

#[tokio::test]
async fn a_busy_relay_says_so_at_once_in_the_shape_of_the_contract() {
    let siem = stand_in(data::company()).latency(std::time::Duration::from_secs(2));
    let world = World::behind(siem, |config| config.service.requests.max_in_flight = 1).await;
    let question = data::ask("domain", data::DOMAIN);
    let busy = async {
        eventually("the first request runs", || world.siem.in_flight() > 0).await;
        world.post("/health", "").await
    };
    let (first, second) = tokio::join!(world.observe(&question), busy);
    let expected = r#"{"code":503,"message":"The relay is busy. Try again after the time in the Retry-After header.","reason":"relay_server.ServiceUnavailable"}"#;
    assert_eq!((second.status, second.body.as_str()), (503, expected));
    assert_eq!(second.headers["retry-after"], "1");
    assert_eq!((first.status, first.docs("sightings").len()), (200, 3));
    assert_eq!(world.calls(Operation::ListHealthEvents), 0, "what is refused reaches nobody");
}

#[tokio::test]
async fn a_request_without_a_host_is_answered() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let world = World::with(DataSet::new(), |config| {
        config.service.audiences = xdr_module::auth::allow_list::Audiences::RequestHost;
    })
    .await;
    for aud in ["http://", "https://", "http://relay.example.com"] {
        let token = world.claims().with("aud", aud).signed();
        let mut stream = tokio::net::TcpStream::connect(world.relay.address()).await.unwrap();
        let head = format!("POST /health HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200 OK\r\n"), "{head}");
        assert_eq!(body, crate::common::caller::unauthorized("Wrong configuration-token-audience"), "{aud}");
    }
    world.assert_nothing_fetched("no host");
}
