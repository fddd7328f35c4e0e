//! A stand-in of Cloud SIEM, to point tests and demonstrations at.
//!
//! It listens on loopback and speaks real HTTP/1.1, and HTTP/2 over TLS, so a test goes through the
//! same code as production: URLs, credentials, connections, limits, retries and decoding. A
//! [`DataSet`] goes in; answers in the shapes of the real API come out, and faults where a test
//! places them. The stand-in shows [every call](CloudSiem::recorded) that came and
//! [counts](CloudSiem::counts) them.
//!
//! ```
//! use serde_json::{Value, json};
//! use sumo_client::testing::{CloudSiem, DataSet, EnforcedLimit, Fault, Operation, When};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let data = DataSet::new().insights([
//!     json!({
//!         "id": "1d5e", "readableId": "INSIGHT-1", "severity": "HIGH", "status": {"name": "new"},
//!     }),
//! ]);
//! let siem = CloudSiem::builder()
//!     .data(data)
//!     .credentials("an-id", "a-key")
//!     .rate_limit(EnforcedLimit::DOCUMENTED)
//!     .start()
//!     .await?;
//! siem.inject(When::operation(Operation::GetInsights).nth(1), Fault::rate_limited(None));
//!
//! // Any client serves; this one is bare. `siem.client()` gives one of this crate.
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
//! # Answers
//!
//! The operations of [`Operation`]: insights with their statuses, signals, entities with
//! criticalities, rules, match lists and suppress lists with their items, sources of threat
//! intelligence with their indicators, the threat intelligence datastore of the platform, counts,
//! enrichments and health events. Changes are kept as long as the stand-in runs. For any other path
//! place a [`Fault::respond`] with [`When::path`].
//!
//! | | |
//! |---|---|
//! | Envelope | `{"data": …, "errors": []}`; none for the main API under `/api/v1` |
//! | Lists | items appear and vanish [15 seconds late](CloudSiemBuilder::appearance_delay); values must fit their column |
//! | Pages | 50 objects (insights: 10) unless asked for more; never more than 1,000 (entities: 50) |
//! | Order | insights newest first by `created`, signals by `timestamp`, all else as in the data set |
//! | Paging | `offset` and `limit`, to the 10,000th result; `nextPageToken`, which lives one minute |
//! | Search | the `q` language: `field:"v"`, `in`, `contains`, comparisons, ranges, times from `NOW`, `-` for not, free text |
//! | Free text | a text outside of clauses of known fields is found anywhere in the values, ignoring case |
//! | Limits | 429 when a key's calls overrun the [`EnforcedLimit`] |
//! | Keys | 401 for an unknown key, 301 for one of [another deployment](CloudSiemBuilder::foreign_credentials) |
//! | Rights | 403 where a key's [rights](Right) do not reach; all keys have all rights unless told otherwise |
//! | Refusals | 400 a query or body that cannot be read, 404, 405, 413, 415, each in the shape the API gives it |
//!
//! Links into the web console (`/sec/insight/{id}`, `/sec/signal/{id}`,
//! `/sec/content/rules/rule/{id}` and `/sec/search?q=`) lead to plain pages that show the object,
//! without credentials. `/sec/content` leads to all lists with their items.
//!
//! Settings cover the unknown behaviour of the API: whether a value may be
//! [added twice](DuplicateItems), how an
//! [acknowledgement](CloudSiemBuilder::plain_acknowledgements) is written. A [`Fault`] hits a write
//! after it was carried out, or [instead of it](Fault::carried_out).
//! [Canned bodies](CloudSiemBuilder::canned) answer at the speed that measurements need.
//!
//! If the vendor's documentation is silent, the stand-in refuses obvious mistakes of the caller,
//! such as an unknown item of `exclude`, and takes the rest.
//!
//! # Time
//!
//! Limits and delays of answers use tokio's clock. So does the stand-in's own clock, by which items
//! appear and page tokens expire, and which [`CloudSiem::advance`] puts forward. A paused clock
//! does not go well with real sockets: it leaps ahead while a socket is waited for.
//! [`CloudSiemBuilder::build`] makes a stand-in without sockets for such tests, which
//! [`CloudSiem::client`] still reaches. To let recorded data end today, see [`DataSet::shifted`].
//!
//! # Bounds
//!
//! A request has at most 64 KiB of headers and 4 MiB of body
//! ([changeable](CloudSiemBuilder::body_limit)). The last 10,000 calls are kept, with 16 MiB of
//! bodies. 1,024 connections are served at once ([changeable](CloudSiemBuilder::max_connections)).
//! An [endless body](Fault::endless_body) ends when the caller drops it.

mod api;
mod body;
mod canned;
mod client;
mod clock;
mod cloud_siem;
mod columns;
mod console;
mod data;
mod fault;
mod fields;
mod limit;
mod operation;
mod query;
mod record;
mod reply;
mod rights;
mod server;
mod service;
mod shift;
mod store;
#[cfg(feature = "testing-tls")]
mod tls;
mod uri;

#[cfg(test)]
mod tests;

pub use body::AnswerBody;
pub use canned::{Canned, CannedCall};
pub use cloud_siem::{CloudSiem, CloudSiemBuilder, DEFAULT_ACCESS_ID, DEFAULT_ACCESS_KEY};
pub use data::{DataSet, DataSetError};
pub use fault::{ConnectionFault, Fault, FaultId, When};
pub use limit::EnforcedLimit;
pub use operation::Operation;
pub use record::{Counts, RecordedCall};
pub use rights::Right;
pub use store::DuplicateItems;
#[cfg(feature = "testing-tls")]
pub use tls::{TestCa, TestCaError};
