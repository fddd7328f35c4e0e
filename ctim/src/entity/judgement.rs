//! Judgement, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::report::Rule;
use crate::time::Time;
use crate::validator::Validator;
use crate::vocabulary::{Disposition, DispositionName, DispositionNumber, HighMedLow, Severity, Tlp};
use crate::{ExternalReference, Observable, ValidTime};

entity! {
    /// The opinion of one source about one observable, for a time. It has no title and no
    /// description; `reason` says why.
    pub struct Judgement is "Judgement", "judgement", created as NewJudgement is "NewJudgement" checked by disposition_matches, new_disposition_matches {
        /// The confidence of the source. Required.
        required confidence: HighMedLow;
        /// The disposition of the observable, as a number. Required, but not in the form for
        /// creation.
        defaulted disposition: DispositionNumber;
        /// The disposition of the observable, as a word; must be the word of the number. Required,
        /// but not in the form for creation.
        defaulted disposition_name: DispositionName;
        /// The observable. Required.
        required observable: Observable;
        /// The weight of the judgement against others: by convention 100 for people, 95 for curated
        /// lists and at most 90 for automatic systems. Required; from 0 to 100 by convention.
        required priority: i64 as Priority;
        /// The severity. Required.
        required severity: Severity;
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The span in which the entity holds; may be empty. Required, but not in the form for
        /// creation.
        defaulted valid_time: ValidTime;
        /// The reason for this statement. Optional; at most 1024 UTF-16 units.
        optional reason: String as ShortString;
        /// Link to the reason. Optional; a URI of at most 2048 UTF-16 units.
        optional reason_uri: String as Uri;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

impl Judgement {
    /// Returns the disposition, if its number is listed.
    #[must_use]
    pub fn known_disposition(&self) -> Option<Disposition> {
        Disposition::from_number(self.disposition.number())
    }

    /// Sets number and word of the disposition.
    pub fn set_disposition(&mut self, disposition: Disposition) {
        self.disposition = disposition.number();
        self.disposition_name = disposition.name();
    }
}

#[cfg(feature = "builders")]
impl<S: judgement_builder::State> JudgementBuilder<S> {
    /// Sets number and word of the disposition, which then go together.
    pub fn judged(
        self,
        disposition: Disposition,
    ) -> JudgementBuilder<judgement_builder::SetDispositionName<judgement_builder::SetDisposition<S>>>
    where
        S::Disposition: judgement_builder::IsUnset,
        S::DispositionName: judgement_builder::IsUnset,
    {
        self.disposition(disposition).disposition_name(disposition)
    }
}

#[cfg(feature = "builders")]
impl<S: new_judgement_builder::State> NewJudgementBuilder<S> {
    /// Sets number and word of the disposition, which then go together.
    pub fn judged(
        self,
        disposition: Disposition,
    ) -> NewJudgementBuilder<
        new_judgement_builder::SetDispositionName<new_judgement_builder::SetDisposition<S>>,
    >
    where
        S::Disposition: new_judgement_builder::IsUnset,
        S::DispositionName: new_judgement_builder::IsUnset,
    {
        self.disposition(disposition).disposition_name(disposition)
    }
}

fn disposition_matches(judgement: &Judgement, validator: &mut Validator<'_>) {
    check_disposition(Some(judgement.disposition), Some(&judgement.disposition_name), validator);
}

fn new_disposition_matches(judgement: &NewJudgement, validator: &mut Validator<'_>) {
    check_disposition(judgement.disposition, judgement.disposition_name.as_ref(), validator);
}

/// Reports a number and a word of different dispositions, which Cisco's service refuses.
pub(super) fn check_disposition(
    number: Option<DispositionNumber>,
    word: Option<&DispositionName>,
    validator: &mut Validator<'_>,
) {
    let (Some(number), Some(word)) = (number, word) else { return };
    let expected = number.name();
    if word.is_known() && expected.is_some_and(|expected| expected != *word) {
        let detail = format!("disposition {number} does not go with the word {:?}", word.as_str());
        validator.error(Rule::Disposition, detail);
    }
}
