//! The parts of a bundle that are left out to stay under a limit.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::Relationship;
use crate::any_entity::EntityView;
use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::structure::EntityStructure;

/// The parts of a bundle that were left out to stay under a limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LeftOut {
    /// Number of entities over the limit, by type.
    pub over_limit: BTreeMap<EntityType, usize>,
    /// Ids of the relationships that lost an end.
    pub loose_relationships: Vec<EntityId>,
    /// Transient ids of dropped entities that fields of kept ones still name, such as the judgement
    /// of a verdict. Drop those entities, or clear the fields.
    pub dangling: Vec<EntityId>,
    ids: HashSet<EntityId>,
}

impl LeftOut {
    /// Returns true if everything stayed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.over_limit.is_empty() && self.loose_relationships.is_empty()
    }

    /// Keeps the first entities of a list.
    pub(crate) fn cap<T: EntityStructure>(&mut self, list: &mut Vec<T>, most: usize) {
        if list.len() <= most {
            return;
        }
        let over = list.split_off(most);
        self.over_limit.insert(T::ENTITY_TYPE, over.len());
        let kept: HashSet<&EntityId> = list.iter().filter_map(EntityStructure::id).collect();
        let ids = over.iter().filter_map(EntityStructure::id).filter(|id| !kept.contains(id));
        self.ids.extend(ids.cloned());
    }

    /// Drops relationships with an end that was left out, and those that link these in turn.
    pub(crate) fn drop_loose(&mut self, relationships: &mut Vec<Relationship>) {
        if self.ids.is_empty() {
            return;
        }
        let mut by_end: HashMap<&EntityId, Vec<usize>> = HashMap::new();
        for (place, relationship) in relationships.iter().enumerate() {
            for end in [&relationship.source_ref, &relationship.target_ref] {
                by_end.entry(end).or_default().push(place);
            }
        }
        let mut dropped = BTreeSet::new();
        let mut next: Vec<&EntityId> = self.ids.iter().collect();
        while let Some(id) = next.pop() {
            let loose = by_end.remove(id).unwrap_or_default();
            next.extend(loose.iter().filter_map(|place| Some(&relationships.get(*place)?.id)));
            dropped.extend(loose);
        }
        self.loose_relationships =
            dropped.iter().filter_map(|place| Some(relationships.get(*place)?.id.clone())).collect();
        self.ids.extend(self.loose_relationships.iter().cloned());
        let mut place = 0..;
        relationships.retain(|_| place.next().is_none_or(|place| !dropped.contains(&place)));
    }

    /// Notes the ids that the kept entities name although they were left out.
    pub(crate) fn note_dangling<'a>(&mut self, kept: impl Iterator<Item = EntityView<'a>>) {
        if self.ids.is_empty() {
            return;
        }
        let mut seen = HashSet::new();
        for reference in kept.flat_map(EntityView::references) {
            let id = reference.id;
            if id.is_transient() && self.ids.contains(id) && seen.insert(id) {
                self.dangling.push(id.clone());
            }
        }
    }
}

#[cfg(test)]
#[cfg(feature = "builders")]
mod tests {
    use crate::bundle::test_data::{feedback, id, judged, judgement, link, linked, names, sighting};
    use crate::{EntityType, List};

    #[test]
    fn capping_drops_the_relationships_that_lose_an_end() {
        let mut bundle = linked(5, 1);
        let left_out = bundle.cap_lists(3);
        assert_eq!(names(&bundle), ["i0", "r0", "r1", "r2", "s0", "s1", "s2"]);
        assert_eq!(left_out.over_limit[&EntityType::Sighting], 2);
        assert!(bundle.check_references().is_valid());

        let mut bundle = linked(2, 2);
        bundle.relationships.push(link("r9", "s0", "i0"));
        let left_out = bundle.cap_lists(1);
        assert_eq!(names(&bundle), ["i0", "r0", "s0"]);
        assert_eq!(left_out.over_limit.len(), 3);
        assert!(linked(2, 2).cap_lists(2).is_empty());
    }

    #[test]
    fn capping_drops_relationships_of_dropped_ones_and_tells_what_dangles() {
        let mut whole = judged(3);
        whole.relationships.as_mut_vec().insert(0, link("r", "feed", "a"));
        whole.relationships.as_mut_vec().insert(0, link("a", "feed", "j2"));
        whole.feedbacks = List::from([feedback("f0", "r"), feedback("f1", "feed")]);
        whole.judgements.as_mut_vec().truncate(3);
        whole.judgements.push(judgement("j3"));
        whole.cap_lists(5);
        let left_out = whole.cap_lists(2);
        assert_eq!(names(&whole), ["f0", "f1", "feed", "j0", "j1"]);
        assert_eq!(left_out.loose_relationships, [id("a"), id("r")]);
        assert_eq!(whole.verdicts.len(), 2);
        assert_eq!(left_out.dangling, [id("r")]);

        let mut whole = judged(4);
        whole.judgements.as_mut_vec().reverse();
        let left_out = whole.cap_lists(2);
        assert_eq!(left_out.dangling, [id("j0"), id("j1")]);
        let dangling = whole.check_references();
        assert_eq!(dangling.errors().count(), 2, "{dangling}");
    }

    #[test]
    fn an_id_of_which_a_copy_is_kept_is_not_left_out() {
        let mut whole = linked(1, 1);
        whole.sightings.push(sighting("s0"));
        let left_out = whole.cap_lists(1);
        assert_eq!(left_out.over_limit.len(), 1);
        assert_eq!(names(&whole), ["i0", "r0", "s0"]);
    }
}
