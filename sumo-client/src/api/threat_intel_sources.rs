//! Sources of threat intelligence in Cloud SIEM. Newer tenants keep theirs in the
//! [threat intelligence datastore](crate::api::threat_intel_datastore).
//!
//! The vendor lets tenants no longer make new custom sources. Values of a custom source are IP
//! addresses, e-mail addresses, complete URLs, host names without protocol or path, and hashes of
//! 32, 40, 64 or 128 hexadecimal digits (page "Create a custom threat intelligence source").

use futures_util::TryStreamExt as _;
use serde::Serialize;

use crate::api::match_lists::NewListItem;
use crate::api::{Acknowledged, SortDirection, group, model, request, request_body};
use crate::call::Call;
use crate::error::Error;
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

    /// Finds a source by its name, which is compared exactly.
    ///
    /// # Errors
    /// Returns an error if a page of sources cannot be read.
    pub async fn find_by_name(&self, name: &str) -> Result<Option<ThreatIntelSource>, Error> {
        let mut sources = std::pin::pin!(self.list().limit(100).listing().items());
        while let Some(source) = sources.try_next().await? {
            if source.name == name {
                return Ok(Some(source));
            }
        }
        Ok(None)
    }

    /// Changes the tenant: creates a source. Tenants of today are refused.
    pub fn create(&self, source: &NewThreatIntelSource) -> Call<ThreatIntelSource> {
        Call::post(&self.client, "CreateThreatIntelSource", "/threat-intel-sources", &[]).fields(source)
    }

    /// Changes the tenant: adds indicators to a source. Send at most 50 at a time, which is known
    /// to work.
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
        /// The number of sources to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of sources to return: 50 unless set.
        limit: u32 = "limit",
        /// The member to sort by.
        sort: into String = "sort",
        /// The direction to sort in: ascending unless set.
        sort_direction: into SortDirection = "sortDir",
    }
}

open_enum! {
    /// The type of a source.
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
        /// The description.
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
        /// The description.
        description: Option<String>,
        /// The type of the source.
        source_type: Option<ThreatIntelSourceType>,
        /// The time of creation.
        created: Option<Timestamp>,
        /// The user who created it.
        created_by: Option<String>,
        /// The time of the last change.
        last_updated: Option<Timestamp>,
        /// The user who last changed it.
        last_updated_by: Option<String>,
    }
}
