#![doc = include_str!("../README.md")]
//!
//! ## Overview
//!
//! | you want | look at |
//! |---|---|
//! | to learn it | [`guide`] |
//! | a client | [`Client::from_env`], [`Client::builder`], [`Deployment`], [`Credentials`] |
//! | an operation and its models | the methods of [`Client`], one for each group; [`api`] |
//! | any other call | [`Client::raw`], [`Call`] |
//! | whole lists | [`Listing`], [`Items`], [`Pages`], [`ListCursor`] |
//! | filters | [`query`] |
//! | what to do about a failure | [`Error`] |
//! | limits and time | [`Limiters`], [`RequestGroup`], [`RetryPolicy`], [`Timeouts`], [`BodyBudget`], [`CircuitBreakers`] |
//! | metrics, the network | [`Instrumentation`], [`Transport`] |
//! | tests of your own code | [`FakeTransport`], [`Client::for_test`], the module `testing` (feature `testing`) |
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
mod attempt_clock;
mod body;
mod call;
mod circuit;
mod client;
mod connection;
mod credentials;
mod deployment;
mod discovery;
pub mod envelope;
mod error;
mod error_answer;
mod instrumentation;
mod limit;
mod listing;
mod match_list_sync;
#[cfg(doctest)]
mod misuse;
mod model;
mod page;
mod plain_value;
pub mod query;
mod record;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod response;
mod retry;
mod sealed {
    /// Keeps traits to the types of this crate.
    pub trait Sealed {}
}
mod surrogates;
mod timeout;
mod timestamp;
#[cfg(feature = "tower")]
mod tower;
mod transport;

pub mod api;
#[cfg(feature = "testing")]
pub mod testing;

pub use body::BodyBudget;
pub use call::Call;
pub use circuit::CircuitBreakers;
pub use client::{Client, ClientBuilder};
pub use credentials::{Credentials, CredentialsSource, Fingerprint, ProvideCredentials};
pub use deployment::{Deployment, InvalidHost};
pub use error::Error;
pub use instrumentation::{CallReport, Instrumentation};
pub use limit::{
    BudgetKey, BudgetStore, Change, Joined, LeaseId, LimiterLoad, Limiters, MemberId, MemoryStore, Priority,
    RateLimit, RequestGroup, SharedBudget, StartReply, StartRequest, StoreError, Usage,
};
#[cfg(feature = "valkey")]
pub use limit::{ValkeyStore, ValkeyStoreBuilder};
pub use listing::{Items, ListCursor, ListPage, ListProgress, Listing, Pages};
pub use model::{Extra, UnknownText};
pub use page::{ItemwisePage, ItemwiseTokenPage, Page, TokenPage, Unreadable};
pub use plain_value::PlainValue;
pub use query::Query;
pub use record::{Record, Records};
#[cfg(feature = "reqwest")]
pub use reqwest_transport::{ReqwestTransport, http_client_builder};
pub use response::Response;
pub use retry::RetryPolicy;
pub use timeout::Timeouts;
pub use timestamp::Timestamp;
#[cfg(feature = "tower")]
pub use tower::{ServiceTransport, TransportService};
pub use transport::{
    BodyStream, CallAttempt, FakeTransport, SendFuture, Transport, TransportError, TransportErrorKind,
    whole_body,
};

// Its programs need the stand-in; docs.rs builds all features.
#[cfg_attr(feature = "testing", doc = include_str!("../docs/guide.md"))]
#[cfg_attr(not(feature = "testing"), doc = "The guide; it is here with the feature `testing`.")]
pub mod guide {}

#[cfg(feature = "testing")]
pub use hyper;
#[cfg(feature = "reqwest")]
pub use reqwest;
#[cfg(feature = "testing-tls")]
pub use rustls;
pub use {bytes, chrono, futures_core, http, serde, serde_json, tokio};
#[cfg(feature = "tower")]
pub use {tower_layer, tower_service};
