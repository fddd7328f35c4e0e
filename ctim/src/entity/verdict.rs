//! Verdict.

use super::judgement::check_disposition;
use crate::id::EntityId;
use crate::validate::Walk;
use crate::vocabulary::{DispositionName, DispositionNumber};
use crate::{Observable, ValidTime};

structure! {
    /// The one effective disposition of an observable, derived from judgements. Has no id and no schema_version.
    pub struct Verdict is "Verdict" checked by verdict_disposition_matches {
        constant "type" = "verdict";
        /// Disposition number 1 to 5. Required.
        required disposition: DispositionNumber;
        /// The one observable. Required.
        required observable: Observable;
        /// Span in which the object holds. Required.
        required valid_time: ValidTime;
        /// Disposition word; must match the number. Optional.
        optional disposition_name: DispositionName;
        /// Reference to the judgement. Optional.
        optional judgement_id: EntityId;
    }
}

fn verdict_disposition_matches(verdict: &Verdict, walk: &mut Walk<'_>) {
    check_disposition(Some(verdict.disposition), verdict.disposition_name.as_ref(), walk);
}
