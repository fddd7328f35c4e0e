//! The processes that share the budget.

use std::collections::BTreeMap;

use super::millis::{duration, millis};
use super::{Joined, MEMBER, MemberId};

/// The members with the index of each and the end of its membership, in milliseconds.
///
/// `valkey.lua` does the same inside of a server.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_id: BTreeMap<MemberId, (u32, u64)>,
}

impl Members {
    pub(super) fn join(&mut self, now: u64, member: MemberId) -> Joined {
        let latest = now + millis(MEMBER);
        // Later than any end that was set here: the clock was set back.
        self.by_id.retain(|_, (_, end)| *end > now && *end <= latest);
        let known = self.by_id.get(&member).map(|(index, _)| *index);
        let index = known.unwrap_or_else(|| self.free_index());
        self.by_id.insert(member, (index, latest));
        let highest = self.by_id.values().map(|(index, _)| *index).max().unwrap_or_default();
        Joined { index, members: highest + 1, time: duration(now) }
    }

    fn free_index(&self) -> u32 {
        let is_taken = |index: &u32| self.by_id.values().any(|(taken, _)| taken == index);
        (0..u32::MAX).find(|index| !is_taken(index)).unwrap_or_default()
    }
}
