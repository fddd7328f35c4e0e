#![doc = include_str!("../README.md")]

mod attempt;
mod body;
mod call;
mod client;
mod credentials;
mod deployment;
pub mod envelope;
mod error;
mod error_answer;
mod first_connection;
mod limit;
mod listing;
mod model;
mod observe;
mod page;
pub mod query;
mod record;
mod retry;
mod timeout;
mod timestamp;
mod transport;

pub mod api;
#[cfg(feature = "testing")]
pub mod testing;

pub use call::{Call, Response};
pub use client::{Client, ClientBuilder};
pub use credentials::{Credentials, CredentialsSource, Fingerprint, ProvideCredentials};
pub use deployment::{Deployment, InvalidHost};
pub use error::Error;
pub use limit::{Limiters, RateLimit};
pub use listing::{ListPage, ListProgress, Listing};
pub use model::{Extra, UnknownText};
pub use observe::{CallObserver, CallReport};
pub use page::{Page, TokenPage};
pub use query::Query;
pub use record::{Record, Records};
pub use retry::RetryPolicy;
pub use timeout::Timeouts;
pub use timestamp::Timestamp;
pub use transport::{
    BodyStream, ReqwestTransport, Transport, TransportError, TransportErrorKind, http_client_builder,
};
