//! `simulate`: many tenants on several relays, on a clock that does not wait.
//!
//! The limiters, clients and the shared budget are those of `sumo-client`; only Cloud SIEM, the
//! network and the clock are made up.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use sumo_client::{
    BodyStream, BudgetKey, BudgetStore, CallReport, Change, Client, Credentials, Deployment, Instrumentation,
    Joined, Limiters, MemberId, MemoryStore, RateLimit, RequestGroup, SharedBudget, StartReply, StartRequest,
    StoreError, Transport, TransportError,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::table::{Table, number};
use crate::{Result, print};

/// The deadline of a request, as the relay ships.
const DEADLINE: Duration = Duration::from_secs(24);

/// The settings of a simulation.
#[derive(clap::Args)]
pub(crate) struct SimulateArgs {
    /// The number of tenants
    #[arg(long, default_value_t = 10_000, value_name = "TENANTS")]
    tenants: usize,

    /// The numbers of relays, one simulation for each
    #[arg(long, value_delimiter = ',', default_value = "1,3,10", value_name = "RELAYS")]
    relays: Vec<usize>,

    /// Requests that each tenant makes in an hour
    #[arg(long, default_value_t = 12.0, value_name = "REQUESTS")]
    requests_an_hour: f64,

    /// The mean number of observables in a request
    #[arg(long, default_value_t = 4.0, value_name = "OBSERVABLES")]
    observables: f64,

    /// The time that is simulated, in seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    seconds: u64,

    /// The seed of everything that is random
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
}

/// Simulates, and prints a table.
pub(crate) fn run(args: &SimulateArgs) -> Result<ExitCode> {
    let mut table = Table::new(&[
        "Relays",
        "Requests",
        "Calls",
        "Refused",
        "In time",
        "Wait for a turn, p50 / p99 / most",
        "Most requests at once, in all / in one relay",
        "Store operations a second",
        "Keys in the store at the end",
    ]);
    for relays in &args.relays {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let outcome = runtime.block_on(simulate(args, (*relays).max(1)))?;
        table.row(&outcome.row(*relays, args.seconds));
    }
    print(&table.to_markdown())?;
    Ok(ExitCode::SUCCESS)
}

/// The counts of one simulation.
struct Outcome {
    requests: usize,
    in_time: usize,
    calls: u64,
    refused: u64,
    waits: Vec<Duration>,
    most_at_once: usize,
    most_in_one: usize,
    operations: u64,
    keys: usize,
}

impl Outcome {
    fn row(mut self, relays: usize, seconds: u64) -> Vec<String> {
        self.waits.sort_unstable();
        let wait = |share: f64| {
            let index = (self.waits.len().saturating_sub(1) as f64 * share) as usize;
            format!("{} s", number(self.waits.get(index).copied().unwrap_or_default().as_secs_f64()))
        };
        let percent = |part: f64, of: f64| format!("{} %", number(part / of.max(1.0) * 100.0));
        vec![
            relays.to_string(),
            self.requests.to_string(),
            self.calls.to_string(),
            percent(self.refused as f64, (self.calls + self.refused) as f64),
            percent(self.in_time as f64, self.requests as f64),
            [0.5, 0.99, 1.0].map(wait).join(" / "),
            format!("{} / {}", self.most_at_once, self.most_in_one),
            number(self.operations as f64 / seconds.max(1) as f64),
            self.keys.to_string(),
        ]
    }
}

/// A relay: its limiters, and the requests that it works on.
struct Relay {
    limiters: Limiters,
    at_once: AtomicUsize,
    most: AtomicUsize,
}

/// All that the tasks share.
struct World {
    siem: Arc<Siem>,
    relays: Vec<Relay>,
    waits: Arc<Waits>,
    at_once: AtomicUsize,
    most: AtomicUsize,
    in_time: AtomicUsize,
}

async fn simulate(args: &SimulateArgs, relays: usize) -> Result<Outcome> {
    // What the client draws at random, such as its pauses.
    fastrand::seed(args.seed);
    let store = Arc::new(Counting::default());
    let expected = u32::try_from(relays)?;
    let relay = || Relay {
        limiters: Limiters::shared(
            RateLimit::default(),
            SharedBudget::new(Arc::clone(&store) as Arc<dyn BudgetStore>).processes(expected),
        ),
        at_once: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    };
    let world = Arc::new(World {
        siem: Siem::new(args.tenants, args.seed),
        relays: (0..relays).map(|_| relay()).collect(),
        waits: Arc::default(),
        at_once: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        in_time: AtomicUsize::new(0),
    });
    let mut random = fastrand::Rng::with_seed(args.seed);
    let (began, mut at) = (Instant::now(), 0.0);
    let a_second = args.tenants as f64 * args.requests_an_hour / 3600.0;
    let (mut tasks, mut requests) = (JoinSet::new(), 0);
    loop {
        // Requests come at random, independently of each other.
        at += -(1.0 - random.f64()).ln() / a_second.max(f64::MIN_POSITIVE);
        if at >= args.seconds as f64 {
            break;
        }
        sleep_until(began + Duration::from_secs_f64(at)).await;
        while tasks.try_join_next().is_some() {}
        let tenant = random.usize(..args.tenants.max(1));
        let relay = random.usize(..relays);
        let observables = 1 + (-(1.0 - random.f64()).ln() * (args.observables - 1.0).max(0.0)) as usize;
        requests += 1;
        tasks.spawn(request(Arc::clone(&world), relay, tenant, observables * 2));
    }
    while tasks.join_next().await.is_some() {}
    let most_in_one = world.relays.iter().map(|relay| relay.most.load(Ordering::Relaxed)).max();
    Ok(Outcome {
        requests,
        in_time: world.in_time.load(Ordering::Relaxed),
        calls: world.siem.calls.load(Ordering::Relaxed),
        refused: world.siem.refused.load(Ordering::Relaxed),
        waits: std::mem::take(&mut *lock(&world.waits.0)),
        most_at_once: world.most.load(Ordering::Relaxed),
        most_in_one: most_in_one.unwrap_or_default(),
        operations: store.operations.load(Ordering::Relaxed),
        keys: store.store.len(),
    })
}

/// A request of a tenant: its calls all at once, as the relay makes them.
async fn request(world: Arc<World>, relay: usize, tenant: usize, calls: usize) {
    let Some(relay) = world.relays.get(relay) else { return };
    for (now, most) in [(&world.at_once, &world.most), (&relay.at_once, &relay.most)] {
        most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
    let end = Instant::now() + DEADLINE;
    let credentials = Credentials::new(format!("tenant-{tenant}"), "key");
    let client = Client::builder(Deployment::US1, credentials)
        .transport(Arc::new(Tenant { siem: Arc::clone(&world.siem), tenant }))
        .limiters(relay.limiters.clone())
        .instrumentation(Arc::clone(&world.waits) as Arc<dyn Instrumentation>)
        .build();
    if let Ok(client) = client {
        let client = client.with_group(RequestGroup::default().planned_calls(calls));
        let calls = (0..calls).map(|_| client.insights().list().deadline(end).send());
        if join_all(calls).await.iter().all(std::result::Result::is_ok) {
            world.in_time.fetch_add(1, Ordering::Relaxed);
        }
    }
    relay.at_once.fetch_sub(1, Ordering::Relaxed);
    world.at_once.fetch_sub(1, Ordering::Relaxed);
}

/// The waits of all calls for their turn.
#[derive(Default)]
struct Waits(Mutex<Vec<Duration>>);

impl Instrumentation for Waits {
    fn call_ended(&self, call: &CallReport<'_>) {
        lock(&self.0).push(call.limiter_wait);
    }
}

/// Cloud SIEM: it enforces the limits of each tenant.
struct Siem {
    tenants: Vec<Mutex<Past>>,
    random: Mutex<fastrand::Rng>,
    calls: AtomicU64,
    refused: AtomicU64,
}

#[derive(Default)]
struct Past {
    starts: VecDeque<Instant>,
    in_flight: u32,
}

impl Siem {
    fn new(tenants: usize, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            tenants: (0..tenants.max(1)).map(|_| Mutex::default()).collect(),
            random: Mutex::new(fastrand::Rng::with_seed(seed ^ 0x5eed)),
            calls: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    /// Lets a call in, or refuses it.
    fn enter(&self, tenant: usize) -> bool {
        let limit = RateLimit::default();
        let Some(past) = self.tenants.get(tenant) else { return false };
        let (now, mut past) = (Instant::now(), lock(past));
        past.starts.retain(|start| *start + limit.window > now);
        if past.starts.len() >= limit.calls_per_window as usize || past.in_flight >= limit.concurrency {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        past.starts.push_back(now);
        past.in_flight += 1;
        self.calls.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn leave(&self, tenant: usize) {
        if let Some(past) = self.tenants.get(tenant) {
            lock(past).in_flight -= 1;
        }
    }

    /// A latency with a long tail, 300 ms in the middle.
    fn latency(&self) -> Duration {
        let random = lock(&self.random).f64();
        Duration::from_secs_f64((0.15 + 0.15 / (1.0 - random)).min(8.0))
    }
}

/// The way of a tenant's calls to Cloud SIEM.
struct Tenant {
    siem: Arc<Siem>,
    tenant: usize,
}

impl Transport for Tenant {
    fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> BoxFuture<'_, std::result::Result<http::Response<BodyStream>, TransportError>> {
        Box::pin(async {
            let is_in = self.siem.enter(self.tenant);
            sleep(if is_in { self.siem.latency() } else { Duration::from_millis(100) }).await;
            let mut answer = http::Response::new(page());
            if is_in {
                self.siem.leave(self.tenant);
            } else {
                *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
            }
            Ok(answer)
        })
    }
}

fn page() -> BodyStream {
    let body = Bytes::from_static(br#"{"data": {"objects": [], "total": 0}}"#);
    Box::pin(futures_util::stream::iter([Ok(body)]))
}

/// A store that counts its operations.
#[derive(Debug, Default)]
struct Counting {
    store: MemoryStore,
    operations: AtomicU64,
}

impl Counting {
    fn count(&self) -> &MemoryStore {
        self.operations.fetch_add(1, Ordering::Relaxed);
        &self.store
    }
}

impl BudgetStore for Counting {
    fn connect(&self) -> BoxFuture<'_, std::result::Result<(), StoreError>> {
        self.store.connect()
    }

    fn join(&self, member: MemberId) -> BoxFuture<'_, std::result::Result<Joined, StoreError>> {
        self.count().join(member)
    }

    fn reserve(
        &self,
        key: BudgetKey,
        request: StartRequest,
    ) -> BoxFuture<'_, std::result::Result<StartReply, StoreError>> {
        self.count().reserve(key, request)
    }

    fn change(&self, key: BudgetKey, change: Change) -> BoxFuture<'_, std::result::Result<(), StoreError>> {
        self.count().change(key, change)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulation_gives_the_same_twice_and_refuses_little() {
        let args = SimulateArgs {
            tenants: 50,
            relays: vec![3],
            requests_an_hour: 120.0,
            observables: 4.0,
            seconds: 60,
            seed: 7,
        };
        let run = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_time().start_paused(true).build().unwrap();
            runtime.block_on(simulate(&args, 3)).unwrap()
        };
        let (one, two) = (run(), run());
        assert_eq!((one.requests, one.calls), (two.requests, two.calls));
        assert!(one.requests > 50 && one.refused * 100 < one.calls, "{} of {}", one.refused, one.calls);
    }
}
