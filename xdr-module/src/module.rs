//! The trait that a module implements, and the context that it is given.

use std::sync::Arc;

use ctim::EntityLists;
use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::auth::{Claims, Refusal};
use crate::contract::action::{Action, Trigger, TriggerResult};
use crate::contract::health::Health;
use crate::contract::observable::Observable;
use crate::contract::reference_link::ReferenceLink;
use crate::contract::reply::{ErrorItem, Reply};
use crate::contract::tile::{Period, Tile, TileData};
use crate::shares::{Place, ShareKeys};

/// An integration module of Cisco XDR.
///
/// Implement [`about`](Self::about), [`capabilities`](Self::capabilities),
/// [`tenant`](Self::tenant), [`health`](Self::health) and the methods of the capabilities that the
/// module offers. Tokens are verified, bodies checked and places taken before a method runs;
/// whatever a method returns goes out in the envelope. A capability that is not offered has no
/// route, no entry in the OpenAPI document and none in the module type record.
///
/// Methods should be done before [`Context::deadline`]; shortly after it the caller gets a timeout
/// error instead. When the caller goes away, the future of the method is dropped; a task that goes
/// on then keeps [`Context::place`].
///
/// ```
/// use xdr_module::auth::{Claims, Refusal};
/// use xdr_module::contract::health::Health;
/// use xdr_module::contract::observable::Observable;
/// use xdr_module::contract::reference_link::ReferenceLink;
/// use xdr_module::contract::reply::Reply;
/// use xdr_module::{About, Capability, Context, Module};
///
/// struct Whois;
///
/// impl Module for Whois {
///     type Tenant = ();
///
///     fn about(&self) -> About {
///         About::new("whois", "1.0.0", "Whois")
///             .with_description("Links observables to a registry.")
///     }
///
///     fn capabilities(&self) -> Vec<Capability> {
///         vec![Capability::Refer]
///     }
///
///     fn tenant(&self, _: &Claims) -> Result<(), Refusal> {
///         Ok(())
///     }
///
///     async fn health(&self, _: &Context<()>) -> Reply<Health> {
///         Reply::data(Health::ok())
///     }
///
///     async fn refer(
///         &self,
///         _: &Context<()>,
///         observables: &[Observable],
///     ) -> Reply<Vec<ReferenceLink>> {
///         Reply::data(observables.iter().filter(|asked| asked.kind == "ip").map(link).collect())
///     }
/// }
///
/// fn link(asked: &Observable) -> ReferenceLink {
///     let url = format!("https://whois.example.com/{}", asked.value);
///     ReferenceLink::new(format!("whois-{}", asked.value), "Look this IP up", url)
/// }
/// ```
pub trait Module: Send + Sync + 'static {
    /// One customer of the module, made of the claims of a token.
    type Tenant: Send + Sync + 'static;

    /// Returns the name, version and description of the module.
    fn about(&self) -> About;

    /// Returns the capabilities that the module offers besides health. Asked once, when the service
    /// starts.
    fn capabilities(&self) -> Vec<Capability>;

    /// Returns the tenant that `claims` name.
    ///
    /// Runs before the signature of the token is checked, so that a token with useless claims
    /// causes no call, and again when the signature holds; only the second result is used. Compare
    /// every host that a claim names with an allow list here.
    ///
    /// # Errors
    /// The reason that XDR shows, mostly [`Refusal::WrongPayload`].
    fn tenant(&self, claims: &Claims) -> Result<Self::Tenant, Refusal>;

    /// Lets a tenant in whose token holds, and returns the names under which its requests share the
    /// service with others.
    ///
    /// A tenant has at most a quarter of the places of a service, and all tenants of one deployment
    /// of the product at most half, unless settings say otherwise. By default everybody is let in,
    /// without shares: the requests of one tenant may take all places.
    ///
    /// # Errors
    /// The reason that XDR shows, mostly [`Refusal::TenantNotAllowed`].
    fn admit(&self, tenant: &Self::Tenant) -> Result<ShareKeys, Refusal> {
        let _ = tenant;
        Ok(ShareKeys::default())
    }

    /// Checks that the product accepts the credentials of the tenant, for `POST /health`.
    fn health(&self, context: &Context<Self::Tenant>) -> impl Future<Output = Reply<Health>> + Send;

    /// Returns what the product knows about observables, for `POST /observe/observables`.
    ///
    /// Offered with [`Capability::Observe`].
    fn observe(
        &self,
        context: &Context<Self::Tenant>,
        observables: &[Observable],
    ) -> impl Future<Output = Reply<EntityLists>> + Send {
        let _ = (context, observables);
        async { not_offered(Capability::Observe) }
    }

    /// Returns links that look observables up, for `POST /refer/observables`.
    ///
    /// Offered with [`Capability::Refer`].
    fn refer(
        &self,
        context: &Context<Self::Tenant>,
        observables: &[Observable],
    ) -> impl Future<Output = Reply<Vec<ReferenceLink>>> + Send {
        let _ = (context, observables);
        async { not_offered(Capability::Refer) }
    }

    /// Returns verdicts on observables, for `POST /deliberate/observables`. XDR sends up to 25 in
    /// one request; each is given here once.
    ///
    /// Offered with [`Capability::Deliberate`].
    fn deliberate(
        &self,
        context: &Context<Self::Tenant>,
        observables: &[Observable],
    ) -> impl Future<Output = Reply<EntityLists>> + Send {
        let _ = (context, observables);
        async { not_offered(Capability::Deliberate) }
    }

    /// Returns the actions that fit observables, for `POST /respond/observables`.
    ///
    /// Offered with [`Capability::Respond`].
    fn actions(
        &self,
        context: &Context<Self::Tenant>,
        observables: &[Observable],
    ) -> impl Future<Output = Reply<Vec<Action>>> + Send {
        let _ = (context, observables);
        async { not_offered(Capability::Respond) }
    }

    /// Carries out an action, for `POST /respond/trigger`.
    ///
    /// The body is not signed and may come twice: check everything again, and make repeating
    /// harmless. A reply without data goes out as failure. Offered with [`Capability::Respond`].
    fn trigger(
        &self,
        context: &Context<Self::Tenant>,
        trigger: &Trigger,
    ) -> impl Future<Output = Reply<TriggerResult>> + Send {
        let _ = (context, trigger);
        async { not_offered(Capability::Respond) }
    }

    /// Returns the tiles of the module, for `POST /tiles` and `POST /tiles/tile`.
    ///
    /// Offered with [`Capability::Tiles`].
    fn tiles(&self, context: &Context<Self::Tenant>) -> impl Future<Output = Reply<Vec<Tile>>> + Send {
        let _ = context;
        async { not_offered(Capability::Tiles) }
    }

    /// Returns the data of one of the [`tiles`](Self::tiles), for `POST /tiles/tile-data`. The tile
    /// exists; any period may be asked for.
    ///
    /// Offered with [`Capability::Tiles`].
    fn tile_data(
        &self,
        context: &Context<Self::Tenant>,
        tile: &Tile,
        period: Period,
    ) -> impl Future<Output = Reply<TileData>> + Send {
        let _ = (context, tile, period);
        async { not_offered(Capability::Tiles) }
    }

    /// Adds the metrics of the module to those of the service. Names get the prefix `relay_`; take
    /// labels from closed sets only.
    ///
    /// Asked once, for the first module; a module that replaces it has to share its metrics.
    fn register_metrics(&self, registry: &mut Registry) {
        let _ = registry;
    }

    /// Returns examples for the OpenAPI document: of the request and of the reply of an operation.
    fn examples(&self, operation: Operation) -> Examples {
        let _ = operation;
        Examples::default()
    }
}

fn not_offered<T>(capability: Capability) -> Reply<T> {
    let name = capability.as_str();
    Reply::error(ErrorItem::fatal("not offered", format!("The module does not offer {name}.")))
}

/// The name, version and description of a module.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct About {
    /// The name of the program, such as `relay-server`. With `_` for `-` it is the first part of
    /// the `reason` of faults.
    pub name: String,
    /// The version, as `POST /version` tells it.
    pub version: String,
    /// The title of the module.
    pub title: String,
    /// A description in Markdown, for the OpenAPI document.
    pub description: String,
    /// The address of the project.
    pub homepage: Option<String>,
    /// The licence, as an SPDX expression.
    pub license: Option<String>,
}

impl About {
    /// Creates a description of a module.
    pub fn new(name: impl Into<String>, version: impl Into<String>, title: impl Into<String>) -> Self {
        let (name, version, title) = (name.into(), version.into(), title.into());
        Self { name, version, title, description: String::new(), homepage: None, license: None }
    }

    /// Returns the same with a description in Markdown.
    #[must_use]
    pub fn with_description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Returns the same with the address of the project.
    #[must_use]
    pub fn with_homepage(self, homepage: impl Into<String>) -> Self {
        Self { homepage: Some(homepage.into()), ..self }
    }

    /// Returns the same with a licence, as an SPDX expression.
    #[must_use]
    pub fn with_license(self, license: impl Into<String>) -> Self {
        Self { license: Some(license.into()), ..self }
    }

    /// Returns the first part of the `reason` of faults.
    pub(crate) fn service(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// The capabilities that a module may offer besides health, as XDR names them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
#[non_exhaustive]
pub enum Capability {
    /// Sightings, indicators and other entities about observables.
    Observe,
    /// Links that look observables up.
    Refer,
    /// Verdicts on observables.
    Deliberate,
    /// Response actions.
    Respond,
    /// Tiles of the dashboard.
    Tiles,
}

impl Capability {
    /// All capabilities.
    pub const ALL: [Self; 5] = [Self::Observe, Self::Refer, Self::Deliberate, Self::Respond, Self::Tiles];

    /// Returns the id in the module type record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Refer => "refer",
            Self::Deliberate => "deliberate",
            Self::Respond => "respond",
            Self::Tiles => "tiles",
        }
    }

    /// Returns the operations of the capability.
    pub fn operations(self) -> &'static [Operation] {
        match self {
            Self::Observe => &[Operation::Observe],
            Self::Refer => &[Operation::Refer],
            Self::Deliberate => &[Operation::Deliberate],
            Self::Respond => &[Operation::Actions, Operation::Trigger],
            Self::Tiles => &[Operation::Tiles, Operation::Tile, Operation::TileData],
        }
    }
}

/// The operations that XDR calls with a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /health`.
    Health,
    /// `POST /observe/observables`.
    Observe,
    /// `POST /refer/observables`.
    Refer,
    /// `POST /deliberate/observables`.
    Deliberate,
    /// `POST /respond/observables`.
    Actions,
    /// `POST /respond/trigger`.
    Trigger,
    /// `POST /tiles`.
    Tiles,
    /// `POST /tiles/tile`.
    Tile,
    /// `POST /tiles/tile-data`.
    TileData,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 9] = [
        Self::Health,
        Self::Observe,
        Self::Refer,
        Self::Deliberate,
        Self::Actions,
        Self::Trigger,
        Self::Tiles,
        Self::Tile,
        Self::TileData,
    ];

    /// Returns the path, with a slash at its start.
    pub fn path(self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::Observe => "/observe/observables",
            Self::Refer => "/refer/observables",
            Self::Deliberate => "/deliberate/observables",
            Self::Actions => "/respond/observables",
            Self::Trigger => "/respond/trigger",
            Self::Tiles => "/tiles",
            Self::Tile => "/tiles/tile",
            Self::TileData => "/tiles/tile-data",
        }
    }

    /// Returns the id of the operation in the OpenAPI document.
    pub fn id(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Observe => "observeObservables",
            Self::Refer => "referObservables",
            Self::Deliberate => "deliberateObservables",
            Self::Actions => "respondObservables",
            Self::Trigger => "respondTrigger",
            Self::Tiles => "tiles",
            Self::Tile => "tile",
            Self::TileData => "tileData",
        }
    }
}

/// Examples of an operation for the OpenAPI document.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Examples {
    /// Bodies of requests.
    pub requests: Vec<Example>,
    /// Replies with HTTP status 200, the best first. General ones, such as a refused token, are
    /// added by the service.
    pub replies: Vec<Example>,
}

impl Examples {
    /// Returns the same with the body of a request.
    #[must_use]
    pub fn with_request(mut self, name: &'static str, summary: &'static str, value: Value) -> Self {
        self.requests.push(Example { name, summary, value });
        self
    }

    /// Returns the same with a reply.
    #[must_use]
    pub fn with_reply<T: serde::Serialize>(
        mut self,
        name: &'static str,
        summary: &'static str,
        reply: &Reply<T>,
    ) -> Self {
        let value = serde_json::to_value(reply).unwrap_or_default();
        self.replies.push(Example { name, summary, value });
        self
    }
}

/// An example in the OpenAPI document.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Example {
    /// The name, unique among the examples beside it.
    pub name: &'static str,
    /// One line that describes it.
    pub summary: &'static str,
    /// The JSON value.
    pub value: Value,
}

/// A request that was let in: whose it is, and how long it may take.
#[derive(Debug)]
pub struct Context<T> {
    tenant: T,
    deadline: Instant,
    request_id: Arc<str>,
    host: Option<String>,
    cancellation: CancellationToken,
    place: Place,
}

impl<T> Context<T> {
    /// Creates a context for work on behalf of `tenant` that has to be done before `deadline`; for
    /// tests and programs that call a module directly.
    pub fn new(tenant: T, deadline: Instant) -> Self {
        Self {
            tenant,
            deadline,
            request_id: "".into(),
            host: None,
            cancellation: CancellationToken::new(),
            place: Place::default(),
        }
    }

    /// Returns the same with the place of a request.
    pub(crate) fn with_place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Returns the same with the host that a request was sent to.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<Option<String>>) -> Self {
        self.host = host.into();
        self
    }

    /// Returns the same with the id of a request.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<Arc<str>>) -> Self {
        self.request_id = request_id.into();
        self
    }

    /// Returns the tenant.
    pub fn tenant(&self) -> &T {
        &self.tenant
    }

    /// Returns the moment before which the work should be done, so that the reply is out in time.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns the host that the request was sent to, with its port unless that is the usual one,
    /// as the caller named it: any caller can name any host.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Returns the id of the request, as the log has it.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Returns the place of the request, for tasks that go on when it has ended: they keep a clone.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Returns a token that is cancelled when the request ends for any reason, for tasks that the
    /// method spawns.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }
}

impl<T> Drop for Context<T> {
    fn drop(&mut self) {
        self.cancellation.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_and_capabilities_agree() {
        let of_capabilities = Capability::ALL.iter().flat_map(|capability| capability.operations());
        let all: Vec<_> = [Operation::Health].iter().chain(of_capabilities).copied().collect();
        assert_eq!(all, Operation::ALL);
        let ids: std::collections::HashSet<_> = all.iter().map(|operation| operation.id()).collect();
        assert_eq!(ids.len(), all.len());
    }

    #[tokio::test]
    async fn work_is_cancelled_with_its_request() {
        let context = Context::new((), Instant::now()).with_request_id("r");
        let cancellation = context.cancellation().clone();
        assert!(context.request_id() == "r" && !cancellation.is_cancelled());
        drop(context);
        assert!(cancellation.is_cancelled());
    }
}
