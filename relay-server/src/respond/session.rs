//! One request of a tenant that has to do with actions.

use std::collections::HashSet;
use std::sync::Arc;

use sumo_client::{Client, Fingerprint};
use tokio::time::Instant;

use super::action_id::{Act, ListKind};
use super::memory::TargetKey;
use super::settings::RespondSettings;
use super::subject::Subject;
use crate::clock::Clock;

/// One request of a tenant that has to do with actions.
#[derive(Clone)]
pub(crate) struct Session {
    /// Calls that only read.
    pub(crate) reader: Client,
    /// Calls that change something.
    pub(crate) writer: Client,
    pub(crate) tenant: Fingerprint,
    pub(crate) writing_key: Fingerprint,
    pub(crate) host: Arc<str>,
    pub(crate) settings: Arc<RespondSettings>,
    pub(crate) entities_limit: u32,
    pub(crate) deadline: Instant,
    pub(crate) request_id: Arc<str>,
    pub(crate) now: Clock,
}

impl Session {
    /// Returns the key of what an action changes.
    pub(crate) fn target_key(&self, act: &Act, subject: &Subject) -> TargetKey {
        TargetKey {
            tenant: self.tenant,
            host: Arc::clone(&self.host),
            target: act.target(),
            value: format!("{} {}", subject.observable.kind, subject.canonical()),
        }
    }

    /// Returns the names of the lists of a kind that may be changed.
    pub(crate) fn allowed(&self, kind: ListKind) -> HashSet<&str> {
        let names = match kind {
            ListKind::Match => &self.settings.match_lists,
            ListKind::Suppress => &self.settings.suppress_lists,
        };
        names.iter().map(String::as_str).collect()
    }
}
