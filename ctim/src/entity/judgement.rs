//! Judgement, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::report::Rule;
use crate::time::Time;
use crate::validate::Walk;
use crate::vocabulary::{DispositionName, DispositionNumber, HighMedLow, Severity, Tlp};
use crate::{ExternalReference, Observable, ValidTime};

entity! {
    /// One source's opinion on one observable, limited in time.
    pub struct Judgement is "Judgement", "judgement", created as NewJudgement is "NewJudgement" checked by disposition_matches, new_disposition_matches {
        /// How sure the producer is. Required.
        required confidence: HighMedLow;
        /// Disposition number 1 to 5. Required, but not in the form for creation.
        defaulted disposition: DispositionNumber;
        /// Disposition word; must match the number. Required, but not in the form for creation.
        defaulted disposition_name: DispositionName;
        /// The one observable. Required.
        required observable: Observable;
        /// Documented range 0 to 100: humans 100, curated lists 95, automated at most 90 (range not enforced
        /// upstream). Required; from 0 to 100 by convention.
        required priority: i64 as Priority;
        /// How bad it is. Required.
        required severity: Severity;
        /// Where the intelligence came from. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Span in which the object holds. Required, but not in the form for creation.
        defaulted valid_time: ValidTime;
        /// Why. Optional; at most 1024 UTF-16 units.
        optional reason: String as ShortString;
        /// Link for the reason. Optional; a URI of at most 2048 UTF-16 units.
        optional reason_uri: String as Uri;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

fn disposition_matches(judgement: &Judgement, walk: &mut Walk<'_>) {
    check_disposition(Some(judgement.disposition), Some(&judgement.disposition_name), walk);
}

fn new_disposition_matches(judgement: &NewJudgement, walk: &mut Walk<'_>) {
    check_disposition(judgement.disposition, judgement.disposition_name.as_ref(), walk);
}

/// Reports a number and a word of different dispositions, which Cisco's service refuses.
pub(super) fn check_disposition(
    number: Option<DispositionNumber>,
    word: Option<&DispositionName>,
    walk: &mut Walk<'_>,
) {
    let (Some(number), Some(word)) = (number, word) else { return };
    let expected = number.name();
    if word.is_known() && expected.is_some_and(|expected| expected != *word) {
        let detail = format!("disposition {number} does not go with the word {:?}", word.as_str());
        walk.error(Rule::Disposition, detail);
    }
}
