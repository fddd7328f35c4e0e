//! Every way in which Cloud SIEM can fail, over real sockets: a well-formed answer comes in time,
//! says what happened, and nothing is left running.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use sumo_client::testing::{
    CloudSiem, CloudSiemBuilder, ConnectionFault, DataSet, Fault, Operation, TestCa, When,
};
use xdr_module::auth::KeySet;

use self::common::schema::assert_is_ctim;
use self::common::{Answer, Claims, RsaKey, RunningRelay, World, bearer, config, data, eventually, stand_in};

/// The deadline where it is what ends a fault.
const SHORT: Duration = Duration::from_millis(1500);

/// The deadline where a fault ends by itself, however busy the machine is.
const LONG: Duration = Duration::from_secs(60);

/// The time limit for an answer in a test.
const PATIENCE: Duration = Duration::from_secs(90);

/// The host that keys are said to come from; they are configured.
const JWKS_HOST: &str = "keys.example.com";

const UNEXPECTED: &str = "Unexpected response from Sumo Logic Cloud SIEM: ";

/// A Cloud SIEM that fails, and the expected errors.
struct Case {
    name: &'static str,
    /// None where nobody listens.
    siem: Option<CloudSiem>,
    host: String,
    deadline: Duration,
    health: Expected,
    observe: Expected,
}

#[derive(Clone, Debug)]
enum Expected {
    /// `connection error` with the URL of the API.
    NoConnection,
    /// `unknown`, and a text on the certificate.
    NoTrust,
    /// This code and text.
    Status(&'static str, String),
    /// This code; the text depends on how the retries fell.
    Code(&'static str),
    NotFound,
    /// `unknown`, and a text that holds this.
    Unreadable(&'static str),
}

/// The two endpoints that call Cloud SIEM: path, API, and the operation of which failures are told.
const ENDPOINTS: [(&str, &str, &str); 2] = [
    ("/health", "api/v1", "api/v1/healthEvents"),
    ("/observe/observables", "api/sec/v1", "api/sec/v1/insights"),
];

impl Expected {
    #[track_caller]
    fn assert_holds(&self, case: &Case, endpoint: (&str, &str, &str), answer: &Answer) {
        let (path, api, operation) = endpoint;
        let what = format!("{path} with {}: {}", case.name, answer.body);
        assert_eq!(answer.status, 200, "{what}");
        let errors = answer.errors();
        assert_eq!(errors.len(), 1, "{what}");
        let (code, message) = (errors[0]["code"].as_str().unwrap(), errors[0]["message"].as_str().unwrap());
        let level = match answer.json().get("data") {
            None => "fatal",
            // Health tells besides if the fault will pass.
            Some(data) if path == "/health" && data["status"] == "error" => "fatal",
            Some(data) if path == "/health" && data["status"] == "unknown" => "warning",
            Some(_) => panic!("{what}"),
        };
        assert_eq!(errors[0], json!({"type": level, "code": code, "message": message}), "{what}");
        let host = &case.host;
        match self {
            Self::NoConnection => {
                let start =
                    "Unable to connect to Sumo Logic Cloud SIEM, validate the configured API endpoint: ";
                assert_eq!(
                    (code, message),
                    ("connection error", format!("{start}https://{host}/{api}").as_str()),
                    "{what}"
                );
            }
            Self::NoTrust => {
                assert!(message.starts_with("Unable to verify SSL certificate: "), "{what}");
                assert_eq!(code, "unknown", "{what}");
            }
            Self::Status(expected, text) => {
                assert_eq!((code, message), (*expected, format!("{UNEXPECTED}{text}").as_str()), "{what}");
            }
            Self::Code(expected) => {
                assert!(message.starts_with(UNEXPECTED) && message.len() > UNEXPECTED.len(), "{what}");
                assert_eq!(code, *expected, "{what}");
            }
            Self::NotFound => {
                let text = format!("{UNEXPECTED}URL https://{host}/{operation} is not found");
                assert_eq!((code, message), ("Not Found", text.as_str()), "{what}");
            }
            Self::Unreadable(part) => {
                assert!(message.starts_with(UNEXPECTED) && message.contains(part), "{what}");
                assert_eq!(code, "unknown", "{what}");
            }
        }
    }
}

/// Makes cases.
struct Cases {
    ca: TestCa,
    list: Vec<Case>,
}

impl Cases {
    async fn add(
        &mut self,
        name: &'static str,
        siem: CloudSiemBuilder,
        expected: [Expected; 2],
    ) -> &CloudSiem {
        let siem = siem.start().await.unwrap();
        let [health, observe] = expected;
        self.list.push(Case {
            name,
            host: siem.api_host(),
            siem: Some(siem),
            health,
            observe,
            deadline: LONG,
        });
        self.list.last().unwrap().siem.as_ref().unwrap()
    }

    async fn fault(&mut self, name: &'static str, fault: Fault, expected: [Expected; 2]) {
        let tls = self.ca.server_config(&["127.0.0.1"]).unwrap();
        self.add(name, stand_in(data::company()).tls(tls), expected).await.inject(When::always(), fault);
    }

    async fn status(&mut self, name: &'static str, status: u16, phrase: &'static str) {
        let body =
            format!(r#"{{"status":{status},"id":"ABCDE-1","code":"c","message":"told by the gateway"}}"#);
        let status = StatusCode::from_u16(status).unwrap();
        let expected = Expected::Status(phrase, body.clone());
        self.fault(name, Fault::respond(status, "application/json", body), both(expected)).await;
    }

    async fn connection(&mut self, name: &'static str, fault: ConnectionFault, expected: Expected) {
        let tls = self.ca.server_config(&["127.0.0.1"]).unwrap();
        let siem = self.add(name, stand_in(data::company()).tls(tls), both(expected)).await;
        siem.set_connection_fault(Some(fault));
    }

    /// Gives the case that was added last the short deadline: it would not end by itself, or not
    /// soon.
    fn until_deadline(&mut self) {
        self.list.last_mut().unwrap().deadline = SHORT;
    }

    fn nobody(&mut self, name: &'static str, host: String) {
        let [health, observe] = both(Expected::NoConnection);
        self.list.push(Case { name, host, siem: None, health, observe, deadline: LONG });
    }
}

fn both(expected: Expected) -> [Expected; 2] {
    [expected.clone(), expected]
}

fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

async fn all_cases(redirect_target: &str) -> Cases {
    use Expected::{Code, NoConnection, NoTrust, NotFound, Status, Unreadable};

    let mut cases = Cases { ca: TestCa::new().unwrap(), list: Vec::new() };
    let stranger = TestCa::new().unwrap();
    let names = &["127.0.0.1"];
    let html = "<html><head><title>502 Bad Gateway</title></head><body>no</body></html>";
    let moved = format!("the access key belongs to {redirect_target}, configure that API host");
    let hour = Duration::from_secs(3600);

    cases.nobody("a closed port", free_address());
    cases.nobody("a name that does not exist", "siem.invalid".to_owned());
    cases.until_deadline();

    let untrusted = stand_in(DataSet::new()).tls(stranger.server_config(names).unwrap());
    cases.add("an unknown authority", untrusted, both(NoTrust)).await;
    let expired = stand_in(DataSet::new()).tls(cases.ca.expired_server_config(names).unwrap());
    cases.add("an expired certificate", expired, both(NoTrust)).await;
    let misnamed = stand_in(DataSet::new()).tls(cases.ca.server_config(&["siem.example.com"]).unwrap());
    cases.add("a certificate for another name", misnamed, both(NoTrust)).await;
    cases.add("no TLS at all", stand_in(DataSet::new()), both(NoTrust)).await;

    let refused = Status("Unauthorized", "wrong access_id or access_key".to_owned());
    cases.fault("401", Fault::status(StatusCode::UNAUTHORIZED), both(refused)).await;
    cases.status("400", 400, "Bad Request").await;
    cases.fault("403", Fault::status(StatusCode::FORBIDDEN), both(Code("Forbidden"))).await;
    cases.fault("404", Fault::status(StatusCode::NOT_FOUND), both(NotFound)).await;
    cases.fault("429", Fault::rate_limited(None), both(Code("Too Many Requests"))).await;
    cases.fault("429 for an hour", Fault::rate_limited(Some(3600)), both(Code("Too Many Requests"))).await;
    cases.status("500", 500, "Internal Server Error").await;
    cases.status("503", 503, "Service Unavailable").await;
    let gateway = Fault::respond(StatusCode::BAD_GATEWAY, "text/html", html);
    cases.fault("502 in HTML", gateway, both(Status("Bad Gateway", html.to_owned()))).await;
    let elsewhere = Fault::redirect(&format!("https://{redirect_target}/api/sec/v1/insights"));
    cases.fault("301 to another host", elsewhere, both(Status("Moved Permanently", moved))).await;

    cases.fault("an empty body", Fault::empty(), both(Unreadable("could not be read"))).await;
    cases.fault("invalid JSON", Fault::invalid_json(), both(Unreadable("could not be read"))).await;
    cases.fault("HTML", Fault::html(StatusCode::OK), both(Unreadable("could not be read"))).await;
    cases.fault("null data", Fault::null_data(), both(Unreadable("could not be read"))).await;
    cases.fault("wrong types", Fault::wrong_type(), both(Unreadable("could not be read"))).await;
    cases.fault("a truncated body", Fault::truncated_body(), both(NoConnection)).await;
    cases.fault("an endless body", Fault::endless_body(), both(Unreadable("too large"))).await;
    cases.fault("a gzip bomb", Fault::gzip_bomb(1 << 32), both(Unreadable("too large"))).await;
    cases.fault("a slow drip", Fault::slow_drip(1, Duration::from_millis(200)), both(NoConnection)).await;
    cases.until_deadline();
    cases.fault("a reset before headers", Fault::reset_before_headers(), both(NoConnection)).await;
    cases.fault("a reset after headers", Fault::reset_after_headers(), both(NoConnection)).await;
    cases.fault("no answer ever", Fault::hang(), both(NoConnection)).await;
    cases.until_deadline();
    cases.fault("an answer far too late", Fault::delay(hour), both(NoConnection)).await;
    cases.until_deadline();

    cases.connection("silence after accept", ConnectionFault::Silence, NoConnection).await;
    cases.until_deadline();
    cases.connection("a reset at once", ConnectionFault::Reset, NoConnection).await;
    cases.connection("neither HTTP nor TLS", ConnectionFault::Garbage, NoTrust).await;
    cases
}

/// A relay on a runtime of its own, whose tasks can be counted.
struct IsolatedRelay {
    runtime: tokio::runtime::Runtime,
    relay: RunningRelay,
}

impl IsolatedRelay {
    fn start(config: &crate::common::Config) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        let relay = {
            let _inside = runtime.enter();
            RunningRelay::start(config)
        };
        Self { runtime, relay }
    }

    /// Stops the relay; fails unless all its connections and tasks end.
    async fn assert_ends_clean(self) {
        tokio::time::timeout(PATIENCE, self.relay.stop()).await.unwrap();
        eventually("no task is left", || self.runtime.metrics().num_alive_tasks() == 0).await;
        self.runtime.shutdown_background();
    }
}

/// A relay for the cases of one deadline, on a runtime of its own.
fn isolated_relay(cases: &Cases, deadline: Duration) -> IsolatedRelay {
    let hosts = cases.list.iter().filter(|case| case.deadline == deadline).map(|case| case.host.clone());
    let mut settings = config(&cases.ca, [JWKS_HOST.to_owned()], hosts);
    settings.service.requests.deadline = deadline;
    settings.sumo.max_body_bytes = 1024 * 1024;
    settings.service.key_set = Some(configured_keys());
    IsolatedRelay::start(&settings)
}

fn configured_keys() -> KeySet {
    KeySet::from_json(RsaKey::xdr().key_set().to_string().as_bytes()).unwrap()
}

/// Asks one endpoint of the relay about a case.
async fn ask(relay: &RunningRelay, case: &Case, endpoint: (&str, &str, &str), expected: &Expected) {
    let authorization = bearer(&Claims::new(JWKS_HOST, &case.host).signed());
    let body = data::ask("domain", data::DOMAIN).to_string();
    let answer = relay.caller().post(endpoint.0, Some(&authorization), body);
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    let answer = answer.unwrap_or_else(|_| panic!("{}: no answer with {}", endpoint.0, case.name));
    expected.assert_holds(case, endpoint, &answer);
}

#[tokio::test]
async fn every_fault_is_told_in_time_and_leaves_nothing_behind() {
    let decoy = CloudSiem::builder().start().await.unwrap();
    let cases = all_cases(&decoy.api_host()).await;
    let (short, long) = (isolated_relay(&cases, SHORT), isolated_relay(&cases, LONG));
    let [health, observe] = ENDPOINTS;
    join_all(cases.list.iter().map(|case| {
        let relay = if case.deadline == SHORT { &short.relay } else { &long.relay };
        async move {
            tokio::join!(ask(relay, case, health, &case.health), ask(relay, case, observe, &case.observe))
        }
    }))
    .await;

    for case in &cases.list {
        if let Some(siem) = &case.siem {
            eventually(case.name, || siem.in_flight() == 0).await;
        }
    }
    assert_eq!(decoy.counts().connections, 0, "a redirect is not followed");
    short.assert_ends_clean().await;
    long.assert_ends_clean().await;
}

/// The text of the one warning beside the data.
#[track_caller]
fn unfinished(answer: &Answer) -> String {
    let errors = answer.errors();
    assert_eq!(errors.len(), 1, "{}", answer.body);
    assert_eq!(
        (&errors[0]["type"], &errors[0]["code"]),
        (&json!("warning"), &json!("search job did not finish"))
    );
    let message = errors[0]["message"].as_str().unwrap();
    let start = "The search in Sumo Logic Cloud SIEM Enterprise did not finish for: ";
    let rest = message.strip_prefix(start).unwrap_or_else(|| panic!("{message}"));
    let (told, link) =
        rest.split_once(". Look in the console instead: ").unwrap_or_else(|| panic!("{message}"));
    assert!(link.starts_with("https://") && link.contains("/sec/search"), "{message}");
    told.to_owned()
}

/// Checks the answer when one of the two searches fails by this fault.
async fn assert_other_search_is_kept(failing: Operation, fault: Fault, told: String) {
    let world = World::with(data::company(), |config| {
        // A search that never ends is the only one that needs the deadline.
        config.service.requests.deadline =
            if told.contains("in time") { Duration::from_secs(5) } else { LONG };
        config.sumo.max_body_bytes = 1024 * 1024;
        config.service.key_set = Some(configured_keys());
    })
    .await;
    world.siem.inject(When::operation(failing), fault);
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_is_ctim(&answer);
    assert_eq!(unfinished(&answer), told);
    assert_eq!(answer.docs("sightings").len(), 2, "{told}");
}

#[tokio::test]
async fn a_fault_of_one_search_keeps_what_the_other_found_and_is_told() {
    let faults = [
        (Fault::status(StatusCode::UNAUTHORIZED), "Sumo Logic answered HTTP 401: Unauthorized"),
        (
            Fault::status(StatusCode::FORBIDDEN),
            "Sumo Logic answered HTTP 403: Forbidden; the access key lacks the right viewCse",
        ),
        (
            Fault::status(StatusCode::INTERNAL_SERVER_ERROR),
            "Sumo Logic answered HTTP 500: Internal Server Error",
        ),
        (Fault::html(StatusCode::BAD_GATEWAY), "Sumo Logic answered HTTP 502: Error 502 Bad Gateway"),
        (Fault::reset_before_headers(), "no connection to Sumo Logic"),
        (Fault::invalid_json(), "the answer of Sumo Logic could not be read"),
        (Fault::gzip_bomb(1 << 30), "the answer of Sumo Logic was too large"),
        (Fault::hang(), "no answer in time"),
        (Fault::rate_limited(Some(3600)), "rate limit of Sumo Logic, HTTP 429"),
    ];
    let failing = [(Operation::GetSignals, "signals"), (Operation::GetInsights, "insights")];
    join_all(failing.iter().flat_map(|(operation, what)| {
        faults.iter().map(move |(fault, reason)| {
            let told = format!("evil.example ({what} not searched: {reason})");
            assert_other_search_is_kept(*operation, fault.clone(), told)
        })
    }))
    .await;
}

/// An insight of which one signal names the domain itself, and another in its record, which has
/// this much beside it.
fn insight_with_records(bytes: usize) -> DataSet {
    let named = data::signal("s-1", json!({"name": "By evil.example"}));
    let record = json!({"uid": "r-1", "dns_query": "evil.example", "more": "x".repeat(bytes)});
    let in_record = data::signal("s-2", json!({"allRecords": [record]}));
    DataSet::new().insights([data::insight("1", json!({"signals": [named, in_record]}))])
}

/// The answer of a relay that takes bodies of up to 100 kB.
async fn answer_about(data: DataSet, fault: Option<(When, Fault)>) -> (Answer, u64) {
    let world = World::with(data, |config| {
        config.service.requests.deadline = Duration::from_secs(5);
        config.sumo.max_body_bytes = 100_000;
        config.service.key_set = Some(configured_keys());
    })
    .await;
    // The signals of insights are found on their own, too, and those have no form without records.
    let nothing = r#"{"data": {"objects": [], "total": 0, "hasNextPage": false}, "errors": []}"#;
    let no_signals = Fault::respond(StatusCode::OK, "application/json", nothing);
    world.siem.inject(When::operation(Operation::GetSignals), no_signals);
    if let Some((when, fault)) = fault {
        world.siem.inject(when, fault);
    }
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_is_ctim(&answer);
    (answer, world.calls(Operation::GetInsights))
}

#[tokio::test]
async fn a_page_that_is_too_large_or_too_late_is_asked_for_again_without_records() {
    let first = || When::operation(Operation::GetInsights).nth(1);
    let drip = Fault::slow_drip(1, Duration::from_millis(50));
    for (bytes, fault) in [(200_000, None), (10, Some((first(), Fault::hang()))), (10, Some((first(), drip)))]
    {
        let (answer, calls) = answer_about(insight_with_records(bytes), fault).await;
        assert_eq!((answer.docs("sightings").len(), calls), (2, 2), "{}", answer.body);
        assert_eq!(unfinished(&answer), "evil.example (the records of the insights were not searched)");
    }
    let (answer, calls) = answer_about(insight_with_records(10), None).await;
    assert_eq!((answer.docs("sightings").len(), calls, answer.errors().len()), (3, 1, 0), "{}", answer.body);
}

#[tokio::test]
async fn what_cannot_be_read_costs_itself_alone_and_is_counted() {
    let deep = format!("{}\"evil.example\"{}", "[".repeat(130), "]".repeat(130));
    let body = format!(
        r#"{{"data": {{"objects": [5, {{"id": "i", "name": "\ud800", "signals": [7,
            {{"id": "a", "name": "By evil.example"}}, {{"id": "b", "allRecords": [{deep}, {{"c": "evil.example\ud800"}}]}}
        ]}}], "total": 1}}, "errors": []}}"#
    );
    let page = Fault::respond(StatusCode::OK, "application/json", body);
    let fault = Some((When::operation(Operation::GetInsights), page));
    let (answer, _) = answer_about(DataSet::new(), fault).await;
    assert_eq!(answer.docs("sightings").len(), 3, "{}", answer.body);
    let told =
        "evil.example (1 insight could not be read, 1 signal could not be read, 1 record could not be read)";
    assert_eq!(unfinished(&answer), told);
}

#[tokio::test]
async fn a_fault_of_one_observable_keeps_what_others_found_and_names_it() {
    let values = ["192.0.2.101", "192.0.2.102", "192.0.2.103"];
    let world = World::of(data::signals_for(&values)).await;
    world.siem.inject(
        When::operation(Operation::GetSignals).nth(2),
        Fault::status(StatusCode::INTERNAL_SERVER_ERROR),
    );
    let asked: Vec<Value> = values.iter().map(|value| json!({"type": "ip", "value": value})).collect();
    let answer = world.observe(&Value::from(asked)).await;
    let calls = world.siem.recorded();
    let failed = calls.iter().find(|call| call.status == Some(StatusCode::INTERNAL_SERVER_ERROR)).unwrap();
    let failed = failed.query_parameter("q").unwrap();
    assert_is_ctim(&answer);
    assert_eq!(
        unfinished(&answer),
        format!("{failed} (signals not searched: Sumo Logic answered HTTP 500: Internal Server Error)")
    );
    let seen: Vec<String> = answer
        .docs("sightings")
        .iter()
        .map(|sighting| sighting["observables"][0]["value"].as_str().unwrap().to_owned())
        .collect();
    let others: Vec<&str> = values.into_iter().filter(|value| *value != failed).collect();
    assert_eq!(seen, others);
}

#[tokio::test]
async fn what_the_rate_limit_leaves_no_time_for_is_named_in_the_order_of_the_request() {
    let values: Vec<String> = (1..=9).map(|n| format!("192.0.2.{n}0")).collect();
    let named: Vec<&str> = values.iter().map(String::as_str).collect();
    let world = World::with(data::signals_for(&named), |config| {
        config.service.requests.deadline = Duration::from_secs(2);
        config.sumo.rate_limit.calls_per_window = 4;
        config.service.key_set = Some(configured_keys());
    })
    .await;
    let asked: Vec<Value> = values.iter().map(|value| json!({"type": "ip", "value": value})).collect();
    let answer = world.observe(&Value::from(asked)).await;
    assert_is_ctim(&answer);
    let told = unfinished(&answer);
    let told: Vec<&str> = told.split("), ").map(|part| part.split(" (").next().unwrap()).collect();
    let in_order: Vec<&str> = named.iter().filter(|value| told.contains(value)).copied().collect();
    assert_eq!(told, in_order);
    // At four calls a second, two seconds are not enough for nine values, and more than enough for
    // one.
    assert!(told.ends_with(&named[4..]), "{told:?}");
    assert!(
        unfinished(&answer)
            .contains("192.0.2.90 (not searched: its turn under the rate limit came too late)")
    );
    for sighting in answer.docs("sightings") {
        let seen = sighting["observables"][0]["value"].as_str().unwrap();
        assert!(!unfinished(&answer).contains(&format!("{seen} (not searched")), "{seen}");
    }
}

#[tokio::test]
async fn when_the_rate_limit_leaves_no_turn_at_all_it_is_said_so() {
    let world = World::of(DataSet::new()).await;
    world.siem.inject(When::always().nth(1), Fault::rate_limited(Some(3600)));
    assert_eq!(world.post("/health", "").await.errors()[0]["code"], "Too Many Requests");
    let text = "the rate limit of Sumo Logic leaves no turn for this call in time, try again later";
    let expected = common::caller::fatal("Too Many Requests", &format!("{UNEXPECTED}{text}"));
    let calls = world.siem.counts().calls;
    let observed = world.observe(&data::ask("domain", data::DOMAIN)).await;
    observed.assert_is(&expected, "observe");
    let health = world.post("/health", "").await;
    assert_eq!(health.errors()[0]["message"], format!("{UNEXPECTED}{text}"));
    assert_eq!(world.siem.counts().calls, calls, "the silence that was asked for is kept");
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_and_not_told() {
    let world = World::of(data::company()).await;
    for fault in [
        Fault::status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::html(StatusCode::BAD_GATEWAY),
        Fault::reset_before_headers(),
        Fault::truncated_body(),
        Fault::rate_limited(Some(1)),
    ] {
        world.siem.inject(When::operation(Operation::GetInsights).nth(1), fault);
        let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
        assert_eq!((answer.json().get("errors"), answer.docs("sightings").len()), (None, 3));
        world.siem.clear_faults();
    }
}

#[tokio::test]
async fn a_request_body_that_does_not_come_ends_with_the_deadline() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let world = World::with(DataSet::new(), |config| {
        config.service.requests.deadline = Duration::from_secs(2);
        config.service.key_set = Some(configured_keys());
    })
    .await;
    let mut stream = tokio::net::TcpStream::connect(world.relay.address()).await.unwrap();
    let head = format!(
        "POST /observe/observables HTTP/1.1\r\nHost: relay\r\nAuthorization: {}\r\nContent-Length: 100\r\n\r\n[",
        bearer(&world.token())
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = tokio::time::timeout(PATIENCE, stream.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#"{"errors":[{"type":"fatal","code":"invalid argument","message":"The request body did not arrive within 1 s."}]}"#), "{answer}");
}
