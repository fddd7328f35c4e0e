//! From a request to the method of the module: token, place, body, work, in this order.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use ctim::EntityLists;
use futures_util::future::BoxFuture;
use futures_util::stream::StreamExt;
use poem::Body;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, timeout, timeout_at};

use crate::auth::{Authenticator, RequestCredentials};
use crate::contract::action::{Action, Trigger, TriggerResult};
use crate::contract::health::Health;
use crate::contract::observable::{self, Observable, ObservableLimits};
use crate::contract::reference_link::ReferenceLink;
use crate::contract::reply::{ErrorItem, Reply};
use crate::contract::tile::{self, Tile, TileData};
use crate::module::{Context, Module};
#[cfg(feature = "cli")]
use crate::setting_values as values;
use crate::shares::{Place, Share, ShareExceeded, ShareKeys, SharePercents, Shares};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::request_facts::RequestFacts;

const MIB: usize = 1024 * 1024;

/// The most bytes of a reply whose memory is bounded by its place alone.
const SMALL_REPLY_BYTES: usize = 64 * 1024;

/// Bounds of requests and of the work on them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[non_exhaustive]
pub struct RequestLimits {
    /// An answer is given before this many seconds have passed, with the results until then (0.1 to
    /// 300).
    #[cfg_attr(feature = "cli", arg(
        long = "deadline-seconds",
        env = "RELAY_DEADLINE_SECONDS",
        default_value = values::seconds_text(Self::DEADLINE),
        value_parser = values::seconds(0.1, 300.0),
        value_name = "SECONDS",
    ))]
    pub deadline: Duration,

    /// The largest request body, in KiB (1 to 65536).
    #[cfg_attr(feature = "cli", arg(
        long = "max-body-kib",
        env = "RELAY_MAX_BODY_KIB",
        default_value = (Self::MAX_BODY_BYTES / 1024).to_string(),
        value_parser = values::size(1024, 65_536),
        value_name = "KIB",
    ))]
    pub max_body_bytes: usize,

    /// Observables in one request (1 to 100000).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_MAX_OBSERVABLES",
        default_value = ObservableLimits::default().items.to_string(),
        value_parser = values::count(100_000),
        value_name = "COUNT",
    ))]
    pub max_observables: usize,

    /// Requests worked on at once; more are answered with 503 (1 to 1000000).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_MAX_IN_FLIGHT",
        default_value_t = Self::MAX_IN_FLIGHT,
        value_parser = values::count(1_000_000),
        value_name = "COUNT",
    ))]
    pub max_in_flight: usize,

    /// The most of the requests worked on, and of the memory for bodies and for large replies, that
    /// one tenant may have, in percent (1 to 100).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_TENANT_SHARE",
        default_value_t = Self::TENANT_SHARE,
        value_parser = values::count(100),
        value_name = "PERCENT",
    ))]
    pub tenant_share: usize,

    /// The most that the tenants of one deployment of the product may have together, in percent (1
    /// to 100).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_DEPLOYMENT_SHARE",
        default_value_t = Self::DEPLOYMENT_SHARE,
        value_parser = values::count(100),
        value_name = "PERCENT",
    ))]
    pub deployment_share: usize,

    /// The memory of the bodies of all requests that are read or worked on, in MiB, at least one of
    /// the largest, and as much again of large replies that are not sent yet; requests beyond it
    /// are answered with 503 (1 to 4096).
    #[cfg_attr(feature = "cli", arg(
        long = "body-memory-mib",
        env = "RELAY_BODY_MEMORY_MIB",
        default_value = (Self::BODY_MEMORY_BYTES / MIB).to_string(),
        value_parser = values::size(MIB, 4096),
        value_name = "MIB",
    ))]
    pub body_memory_bytes: usize,

    /// The most bytes of an observable's value, in UTF-8.
    #[cfg_attr(feature = "cli", arg(skip = ObservableLimits::default().value_bytes))]
    pub max_value_bytes: usize,

    /// The most bytes of an observable's type, in UTF-8.
    #[cfg_attr(feature = "cli", arg(skip = ObservableLimits::default().kind_bytes))]
    pub max_type_bytes: usize,

    /// The longest time for a request body to arrive, in seconds; never more than half of the
    /// deadline (0.1 to 300).
    #[cfg_attr(feature = "cli", arg(
        long = "body-seconds",
        env = "RELAY_BODY_SECONDS",
        default_value = values::seconds_text(Self::BODY_TIMEOUT),
        value_parser = values::seconds(0.1, 300.0),
        value_name = "SECONDS",
    ))]
    pub body_timeout: Duration,
}

impl RequestLimits {
    const DEADLINE: Duration = Duration::from_secs(25);
    const MAX_BODY_BYTES: usize = MIB;
    const MAX_IN_FLIGHT: usize = 256;
    const TENANT_SHARE: usize = 25;
    const DEPLOYMENT_SHARE: usize = 50;
    const BODY_MEMORY_BYTES: usize = 32 * MIB;
    const BODY_TIMEOUT: Duration = Duration::from_secs(10);

    /// The part of the deadline that is kept for writing the reply, as its minimum and maximum.
    const RESERVE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

    /// Returns how long work on a request may take, so that its reply is out before the deadline.
    pub fn work_time(&self) -> Duration {
        let (least, most) = Self::RESERVE;
        self.deadline.saturating_sub((self.deadline / 10).clamp(least, most))
    }

    pub(crate) fn body_time(&self) -> Duration {
        self.body_timeout.min(self.deadline / 2)
    }

    fn percents(&self) -> SharePercents {
        SharePercents { tenant: self.tenant_share, deployment: self.deployment_share }
    }

    fn observables(&self) -> ObservableLimits {
        ObservableLimits {
            items: self.max_observables,
            value_bytes: self.max_value_bytes,
            kind_bytes: self.max_type_bytes,
        }
    }
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            deadline: Self::DEADLINE,
            max_body_bytes: Self::MAX_BODY_BYTES,
            max_observables: ObservableLimits::default().items,
            max_in_flight: Self::MAX_IN_FLIGHT,
            tenant_share: Self::TENANT_SHARE,
            deployment_share: Self::DEPLOYMENT_SHARE,
            body_memory_bytes: Self::BODY_MEMORY_BYTES,
            max_value_bytes: ObservableLimits::default().value_bytes,
            max_type_bytes: ObservableLimits::default().kind_bytes,
            body_timeout: Self::BODY_TIMEOUT,
        }
    }
}

/// The head of a request, as far as it decides who is let in.
#[derive(Clone, Debug)]
pub(crate) struct RequestHead {
    pub(crate) authorization: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) arrived: Instant,
    pub(crate) id: Arc<str>,
}

/// The outcome of a request that was dispatched.
pub(crate) enum Dispatched<T> {
    /// A reply, with the shares that it holds until it is sent.
    Reply(Reply<T>, Option<ReplyShares>),
    /// The module works on as many requests as it may.
    Overloaded,
}

/// The shares that a reply holds until it is sent: its place, and its memory if it is large.
pub(crate) struct ReplyShares {
    place: Place,
    memory: Share,
    overloads: Overloads,
}

impl ReplyShares {
    /// Takes the memory of a reply of this length. Returns false if too much of the tenant, or of
    /// all, is not sent yet.
    pub(crate) fn take_memory(&mut self, length: usize) -> bool {
        if length <= SMALL_REPLY_BYTES {
            return true;
        }
        let taken = self.memory.take_at_most(length);
        taken.inspect_err(|exceeded| self.overloads.count(REPLIES, *exceeded)).is_ok()
    }
}

/// A request that was let in, with the parts that the work on it needs.
struct Admitted<M: Module> {
    /// The module that let it in, which does all of the work even when another replaces it.
    module: Arc<M>,
    context: Context<M::Tenant>,
    /// The memory of its body, until the work has ended.
    body_share: Share,
}

impl<M: Module> Admitted<M> {
    /// Returns the tile with this id.
    async fn find_tile(&self, tile_id: &str) -> Result<Tile, Reply<Tile>> {
        let Reply { data, errors } = self.module.tiles(&self.context).await;
        let found = data.and_then(|tiles| tiles.into_iter().find(|tile| tile.id == tile_id));
        found.ok_or_else(|| match errors.is_empty() {
            true => Reply::error(ErrorItem::invalid_argument(format!("Unknown tile {tile_id}"))),
            false => Reply { data: None, errors },
        })
    }
}

/// The reason for which a body was not taken.
enum Unread {
    Invalid(ErrorItem),
    Overloaded,
}

impl Unread {
    fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(ErrorItem::invalid_argument(message))
    }
}

/// The resources that shares are taken of, as metrics name them.
const PLACES: &str = "places";
const BODIES: &str = "bodies";
const REPLIES: &str = "replies";

/// The counts of refused requests by the resource that is used up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overloads(Family<OverloadLabels, Counter>);

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct OverloadLabels {
    resource: &'static str,
    share: &'static str,
}

impl Overloads {
    /// Adds the counts to a registry, all of them with 0.
    pub(crate) fn register(&self, registry: &mut Registry) {
        for resource in [PLACES, BODIES, REPLIES] {
            for share in ShareExceeded::ALL {
                let _ = self.0.get_or_create(&OverloadLabels { resource, share: share.as_str() });
            }
        }
        registry.register("overloads", "Refused requests by the resource that is used up", self.0.clone());
    }

    fn count(&self, resource: &'static str, exceeded: ShareExceeded) {
        self.0.get_or_create(&OverloadLabels { resource, share: exceeded.as_str() }).inc();
    }
}

/// A module behind its token check, whatever its tenants are.
pub(crate) trait Dispatch: Send + Sync {
    fn health(&self, head: RequestHead) -> BoxFuture<'_, Dispatched<Health>>;
    fn observe(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<EntityLists>>;
    fn refer(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Vec<ReferenceLink>>>;
    fn deliberate(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<EntityLists>>;
    fn actions(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Vec<Action>>>;
    fn trigger(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<TriggerResult>>;
    fn tiles(&self, head: RequestHead) -> BoxFuture<'_, Dispatched<Vec<Tile>>>;
    fn tile(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Tile>>;
    fn tile_data(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<TileData>>;

    /// Waits until all work has ended, that of requests that are gone, too.
    fn ended(&self) -> BoxFuture<'_, ()>;
}

/// Dispatches requests to a module.
pub(crate) struct Dispatcher<M> {
    module: Arc<ArcSwap<M>>,
    authenticator: Arc<ArcSwap<Authenticator>>,
    limits: RequestLimits,
    places: Shares,
    bodies: Shares,
    replies: Shares,
    metrics: Metrics,
    overloads: Overloads,
}

impl<M: Module> Dispatcher<M> {
    pub(crate) fn new(
        module: Arc<ArcSwap<M>>,
        authenticator: Arc<ArcSwap<Authenticator>>,
        limits: RequestLimits,
        metrics: Metrics,
        overloads: Overloads,
    ) -> Self {
        let places = Shares::new(limits.max_in_flight, 1, limits.percents());
        let memory = limits.body_memory_bytes.max(limits.max_body_bytes);
        let bodies = Shares::new(memory, limits.max_body_bytes, limits.percents());
        let replies = Shares::new(memory, SMALL_REPLY_BYTES, limits.percents());
        Self { module, authenticator, limits, places, bodies, replies, metrics, overloads }
    }

    /// Takes a place for a tenant.
    fn place(&self, keys: ShareKeys) -> Option<ReplyShares> {
        let mut place = self.places.none_of(keys.clone());
        let taken = place.take(1).inspect_err(|exceeded| self.overloads.count(PLACES, *exceeded));
        let (memory, overloads) = (self.replies.none_of(keys), self.overloads.clone());
        taken.is_ok().then(|| ReplyShares { place: place.into(), memory, overloads })
    }

    /// Verifies the token, takes a place, then does `work`, which ends at the deadline at the
    /// latest.
    async fn dispatch<T, W>(
        &self,
        head: RequestHead,
        work: impl FnOnce(Admitted<M>) -> W + Send,
    ) -> Dispatched<T>
    where
        W: Future<Output = Result<Reply<T>, Unread>> + Send,
    {
        let RequestHead { authorization, host, arrived, id } = head;
        let request = RequestCredentials { authorization: authorization.as_deref(), host: host.as_deref() };
        let until = arrived + self.limits.work_time();
        let (authenticator, module) = (self.authenticator.load_full(), self.module.load_full());
        let tenant = authenticator.authenticate(request, until, |claims| module.tenant(claims)).await;
        let admitted = tenant.and_then(|tenant| Ok((module.admit(&tenant)?, tenant)));
        let (keys, tenant) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => {
                self.metrics.refused(refusal);
                RequestFacts::current().set_refusal(refusal);
                return Dispatched::Reply(ErrorItem::authorization(refusal).into(), None);
            }
        };
        let Some(shares) = self.place(keys.clone()) else { return Dispatched::Overloaded };
        let context = Context::new(tenant, until).with_request_id(id).with_host(host);
        let context = context.with_place(shares.place.clone());
        let work = work(Admitted { module, context, body_share: self.bodies.none_of(keys) });
        let reply = match timeout_at(arrived + self.limits.deadline, work).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(Unread::Invalid(error))) => Reply::error(error),
            Ok(Err(Unread::Overloaded)) => return Dispatched::Overloaded,
            Err(_elapsed) => Reply::error(ErrorItem::timeout(self.limits.deadline.as_secs_f64())),
        };
        Dispatched::Reply(reply, Some(shares))
    }

    /// Reads a body and parses it. Its length is taken from `share`, which has to be kept as long
    /// as the values are: they may take as much memory as the body did.
    async fn read<T>(
        &self,
        body: Body,
        share: &mut Share,
        parse: impl FnOnce(&[u8], ObservableLimits) -> Result<T, String>,
    ) -> Result<T, Unread> {
        let time = self.limits.body_time();
        let bytes = timeout(time, self.bytes_of(body, share)).await.unwrap_or_else(|_elapsed| {
            let time = time.as_secs_f64();
            Err(Unread::invalid(format!("The request body did not arrive within {time} s.")))
        })?;
        RequestFacts::current().set_request_bytes(bytes.len());
        parse(&bytes, self.limits.observables()).map_err(Unread::invalid)
    }

    async fn bytes_of(&self, body: Body, share: &mut Share) -> Result<Vec<u8>, Unread> {
        let max = self.limits.max_body_bytes;
        let (mut chunks, mut bytes) = (body.into_bytes_stream(), Vec::new());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Unread::invalid("The request body ended early."))?;
            if bytes.len().saturating_add(chunk.len()) > max {
                return Err(Unread::invalid(format!("The request body is larger than {max} bytes.")));
            }
            share.take(chunk.len()).map_err(|exceeded| {
                self.overloads.count(BODIES, exceeded);
                Unread::Overloaded
            })?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn read_observables(&self, body: Body, share: &mut Share) -> Result<Vec<Observable>, Unread> {
        let observables = self.read(body, share, observable::parse).await?;
        self.metrics.observables_asked(observables.len());
        RequestFacts::current().set_observables(observables.len());
        Ok(observables)
    }
}

impl<M: Module> Dispatch for Dispatcher<M> {
    fn health(&self, head: RequestHead) -> BoxFuture<'_, Dispatched<Health>> {
        Box::pin(self.dispatch(head, async |request| Ok(request.module.health(&request.context).await)))
    }

    fn observe(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<EntityLists>> {
        Box::pin(self.dispatch(head, async move |mut request| {
            let observables = self.read_observables(body, &mut request.body_share).await?;
            Ok(request.module.observe(&request.context, &observables).await)
        }))
    }

    fn refer(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Vec<ReferenceLink>>> {
        Box::pin(self.dispatch(head, async move |mut request| {
            let observables = self.read_observables(body, &mut request.body_share).await?;
            Ok(request.module.refer(&request.context, &observables).await)
        }))
    }

    fn deliberate(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<EntityLists>> {
        Box::pin(self.dispatch(head, async move |mut request| {
            let mut observables = self.read_observables(body, &mut request.body_share).await?;
            // An observable has one verdict at the most.
            let mut seen = HashSet::new();
            observables.retain(|observable| seen.insert(observable.clone()));
            Ok(request.module.deliberate(&request.context, &observables).await)
        }))
    }

    fn actions(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Vec<Action>>> {
        Box::pin(self.dispatch(head, async move |mut request| {
            let observables = self.read_observables(body, &mut request.body_share).await?;
            Ok(request.module.actions(&request.context, &observables).await)
        }))
    }

    fn trigger(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<TriggerResult>> {
        Box::pin(self.dispatch(head, async move |mut request| {
            let trigger = self.read(body, &mut request.body_share, Trigger::parse).await?;
            Ok(request.module.trigger(&request.context, &trigger).await)
        }))
    }

    fn tiles(&self, head: RequestHead) -> BoxFuture<'_, Dispatched<Vec<Tile>>> {
        Box::pin(self.dispatch(head, async |request| Ok(request.module.tiles(&request.context).await)))
    }

    fn tile(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Tile>> {
        Box::pin(self.dispatch(head, async move |mut request| {
            let parse = |body: &[u8], _| tile::parse_tile_request(body);
            let tile_id = self.read(body, &mut request.body_share, parse).await?;
            Ok(request.find_tile(&tile_id).await.map_or_else(|reply| reply, Reply::data))
        }))
    }

    fn tile_data(&self, head: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<TileData>> {
        Box::pin(self.dispatch(head, async move |mut request| {
            let parse = |body: &[u8], _| tile::parse_tile_data_request(body);
            let (tile_id, period) = self.read(body, &mut request.body_share, parse).await?;
            Ok(match request.find_tile(&tile_id).await {
                Ok(tile) => request.module.tile_data(&request.context, &tile, period).await,
                Err(Reply { errors, .. }) => Reply { data: None, errors },
            })
        }))
    }

    fn ended(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.places.all_free())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overloads_have_all_series_from_the_start() {
        let overloads = Overloads::default();
        let metrics = Metrics::with_module("1", |registry| overloads.register(registry));
        let text = metrics.to_text();
        for resource in ["places", "bodies", "replies"] {
            for share in ["tenant", "deployment", "all"] {
                let line = format!("relay_overloads_total{{resource=\"{resource}\",share=\"{share}\"}} 0");
                assert!(text.contains(&line), "{line} is not in\n{text}");
            }
        }
    }
}
