//! Splitting of a bundle into parts for an import.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::any_entity::{Entity, EntityView};
use crate::disjoint_sets::DisjointSets;
use crate::id::EntityId;
use crate::{Bundle, Relationship};

/// The most entities that Cisco's service takes in one import, unless it is configured otherwise.
pub const IMPORT_LIMIT: usize = 2000;

/// The parts of a bundle for an import.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// The parts, in order.
    pub bundles: Vec<Bundle>,
    /// Relationships that are in no part, because no part can hold both of their ends.
    pub left_out: Vec<Relationship>,
    /// Transient ids that an entity names in a part that does not have them: more entities refer to
    /// each other by fields than fit into a part, or to a relationship that is in another part or
    /// in none.
    pub dangling: Vec<EntityId>,
}

impl Bundle {
    /// Cuts the bundle into parts of at most `most` entities for an import; [`IMPORT_LIMIT`] is
    /// what Cisco's service takes unless it is configured otherwise.
    ///
    /// Entities that refer to each other by transient ids stay together where they fit, because
    /// such an id means nothing in another import. Where more belong together than fit, they are
    /// cut at relationships, and the pieces keep their order. A relationship whose ends come to lie
    /// in different parts goes into a later part together with copies of both ends, and of all that
    /// these refer to, if these have external ids, by which the service knows them again; it is
    /// left out otherwise. Where more entities refer to each other by fields than fit, they are cut
    /// too, and [`Split::dangling`] tells the ids. The bundle's references to stored entities go
    /// into the first part.
    ///
    /// A limit of less than three is taken as three: a relationship and its ends.
    ///
    /// ```
    /// use ctim::vocabulary::RelationshipType;
    /// use ctim::{Bundle, EntityId, Feedback, Relationship};
    /// use uuid::Uuid;
    ///
    /// let feedback = |id: &str| {
    ///     Feedback::builder()
    ///         .id(EntityId::unchecked(id))
    ///         .entity_id(EntityId::unchecked(id))
    ///         .feedback(1)
    ///         .reason("seen")
    ///         .build()
    /// };
    /// let mut bundle = Bundle::new("example");
    /// for [one, other] in [["transient:1", "transient:2"], ["transient:3", "transient:4"]] {
    ///     let (one, other) = (feedback(one), feedback(other));
    ///     let namespace = Uuid::NAMESPACE_OID;
    ///     let link = Relationship::between(&one, RelationshipType::RelatedTo, &other, &namespace);
    ///     bundle.add_all([one, other])?;
    ///     bundle.add(link)?;
    /// }
    ///
    /// let split = bundle.split_for_import(4);
    /// let lengths: Vec<_> = split.bundles.iter().map(Bundle::len).collect();
    /// assert_eq!(lengths, [3, 3]);
    /// assert!(split.left_out.is_empty() && split.dangling.is_empty());
    /// # Ok::<(), ctim::bundle::AddError>(())
    /// ```
    #[must_use]
    pub fn split_for_import(mut self, most: usize) -> Split {
        let entities = self.take_entities();
        let plan = Plan::new(&entities, most.max(3));
        let mut next = self.clone();
        next.clear_references();

        let copied: Vec<Vec<Entity>> = plan.copied.iter().map(|part| pick(&entities, part)).collect();
        let left_out =
            plan.left_out.iter().filter_map(|place| relationship(entities.get(*place)?)).cloned().collect();
        let dangling = plan.dangling();
        let moved = plan.parts.iter().map(|part| pick(&entities, part));
        let mut bundles = Vec::new();
        for part in moved.chain(copied) {
            let mut bundle = if bundles.is_empty() { self.clone() } else { next.clone() };
            // All of them came from lists of the bundle.
            let _ = bundle.add_all(part);
            bundles.push(bundle);
        }
        if bundles.is_empty() {
            bundles.push(self);
        }
        Split { bundles, left_out, dangling }
    }
}

/// The assignment of entities to parts, by their indexes in the list of all.
struct Plan<'a> {
    entities: &'a [Entity],
    most: usize,
    /// The entities to which each one refers, as far as they are in the bundle.
    targets: Vec<Vec<usize>>,
    parts: Vec<Vec<usize>>,
    /// Parts that repeat the ends of relationships.
    copied: Vec<Vec<usize>>,
    /// Relationships that fit nowhere.
    left_out: Vec<usize>,
}

impl<'a> Plan<'a> {
    fn new(entities: &'a [Entity], most: usize) -> Self {
        let targets = targets(entities);
        let mut sets = DisjointSets::new(entities.len());
        for (place, targets) in targets.iter().enumerate() {
            targets.iter().for_each(|target| sets.join(place, *target));
        }
        let (parts, copied, left_out) = Default::default();
        let mut plan = Self { entities, most, targets, parts, copied, left_out };
        let mut units = None;
        let mut loose = Vec::new();
        for group in sets.groups() {
            if group.len() <= most {
                plan.add_group(&group);
            } else {
                let units = units.get_or_insert_with(|| plan.units());
                loose.extend(plan.cut_group(&group, units));
            }
        }
        for link in loose {
            plan.add_loose(link);
        }
        plan
    }

    fn is_link(&self, place: usize) -> bool {
        self.entities.get(place).and_then(relationship).is_some()
    }

    fn targets(&self, place: usize) -> &[usize] {
        self.targets.get(place).map_or(&[], Vec::as_slice)
    }

    /// Adds entities that stay together to the last part, or to a new one if they do not fit.
    fn add_group(&mut self, group: &[usize]) {
        match self.parts.last_mut() {
            Some(part) if part.len() + group.len() <= self.most => part.extend(group),
            _ => self.parts.push(group.to_vec()),
        }
    }

    /// Joins entities that refer to each other by fields. All references of an entity count or,
    /// where a part cannot hold all of them, none.
    fn units(&self) -> Units {
        let mut sets = DisjointSets::new(self.entities.len());
        for (place, targets) in self.targets.iter().enumerate() {
            if self.is_link(place) {
                continue;
            }
            let roots: BTreeSet<usize> =
                targets.iter().chain([&place]).map(|member| sets.root(*member)).collect();
            if roots.iter().map(|root| sets.size(*root)).sum::<usize>() <= self.most {
                roots.iter().for_each(|root| sets.join(place, *root));
            }
        }
        let mut units = Units { of: vec![0; self.entities.len()], members: sets.groups() };
        for (number, members) in units.members.iter().enumerate() {
            for member in members {
                if let Some(unit) = units.of.get_mut(*member) {
                    *unit = number;
                }
            }
        }
        units
    }

    /// Cuts a group that is too large: each relationship takes the units of its ends along into the
    /// current part, and units that no relationship took follow. Returns the relationships whose
    /// ends came to lie in different parts.
    ///
    /// For example, the relationships `r0`, `r1` and `r2` link the sightings `s0`, `s1` and `s2` to
    /// the indicator `i`, each entity is a unit of its own, and a part has at most 5 entities:
    ///
    /// 1. `r0` takes `s0` and `i` along. The current part is `i r0 s0`.
    /// 2. `r1` takes `s1` along, since `i` is there. The current part is `i r0 s0 r1 s1`.
    /// 3. `r2` and `s2` do not fit beside `i`, so `r2` takes nothing along.
    /// 4. `s2` follows in a new part, and `r2`, whose ends are in two parts, is returned.
    fn cut_group(&mut self, group: &[usize], units: &Units) -> Vec<usize> {
        // The number of the part of each unit; none if its relationships do not fit.
        let mut placed: HashMap<usize, Option<usize>> = HashMap::new();
        self.parts.push(Vec::new());
        for place in group {
            let unit = units.of(*place);
            if !self.is_link(*place) || placed.contains_key(&unit) {
                continue;
            }
            let Some(taken) = self.taken_along(unit, units, &placed) else {
                placed.insert(unit, None);
                continue;
            };
            let mut members: Vec<usize> =
                taken.iter().flat_map(|unit| units.members(*unit)).copied().collect();
            members.sort_unstable();
            self.add_group(&members);
            placed.extend(taken.into_iter().map(|unit| (unit, Some(self.parts.len()))));
        }
        let mut loose = Vec::new();
        for place in group {
            let unit = units.of(*place);
            // From here on a number only says that the unit is done.
            if placed.insert(unit, Some(0)).flatten().is_some() {
                continue;
            }
            let (links, others): (Vec<usize>, Vec<usize>) =
                units.members(unit).iter().partition(|member| self.is_link(**member));
            loose.extend(links);
            if !others.is_empty() {
                self.add_group(&others);
            }
        }
        self.parts.retain(|part| !part.is_empty());
        loose
    }

    /// Returns the units that go into a part together with the relationships of one, besides those
    /// that the current part has: none if other parts have some of them, or if they do not fit.
    ///
    /// They fit if the current part has room for them. If none of them is in it yet, a new part may
    /// begin with them, and they fit unless they are more than a whole part holds.
    ///
    /// In the example of [`Plan::cut_group`], the units taken are `r0`, `s0` and `i` for `r0`,
    /// which may begin a part; `r1` and `s1` for `r1`, because the current part has `i` and room
    /// for two; and none for `r2`, because the part that has `i` is full. A unit with a
    /// relationship in it, such as `r1` with feedback on it, takes along what that relationship
    /// links.
    fn taken_along(
        &self,
        unit: usize,
        units: &Units,
        placed: &HashMap<usize, Option<usize>>,
    ) -> Option<Vec<usize>> {
        let current = self.parts.len();
        let room = self.most - self.parts.last().map_or(0, Vec::len);
        let (mut taken, mut count, mut is_begun) = (Vec::new(), 0, false);
        let (mut seen, mut next) = (HashSet::from([unit]), vec![unit]);
        while let Some(unit) = next.pop() {
            match placed.get(&unit) {
                Some(Some(part)) if *part == current => is_begun = true,
                Some(_) => return None,
                None => {
                    let members = units.members(unit);
                    count += members.len();
                    taken.push(unit);
                    let links = members.iter().filter(|member| self.is_link(**member));
                    let ends = links.flat_map(|link| self.targets(*link)).map(|end| units.of(*end));
                    next.extend(ends.filter(|unit| seen.insert(*unit)));
                }
            }
            if count > if is_begun { room } else { self.most } {
                return None;
            }
        }
        Some(taken)
    }

    /// Puts a relationship into a part with copies of all that it refers to, if the service can
    /// know these again.
    fn add_loose(&mut self, link: usize) {
        let (mut seen, mut next) = (HashSet::from([link]), vec![link]);
        let mut needed = Vec::new();
        while let Some(place) = next.pop() {
            let entity = self.entities.get(place).map(EntityView::from);
            let is_recognised = entity.is_some_and(|entity| !entity.external_ids().is_empty());
            needed.push(place);
            if needed.len() > self.most || (place != link && !is_recognised) {
                self.left_out.push(link);
                return;
            }
            next.extend(self.targets(place).iter().copied().filter(|target| seen.insert(*target)));
        }
        needed.sort_unstable();
        let missing = |part: &Vec<usize>| needed.iter().filter(|place| !part.contains(place)).count();
        if self.copied.last().is_none_or(|part| part.len() + missing(part) > self.most) {
            self.copied.push(Vec::new());
        }
        if let Some(part) = self.copied.last_mut() {
            needed.retain(|place| !part.contains(place));
            part.extend(needed);
        }
    }

    /// Returns the transient ids that an entity names in a part which does not have them.
    fn dangling(&self) -> Vec<EntityId> {
        let id = |place: &usize| self.entities.get(*place).and_then(|entity| EntityView::from(entity).id());
        let mut dangling = Vec::new();
        let mut seen = HashSet::new();
        for part in self.parts.iter().chain(&self.copied) {
            let ids: HashSet<&EntityId> = part.iter().filter_map(id).collect();
            for target in part.iter().flat_map(|place| self.targets(*place)).filter_map(id) {
                if target.is_transient() && !ids.contains(target) && seen.insert(target) {
                    dangling.push(target.clone());
                }
            }
        }
        dangling
    }
}

/// Entities that go into the same part.
struct Units {
    /// The number of the unit of each entity.
    of: Vec<usize>,
    members: Vec<Vec<usize>>,
}

impl Units {
    fn of(&self, place: usize) -> usize {
        self.of.get(place).copied().unwrap_or_default()
    }

    fn members(&self, unit: usize) -> &[usize] {
        self.members.get(unit).map_or(&[], Vec::as_slice)
    }
}

/// Returns the places of the entities to which each one refers, as far as they are in the bundle.
fn targets(entities: &[Entity]) -> Vec<Vec<usize>> {
    let places: HashMap<&EntityId, usize> =
        entities.iter().enumerate().filter_map(|(place, entity)| Some((entity.id()?, place))).collect();
    let references = entities.iter().map(|entity| EntityView::from(entity).references());
    references
        .map(|all| all.iter().filter_map(|reference| places.get(reference.id).copied()).collect())
        .collect()
}

fn pick(entities: &[Entity], places: &[usize]) -> Vec<Entity> {
    places.iter().filter_map(|place| entities.get(*place)).cloned().collect()
}

fn relationship(entity: &Entity) -> Option<&Relationship> {
    match entity {
        Entity::Relationship(relationship) => Some(relationship),
        _ => None,
    }
}

#[cfg(test)]
#[cfg(feature = "builders")]
mod tests {
    use super::*;
    use crate::List;
    use crate::bundle::test_data::{
        bundle, feedback, id, judged, judgement, link, linked, names, verdict_of,
    };

    #[test]
    fn splitting_keeps_linked_entities_together() {
        let mut whole = linked(40, 10);
        whole.sighting_refs = List::from([id("x")]);
        let count = whole.len();
        let split = whole.split_for_import(30);
        assert!(split.left_out.is_empty());
        assert_eq!(split.bundles.iter().map(Bundle::len).sum::<usize>(), count);
        for (place, bundle) in split.bundles.iter().enumerate() {
            assert!(bundle.len() <= 30, "{}", bundle.len());
            assert!(bundle.check_references().is_valid());
            assert_eq!(bundle.sighting_refs.is_present(), place == 0);
            assert_eq!(bundle.source, "test");
        }
    }

    #[test]
    fn what_is_too_large_to_stay_together_is_cut_and_nothing_dangles() {
        let whole = linked(50, 1);
        let ids: HashSet<String> = names(&whole).into_iter().map(str::to_owned).collect();
        let split = whole.split_for_import(20);
        let mut found: HashSet<String> = HashSet::new();
        for bundle in &split.bundles {
            assert!(bundle.len() <= 20);
            assert!(bundle.check_references().is_valid());
            found.extend(names(bundle).into_iter().map(str::to_owned));
        }
        found.extend(
            split.left_out.iter().map(|link| link.id.as_str().trim_start_matches("transient:").to_owned()),
        );
        assert_eq!(found, ids);
        // Sightings have no external id here, so links to the one indicator in another part are
        // left out.
        assert!(!split.left_out.is_empty());
    }

    #[test]
    fn a_group_is_cut_as_its_example_says() {
        let split = linked(3, 1).split_for_import(5);
        let parts: Vec<_> = split.bundles.iter().map(names).collect();
        assert_eq!(parts, [vec!["i0", "r0", "r1", "s0", "s1"], vec!["s2"]]);
        let left_out: Vec<_> = split.left_out.iter().map(|link| link.id.clone()).collect();
        assert_eq!(left_out, [id("r2")]);
    }

    #[test]
    fn ends_with_external_ids_are_copied_rather_than_links_left_out() {
        let mut whole = linked(50, 1);
        for (number, sighting) in whole.sightings.iter_mut().enumerate() {
            sighting.external_ids = List::from([format!("s{number}")]);
        }
        let split = whole.split_for_import(20);
        assert!(split.left_out.is_empty());
        assert!(
            split.bundles.iter().all(|bundle| bundle.len() <= 20 && bundle.check_references().is_valid())
        );
        let links: usize = split.bundles.iter().map(|bundle| bundle.relationships.len()).sum();
        assert_eq!(links, 50);
    }

    #[test]
    fn an_empty_bundle_splits_into_itself() {
        let split = bundle().split_for_import(IMPORT_LIMIT);
        assert_eq!(split.bundles, [bundle()]);
    }

    #[test]
    fn judgements_and_their_verdicts_stay_together() {
        let mut whole = linked(1, 1);
        whole.verdicts.push(verdict_of(&judgement("j")));
        whole.judgements.push(judgement("j"));
        let split = whole.split_for_import(3);
        assert_eq!(split.bundles.len(), 2);
        assert!(split.bundles.iter().all(|bundle| bundle.check_references().is_valid()));
    }

    #[test]
    fn entities_that_refer_to_each_other_by_fields_stay_together_in_a_cut_group() {
        let whole = judged(10);
        let count = whole.len();
        let split = whole.split_for_import(12);
        for part in &split.bundles {
            assert!(part.len() <= 12, "{}", part.len());
            assert!(part.check_references().is_valid(), "{}", part.check_references());
        }
        let placed: usize = split.bundles.iter().map(Bundle::len).sum();
        assert_eq!(placed + split.left_out.len(), count);
        assert!(!split.left_out.is_empty());
        assert_eq!(split.dangling, []);
    }

    #[test]
    fn references_that_a_cut_breaks_are_told() {
        let mut whole = bundle();
        whole.judgements.push(judgement("j"));
        whole.verdicts = List::from(vec![verdict_of(&judgement("j")); 8]);
        let split = whole.split_for_import(4);
        let broken: usize = split.bundles.iter().map(|part| part.check_references().errors().count()).sum();
        assert!(broken > 0);
        assert_eq!(split.dangling, [id("j")]);
    }

    #[test]
    fn feedback_on_a_relationship_stays_with_it_or_is_told() {
        let mut whole = linked(12, 1);
        for number in 0..12 {
            whole.feedbacks.push(feedback(&format!("f{number}"), &format!("r{number}")));
        }
        let count = whole.len();
        let split = whole.split_for_import(10);
        assert_eq!(split.bundles.iter().map(Bundle::len).sum::<usize>() + split.left_out.len(), count);
        assert_eq!(split.bundles[0].feedbacks.len(), 3);
        let left_out: Vec<_> = split.left_out.iter().map(|link| link.id.clone()).collect();
        assert_eq!(split.dangling, left_out);
    }

    #[test]
    fn a_relationship_that_another_one_links_is_in_one_part_only() {
        for most in 3..12 {
            let mut whole = linked(6, 1);
            // Before those that they link, and behind them.
            whole.relationships.as_mut_vec().insert(0, link("a", "r1", "r0"));
            whole.relationships.push(link("z", "r5", "a"));
            let all: BTreeSet<String> = names(&whole).into_iter().map(str::to_owned).collect();
            let split = whole.split_for_import(most);
            let mut found: Vec<&str> = split.bundles.iter().flat_map(names).collect();
            found.extend(split.left_out.iter().map(|link| link.id.as_str().trim_start_matches("transient:")));
            found.sort_unstable();
            assert_eq!(found, all.iter().map(String::as_str).collect::<Vec<_>>(), "{most}");
            assert!(split.bundles.iter().all(|part| part.len() <= most));
            assert!(split.bundles.iter().all(|part| part.check_references().is_valid()));
        }
    }

    #[test]
    fn what_a_copied_end_refers_to_is_copied_with_it() {
        for has_ids in [false, true] {
            let mut whole = linked(12, 1);
            for (number, sighting) in whole.sightings.iter_mut().enumerate() {
                sighting.external_ids = List::from([format!("s{number}")]);
            }
            for number in 0..12 {
                let name = format!("n{number}");
                let mut note = feedback(&name, &format!("s{number}"));
                note.external_ids = if has_ids { List::from([name.clone()]) } else { List::absent() };
                whole.feedbacks.push(note);
                whole.relationships.push(link(&format!("x{number}"), &name, "i0"));
            }
            let split = whole.split_for_import(10);
            assert_eq!(split.left_out.is_empty(), has_ids);
            assert_eq!(split.dangling, []);
            assert!(split.bundles.iter().all(|part| part.len() <= 10 && part.check_references().is_valid()));
        }
    }
}
