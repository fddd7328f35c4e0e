//! `attack`: strangers attack the relay while an honest tenant asks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::caller::{Caller, Question, client_taking_nothing};
use crate::plan::Plan;
use crate::proc_files;
use crate::setup::{Setup, Subject};
use crate::table::{Table, megabytes, number};
use crate::{Result, Subjects, print, say};

/// The least share of honest requests that are answered right.
const RIGHT_BAR: f64 = 0.99;

/// The most memory, in bytes.
const MEMORY_BAR: u64 = 150_000_000;

/// The address that attackers come from, so that the relay tells them from the honest tenant.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66));

/// The time for which attackers hold their connections.
const HOLD: Duration = Duration::from_secs(3);

/// The time between two links that the honest tenant asks for.
const LINK_PACE: Duration = Duration::from_millis(50);

/// The time between two health checks and observables: three calls, of four that Sumo Logic lets it
/// make.
const CALL_PACE: Duration = Duration::from_secs(1);

/// The settings of an attack.
#[derive(clap::Args)]
pub(crate) struct AttackArgs {
    #[command(flatten)]
    subjects: Subjects,

    /// The duration of each attack, in seconds
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    seconds: u64,
}

/// The ways to attack.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Attack {
    None,
    BodiesWithoutToken,
    BodiesWithToken,
    UnfinishedHeads,
    UnreadAnswers,
    Uploads,
    Connections,
    UnreadLinks,
    LongValues,
    LargeRequests,
    WrongKeys,
}

impl Attack {
    const ALL: [Self; 11] = [
        Self::None,
        Self::BodiesWithoutToken,
        Self::BodiesWithToken,
        Self::UnfinishedHeads,
        Self::UnreadAnswers,
        Self::Uploads,
        Self::Connections,
        Self::UnreadLinks,
        Self::LongValues,
        Self::LargeRequests,
        Self::WrongKeys,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::BodiesWithoutToken => "256 bodies that never come, without a token",
            Self::BodiesWithToken => "256 bodies that never come, with the token of another tenant",
            Self::UnfinishedHeads => "600 heads of 60 kB that never end",
            Self::UnreadAnswers => "800 answers that are not read, over HTTP/2",
            Self::Uploads => "200 uploads of 1 MB, without a token",
            Self::Connections => "2,000 connections that send nothing",
            Self::UnreadLinks => "64 answers of 5 MB that are not read, with the token of another tenant",
            Self::LongValues => "requests of 60 values of 16 kB, with the token of another tenant",
            Self::LargeRequests => "requests of 60 observables of the same tenant",
            Self::WrongKeys => "a wrong key for the access id of the tenant",
        }
    }
}

/// Attacks a new relay in each way; prints the table. The exit status is 1 when a bar is missed.
pub(crate) async fn run(args: &AttackArgs) -> Result<ExitCode> {
    let setup = Setup::start(&args.subjects, None)?;
    let mut table =
        Table::new(&["Attack", "Honest requests", "Answered right", "p99 ms", "Peak memory, MB", ""]);
    let mut all_met = true;
    for attack in Attack::ALL {
        say(attack.name());
        let outcome = under(&setup, attack, Duration::from_secs(args.seconds)).await?;
        all_met &= outcome.is_met();
        table.row(&outcome.row(attack));
    }
    print(&table.to_markdown())?;
    Ok(if all_met { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The outcome of an attack, for the honest tenant.
#[derive(Debug, Default)]
struct Outcome {
    latencies: Vec<Duration>,
    wrong: Vec<String>,
    peak: u64,
}

impl Outcome {
    fn share(&self) -> f64 {
        let all = self.latencies.len() + self.wrong.len();
        if all == 0 { 0.0 } else { self.latencies.len() as f64 / all as f64 }
    }

    fn is_met(&self) -> bool {
        self.share() >= RIGHT_BAR && self.peak <= MEMORY_BAR
    }

    fn p99(&self) -> Duration {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default()
    }

    fn row(&self, attack: Attack) -> [String; 6] {
        [
            attack.name().to_owned(),
            (self.latencies.len() + self.wrong.len()).to_string(),
            format!("{} %", number(self.share() * 100.0)),
            number(self.p99().as_secs_f64() * 1e3),
            megabytes(self.peak),
            if self.is_met() { "met" } else { "**not met**" }.to_owned(),
        ]
    }
}

/// Lets an honest tenant ask a relay as shipped while it is attacked.
async fn under(setup: &Setup, attack: Attack, time: Duration) -> Result<Outcome> {
    let relay = setup.relay(&[])?;
    setup.follow(Plan { latency_ms: 50, ..Plan::SMALL })?;
    relay.ask_once(Question::Health, "data").await?;
    let stop = CancellationToken::new();
    let attacker = Attacker::new(setup, &relay)?;
    let attacking = tokio::spawn(stop.clone().run_until_cancelled_owned(attacker.run(attack)));
    let end = Instant::now() + time;
    let links = ask_until(&relay.caller, &[(Question::Refer, "links")], LINK_PACE, end);
    let questions = [(Question::Health, "\"ok\""), (Question::Observe(1), "\"sightings\"")];
    let calls = ask_until(&relay.caller, &questions, CALL_PACE, end);
    let (links, calls) = tokio::join!(links, calls);
    stop.cancel();
    attacking.await?;
    let mut outcome = Outcome { peak: proc_files::peak(relay.pid())?, ..links };
    outcome.latencies.extend(calls.latencies);
    outcome.wrong.extend(calls.wrong);
    if let Some(wrong) = outcome.wrong.first() {
        say(&format!("the first wrong answer: {wrong}"));
    }
    Ok(outcome)
}

/// Asks these questions in turn, each at its time, until the end.
async fn ask_until(
    caller: &Caller,
    questions: &[(Question, &'static str)],
    pace: Duration,
    end: Instant,
) -> Outcome {
    let (mut outcome, mut ticks) = (Outcome::default(), interval(pace));
    while Instant::now() < end {
        ticks.tick().await;
        for (question, expected) in questions {
            let (asked, sent) = (question.fresh(), Instant::now());
            let expected = if *expected == "links" { asked.value.as_str() } else { *expected };
            let answer =
                caller.ask(&asked).await.map_err(Into::into).and_then(|answer| answer.check(expected));
            match answer {
                Ok(()) => outcome.latencies.push(sent.elapsed()),
                Err(error) => outcome.wrong.push(error.to_string()),
            }
        }
    }
    outcome
}

/// A stranger, who may have a token of another tenant.
struct Attacker {
    address: SocketAddr,
    /// The caller of the tenant that is attacked: for what a colleague of the honest one does.
    same_tenant: Caller,
    other_token: String,
    other_tenant: Caller,
    wrong_key: Caller,
}

impl Attacker {
    fn new(setup: &Setup, relay: &Subject) -> Result<Self> {
        let url = format!("http://{}", relay.address);
        let other_token = setup.token_of_another_tenant()?;
        Ok(Self {
            address: relay.address,
            same_tenant: relay.caller.clone(),
            other_tenant: Caller::new(&url, &other_token)?,
            other_token,
            wrong_key: Caller::new(&url, setup.token_with_wrong_key())?,
        })
    }

    /// Attacks until dropped.
    async fn run(self, attack: Attack) {
        loop {
            match attack {
                Attack::None => sleep(HOLD).await,
                Attack::BodiesWithoutToken => self.hold(256, head("", 1_000)).await,
                Attack::BodiesWithToken => {
                    let token = format!("Authorization: Bearer {}\r\n", self.other_token);
                    self.hold(256, head(&token, 1_000)).await;
                }
                Attack::UnfinishedHeads => {
                    let begun = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(60_000));
                    self.hold(600, begun.into_bytes()).await;
                }
                Attack::UnreadAnswers => self.leave_unread().await,
                Attack::Uploads => {
                    let upload = [head("", 1 << 20), vec![b' '; (1 << 20) - 1]].concat();
                    self.hold(200, upload).await;
                }
                Attack::Connections => self.hold(2_000, Vec::new()).await,
                Attack::UnreadLinks => self.leave_links_unread().await,
                Attack::LongValues => ask_many(&self.other_tenant, Question::ObserveLong, 8).await,
                Attack::LargeRequests => ask_many(&self.same_tenant, Question::Observe(60), 1).await,
                Attack::WrongKeys => ask_many(&self.wrong_key, Question::Observe(10), 20).await,
            }
        }
    }

    /// Sends the same on many connections, and holds them.
    async fn hold(&self, connections: usize, bytes: Vec<u8>) {
        let held = join_all((0..connections).map(|_| self.send(&bytes))).await;
        sleep(HOLD).await;
        drop(held);
    }

    async fn send(&self, bytes: &[u8]) -> Option<TcpStream> {
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::new(STRANGER, 0)).ok()?;
        let mut stream = timeout(HOLD, socket.connect(self.address)).await.ok()?.ok()?;
        // The relay may cut the connection, or take no more bytes.
        let _ = timeout(HOLD, stream.write_all(bytes)).await;
        Some(stream)
    }

    /// Asks for answers without letting a byte of their bodies be sent, and holds them.
    async fn leave_unread(&self) {
        let url = format!("http://{}/watchdog", self.address);
        let clients = (0..8).filter_map(|_| client_taking_nothing(STRANGER).ok());
        let requests = clients.flat_map(|client| {
            let ask = || client.get(&url).header("health-check", "x".repeat(50_000)).send();
            (0..100).map(|_| ask()).collect::<Vec<_>>()
        });
        let held = timeout(HOLD, join_all(requests)).await;
        sleep(HOLD).await;
        drop(held);
    }

    /// Asks for links of several megabytes without letting a byte of them be sent.
    async fn leave_links_unread(&self) {
        let Ok(caller) = self.other_tenant.taking_nothing(STRANGER) else { return };
        let asked = Question::ReferLong.fresh();
        // Each is held until the time is over.
        let _held = timeout(HOLD, join_all((0..64).map(|_| caller.ask(&asked)))).await;
    }
}

/// Asks at once, and waits for the answers, whatever they are.
async fn ask_many(caller: &Caller, question: Question, times: usize) {
    let mut asking = JoinSet::new();
    for _ in 0..times {
        let caller = caller.clone();
        asking.spawn(async move { drop(caller.ask(&question.fresh()).await) });
    }
    asking.join_all().await;
}

/// Returns the head of a request whose body has so many bytes.
fn head(more: &str, length: usize) -> Vec<u8> {
    let line = "POST /observe/observables HTTP/1.1";
    format!("{line}\r\nHost: a\r\n{more}Content-Length: {length}\r\n\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_answer_in_fifty_is_too_many() {
        let outcome = |right: usize, wrong: usize, peak: u64| Outcome {
            latencies: (0..right).map(|n| Duration::from_millis(n as u64)).collect(),
            wrong: vec![String::new(); wrong],
            peak,
        };
        assert!(outcome(99, 1, MEMORY_BAR).is_met());
        assert!(!outcome(98, 2, 0).is_met() && !outcome(100, 0, MEMORY_BAR + 1).is_met());
        assert!(!outcome(0, 0, 0).is_met(), "nothing was answered");
        assert_eq!(outcome(100, 0, 0).p99(), Duration::from_millis(99));
        assert_eq!(outcome(99, 1, 1_000_000).row(Attack::None)[2], "99.0 %");
    }
}
