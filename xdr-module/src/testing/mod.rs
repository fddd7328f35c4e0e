//! Tests of modules: a stand-in for Cisco XDR, and the conformance suite.
//!
//! [`TestIssuer`] publishes signing keys on loopback and signs tokens, right ones and wrong ones.
//! [`Conformance`] drives a running module over HTTP, whatever it is written in, and reports which
//! rules of the contract it keeps.
//!
//! ```
//! # use xdr_module::{About, Capability, Context, Module, auth, contract};
//! # struct Whois;
//! # impl Module for Whois {
//! #     type Tenant = ();
//! #     fn about(&self) -> About { About::new("whois", "1.0.0", "Whois") }
//! #     fn capabilities(&self) -> Vec<Capability> { vec![Capability::Refer] }
//! #     fn tenant(&self, _: &auth::Claims) -> Result<(), auth::Refusal> { Ok(()) }
//! #     async fn health(
//! #         &self, _: &Context<()>
//! #     ) -> contract::reply::Reply<contract::health::Health> {
//! #         contract::reply::Reply::data(contract::health::Health::ok())
//! #     }
//! #     async fn refer(
//! #         &self, _: &Context<()>, observables: &[contract::observable::Observable],
//! #     ) -> contract::reply::Reply<Vec<contract::reference_link::ReferenceLink>> {
//! #         use xdr_module::contract::observable::Observable;
//! #         use xdr_module::contract::reference_link::ReferenceLink;
//! #         let link = |asked: &Observable| {
//! #             let url = format!("https://whois.example.com/{}", asked.value);
//! #             ReferenceLink::new(&asked.value, "Whois", url)
//! #         };
//! #         contract::reply::Reply::data(observables.iter().map(link).collect())
//! #     }
//! # }
//! use xdr_module::testing::{Conformance, RunningService, TestIssuer};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let issuer = TestIssuer::start()?;
//! let service = RunningService::start(Whois, &issuer, |_| {})?;
//! let report = Conformance::new(service.url(), &issuer)
//!     .with_capabilities([Capability::Refer])
//!     .with_observables([("ip", "198.51.100.24")])
//!     .run()
//!     .await;
//! report.assert_passed();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod authority;
mod caller;
mod claims;
mod conformance;
mod error;
mod issuer;
mod key_host;
mod running_service;
mod test_key;
mod wrong_tokens;

pub use self::authority::TestAuthority;
pub use self::caller::{CallError, Caller, HttpResponse};
pub use self::claims::TokenClaims;
pub use self::conformance::report::{CheckOutcome, CheckResult, ConformanceReport, Mismatch};
pub use self::conformance::{Conformance, ConformanceTenant};
pub use self::error::TestError;
pub use self::issuer::TestIssuer;
pub use self::key_host::{KeyHost, KeyHostReply};
pub use self::running_service::RunningService;
pub use self::test_key::TestKey;
pub use self::wrong_tokens::{TokenFlaw, WrongToken};
