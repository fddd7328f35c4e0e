//! Indicators of threat intelligence in Cloud SIEM.

use chrono::{DateTime, Utc};

use crate::api::match_lists::{self, ItemMeta, ListItemUpdate};
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
    /// Lists indicators. Their source is given only when asked for, see
    /// [`ListThreatIntelIndicators::expand`].
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

impl ThreatIntelIndicator {
    /// Returns true if the indicator counts at `now`: it is in use and has not expired.
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        match_lists::is_in_force(self.active, self.expiration.as_ref(), now)
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
        /// The number of indicators to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of indicators to return: 50 unless set.
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
        /// True if it is in use.
        active: bool,
        /// The time at which it expires.
        expiration: Option<Timestamp>,
        /// The description of the indicator, and who created and changed it.
        meta: Option<ItemMeta>,
        /// Its source; only when asked for.
        source: Option<ThreatIntelSource>,
    }
}
