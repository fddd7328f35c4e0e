//! The attacks that the relay has to withstand, with Cloud SIEM behind it, and as the program that
//! operators run. Those that need neither are in the suite of the same name of `xdr-module`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::time::Duration;

use serde_json::json;
use sumo_client::testing::{DataSet, Fault, Operation, When};
use sumo_client::{CircuitBreakers, RateLimit};

use self::common::caller::unauthorized;
use self::common::{ACCESS_ID, World, bearer, data, stand_in};

#[tokio::test]
async fn only_listed_access_ids_may_use_the_relay() {
    for (listed, is_let_in) in
        [(&[ACCESS_ID, "another"][..], true), (&[][..], true), (&["another"][..], false)]
    {
        let world = World::with(DataSet::new(), |config| {
            config.sumo.access_ids = relay_server::AccessIds::new(listed.iter().copied());
        })
        .await;
        let (answer, case) = (world.post("/health", "").await, format!("{listed:?}"));
        if is_let_in {
            answer.assert_is_healthy(&case);
        } else {
            let text = "The access_id of the JWT payload is not allowed to use this relay";
            answer.assert_is(&unauthorized(text), &case);
        }
        assert_eq!(world.siem.counts().calls > 0, is_let_in, "{case}");
    }
}

#[tokio::test]
async fn the_access_id_that_writes_must_be_listed_as_well() {
    let refused = "The access_id of the JWT payload is not allowed to use this relay";
    for (listed, is_let_in) in
        [(&[ACCESS_ID, "writer"][..], true), (&[][..], true), (&[ACCESS_ID][..], false)]
    {
        let world = World::with(DataSet::new(), |config| {
            config.sumo.access_ids = relay_server::AccessIds::new(listed.iter().copied());
        })
        .await;
        let claims = world.claims().with("respond_access_id", "writer");
        let claims = claims.with("respond_access_key", "a-key");
        let (answer, case) = (world.health_as(&bearer(&claims.signed())).await, format!("{listed:?}"));
        if is_let_in {
            answer.assert_is_healthy(&case);
        } else {
            answer.assert_is(&unauthorized(refused), &case);
        }
        assert_eq!(world.siem.counts().calls > 0, is_let_in, "{case}");
    }
}

#[tokio::test]
async fn a_deployment_that_fails_is_failed_fast_and_says_so_and_others_notice_nothing() {
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let world = World::with(DataSet::new(), |config| {
        let hosts = config.sumo.hosts.iter().map(str::to_owned).chain([dead.clone()]);
        config.sumo.hosts = common::trusted(hosts.collect::<Vec<_>>());
        config.sumo.circuit_breakers = CircuitBreakers::new(2, Duration::from_secs(3600));
        config.service.requests.deadline = Duration::from_secs(10);
    })
    .await;
    let token = bearer(&world.claims().with("host", dead.as_str()).signed());
    let told = |more: &str| {
        let text = "Unable to connect to Sumo Logic Cloud SIEM, validate the configured API endpoint: ";
        format!("{text}https://{dead}/api/v1{more}")
    };
    let failed_fast =
        told(" (it failed to answer several times in a row and is asked again in a few seconds)");
    let message = |answer: &common::caller::Answer| {
        assert_eq!(answer.json()["data"]["status"], "unknown", "{}", answer.body);
        answer.errors()[0]["message"].as_str().unwrap().to_owned()
    };
    let first = message(&world.health_as(&token).await);
    assert!([told(""), failed_fast.clone()].contains(&first), "{first}");
    world.health_as(&token).await;
    assert_eq!(message(&world.health_as(&token).await), failed_fast, "the circuit is open");
    world.post("/health", "").await.assert_is_healthy("another deployment");
}

#[tokio::test]
async fn while_a_large_request_runs_health_and_one_observable_are_answered() {
    let siem = stand_in(data::company()).latency(Duration::from_millis(50));
    let world = World::behind(siem, |config| {
        config.sumo.rate_limit = RateLimit::default();
        config.sumo.cache = Duration::from_secs(60);
    })
    .await;
    let question = data::ask("domain", data::DOMAIN).to_string();
    let many: Vec<_> =
        (0..60).map(|n| json!({"type": "domain", "value": format!("host-{n}.example")})).collect();
    let request = world.relay.caller().request(http::Method::POST, "/observe/observables");
    let request = request.header("authorization", bearer(&world.token())).body(json!(many).to_string());
    let large = tokio::spawn(request.send());
    common::eventually("the large request runs", || world.calls(Operation::GetSignals) > 2).await;
    // What two seconds hold at four calls a second, and those under way.
    const TWO_SECONDS: u64 = 2 * 4 + 4;
    let calls = || world.siem.counts().calls;
    let before = calls();
    world.post("/health", "").await.assert_is_healthy("health");
    assert!(calls() - before <= TWO_SECONDS, "health: {} calls", calls() - before);
    let before = calls();
    let answer = world.post("/observe/observables", question.as_str()).await;
    assert!(calls() - before <= TWO_SECONDS, "observe: {} calls", calls() - before);
    assert_eq!((answer.docs("sightings").len(), answer.errors().len()), (3, 0), "{}", answer.body);
    assert!(!large.is_finished(), "the large request still runs");
    large.abort();
}

#[tokio::test]
async fn single_observables_that_come_together_are_judged_together() {
    // XDR's page sends the observables of an investigation one per request, all at once.
    const REQUESTS: usize = 40;
    let list = json!({"id": "1", "name": "threat", "targetColumn": "Domain"});
    let item = json!({"id": "2", "value": data::DOMAIN, "active": true, "listName": "threat"});
    let company = data::company().match_lists([list]).match_list_items([item]);
    let world = World::behind(stand_in(company).latency(Duration::from_millis(20)), |_| {}).await;
    let ask = |number: usize| {
        let is_known = number.is_multiple_of(10);
        let value = if is_known { data::DOMAIN.to_owned() } else { format!("host-{number}.example") };
        let (question, world) = (data::ask("domain", &value), &world);
        async move { (number, world.observe(&question).await) }
    };
    for (number, answer) in futures_util::future::join_all((0..REQUESTS).map(ask)).await {
        assert_eq!(answer.errors(), Vec::<serde_json::Value>::new(), "{number}");
        assert_eq!(
            answer.docs("verdicts").len(),
            usize::from(number.is_multiple_of(10)),
            "{number}: {}",
            answer.body
        );
    }
    // At four calls a second, all are made before the deadline of 25 s.
    let calls = world.siem.counts().calls;
    assert!(calls <= 92, "{calls} calls");
}

#[tokio::test]
async fn an_attempt_that_hangs_is_made_again_within_the_deadline() {
    let world = World::with(DataSet::new(), |config| {
        config.service.requests.deadline = Duration::from_secs(9);
    })
    .await;
    world.siem.inject(When::operation(Operation::ListHealthEvents).nth(1), Fault::hang());
    world.post("/health", "").await.assert_is_healthy("the second attempt");
    assert_eq!(world.calls(Operation::ListHealthEvents), 2);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_costs_itself_and_half_a_character_nothing() {
    let deep = format!("{}\"evil.example\"{}", "[".repeat(130), "]".repeat(130));
    let body = format!(
        r#"{{"data": {{"objects": [{{"id": "i", "name": "\ud800", "signals": [
            {{"id": "a", "name": "By evil.example \ud800"}}, {{"id": "b", "allRecords": [{deep}]}}
        ]}}], "total": 1, "hasNextPage": true}}, "errors": []}}"#
    );
    let world = World::of(DataSet::new()).await;
    let page = Fault::respond(http::StatusCode::OK, "application/json", body);
    world.siem.inject(When::operation(Operation::GetInsights), page);
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_eq!(answer.docs("sightings").len(), 2, "the insight and its signal: {}", answer.body);
    let told: Vec<String> =
        answer.errors().iter().map(|error| error["message"].as_str().unwrap().to_owned()).collect();
    assert!(told.iter().any(|told| told.contains("evil.example (1 record could not be read)")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("More than 10 Insights found")), "{told:?}");
}

/// The relay as a program: its memory, its logs, its files.
#[cfg(all(feature = "cli", target_os = "linux"))]
mod program {
    use std::net::{SocketAddr, TcpListener};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use futures_util::future::join_all;
    use http::Method;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use crate::common::Caller;
    use crate::common::program::command;

    /// The most memory that the relay may take under any attack, in bytes.
    const MOST_MEMORY: u64 = 150_000_000;

    /// The time limit for anything; far more than it needs.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// A relay under attack. It is killed when dropped.
    struct Target {
        child: Child,
        address: SocketAddr,
        caller: Caller,
        admin: Caller,
        admin_address: SocketAddr,
    }

    impl Target {
        async fn start(settings: &[(&str, &str)]) -> Self {
            Self::spawn(command(&["serve"]), settings).await
        }

        /// Starts the relay with its standard error in a pipe that nobody reads.
        async fn spawn(mut command: Command, settings: &[(&str, &str)]) -> Self {
            let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let (address, admin_address) = (free(), free());
            let child = command
                .env("RELAY_LISTEN", address.to_string())
                .env("RELAY_ADMIN_LISTEN", admin_address.to_string())
                .env("RELAY_MAX_PEER_CONNECTIONS", "0")
                .envs(settings.iter().copied())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let caller = |address: SocketAddr| Caller::new(&format!("http://{address}"));
            let target =
                Self { child, address, caller: caller(address), admin: caller(admin_address), admin_address };
            let start = Instant::now();
            while TcpStream::connect(address).await.is_err() {
                assert!(start.elapsed() < PATIENCE, "the relay does not start");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            target
        }

        /// Fails unless all that needs no token is answered.
        async fn assert_answers(&self, attack: &str) {
            let public = Caller::new(&format!("http://{}", self.address));
            let all = async {
                let watchdog = public.request(Method::GET, "/watchdog").header("health-check", "x");
                let echo = crate::common::Answer::of(watchdog).await;
                assert_eq!(echo.body, r#"{"data":"x"}"#, "{attack}");
                assert_eq!(public.get("/").await.status, 200, "{attack}");
                assert_eq!(public.post("/version", None, "").await.status, 200, "{attack}");
                assert_eq!(self.admin.get("/live").await.status, 200, "{attack}");
            };
            tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("{attack}: no answer"));
        }

        /// Fails when the relay ever took too much memory.
        fn assert_memory(&self, attack: &str) {
            let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            let peak = peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024;
            assert!(peak <= MOST_MEMORY, "{attack}: {peak} bytes");
        }

        async fn send(&self, bytes: Vec<u8>) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            // It may be cut off while it sends.
            let _ = tokio::time::timeout(Duration::from_secs(1), stream.write_all(&bytes)).await;
            stream
        }
    }

    impl Drop for Target {
        fn drop(&mut self) {
            // Both fail when it has ended already.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn unfinished_heads_cannot_fill_the_memory() {
        let target = Target::start(&[]).await;
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(400_000)).into_bytes();
        let open = join_all((0..600).map(|_| target.send(head.clone()))).await;
        target.assert_answers("unfinished heads").await;
        drop(open);
        let small = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(60_000)).into_bytes();
        let open = join_all((0..600).map(|_| target.send(small.clone()))).await;
        target.assert_answers("unfinished heads").await;
        drop(open);
        target.assert_memory("unfinished heads");
    }

    /// Asks for a page 800 times, with this header, and reads none of the answers; fails unless
    /// half of them are successes and the relay goes on within its memory.
    async fn assert_unread_answers_fit(case: &str, path: &str, name: &str, value: &str) {
        let target = Target::start(&[]).await;
        let url = format!("http://{}{path}", target.address);
        let mut unread = Vec::new();
        for _ in 0..8 {
            let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).http2_prior_knowledge();
            let client = client.http2_initial_stream_window_size(0).build().unwrap();
            unread.extend(join_all((0..100).map(|_| client.get(&url).header(name, value).send())).await);
        }
        let successes =
            unread.iter().filter(|answer| answer.as_ref().is_ok_and(|answer| answer.status() == 200));
        assert!(successes.count() >= 400);
        target.assert_answers(case).await;
        target.assert_memory(case);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn answers_that_are_not_read_cannot_fill_the_memory() {
        let echoed = "x".repeat(50_000);
        assert_unread_answers_fit("answers that are not read", "/watchdog", "health-check", &echoed).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pages_that_are_not_read_cannot_fill_the_memory() {
        let path = "/swagger-ui/swagger-ui-bundle.js";
        assert_unread_answers_fit("pages that are not read", path, "accept-encoding", "gzip").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn uploads_without_a_token_cannot_fill_the_memory() {
        let target = Target::start(&[]).await;
        let head = "POST /observe/observables HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
        let upload = [head.as_bytes(), &vec![b' '; 1_048_576 - 1]].concat();
        let open = join_all((0..200).map(|_| target.send(upload.clone()))).await;
        target.assert_answers("uploads").await;
        for mut stream in open {
            let mut answer = vec![0; 4096];
            let length = stream.read(&mut answer).await.unwrap();
            let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
            assert!(answer.contains("Authorization header is missing"), "{answer}");
        }
        target.assert_memory("uploads");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn logs_that_nobody_reads_stop_nobody_and_are_counted() {
        const REQUESTS: usize = 3_000;
        let target = Target::start(&[]).await;
        let request = "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
        let last = request.replace("Host", "Connection: close\r\nHost");
        let all = (request.repeat(REQUESTS - 1) + &last).into_bytes();
        let ask = || async {
            let (mut reading, mut writing) = TcpStream::connect(target.address).await.unwrap().into_split();
            let mut answers = Vec::new();
            let (wrote, read) = tokio::join!(writing.write_all(&all), reading.read_to_end(&mut answers));
            wrote.unwrap();
            read.unwrap();
            String::from_utf8_lossy(&answers).matches("HTTP/1.1 200 OK").count()
        };
        let answered = tokio::time::timeout(PATIENCE, join_all((0..4).map(|_| ask()))).await;
        assert_eq!(answered.expect("no answer"), [REQUESTS; 4]);
        let metrics = target.admin.get("/metrics").await.body;
        let dropped = metrics.lines().find_map(|line| line.strip_prefix("relay_log_lines_dropped_total "));
        let dropped: u64 = dropped.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap();
        // A pipe holds 64 KiB, and so many lines wait.
        assert!(dropped > 1_000 && dropped < 24_000, "{dropped} lines");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn connections_fit_into_the_open_files_and_the_admin_listener_answers() {
        let program = command(&["serve"]).get_program().to_owned();
        let mut limited = command(&[]);
        limited = {
            let mut shell = Command::new("sh");
            shell.args(["-c", "ulimit -n 400 && exec \"$0\" serve"]).arg(program);
            for (name, value) in limited.get_envs() {
                match value {
                    Some(value) => shell.env(name, value),
                    None => shell.env_remove(name),
                };
            }
            shell.stdin(Stdio::null()).stdout(Stdio::null());
            shell
        };
        let target = Target::spawn(limited, &[]).await;
        let mut open = Vec::new();
        for _ in 0..500 {
            open.push(target.send(b"P".to_vec()).await);
        }
        assert_eq!(target.admin.get("/live").await.status, 200);
        let files = std::fs::read_dir(format!("/proc/{}/fd", target.child.id())).unwrap().count();
        assert!(files < 300, "{files} files are open");
        drop(open);
        target.assert_answers("after the flood").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_log_level_is_bounded_and_changed_from_this_machine() {
        let target = Target::start(&[]).await;
        let put = async |filter: String| {
            let request = target.admin.request(Method::PUT, "/log-level").body(filter);
            crate::common::Answer::of(request).await.status
        };
        assert_eq!(put("relay_server=debug,info".to_owned()).await, 204);
        // It arrives at once: a longer one may still be sent when its connection is closed.
        assert_eq!(put("x".repeat(5_000)).await, 413);
        let mut stream = TcpStream::connect(target.admin_address).await.unwrap();
        let head = "PUT /log-level HTTP/1.1\r\nHost: evil.example.com\r\nContent-Length: 4\r\n\r\ninfo";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 421");
        assert_eq!(target.admin.get("/log-level").await.body, "relay_server=debug,info\n");
        target.assert_answers("log level").await;
        assert_eq!(target.caller.get("/").await.status, 200);
    }
}
