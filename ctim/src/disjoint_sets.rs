//! Sets of numbers without common members (union-find).

use std::collections::BTreeMap;

/// Sets of numbers that are joined step by step.
pub(crate) struct DisjointSets {
    parents: Vec<usize>,
    /// Sizes of the sets, at their roots.
    sizes: Vec<usize>,
}

impl DisjointSets {
    /// Returns the sets of one number each, from 0 to below `count`.
    pub(crate) fn new(count: usize) -> Self {
        Self { parents: (0..count).collect(), sizes: vec![1; count] }
    }

    /// Returns the number that stands for the set of a number.
    pub(crate) fn root(&mut self, mut number: usize) -> usize {
        while let Some(parent) = self.parents.get(number).copied().filter(|parent| *parent != number) {
            // Halving the way keeps later look-ups short.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(number) {
                *slot = above;
            }
            number = above;
        }
        number
    }

    /// Makes one set of the sets of two numbers.
    pub(crate) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        // The lower number leads, so that groups keep the order of their first members.
        let (leader, follower) = (one.min(other), one.max(other));
        let size = self.size(one) + self.size(other);
        if let (Some(parent), Some(sum)) = (self.parents.get_mut(follower), self.sizes.get_mut(leader)) {
            (*parent, *sum) = (leader, size);
        }
    }

    /// Returns the size of the set that has this root.
    pub(crate) fn size(&self, root: usize) -> usize {
        self.sizes.get(root).copied().unwrap_or_default()
    }

    /// Returns the sets in the order of their lowest numbers, each in ascending order.
    pub(crate) fn groups(&mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in 0..self.parents.len() {
            groups.entry(self.root(number)).or_default().push(number);
        }
        groups.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_numbers_are_one_set_that_the_lowest_leads() {
        let mut sets = DisjointSets::new(6);
        for (one, other) in [(4, 3), (5, 4), (3, 5), (2, 0)] {
            sets.join(one, other);
        }
        assert_eq!(sets.groups(), [vec![0, 2], vec![1], vec![3, 4, 5]]);
        assert_eq!([5, 2, 1].map(|number| sets.root(number)), [3, 0, 1]);
        assert_eq!([3, 0, 1].map(|root| sets.size(root)), [3, 2, 1]);
    }
}
