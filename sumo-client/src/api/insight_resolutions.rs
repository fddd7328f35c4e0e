//! The resolutions with which insights are closed.

use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::page::Page;

group! {
    /// The resolutions of insights: the four built-in ones and those that the tenant has below
    /// them.
    InsightResolutions by insight_resolutions
}

impl InsightResolutions {
    /// Lists the resolutions.
    pub fn list(&self) -> ListInsightResolutions {
        ListInsightResolutions {
            call: Call::get(&self.client, "GetInsightResolutions", "/insight-resolutions", &[]),
        }
    }

    /// One resolution.
    pub fn get(&self, id: u64) -> Call<InsightResolution> {
        let id = id.to_string();
        Call::get(&self.client, "GetInsightResolution", "/insight-resolutions/{id}", &[&id])
    }

    /// Changes the tenant: creates a resolution below a built-in one.
    pub fn create(&self, resolution: &NewInsightResolution) -> Call<InsightResolution> {
        Call::post(&self.client, "CreateInsightResolution", "/insight-resolutions", &[]).fields(resolution)
    }

    /// Changes the tenant: sets the description of a resolution.
    pub fn update(&self, id: u64, resolution: &InsightResolutionUpdate) -> Call<InsightResolution> {
        let id = id.to_string();
        Call::put(&self.client, "UpdateInsightResolution", "/insight-resolutions/{id}", &[&id])
            .fields(resolution)
    }

    /// Changes the tenant: deletes a resolution.
    pub fn delete(&self, id: u64) -> Call<Acknowledged> {
        let id = id.to_string();
        Call::delete(&self.client, "DeleteInsightResolution", "/insight-resolutions/{id}", &[&id])
    }
}

request! {
    /// The request of [`InsightResolutions::list`].
    ListInsightResolutions lists Page<InsightResolution> {
        /// The number of resolutions to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of resolutions to return: 50 unless set.
        limit: u32 = "limit",
    }
}

request_body! {
    /// A resolution to be created.
    NewInsightResolution {
        [
            /// The name.
            name: String,
        ]
        /// The built-in resolution above it: 1 resolved, 2 false positive, 3 no action, 4
        /// duplicate.
        parent_id: u64,
        /// The description.
        description: String,
    }
}

request_body! {
    /// New settings of a resolution.
    InsightResolutionUpdate {
        /// The description.
        description: String,
    }
}

model! {
    /// A resolution of insights.
    InsightResolution {
        [
            /// The id; a number, unlike all other ids.
            id: u64,
        ]
        /// The name, such as `False Positive`.
        name: String,
        /// The description.
        description: Option<String>,
        /// The source: `sumo` for the built-in ones.
        source: String,
        /// The built-in resolution above it.
        parent: Option<ResolutionParent>,
    }
}

model! {
    /// The built-in resolution above one of the tenant.
    ResolutionParent {
        [
            /// The id.
            id: u64,
        ]
        /// The name.
        name: String,
    }
}
