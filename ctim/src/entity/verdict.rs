//! Verdict.

use super::judgement::check_disposition;
use crate::id::EntityId;
use crate::validator::Validator;
use crate::vocabulary::{Disposition, DispositionName, DispositionNumber};
use crate::{Observable, ValidTime};

structure! {
    /// The disposition that all judgements on an observable come to. It has neither an id nor a
    /// schema version.
    pub struct Verdict is "Verdict" checked by verdict_disposition_matches {
        constant "type" = "verdict";
        /// The disposition of the observable, as a number. Required.
        required disposition: DispositionNumber;
        /// The observable. Required.
        required observable: Observable;
        /// The span in which the entity holds; may be empty. Required.
        required valid_time: ValidTime;
        /// The disposition of the observable, as a word; must be the word of the number. Optional.
        optional disposition_name: DispositionName;
        /// The judgement that decided. Optional.
        optional judgement_id: EntityId;
    }
}

impl Verdict {
    /// Returns the disposition, if its number is listed.
    #[must_use]
    pub fn known_disposition(&self) -> Option<Disposition> {
        Disposition::from_number(self.disposition.number())
    }

    /// Sets number and word of the disposition.
    pub fn set_disposition(&mut self, disposition: Disposition) {
        self.disposition = disposition.number();
        self.disposition_name = Some(disposition.name());
    }
}

#[cfg(feature = "builders")]
impl<S: verdict_builder::State> VerdictBuilder<S> {
    /// Sets number and word of the disposition, which then go together.
    pub fn judged(
        self,
        disposition: Disposition,
    ) -> VerdictBuilder<verdict_builder::SetDispositionName<verdict_builder::SetDisposition<S>>>
    where
        S::Disposition: verdict_builder::IsUnset,
        S::DispositionName: verdict_builder::IsUnset,
    {
        self.disposition(disposition).disposition_name(disposition)
    }
}

fn verdict_disposition_matches(verdict: &Verdict, validator: &mut Validator<'_>) {
    check_disposition(Some(verdict.disposition), verdict.disposition_name.as_ref(), validator);
}

impl crate::structure::EntityStructure for Verdict {
    const ENTITY_TYPE: crate::entity_type::EntityType = crate::entity_type::EntityType::Verdict;

    fn id(&self) -> Option<&EntityId> {
        None
    }

    fn external_ids(&self) -> &[String] {
        &[]
    }
}
