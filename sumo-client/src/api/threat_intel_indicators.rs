//! Indicators of threat intelligence in Cloud SIEM.

use crate::api::match_lists::{ItemMeta, ListItemUpdate};
use crate::api::threat_intel_sources::ThreatIntelSource;
use crate::api::{Acknowledged, group, model, request};
use crate::call::Call;
use crate::envelope;
use crate::model::open_enum;
use crate::page::{Page, TokenPage};
use crate::query::Query;
use crate::timestamp::Timestamp;

group! {
    /// The indicators of all sources of threat intelligence of the tenant.
    ThreatIntelIndicators by threat_intel_indicators
}

impl ThreatIntelIndicators {
    /// Lists indicators.
    pub fn list(&self) -> ListThreatIntelIndicators {
        ListThreatIntelIndicators {
            call: Call::get(&self.client, "GetThreatIntelIndicators", "/threat-intel-indicators", &[]),
        }
    }

    /// Lists any number of indicators, page after page by a token that lives one minute.
    pub fn list_all(&self) -> ListAllThreatIntelIndicators {
        ListAllThreatIntelIndicators {
            call: Call::get(&self.client, "GetAllThreatIntelIndicators", "/threat-intel-indicators/all", &[])
                .decoded_by(envelope::decode_token_page),
        }
    }

    /// One indicator.
    pub fn get(&self, id: &str) -> GetThreatIntelIndicator {
        GetThreatIntelIndicator {
            call: Call::get(&self.client, "GetThreatIntelIndicator", "/threat-intel-indicators/{id}", &[id]),
        }
    }

    /// Changes the tenant: sets an indicator anew.
    pub fn update(&self, id: &str, indicator: &ListItemUpdate) -> Call<ThreatIntelIndicator> {
        Call::put(&self.client, "UpdateThreatIntelIndicator", "/threat-intel-indicators/{id}", &[id])
            .fields(indicator)
    }

    /// Changes the tenant: deletes an indicator.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteThreatIntelIndicator", "/threat-intel-indicators/{id}", &[id])
    }
}

request! {
    /// The request of [`ThreatIntelIndicators::list`].
    ListThreatIntelIndicators lists Page<ThreatIntelIndicator> {
        /// Only indicators that match this filter.
        q: into Query = "q",
        /// Only indicators with this value.
        value: into String = "value",
        /// Only indicators of these sources.
        source_ids: each String = "sourceIds",
        /// Only indicators of the source with this name.
        source_name: into String = "sourceName",
        /// How many indicators to skip: 0 unless set.
        offset: u64 = "offset",
        /// How many indicators to give: 50 unless set.
        limit: u32 = "limit",
        /// The parts to add.
        expand: list IndicatorPart = "expand",
    }
}

request! {
    /// The request of [`ThreatIntelIndicators::list_all`].
    ListAllThreatIntelIndicators lists TokenPage<ThreatIntelIndicator> {
        /// Only indicators that match this filter.
        q: into Query = "q",
        /// Only indicators with this value.
        value: into String = "value",
        /// Only indicators of these sources.
        source_ids: each String = "sourceIds",
        /// Only indicators of the source with this name.
        source_name: into String = "sourceName",
        /// Continues after an earlier page.
        next_page_token: into String = "nextPageToken",
        /// The parts to add.
        expand: list IndicatorPart = "expand",
    }
}

request! {
    /// The request of [`ThreatIntelIndicators::get`].
    GetThreatIntelIndicator -> ThreatIntelIndicator {
        /// The parts to add.
        expand: list IndicatorPart = "expand",
    }
}

open_enum! {
    /// A part of an indicator that can be asked for.
    IndicatorPart {
        /// Its source.
        Source = "source",
    }
}

model! {
    /// An indicator of threat intelligence.
    ThreatIntelIndicator {
        [
            /// The id.
            id: String,
        ]
        /// The value.
        value: String,
        /// Whether it is in use.
        active: bool,
        /// When it ends.
        expiration: Option<Timestamp>,
        /// What it is for, and who put it there.
        meta: Option<ItemMeta>,
        /// Its source; only when asked for.
        source: Option<ThreatIntelSource>,
    }
}
