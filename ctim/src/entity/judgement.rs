//! Judgement, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::report::Rule;
use crate::time::Time;
use crate::validate::Walk;
use crate::vocabulary::{DispositionName, DispositionNumber, HighMedLow, Severity, Tlp};
use crate::{ExternalReference, Observable, ValidTime};

entity! {
    /// What one source holds one observable to be, for a time. It has no title and no description; `reason` says
    /// why.
    pub struct Judgement is "Judgement", "judgement", created as NewJudgement is "NewJudgement" checked by disposition_matches, new_disposition_matches {
        /// How sure the source is. Required.
        required confidence: HighMedLow;
        /// What the observable is held to be, as a number. Required, but not in the form for creation.
        defaulted disposition: DispositionNumber;
        /// What the observable is held to be, as a word; must be the word of the number. Required, but not in the
        /// form for creation.
        defaulted disposition_name: DispositionName;
        /// The observable. Required.
        required observable: Observable;
        /// How much the judgement counts against others: by convention 100 for people, 95 for curated lists and
        /// at most 90 for automatic systems. Required; from 0 to 100 by convention.
        required priority: i64 as Priority;
        /// How bad it is. Required.
        required severity: Severity;
        /// Who or what states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The span in which the entity holds; may be empty. Required, but not in the form for creation.
        defaulted valid_time: ValidTime;
        /// Why this is stated. Optional; at most 1024 UTF-16 units.
        optional reason: String as ShortString;
        /// Link to the reason. Optional; a URI of at most 2048 UTF-16 units.
        optional reason_uri: String as Uri;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
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
