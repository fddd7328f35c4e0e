//! One request of a tenant that has to do with actions.

use std::collections::HashSet;
use std::sync::Arc;

use sumo_client::{Client, Fingerprint};
use tokio::time::Instant;
use xdr_module::Place;

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
    /// Held by a job whose caller has gone away, too.
    pub(crate) _place: Place,
}

impl Session {
    /// Returns the key of what an action changes.
    pub(crate) fn target_key(&self, act: &Act, subject: &Subject) -> TargetKey {
        // Not the type: an address of type `ip` or `ipv6` is the same item.
        let value = format!("{} {}", subject.noun(), subject.canonical());
        TargetKey::new(self.tenant, &self.host, &act.target(), &value)
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

#[cfg(test)]
mod tests {
    use sumo_client::testing::DuplicateItems;
    use xdr_module::contract::observable::Observable;

    use super::super::sequences::{Bench, paused};
    use super::*;

    #[test]
    fn equal_values_are_one_target() {
        paused(async {
            let session = Bench::new(DuplicateItems::AddAgain).session();
            let key = |(kind, value): (&str, &str)| {
                let observable = Observable { kind: kind.to_owned(), value: value.to_owned() };
                let act = Act::AddItem(ListKind::Match, "173".to_owned());
                session.target_key(&act, &Subject::of(&observable).unwrap())
            };
            for (one, other, is_equal) in [
                (("ip", "2001:db8::1"), ("ipv6", "2001:DB8:0::1"), true),
                (("ip", "10.0.0.1"), ("ip", "10.0.0.12"), false),
                (("url", "https://e.test/A"), ("url", "HTTPS://E.test/A"), true),
                (("url", "https://e.test/A"), ("url", "https://e.test/a"), false),
                (("domain", "e.test"), ("hostname", "e.test"), false),
            ] {
                assert_eq!(key(one) == key(other), is_equal, "{one:?} {other:?}");
            }
        });
    }
}
