//! The operations of the API, one module a resource group with its models beside its calls.
//!
//! Each group is reached from the [`Client`](crate::Client): [`Client::insights`](crate::Client::insights)
//! gives [`insights::Insights`], and so on.

pub mod entities;
pub mod health_events;
pub mod insights;
pub mod signals;

/// Defines the handle of a resource group and the method of the client that gives it.
macro_rules! group {
    ($(#[$meta:meta])* $name:ident by $method:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name {
            client: $crate::Client,
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
/// A parameter is a plain value (`limit: u32`), something made into a value (`q: into Query`), a list joined by
/// commas (`exclude: list InsightPart`), or a list of repeated parameters (`list_ids: each String`).
macro_rules! request {
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
            call: $crate::Call<$answer>,
        }

        impl $name {
            $($crate::api::request!(@setter $(#[$param_meta])* $param: $kind $($ty)? = $wire);)+

            /// Gives the call up when this moment has come, see [`Call::deadline`]($crate::Call::deadline).
            pub fn deadline(self, deadline: tokio::time::Instant) -> Self {
                Self { call: self.call.deadline(deadline) }
            }

            /// Retries this call by a policy of its own.
            pub fn retry(self, retry: $crate::RetryPolicy) -> Self {
                Self { call: self.call.retry(retry) }
            }

            /// Uses other time limits for this call.
            pub fn timeouts(self, timeouts: $crate::Timeouts) -> Self {
                Self { call: self.call.timeouts(timeouts) }
            }

            /// The call as it stands, without names for its parameters.
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

            /// Sends the call and gives the body as it is, see [`Call::send_bytes`]($crate::Call::send_bytes).
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

/// Defines a model: an object of an answer. Members in brackets must be there, all others may be absent or null,
/// and unknown ones are kept in `extra`.
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
            #[serde(flatten)]
            pub extra: $crate::Extra,
        }
    };
}
pub(crate) use model;
