//! The operations of the API, one module a resource group with its models beside its calls.
//!
//! Each group is reached from the [`Client`](crate::Client):
//! [`Client::insights`](crate::Client::insights) gives [`insights::Insights`], and so on.

mod acknowledged;
pub mod automations;
pub mod context_actions;
pub mod counts;
pub mod custom_entity_types;
pub mod custom_insights;
pub mod enrichments;
pub mod entities;
pub mod entity_criticality_configs;
pub mod entity_groups;
pub mod entity_lookup_tables;
pub mod entity_normalization;
pub mod health_events;
pub mod insight_resolutions;
pub(crate) mod insight_severity;
pub mod insight_statuses;
pub mod insights;
pub mod insights_configuration;
pub mod log_mappings;
pub mod match_lists;
pub mod network_blocks;
pub mod rule_tuning_expressions;
pub mod rules;
pub mod signals;
pub mod suppress_lists;
pub mod tag_schemas;
pub mod threat_intel_datastore;
pub mod threat_intel_indicators;
pub mod threat_intel_sources;

pub use acknowledged::Acknowledged;
pub(crate) use acknowledged::is_not_carried_out;
use serde::{Deserialize, Serialize};

/// Defines the handle of a resource group and the method of the client that gives it.
macro_rules! group {
    ($(#[$meta:meta])* $name:ident by $method:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) client: $crate::Client,
        }

        impl $crate::Client {
            $(#[$meta])*
            pub fn $method(&self) -> $name {
                $name { client: self.clone() }
            }
        }
    };
}
pub(crate) use group;

/// Defines the request of an operation that has optional query parameters.
///
/// A parameter is a plain value (`limit: u32`), something made into a value (`q: into Query`), a
/// list joined by commas (`exclude: list InsightPart`), or a list of repeated parameters
/// (`list_ids: each String`). A request that `lists` an answer can be read as a whole.
macro_rules! request {
    (
        $(#[$meta:meta])*
        $name:ident lists $answer:ty { $($params:tt)+ }
    ) => {
        $crate::api::request! {
            $(#[$meta])*
            $name -> $answer { $($params)+ }
        }

        impl $name {
            /// Reads the whole list, page after page, see [`Listing`]($crate::Listing).
            ///
            /// Rows that change while the list is read can be skipped or come twice, above all when
            /// your own program changes them, such as closing insights that are listed by their
            /// status: [`Listing::snapshot`]($crate::Listing::snapshot) reads all of them first.
            pub fn listing(self) -> $crate::Listing<$answer> {
                $crate::Listing::new(self.call)
            }

            /// Returns the items of the whole list, one by one, see [`listing`](Self::listing).
            pub fn items(self) -> $crate::Items<<$answer as $crate::ListPage>::Item> {
                self.listing().items()
            }

            /// Returns the items of the whole list, page by page, see [`listing`](Self::listing).
            pub fn pages(self) -> $crate::Pages<<$answer as $crate::ListPage>::Item> {
                self.listing().pages()
            }
        }
    };
    (
        $(#[$meta:meta])*
        $name:ident -> $answer:ty {
            $($(#[$param_meta:meta])* $param:ident: $kind:ident $($ty:ty)? = $wire:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[must_use = "a request does nothing until it is sent"]
        pub struct $name {
            pub(crate) call: $crate::Call<$answer>,
        }

        impl $name {
            $($crate::api::request!(@setter $(#[$param_meta])* $param: $kind $($ty)? = $wire);)+

            /// Gives the call up when this moment has come, see
            /// [`Call::deadline`]($crate::Call::deadline).
            pub fn deadline(self, deadline: tokio::time::Instant) -> Self {
                Self { call: self.call.deadline(deadline) }
            }

            /// Counts this call to a group, see [`Call::group`]($crate::Call::group).
            pub fn group(self, group: &$crate::RequestGroup) -> Self {
                Self { call: self.call.group(group) }
            }

            /// Retries this call by a policy of its own.
            pub fn retry(self, retry: $crate::RetryPolicy) -> Self {
                Self { call: self.call.retry(retry) }
            }

            /// Uses other time limits for this call.
            pub fn timeouts(self, timeouts: $crate::Timeouts) -> Self {
                Self { call: self.call.timeouts(timeouts) }
            }

            /// Limits the time of the whole call, see [`Call::timeout`]($crate::Call::timeout).
            pub fn timeout(self, timeout: std::time::Duration) -> Self {
                Self { call: self.call.timeout(timeout) }
            }

            /// Sends a header, see [`Call::header`]($crate::Call::header).
            pub fn header(self, name: &str, value: &str) -> Self {
                Self { call: self.call.header(name, value) }
            }

            /// Sets a query parameter that this request does not know, see
            /// [`Call::query`]($crate::Call::query).
            pub fn query(self, name: &str, value: impl std::fmt::Display) -> Self {
                Self { call: self.call.query(name, value) }
            }

            /// Says that sending the call twice does no harm, see
            /// [`Call::repeatable`]($crate::Call::repeatable).
            pub fn repeatable(self, repeatable: bool) -> Self {
                Self { call: self.call.repeatable(repeatable) }
            }

            /// Returns the call without names for its parameters.
            pub fn into_call(self) -> $crate::Call<$answer> {
                self.call
            }

            /// Sends the call and reads its answer.
            ///
            /// # Errors
            /// See [`Error`]($crate::Error) and its predicates.
            pub async fn send(self) -> Result<$answer, $crate::Error> {
                self.call.send().await
            }

            /// Sends the call and gives the answer with its status and headers.
            ///
            /// # Errors
            /// See [`Error`]($crate::Error) and its predicates.
            pub async fn send_response(self) -> Result<$crate::Response<$answer>, $crate::Error> {
                self.call.send_response().await
            }

            /// Sends the call and gives the body as it is, see
            /// [`Call::send_bytes`]($crate::Call::send_bytes).
            ///
            /// # Errors
            /// See [`Error`]($crate::Error) and its predicates.
            pub async fn send_bytes(self) -> Result<$crate::Response<bytes::Bytes>, $crate::Error> {
                self.call.send_bytes().await
            }
        }
    };

    (@setter $(#[$meta:meta])* $param:ident: into $ty:ty = $wire:literal) => {
        $(#[$meta])*
        pub fn $param(self, $param: impl Into<$ty>) -> Self {
            let value: $ty = $param.into();
            Self { call: self.call.query($wire, value) }
        }
    };
    (@setter $(#[$meta:meta])* $param:ident: list $ty:ty = $wire:literal) => {
        $(#[$meta])*
        pub fn $param(self, $param: impl IntoIterator<Item = impl Into<$ty>>) -> Self {
            let values = $param.into_iter().map(|value| -> $ty { value.into() });
            Self { call: self.call.query_list($wire, values) }
        }
    };
    (@setter $(#[$meta:meta])* $param:ident: each $ty:ty = $wire:literal) => {
        $(#[$meta])*
        pub fn $param(self, $param: impl IntoIterator<Item = impl Into<$ty>>) -> Self {
            let values = $param.into_iter().map(|value| -> $ty { value.into() });
            Self { call: self.call.query_each($wire, values) }
        }
    };
    (@setter $(#[$meta:meta])* $param:ident: $ty:ident = $wire:literal) => {
        $(#[$meta])*
        pub fn $param(self, $param: $ty) -> Self {
            Self { call: self.call.query($wire, $param) }
        }
    };
}
pub(crate) use request;

/// Defines a model: an object of an answer. Members in brackets must be there, all others may be
/// absent or null, and unknown ones are kept in `extra`.
macro_rules! model {
    (
        $(#[$meta:meta])*
        $name:ident {
            $([$($(#[$required_meta:meta])* $required:ident: $required_ty:ty),+ $(,)?])?
            $($(#[$field_meta:meta])* $field:ident: $ty:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $($($(#[$required_meta])* pub $required: $required_ty,)+)?
            $(
                $(#[$field_meta])*
                #[serde(default, deserialize_with = "crate::model::null_as_default")]
                pub $field: $ty,
            )*
            /// Members that this model does not know.
            #[serde(flatten, deserialize_with = "crate::plain_value::members")]
            pub extra: $crate::Extra,
        }
    };
}
pub(crate) use model;

/// Defines the JSON body of a request, made by a builder that the compiler checks: members in
/// brackets are required, all others may be left out.
macro_rules! request_body {
    (
        $(#[$meta:meta])*
        $name:ident {
            $([$($(#[$required_meta:meta])* $required:ident: $required_ty:ty),+ $(,)?])?
            $($(#[$field_meta:meta])* $field:ident: $ty:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize, bon::Builder)]
        #[serde(rename_all = "camelCase")]
        #[builder(on(String, into), on(Vec<_>, into))]
        #[non_exhaustive]
        pub struct $name {
            $($($(#[$required_meta])* pub $required: $required_ty,)+)?
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$ty>,
            )*
        }
    };
}
pub(crate) use request_body;

crate::model::open_enum! {
    /// The direction of a sorted list.
    SortDirection {
        /// Smallest first.
        Ascending = "ASC",
        /// Largest first.
        Descending = "DESC",
    }
}

/// A number that some answers write as a text and some as a number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Quantity {
    /// Written as a number.
    Number(serde_json::Number),
    /// Written as a text.
    Text(String),
}

impl Quantity {
    /// Returns the number, unless it is a text that holds none or has a fraction.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            Self::Text(text) => text.parse().ok(),
        }
    }

    /// Returns the number, with its fraction; `None` for a text that holds none.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}
