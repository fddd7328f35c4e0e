//! The facts about a request that its line in the log tells, gathered while it is worked on.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::auth::Refusal;

tokio::task_local! {
    static CURRENT: RequestFacts;
}

/// The facts about one request; clones share them.
///
/// A module adds those that only it knows:
///
/// ```
/// use xdr_module::telemetry::request_facts::RequestFacts;
///
/// fn note_call() {
///     RequestFacts::current().add_upstream_call();
/// }
/// # note_call();
/// ```
#[derive(Clone, Debug, Default)]
pub struct RequestFacts(Arc<Mutex<Facts>>);

/// The facts as they are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) code: Option<String>,
    pub(crate) refusal: Option<&'static str>,
    pub(crate) tenant: Option<String>,
    pub(crate) api_host: Option<String>,
    pub(crate) observables: Option<u64>,
    pub(crate) upstream_calls: u64,
    pub(crate) cache_hits: u64,
    pub(crate) request_bytes: Option<u64>,
}

impl RequestFacts {
    /// Returns the facts of the request that the current task works on. Outside of requests nobody
    /// reads them.
    pub fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_default()
    }

    /// Runs a future as work on the request with these facts.
    pub(crate) async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Notes the tenant, by a fingerprint that does not name it, and the host that is asked for it.
    pub fn set_tenant(&self, fingerprint: impl Into<String>, api_host: impl Into<String>) {
        let mut facts = self.0.lock();
        facts.tenant = Some(fingerprint.into());
        facts.api_host = Some(api_host.into());
    }

    /// Counts a call to the product.
    pub fn add_upstream_call(&self) {
        self.0.lock().upstream_calls += 1;
    }

    /// Counts a question that was answered from memory, or by a call of another request.
    pub fn add_cache_hit(&self) {
        self.0.lock().cache_hits += 1;
    }

    pub(crate) fn set_code(&self, code: &str) {
        self.0.lock().code = Some(code.to_owned());
    }

    pub(crate) fn set_refusal(&self, refusal: Refusal) {
        self.0.lock().refusal = Some(refusal.as_str());
    }

    pub(crate) fn set_observables(&self, count: usize) {
        self.0.lock().observables = u64::try_from(count).ok();
    }

    pub(crate) fn set_request_bytes(&self, count: usize) {
        self.0.lock().request_bytes = u64::try_from(count).ok();
    }

    pub(crate) fn get(&self) -> Facts {
        self.0.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_notes_facts_of_its_own_request() {
        let facts = RequestFacts::default();
        let work = async {
            RequestFacts::current().add_upstream_call();
            RequestFacts::current().set_tenant("f", "h");
        };
        facts.clone().scope(work).await;
        RequestFacts::current().add_upstream_call();
        let facts = facts.get();
        assert_eq!((facts.upstream_calls, facts.tenant.as_deref()), (1, Some("f")));
    }
}
