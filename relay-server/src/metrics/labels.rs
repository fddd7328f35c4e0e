//! The closed sets of words that label the metrics.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

/// Defines a closed set of words as an enum that lists all of them.
macro_rules! labels {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $word_doc:literal])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub(crate) enum $name {
            $($(#[doc = $word_doc])* $variant,)+
        }

        impl $name {
            /// All words of the set.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                EncodeLabelValue::encode(&self.as_str(), encoder)
            }
        }
    )+};
}

labels! {
    /// The completeness of an answer about observables, the best first.
    Completeness {
        /// All that Cloud SIEM holds is in it.
        Complete = "complete",
        /// Cloud SIEM holds more than an answer may.
        MoreFound = "more_found",
        /// A part was not searched, or could not be read.
        Incomplete = "incomplete",
        /// No search succeeded.
        Failed = "failed",
    }

    /// The source of the outcome of a search.
    SearchSource {
        /// A call of its own.
        Call = "call",
        /// Memory, or an equal search that was under way.
        Shared = "shared",
    }

    /// The kinds of searches.
    SearchKind {
        /// For insights.
        Insights = "insights",
        /// For signals.
        Signals = "signals",
    }

    /// The lists of answers.
    ListName {
        Sightings = "sightings",
        Indicators = "indicators",
        Relationships = "relationships",
        Judgements = "judgements",
        Verdicts = "verdicts",
    }

    /// The kinds of objects that Cloud SIEM finds for an observable.
    FoundKind {
        Insight = "insight",
        Signal = "signal",
    }

    /// The reasons for which an object that Cloud SIEM found is left out of an answer.
    LeftOutReason {
        /// The value is only inside other values.
        Inside = "inside",
        /// The value is not shown, and may have been read as a query.
        Query = "query",
        /// The value may be in records that did not come.
        Unread = "unread",
    }

    /// The kinds of response actions, as ids, logs and metrics name them.
    ActionKind {
        MatchListAdd = "match-list-add",
        MatchListRemove = "match-list-remove",
        SuppressListAdd = "suppress-list-add",
        SuppressListRemove = "suppress-list-remove",
        ThreatIntelAdd = "threat-intel-add",
        ThreatIntelRemove = "threat-intel-remove",
        ThreatIntelAddPlatform = "threat-intel-add-platform",
        ThreatIntelRemovePlatform = "threat-intel-remove-platform",
        InsightComment = "insight-comment",
        InsightProgress = "insight-progress",
        EntityTag = "entity-tag",
        EntityUntag = "entity-untag",
        EntityCriticality = "entity-criticality",
        EntityNoCriticality = "entity-no-criticality",
        EntitySuppress = "entity-suppress",
        EntityUnsuppress = "entity-unsuppress",
        /// An id that no action has.
        Unknown = "unknown",
    }

    /// The results of a trigger of an action.
    ActionResult {
        /// Something was written.
        Done = "done",
        /// All was so already.
        Already = "already",
        /// A switch is off, or the trigger is wrong.
        Refused = "refused",
        /// Nothing was written.
        Failed = "failed",
        /// A write was sent that may have been carried out, or not.
        Unknown = "unknown",
    }

    /// The results of a write to Cloud SIEM.
    WriteResult {
        Done = "done",
        /// The object is gone.
        Gone = "gone",
        Failed = "failed",
        /// It may have been carried out, or not.
        Unknown = "unknown",
    }
}

impl ListName {
    /// The lists that sightings and their groups fill, which are cut at their limit.
    pub(crate) const OF_SIGHTINGS: [Self; 3] = [Self::Sightings, Self::Indicators, Self::Relationships];
}
