//! Questions about few observables that a tenant asks at once, gathered into one.
//!
//! XDR observes the observables of a page in a request each, all at the same time. The calls that
//! judge one of them can judge all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use moka::future::Cache;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::evidence::Evidence;
use super::question::TenantKey;
use super::sources::{Cause, Failure};
use super::subject::Subject;

/// The most observables of a question that waits for others. Larger ones fill calls of their own.
pub(super) const FEW: usize = 3;

/// The most tenants whose questions are gathered at a time; further ones ask by themselves.
const MOST_TENANTS: u64 = 10_000;

/// The time for which a tenant without questions is kept.
const IDLE: Duration = Duration::from_secs(60);

/// The evidence on some subjects, in their order, and what could not be asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) evidence: Vec<Vec<Evidence>>,
    pub(super) failures: Vec<Failure>,
}

impl Asked {
    /// Returns true if a source was not asked because the time of the request that asked was over.
    fn is_late(&self) -> bool {
        let is_late = |failure: &Failure| match &failure.cause {
            Cause::Call(error) => error.is_timeout() || error.is_deadline() || error.is_rate_limit_deadline(),
            Cause::TooMany => false,
        };
        self.failures.iter().any(is_late)
    }
}

/// Asks all sources about some subjects.
pub(super) type Ask<'a> = &'a (dyn Fn(Vec<Subject>) -> BoxFuture<'a, Asked> + Sync);

/// Gathers the questions that come while one of the same tenant is under way; the next one asks for
/// all of them.
#[derive(Clone)]
pub(super) struct Gathering {
    tenants: Cache<TenantKey, Arc<Gathered>>,
}

/// The questions of a tenant.
#[derive(Default)]
struct Gathered {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by the request that asks.
    asking: tokio::sync::Mutex<()>,
}

struct Waiting {
    subjects: Vec<Subject>,
    reply: oneshot::Sender<Asked>,
}

impl Gathering {
    pub(super) fn new() -> Self {
        Self { tenants: Cache::builder().max_capacity(MOST_TENANTS).time_to_idle(IDLE).build() }
    }

    /// Asks about `subjects` by itself or together with others.
    pub(super) async fn ask(
        &self,
        tenant: TenantKey,
        subjects: Vec<Subject>,
        deadline: Instant,
        ask: Ask<'_>,
    ) -> Asked {
        let gathered = self.tenants.get_with(tenant, async { Arc::default() }).await;
        loop {
            let mut reply = gathered.enter(subjects.clone());
            let turn = timeout_at(deadline, gathered.asking.lock());
            tokio::select! {
                biased;
                asked = &mut reply => match asked {
                    // The request that asked had less time left than this one, or its caller left.
                    Ok(asked) if asked.is_late() && Instant::now() < deadline => {}
                    Err(_) => {}
                    Ok(asked) => return asked,
                },
                turn = turn => {
                    // Without time left it says so for each source.
                    let Ok(_turn) = turn else { return ask(subjects).await };
                    gathered.ask_all(ask).await;
                    if let Ok(asked) = reply.try_recv() {
                        return asked;
                    }
                }
            }
        }
    }
}

impl Gathered {
    fn enter(&self, subjects: Vec<Subject>) -> oneshot::Receiver<Asked> {
        let (reply, receiver) = oneshot::channel();
        self.waiting().push(Waiting { subjects, reply });
        receiver
    }

    /// Asks for all that wait and still want to know.
    async fn ask_all(&self, ask: Ask<'_>) {
        let mut all = std::mem::take(&mut *self.waiting());
        all.retain(|waiting| !waiting.reply.is_closed());
        let subjects = all.iter().flat_map(|waiting| waiting.subjects.iter().cloned()).collect();
        let Asked { evidence, failures } = ask(subjects).await;
        let mut evidence = evidence.into_iter();
        for Waiting { subjects, reply } in all {
            let own = evidence.by_ref().take(subjects.len()).collect();
            // One that gave up need not know.
            let _gave_up = reply.send(Asked { evidence: own, failures: failures.clone() });
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use sumo_client::{Credentials, Error};
    use xdr_module::contract::observable::Observable;

    use super::super::sources::Source;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn tenant(id: &str) -> TenantKey {
        (Credentials::new(id, "key").fingerprint(), Arc::from("api.example"), 0)
    }

    fn subject(value: &str) -> Subject {
        Subject::new(&Observable { kind: "domain".into(), value: value.into() }).unwrap()
    }

    /// The subjects of each question that was asked, in a second each.
    #[derive(Default)]
    struct Sources {
        asked: Mutex<Vec<Vec<String>>>,
        late: AtomicUsize,
    }

    impl Sources {
        async fn answer(&self, subjects: Vec<Subject>) -> Asked {
            let values = subjects.iter().map(|subject| subject.observable.value.clone()).collect();
            self.asked.lock().unwrap().push(values);
            tokio::time::sleep(SECOND).await;
            let is_late =
                self.late.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok();
            let failure = || Failure {
                source: Source::Entities,
                cause: Cause::Call(Arc::new(Error::timeout("the deadline of the request"))),
            };
            let evidence = subjects.iter().map(|_| Vec::new()).collect();
            Asked { evidence, failures: is_late.then(failure).into_iter().collect() }
        }

        async fn ask(&self, gathering: &Gathering, id: &str, value: &str) -> Asked {
            let deadline = Instant::now() + 24 * SECOND;
            let ask = |subjects: Vec<Subject>| -> BoxFuture<'_, Asked> { Box::pin(self.answer(subjects)) };
            gathering.ask(tenant(id), vec![subject(value)], deadline, &ask).await
        }

        fn sizes(&self) -> Vec<usize> {
            self.asked.lock().unwrap().iter().map(Vec::len).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn questions_that_come_together_are_asked_in_two_parts() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let began = Instant::now();
        let values: Vec<_> = (0..40).map(|n| format!("host-{n}.example")).collect();
        let all = join_all(values.iter().map(|value| sources.ask(&gathering, "a", value))).await;
        assert!(all.iter().all(|asked| asked.evidence.len() == 1 && asked.failures.is_empty()));
        assert_eq!(sources.sizes(), [1, 39]);
        assert_eq!(began.elapsed(), 2 * SECOND);
        // Nobody waits for nobody.
        sources.ask(&gathering, "a", "late.example").await;
        assert_eq!(sources.sizes(), [1, 39, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn tenants_do_not_wait_for_each_other() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let began = Instant::now();
        tokio::join!(sources.ask(&gathering, "a", "x.example"), sources.ask(&gathering, "b", "x.example"));
        assert_eq!((began.elapsed(), sources.sizes()), (SECOND, vec![1, 1]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_dropped_while_it_asks_costs_the_others_nothing() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let dropped = tokio::time::timeout(SECOND / 2, sources.ask(&gathering, "a", "x.example"));
        let others = join_all(["y.example", "z.example"].map(|value| sources.ask(&gathering, "a", value)));
        let (dropped, others) = tokio::join!(dropped, others);
        assert!(dropped.is_err());
        assert!(others.iter().all(|asked| asked.evidence.len() == 1));
        assert_eq!(*sources.asked.lock().unwrap(), [vec!["x.example"], vec!["y.example", "z.example"]]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_one_request_is_not_that_of_the_others() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let values = ["x.example", "y.example", "z.example"];
        sources.late.store(2, Ordering::Relaxed);
        let all = join_all(values.map(|value| sources.ask(&gathering, "a", value))).await;
        // Only the requests that asked are late themselves.
        let failed: Vec<_> = all.iter().map(|asked| asked.failures.len()).collect();
        assert_eq!((failed, sources.sizes()), (vec![1, 1, 0], vec![1, 2, 1]));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_no_time_left_does_not_wait() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let ask = |subjects: Vec<Subject>| -> BoxFuture<'_, Asked> { Box::pin(sources.answer(subjects)) };
        let soon = Instant::now() + SECOND / 2;
        let short = async { gathering.ask(tenant("a"), vec![subject("y.example")], soon, &ask).await };
        let began = Instant::now();
        let (_, short) = tokio::join!(sources.ask(&gathering, "a", "x.example"), short);
        assert_eq!((short.evidence.len(), began.elapsed()), (1, 3 * SECOND / 2));
    }
}
