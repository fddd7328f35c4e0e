//! Verdict.

use super::judgement::check_disposition;
use crate::id::EntityId;
use crate::validate::Walk;
use crate::vocabulary::{DispositionName, DispositionNumber};
use crate::{Observable, ValidTime};

structure! {
    /// The disposition that all judgements on an observable come to. It has neither an id nor a schema version.
    pub struct Verdict is "Verdict" checked by verdict_disposition_matches {
        constant "type" = "verdict";
        /// What the observable is held to be, as a number. Required.
        required disposition: DispositionNumber;
        /// The observable. Required.
        required observable: Observable;
        /// The span in which the entity holds; may be empty. Required.
        required valid_time: ValidTime;
        /// What the observable is held to be, as a word; must be the word of the number. Optional.
        optional disposition_name: DispositionName;
        /// The judgement that decided. Optional.
        optional judgement_id: EntityId;
    }
}

fn verdict_disposition_matches(verdict: &Verdict, walk: &mut Walk<'_>) {
    check_disposition(Some(verdict.disposition), verdict.disposition_name.as_ref(), walk);
}

impl crate::any_entity::EntityStructure for Verdict {
    const ENTITY_TYPE: crate::entity_type::EntityType = crate::entity_type::EntityType::Verdict;

    fn id(&self) -> Option<&EntityId> {
        None
    }

    fn external_ids(&self) -> &[String] {
        &[]
    }
}
