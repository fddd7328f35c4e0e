//! A stand-in of Cloud SIEM, to point tests and demonstrations at.
//!
//! It listens on loopback and speaks real HTTP/1.1, and HTTP/2 over TLS, so a test goes through the same code as
//! production: URLs, credentials, connections, limits, retries and decoding. A [`DataSet`] goes in; answers in the
//! shapes of the real API come out, and faults where a test places them. The stand-in shows
//! [every call](CloudSiem::recorded) that came and [counts](CloudSiem::counts) them.
//!
//! ```
//! use serde_json::{Value, json};
//! use sumo_client::testing::{CloudSiem, DataSet, Fault, Operation, RateLimit, When};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let data = DataSet::new().insights([
//!     json!({"id": "1d5e", "readableId": "INSIGHT-1", "severity": "HIGH", "status": {"name": "new"}}),
//! ]);
//! let siem = CloudSiem::builder()
//!     .data(data)
//!     .credentials("an-id", "a-key")
//!     .rate_limit(RateLimit::DOCUMENTED)
//!     .start()
//!     .await?;
//! siem.inject(When::operation(Operation::GetInsights).nth(1), Fault::rate_limited(None));
//!
//! // Any client serves; this one is bare.
//! let client = reqwest::Client::new();
//! let url = format!("{}/api/sec/v1/insights?q=severity:%22HIGH%22", siem.base_url());
//! let ask = async || client.get(&url).basic_auth("an-id", Some("a-key")).send().await;
//! assert_eq!(ask().await?.status(), 429);
//! let answer: Value = serde_json::from_slice(&ask().await?.bytes().await?)?;
//! assert_eq!(answer["data"]["objects"][0]["readableId"], "INSIGHT-1");
//!
//! assert_eq!(siem.counts().of(Operation::GetInsights), 2);
//! assert_eq!(siem.recorded()[0].query_parameter("q"), Some("severity:\"HIGH\""));
//! siem.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! # What it answers
//!
//! The operations of [`Operation`]: insights, signals, entities, rules, match lists with their items, counts,
//! enrichments and health events. Changes are kept as long as the stand-in runs. For any other path place a
//! [`Fault::respond`] with [`When::path`].
//!
//! | | |
//! |---|---|
//! | Envelope | `{"data": …, "errors": []}`; none for the main API under `/api/v1` |
//! | Order | insights newest first by `created`, signals by `timestamp`, all else as in the data set |
//! | Paging | `offset` and `limit`, to the 10,000th result; `nextPageToken`, which lives one minute |
//! | Search | the `q` language: `field:"v"`, `in`, `contains`, comparisons, ranges, times from `NOW`, `-` for not, free text |
//! | Free text | what is not a clause of a known field: found anywhere in the values, ignoring case |
//! | Limits | 429 when a key's calls overrun the [`RateLimit`] |
//! | Keys | 401 for an unknown key, 301 for one of [another deployment](CloudSiemBuilder::foreign_credentials) |
//! | Refusals | 400 a query or body that cannot be read, 404, 405, 413, 415, each in the shape the API gives it |
//!
//! Links into the web console (`/sec/insight/{id}`, `/sec/signal/{id}`, `/sec/content/rules/rule/{id}` and
//! `/sec/search?q=`) lead to plain pages that show the object, without credentials.
//!
//! Where the vendor's documentation is silent, the stand-in refuses what is surely a mistake of the caller, such as an
//! unknown item of `exclude`, and takes the rest.
//!
//! # Time
//!
//! Limits, delays and page tokens go by tokio's clock. A paused clock does not go well with real sockets: it leaps
//! ahead while a socket is waited for. [`CloudSiemBuilder::build`] makes a stand-in without sockets for such tests.
//!
//! # Bounds
//!
//! A request has at most 64 KiB of headers and 4 MiB of body ([changeable](CloudSiemBuilder::body_limit)). The last
//! 10,000 calls are kept, with 16 MiB of bodies. 1,024 connections are served at once. An
//! [endless body](Fault::endless_body) ends when the caller drops it.

mod api;
mod body;
mod clock;
mod cloud_siem;
mod console;
mod data;
mod fault;
mod fields;
mod limit;
mod operation;
mod query;
mod record;
mod reply;
mod server;
mod service;
mod store;
#[cfg(feature = "testing-tls")]
mod tls;

#[cfg(test)]
mod tests;

pub use body::AnswerBody;
pub use cloud_siem::{CloudSiem, CloudSiemBuilder, DEFAULT_ACCESS_ID, DEFAULT_ACCESS_KEY};
pub use data::{DataSet, DataSetError};
pub use fault::{ConnectionFault, Fault, FaultId, When};
pub use limit::RateLimit;
pub use operation::Operation;
pub use record::{Counts, RecordedCall};
#[cfg(feature = "testing-tls")]
pub use tls::{TestCa, TestCaError};
