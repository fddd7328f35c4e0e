//! The rounds in which groups of calls take turns.

use std::collections::HashMap;

use super::group::{GroupId, RequestGroup};

/// The calls of a request that its first turn takes together, so that a small request is done with
/// one turn. One that is known to have more calls takes them one by one.
pub(super) const FIRST_TURN: usize = 4;

/// The rounds of calls that are equally urgent.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// The latest round of which a call was served.
    present: u64,
    /// The places of groups whose next call belongs to a later round than that.
    next: HashMap<GroupId, Place>,
}

/// The place of a group's next call.
#[derive(Clone, Copy, Debug)]
struct Place {
    round: u64,
    /// The further calls that this round takes.
    room: usize,
}

impl Rounds {
    /// Returns the round of one more call of this group.
    pub(super) fn enter(&mut self, group: &RequestGroup) -> u64 {
        // A new group joins in the next round, so that many new ones do not hold back one that
        // waits.
        let room = if group.calls_left() > FIRST_TURN { 1 } else { FIRST_TURN };
        let first = Place { round: self.present + 1, room };
        let Place { round, room } = self.next.get(&group.id()).copied().unwrap_or(first);
        let round = round.max(first.round);
        let next = match room.saturating_sub(1) {
            0 => Place { round: round + 1, room: 1 },
            room => Place { round, room },
        };
        self.next.insert(group.id(), next);
        round
    }

    /// Frees the round of a call that gave up for the next call of its group.
    pub(super) fn leave(&mut self, group: &RequestGroup) {
        if let Some(next) = self.next.get_mut(&group.id()) {
            next.round = next.round.saturating_sub(1);
        }
    }

    /// Notes that a call of this round is served.
    pub(super) fn serve(&mut self, round: u64) {
        if round > self.present {
            self.present = round;
            self.next.retain(|_, next| next.round > round);
        }
    }

    /// Forgets the places of all groups, when no call waits.
    pub(super) fn clear(&mut self) {
        self.next.clear();
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.next.is_empty()
    }
}
