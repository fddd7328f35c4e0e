//! Sources of threat intelligence in Cloud SIEM. Newer tenants keep theirs in the
//! [threat intelligence datastore](crate::api::threat_intel_datastore).

use serde::Serialize;

use crate::api::match_lists::NewListItem;
use crate::api::{Acknowledged, SortDirection, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;
use crate::timestamp::Timestamp;

group! {
    /// The sources of threat intelligence of the tenant.
    ThreatIntelSources by threat_intel_sources
}

impl ThreatIntelSources {
    /// Lists the sources.
    pub fn list(&self) -> ListThreatIntelSources {
        ListThreatIntelSources {
            call: Call::get(&self.client, "GetThreatIntelligenceSources", "/threat-intel-sources", &[]),
        }
    }

    /// One source.
    pub fn get(&self, id: &str) -> Call<ThreatIntelSource> {
        Call::get(&self.client, "GetThreatIntelSource", "/threat-intel-sources/{id}", &[id])
    }

    /// Changes the tenant: creates a source.
    pub fn create(&self, source: &NewThreatIntelSource) -> Call<ThreatIntelSource> {
        Call::post(&self.client, "CreateThreatIntelSource", "/threat-intel-sources", &[]).fields(source)
    }

    /// Changes the tenant: adds indicators to a source. Send at most 50 at a time, which is known to work.
    pub fn add_indicators(&self, source_id: &str, indicators: &[NewListItem]) -> Call<Acknowledged> {
        #[derive(Serialize)]
        struct Indicators<'a> {
            indicators: &'a [NewListItem],
        }
        let path = "/threat-intel-sources/{threatIntelSourceId}/items";
        Call::post(&self.client, "AddIndicatorToThreatIntelSource", path, &[source_id])
            .json(&Indicators { indicators })
    }
}

request! {
    /// The request of [`ThreatIntelSources::list`].
    ListThreatIntelSources lists Page<ThreatIntelSource> {
        /// How many sources to skip: 0 unless set.
        offset: u64 = "offset",
        /// How many sources to give: 50 unless set.
        limit: u32 = "limit",
        /// The member to sort by.
        sort: into String = "sort",
        /// The direction to sort in: ascending unless set.
        sort_direction: into SortDirection = "sortDir",
    }
}

open_enum! {
    /// What feeds a source.
    ThreatIntelSourceType {
        /// Anomali.
        Anomali = "ANOMALI",
        /// The tenant itself.
        Custom = "CUSTOM",
        /// iDefense.
        Idefense = "IDEFENSE",
        /// A TAXII server.
        Taxii = "TAXII",
        /// ThreatQ.
        Threatq = "THREATQ",
    }
}

request_body! {
    /// A source to be created.
    NewThreatIntelSource {
        [
            /// The name.
            name: String,
        ]
        /// What it is for.
        description: String,
    }
}

model! {
    /// A source of threat intelligence.
    ThreatIntelSource {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// What feeds it.
        source_type: Option<ThreatIntelSourceType>,
        /// When it was created.
        created: Option<Timestamp>,
        /// Who created it.
        created_by: Option<String>,
        /// When it was last changed.
        last_updated: Option<Timestamp>,
        /// Who last changed it.
        last_updated_by: Option<String>,
    }
}
