//! Health events: problems of collectors, sources and budgets. Part of the platform API.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::{group, model, request};
use crate::call::Call;
use crate::listing::{ListPage, PageParts, Paging};
use crate::model::{null_as_default, open_enum};
use crate::timestamp::Timestamp;

group! {
    /// The health events of the tenant. Any valid key may list them, so a list of one is a good
    /// check of credentials.
    HealthEvents by health_events
}

impl HealthEvents {
    /// Lists the health events that are not resolved.
    pub fn list(&self) -> ListHealthEvents {
        ListHealthEvents {
            call: Call::platform(&self.client, "listAllHealthEvents", Method::GET, "/healthEvents", &[]),
        }
    }

    /// Lists the health events of these resources that are not resolved.
    pub fn list_for(&self, resources: &[ResourceIdentity]) -> ListHealthEvents {
        #[derive(Serialize)]
        struct Resources<'a> {
            data: &'a [ResourceIdentity],
        }
        let path = "/healthEvents/resources";
        let call = Call::platform(&self.client, "listAllHealthEventsForResources", Method::POST, path, &[]);
        // It only reads, although it is a POST.
        ListHealthEvents { call: call.json(&Resources { data: resources }).repeatable(true) }
    }
}

request! {
    /// The request of [`HealthEvents::list`] and [`HealthEvents::list_for`].
    ListHealthEvents lists HealthEventPage {
        /// The maximum number of events to return, 1 to 1000: 100 unless set.
        limit: u32 = "limit",
        /// Continues after an earlier page, see [`HealthEventPage::next`].
        token: into String = "token",
    }
}

/// A page of health events.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct HealthEventPage {
    /// The events.
    #[serde(deserialize_with = "null_as_default")]
    pub data: Vec<HealthEvent>,
    /// Asks for the next page; absent on the last one.
    #[serde(default)]
    pub next: Option<String>,
}

impl crate::sealed::Sealed for HealthEventPage {}

impl ListPage for HealthEventPage {
    type Item = HealthEvent;

    const PAGING: Paging = Paging::Token("token");

    fn into_parts(self) -> PageParts<HealthEvent> {
        PageParts { items: self.data, total: None, has_next_page: None, token: self.next }
    }
}

open_enum! {
    /// The severity of a health event.
    HealthSeverity {
        /// Something does not work.
        Error = "Error",
        /// Something may stop working.
        Warning = "Warning",
    }
}

model! {
    /// A health event that is not resolved.
    HealthEvent {
        [
            /// The id, a UUID.
            event_id: String,
        ]
        /// The name, such as `InstalledCollectorOffline`.
        event_name: String,
        /// The details of the problem.
        details: HealthEventDetails,
        /// The resource that has the problem.
        resource_identity: ResourceIdentity,
        /// The time at which it was noticed.
        event_time: Option<Timestamp>,
        /// The part of the platform.
        subsystem: Option<String>,
        /// The severity.
        severity_level: Option<HealthSeverity>,
    }
}

model! {
    /// The details of a health event.
    HealthEventDetails {
        /// The tracker that noticed it.
        tracker_id: Option<String>,
        /// The error in short.
        error: Option<String>,
        /// The error in words.
        description: Option<String>,
    }
}

/// A resource of the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ResourceIdentity {
    /// The id, 16 hexadecimal digits.
    #[serde(default)]
    pub id: String,
    /// The kind, such as `Collector` or `Source`.
    #[serde(default, rename = "type")]
    pub resource_type: String,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
