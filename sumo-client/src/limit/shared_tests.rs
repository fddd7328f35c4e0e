//! Several processes that share the limits by a store, on a paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A store that can be away.
#[derive(Clone, Debug, Default)]
struct Shaky {
    store: MemoryStore,
    state: Arc<AtomicU8>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Works = 0,
    Refuses = 1,
    Hangs = 2,
    /// Fails for every key, and says that it is the key's fault.
    FailsForKeys = 3,
}

impl Shaky {
    fn set(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    async fn pass(&self) -> Result<(), StoreError> {
        match self.state.load(Ordering::Relaxed) {
            0 | 3 => Ok(()),
            1 => Err(StoreError::new("refused")),
            _ => std::future::pending().await,
        }
    }
}

impl BudgetStore for Shaky {
    fn connect(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.pass())
    }

    fn join(&self, member: MemberId) -> BoxFuture<'_, Result<Joined, StoreError>> {
        Box::pin(async move {
            self.pass().await?;
            self.store.join(member).await
        })
    }

    fn reserve(
        &self,
        key: BudgetKey,
        request: StartRequest,
    ) -> BoxFuture<'_, Result<StartReply, StoreError>> {
        Box::pin(async move {
            self.pass().await?;
            if self.state.load(Ordering::Relaxed) == State::FailsForKeys as u8 {
                return Err(StoreError::of_key("no JSON"));
            }
            self.store.reserve(key, request).await
        })
    }

    fn change(&self, key: BudgetKey, change: Change) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.pass().await?;
            self.store.change(key, change).await
        })
    }
}

/// A process with the limiter of one key.
#[derive(Clone)]
struct Process {
    limiters: Limiters,
    /// The starts of all processes, with the index of the process.
    starts: Arc<Mutex<Vec<(Instant, usize)>>>,
    index: usize,
}

fn processes(number: usize, store: &Shaky) -> Vec<Process> {
    let starts = Arc::new(Mutex::new(Vec::new()));
    let expected = u32::try_from(number).unwrap();
    let process = |index| Process {
        limiters: Limiters::shared(
            RateLimit::default(),
            SharedBudget::new(Arc::new(store.clone())).processes(expected),
        ),
        starts: Arc::clone(&starts),
        index,
    };
    (0..number).map(process).collect()
}

fn credentials() -> Credentials {
    Credentials::new("id", "key")
}

impl Process {
    fn limiter(&self) -> Arc<Limiter> {
        self.limiters.limiter(&Deployment::US1, &credentials())
    }

    /// Makes one call.
    async fn call(&self, group: &RequestGroup, latency: Duration, deadline: Instant) -> bool {
        let limiter = self.limiter();
        let Ok(turn) = limiter.turn(credentials().fingerprint(), group, deadline).await else { return false };
        self.starts.lock().push((Instant::now(), self.index));
        sleep(latency).await;
        limiter.accepted(credentials().fingerprint());
        drop(turn);
        true
    }

    /// Makes calls until a moment, so many at a time.
    async fn load(&self, callers: usize, latency: Duration, end: Instant) {
        let group = RequestGroup::default();
        join_all(
            (0..callers)
                .map(|_| async { while Instant::now() < end && self.call(&group, latency, end).await {} }),
        )
        .await;
    }
}

fn starts(processes: &[Process]) -> Vec<(Instant, usize)> {
    let mut starts = processes[0].starts.lock().clone();
    starts.sort_unstable();
    starts
}

fn assert_within_limit(starts: &[(Instant, usize)]) {
    for (first, fifth) in starts.iter().zip(starts.iter().skip(4)) {
        let gap = fifth.0 - first.0;
        assert!(gap >= SECOND, "five starts in {gap:?}, {:?} after the first", first.0 - starts[0].0);
    }
}

/// Returns the share of the budget that was used.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn used(starts: &[(Instant, usize)], time: Duration) -> f64 {
    starts.len() as f64 / (4.0 * time.as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn three_processes_each_get_a_third() {
    let processes = processes(3, &Shaky::default());
    let end = Instant::now() + 30 * SECOND;
    // One asks for much more than the others.
    join_all(processes.iter().map(|process| process.load(4 + 20 * process.index, SECOND / 4, end))).await;
    let starts = starts(&processes);
    assert_within_limit(&starts);
    assert!(used(&starts, 30 * SECOND) >= 0.95, "{}", starts.len());
    for index in 0..3 {
        let own = starts.iter().filter(|(_, process)| *process == index).count();
        assert!(own * 3 * 100 >= starts.len() * 85, "process {index} got {own} of {}", starts.len());
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_than_ten_are_in_flight_over_all_processes() {
    let processes = processes(3, &Shaky::default());
    let end = Instant::now() + 40 * SECOND;
    let latency = 5 * SECOND;
    join_all(processes.iter().map(|process| process.load(8, latency, end))).await;
    let starts = starts(&processes);
    for (start, _) in &starts {
        let in_flight =
            starts.iter().filter(|(other, _)| other <= start && *other + latency > *start).count();
        assert!(in_flight <= 10, "{in_flight}");
    }
    // Ten in five seconds, but for the moments in which room was free and nobody had asked yet.
    assert!(starts.len() >= 70, "{}", starts.len());
    for index in 0..3 {
        let own = starts.iter().filter(|(_, process)| *process == index).count();
        // Ten are not divided by three, and all calls take the same time.
        assert!(own * 4 >= starts.len(), "process {index} got {own} of {}", starts.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_request_is_not_blocked_by_a_large_one_on_another_process() {
    let processes = processes(2, &Shaky::default());
    let began = Instant::now();
    let large = processes[0].load(80, SECOND / 4, began + 20 * SECOND);
    let small = async {
        for _ in 0..5 {
            sleep(2 * SECOND).await;
            let asked = Instant::now();
            let (health, normal) = (RequestGroup::new(Priority::High), RequestGroup::default());
            let far = asked + 20 * SECOND;
            let calls = [&health, &normal, &normal].map(|group| processes[1].call(group, SECOND / 4, far));
            assert!(join_all(calls).await.into_iter().all(|made| made));
            assert!(asked.elapsed() <= 2 * SECOND, "{:?}", asked.elapsed());
        }
    };
    tokio::join!(large, small);
    assert_within_limit(&starts(&processes));
}

#[tokio::test(start_paused = true)]
async fn silence_holds_for_all_processes() {
    let processes = processes(2, &Shaky::default());
    let end = Instant::now() + 60 * SECOND;
    let group = RequestGroup::default();
    assert!(processes[0].call(&group, Duration::ZERO, end).await);
    assert!(processes[1].call(&group, Duration::ZERO, end).await);
    let until = Instant::now() + 20 * SECOND;
    processes[0].limiter().silence_until(until);
    sleep(SECOND / 10).await;
    for process in &processes {
        assert!(process.call(&group, Duration::ZERO, end).await);
        assert!(Instant::now() >= until);
    }
}

/// Runs three processes for a minute, with the store away from 20 s to 40 s.
async fn outage(state: State, forgets: bool) -> Vec<(Instant, usize)> {
    let store = Shaky::default();
    let processes = processes(3, &store);
    let began = Instant::now();
    let loads = processes.iter().map(|process| process.load(12, SECOND / 4, began + 60 * SECOND));
    let outage = async {
        sleep_until(began + 20 * SECOND).await;
        store.set(state);
        sleep_until(began + 40 * SECOND).await;
        if forgets {
            store.store.clear();
        }
        store.set(State::Works);
    };
    tokio::join!(join_all(loads), outage);
    starts(&processes)
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_is_bridged_without_a_burst() {
    for (state, forgets) in [(State::Refuses, true), (State::Hangs, false)] {
        let starts = outage(state, forgets).await;
        assert_within_limit(&starts);
        let share = used(&starts, 60 * SECOND);
        assert!(share >= 0.93, "{state:?}: {share}");
        let during = |(start, _): &&(Instant, usize)| {
            let at = *start - starts[0].0;
            at > 22 * SECOND && at < 40 * SECOND
        };
        let part = starts.iter().filter(during).count();
        assert!(part >= 65, "{part} calls without the store");
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_waits_longer_than_a_tenth_of_a_second_for_the_store() {
    let store = Shaky::default();
    store.set(State::Hangs);
    let process = &processes(1, &store)[0];
    let began = Instant::now();
    let group = RequestGroup::default();
    let calls = (0..4).map(|_| process.call(&group, Duration::ZERO, began + SECOND));
    assert!(join_all(calls).await.into_iter().all(|made| made));
    assert_eq!(began.elapsed(), Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn processes_that_never_reached_the_store_keep_to_whole_parts() {
    for (number, expected) in [(2, 40), (3, 30)] {
        let store = Shaky::default();
        store.set(State::Refuses);
        let processes = processes(number, &store);
        let end = Instant::now() + 10 * SECOND;
        join_all(processes.iter().map(|process| process.load(8, SECOND / 4, end))).await;
        let starts = starts(&processes);
        assert_within_limit(&starts);
        assert!(starts.len() >= expected * 8 / 10 && starts.len() <= expected, "{}", starts.len());
    }
}

#[tokio::test(start_paused = true)]
async fn more_processes_than_calls_take_turns_by_time() {
    let store = Shaky::default();
    let processes = processes(9, &store);
    for process in &processes {
        process.limiters.join_store().await.unwrap();
    }
    store.set(State::Refuses);
    let began = Instant::now();
    join_all(processes.iter().map(|process| process.load(3, SECOND / 4, began + 20 * SECOND))).await;
    let starts = starts(&processes);
    assert_within_limit(&starts);
    assert!(starts.len() >= 70, "{}", starts.len());
    let all: std::collections::HashSet<usize> = starts.iter().map(|(_, index)| *index).collect();
    assert_eq!(all.len(), 9);
}

#[tokio::test(start_paused = true)]
async fn leases_of_a_process_that_crashed_free_themselves() {
    let store = Shaky::default();
    let processes = processes(1, &store);
    let far = Instant::now() + 60 * SECOND;
    let group = RequestGroup::default();
    assert!(processes[0].call(&group, Duration::ZERO, far).await);
    let sharing = processes[0].limiters.shared.shared.as_ref().unwrap();
    let id = credentials().id_fingerprint();
    let key = shared_budget::budget_key(&sharing.secret, &Deployment::US1, &id);
    let crashed = MemberId::random();
    // The end of the call above has been told by then.
    sleep(SECOND).await;
    let unlimited = RateLimit { calls_per_window: 0, ..RateLimit::default() };
    let began = Instant::now();
    for number in 0..10 {
        store.reserve(key, StartRequest::new(LeaseId::new(crashed, number), unlimited)).await.unwrap();
    }
    assert!(processes[0].call(&group, Duration::ZERO, far).await);
    let waited = began.elapsed();
    assert!(waited >= 15 * SECOND && waited < 16 * SECOND, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn long_calls_keep_their_lease_and_those_of_an_outage_get_one() {
    let store = Shaky::default();
    let processes = processes(2, &store);
    let far = Instant::now() + 300 * SECOND;
    let group = RequestGroup::default();
    assert!(processes[0].call(&group, Duration::ZERO, far).await);
    store.set(State::Refuses);
    let long = (0..5).map(|_| processes[0].call(&group, 60 * SECOND, far));
    let back = async {
        sleep(10 * SECOND).await;
        store.store.clear();
        store.set(State::Works);
        sleep(20 * SECOND).await;
        // Five of ten are in flight elsewhere.
        let began = Instant::now();
        let calls = (0..6).map(|_| processes[1].call(&group, 5 * SECOND, far));
        assert!(join_all(calls).await.into_iter().all(|made| made));
        let starts = starts(&processes).into_iter().filter(|(start, _)| *start >= began);
        let last = starts.map(|(start, _)| start).max().unwrap();
        assert!(last >= began + 5 * SECOND, "{:?}", last - began);
    };
    tokio::join!(join_all(long), back);
}

#[tokio::test(start_paused = true)]
async fn calls_that_end_while_the_store_is_away_do_not_count_when_it_is_back() {
    for state in [State::Refuses, State::Hangs] {
        let store = Shaky::default();
        let processes = processes(1, &store);
        let began = Instant::now();
        let outage = async {
            sleep_until(began + 20 * SECOND).await;
            store.set(state);
            sleep_until(began + 24 * SECOND).await;
            store.set(State::Works);
        };
        tokio::join!(processes[0].load(12, 3 * SECOND, began + 40 * SECOND), outage);
        let starts = starts(&processes);
        for (start, next) in starts.iter().zip(starts.iter().skip(1)) {
            let (at, gap) = (start.0 - began, next.0 - start.0);
            assert!(gap <= 7 * SECOND / 2, "{state:?}: no start for {gap:?} after {at:?}");
        }
        let after = starts.iter().filter(|(start, _)| *start > began + 28 * SECOND).count();
        assert!(after >= 30, "{state:?}: {after}");
    }
}

#[tokio::test(start_paused = true)]
async fn changes_of_the_store_are_told_once() {
    let store = Shaky::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let budget = SharedBudget::new(Arc::new(store.clone())).on_change({
        let told = Arc::clone(&told);
        move |is_reachable| told.lock().push(is_reachable)
    });
    let limiters = Limiters::shared(RateLimit::default(), budget);
    let limiter = limiters.limiter(&Deployment::US1, &credentials());
    let group = RequestGroup::default();
    for state in [State::Works, State::Hangs, State::Works] {
        store.set(state);
        for _ in 0..20 {
            let turn = limiter.turn(credentials().fingerprint(), &group, Instant::now() + 10 * SECOND).await;
            drop(turn.unwrap());
        }
        sleep(10 * SECOND).await;
    }
    assert_eq!(*told.lock(), [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_the_store_fails_for_does_without_it_and_leaves_it_to_the_others() {
    let store = Shaky::default();
    let (told, mut changes) = tokio::sync::mpsc::unbounded_channel();
    let budget = SharedBudget::new(Arc::new(store.clone())).processes(2);
    let budget = budget.on_change(move |is_reachable| told.send(is_reachable).unwrap());
    let process = Process {
        limiters: Limiters::shared(RateLimit::default(), budget),
        starts: Arc::default(),
        index: 0,
    };
    process.limiters.join_store().await.unwrap();
    store.set(State::FailsForKeys);
    process.load(8, SECOND / 10, Instant::now() + 10 * SECOND).await;
    assert_eq!(changes.try_recv(), Ok(true));
    assert!(changes.try_recv().is_err(), "the process left the store");
    let starts = starts(std::slice::from_ref(&process));
    // A half of the limit, since two processes share it.
    assert!((18..=22).contains(&starts.len()), "{}", starts.len());
    assert_within_limit(&starts);
}

#[tokio::test(start_paused = true)]
async fn a_process_alone_uses_one_reservation_for_each_call() {
    #[derive(Debug, Default)]
    struct Counting(MemoryStore, std::sync::atomic::AtomicUsize);

    impl BudgetStore for Counting {
        fn connect(&self) -> BoxFuture<'_, Result<(), StoreError>> {
            self.0.connect()
        }

        fn join(&self, member: MemberId) -> BoxFuture<'_, Result<Joined, StoreError>> {
            self.0.join(member)
        }

        fn reserve(
            &self,
            key: BudgetKey,
            request: StartRequest,
        ) -> BoxFuture<'_, Result<StartReply, StoreError>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.reserve(key, request)
        }

        fn change(&self, key: BudgetKey, change: Change) -> BoxFuture<'_, Result<(), StoreError>> {
            self.0.change(key, change)
        }
    }

    let store = Arc::new(Counting::default());
    let limiters = Limiters::shared(RateLimit::default(), SharedBudget::new(Arc::clone(&store) as _));
    let process = Process { limiters, starts: Arc::default(), index: 0 };
    let (group, far) = (RequestGroup::default(), Instant::now() + 60 * SECOND);
    let calls = (0..40).map(|_| process.call(&group, SECOND / 4, far));
    assert!(join_all(calls).await.into_iter().all(|made| made));
    assert_eq!(store.1.load(Ordering::Relaxed), 40);
}
