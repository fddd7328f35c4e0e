//! The parts of requests that endpoints take: the head, and the body, which is not read yet.
//!
//! Neither fails: a missing token and a broken body are replies of the contract, not HTTP errors.

use std::marker::PhantomData;

use http::header::AUTHORIZATION;
use poem::{Body, FromRequest, Request, RequestBody, Result};
use poem_openapi::registry::{
    MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, MetaSecurityScheme, Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use tokio::time::Instant;

use crate::contract::tile::Period;
use crate::dispatch::RequestHead;
use crate::http::middleware::Arrived;
use crate::http::{host, request_id};

/// The name of the security scheme in the document.
const SCHEME: &str = "bearer";

/// The head of a request that needs a token.
pub(crate) struct Authorized(pub(crate) RequestHead);

impl<'a> ApiExtractor<'a> for Authorized {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some(
                    "The JWT that Cisco XDR signs for a module. Its claims name the key-set host (`jwks_host`), this \
                     relay (`aud`) and the tenant's configuration.",
                ),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: Some("JWT"),
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        Ok(Self(RequestHead {
            authorization: authorization(request),
            host: host::of(request),
            arrived: request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0),
            id: request_id::current(),
        }))
    }
}

/// Returns the header `Authorization`. One that is not text, or comes more than once, is not a
/// token: like an empty text, it has the wrong type.
fn authorization(request: &Request) -> Option<String> {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    let (one, another) = (values.next()?, values.next());
    let text = if another.is_none() { one.to_str().unwrap_or_default() } else { "" };
    Some(text.to_owned())
}

/// The body of a request of some form, not read yet.
pub(crate) struct UnreadBody<F> {
    pub(crate) body: Body,
    form: PhantomData<fn() -> F>,
}

/// The form of a request body in the document.
pub(crate) trait BodyForm: Send + 'static {
    /// The sentence that describes the body.
    const DESCRIPTION: &'static str;

    /// Returns the schema of the body.
    fn schema() -> MetaSchemaRef;

    /// Adds the schemas that the body refers to.
    fn register(registry: &mut Registry);
}

impl<'a, F: BodyForm> ApiExtractor<'a> for UnreadBody<F> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        F::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: Some(F::DESCRIPTION),
            content: vec![MetaMediaType { content_type: "application/json", schema: F::schema() }],
            required: true,
        })
    }

    async fn from_request(
        _: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        Ok(Self { body: body.take()?, form: PhantomData })
    }
}

/// The body of a request to an endpoint that takes none, dropped before the work begins.
///
/// Else it would be kept unread until the response, and the streams of an HTTP/2 connection share
/// its window: a few such bodies would keep those of all other requests from arriving.
pub(crate) struct NoBody;

impl<'a> FromRequest<'a> for NoBody {
    async fn from_request(_: &'a Request, body: &mut RequestBody) -> Result<Self> {
        drop(body.take());
        Ok(Self)
    }
}

/// A list of observables.
pub(crate) struct ObservablesForm;

/// The name of the schema of an observable.
pub(crate) const OBSERVABLE: &str = "Observable";

impl BodyForm for ObservablesForm {
    const DESCRIPTION: &'static str =
        "The observables, read as JSON whatever the Content-Type says. An empty list is valid.";

    fn schema() -> MetaSchemaRef {
        let items = MetaSchemaRef::Reference(OBSERVABLE.to_owned());
        inline(MetaSchema { items: Some(Box::new(items)), ..MetaSchema::new("array") })
    }

    fn register(registry: &mut Registry) {
        // Open, not an enumeration: clients that are generated from the document must send and take
        // any text.
        let kind = text_such_as(
            "ip",
            "The type of the value. XDR adds types several times a year, so any text is taken; `x-extensible-enum` \
             lists those that CTIM knows.",
        );
        let value =
            text_such_as("203.0.113.66", "The value itself, such as an address, a hash or a host name.");
        registry.create_schema::<Self, _>(OBSERVABLE.to_owned(), |_| MetaSchema {
            description: Some("A value that an analyst asks about, with its type."),
            required: vec!["type", "value"],
            properties: vec![("type", kind), ("value", value)],
            ..MetaSchema::new("object")
        });
    }
}

/// An action that is to be carried out.
pub(crate) struct TriggerForm;

impl BodyForm for TriggerForm {
    const DESCRIPTION: &'static str =
        "The id of the action and its `query-params`, read as JSON whatever the Content-Type says.";

    fn schema() -> MetaSchemaRef {
        inline(MetaSchema {
            required: vec!["action-id", "observable_type", "observable_value"],
            properties: vec![
                ("action-id", text("The id of the action.")),
                ("observable_type", text_such_as("ip", "The type of the observable.")),
                ("observable_value", text_such_as("203.0.113.140", "The value of the observable.")),
            ],
            additional_properties: Some(Box::new(inline(MetaSchema::ANY))),
            ..MetaSchema::new("object")
        })
    }

    fn register(_: &mut Registry) {}
}

/// The id of a tile.
pub(crate) struct TileForm;

impl BodyForm for TileForm {
    const DESCRIPTION: &'static str = "The id of the tile, read as JSON whatever the Content-Type says.";

    fn schema() -> MetaSchemaRef {
        inline(MetaSchema {
            required: vec!["tile_id"],
            properties: vec![("tile_id", text("The id of the tile."))],
            ..MetaSchema::new("object")
        })
    }

    fn register(_: &mut Registry) {}
}

/// The id of a tile and a period.
pub(crate) struct TileDataForm;

impl BodyForm for TileDataForm {
    const DESCRIPTION: &'static str =
        "The id of the tile and a period, read as JSON whatever the Content-Type says.";

    fn schema() -> MetaSchemaRef {
        inline(MetaSchema {
            required: vec!["tile_id", "period"],
            properties: vec![("tile_id", text("The id of the tile.")), ("period", Period::schema_ref())],
            ..MetaSchema::new("object")
        })
    }

    fn register(registry: &mut Registry) {
        Period::register(registry);
    }
}

fn text_such_as(example: &str, description: &'static str) -> MetaSchemaRef {
    text(description).merge(MetaSchema { example: Some(example.into()), ..MetaSchema::ANY })
}

fn text(description: &'static str) -> MetaSchemaRef {
    inline(MetaSchema { min_length: Some(1), description: Some(description), ..MetaSchema::new("string") })
}

fn inline(schema: MetaSchema) -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(schema))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::Bytes;
    use ctim::EntityLists;
    use futures_util::StreamExt;
    use futures_util::future::BoxFuture;
    use futures_util::stream::pending;
    use http::Method;
    use poem::{Endpoint, EndpointExt, Route};
    use tokio::time::timeout;

    use super::*;
    use crate::contract::action::{Action, TriggerResult};
    use crate::contract::health::Health;
    use crate::contract::reference_link::ReferenceLink;
    use crate::contract::tile::{Tile, TileData};
    use crate::dispatch::{Dispatch, Dispatched};
    use crate::endpoints::routes;
    use crate::endpoints::state::State;
    use crate::module::Capability;

    /// Takes bodies, reads none of them and never ends.
    struct Endless;

    /// Work that holds its arguments and never ends.
    fn endless<T: 'static>(held: impl Send + 'static) -> BoxFuture<'static, T> {
        Box::pin(async move {
            let _held = held;
            std::future::pending().await
        })
    }

    impl Dispatch for Endless {
        fn health(&self, head: RequestHead) -> BoxFuture<'_, Dispatched<Health>> {
            endless(head)
        }

        fn observe(&self, _: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<EntityLists>> {
            endless(body)
        }

        fn refer(&self, _: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Vec<ReferenceLink>>> {
            endless(body)
        }

        fn deliberate(&self, _: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<EntityLists>> {
            endless(body)
        }

        fn actions(&self, _: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Vec<Action>>> {
            endless(body)
        }

        fn trigger(&self, _: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<TriggerResult>> {
            endless(body)
        }

        fn tiles(&self, head: RequestHead) -> BoxFuture<'_, Dispatched<Vec<Tile>>> {
            endless(head)
        }

        fn tile(&self, _: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<Tile>> {
            endless(body)
        }

        fn tile_data(&self, _: RequestHead, body: Body) -> BoxFuture<'_, Dispatched<TileData>> {
            endless(body)
        }

        fn ended(&self) -> BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    fn state() -> State {
        State {
            name: "a".into(),
            title: "A".into(),
            version: "1".into(),
            dispatch: Arc::new(Endless),
            landing: None,
        }
    }

    #[tokio::test]
    async fn a_body_that_no_one_takes_is_dropped_before_the_work_begins() {
        let endpoint = routes::add(Route::new(), &Capability::ALL).data(state());
        for (path, is_kept) in [
            ("/health", false),
            ("/tiles", false),
            ("/tiles/tile", true),
            ("/tiles/tile-data", true),
            ("/observe/observables", true),
            ("/refer/observables", true),
            ("/deliberate/observables", true),
            ("/respond/observables", true),
            ("/respond/trigger", true),
        ] {
            let body = Arc::new(());
            let held = body.clone();
            let chunks = pending::<std::io::Result<Bytes>>().inspect(move |_| drop(held.clone()));
            let request =
                Request::builder().method(Method::POST).uri_str(path).body(Body::from_bytes_stream(chunks));
            let mut work = Box::pin(endpoint.get_response(request));
            assert!(timeout(Duration::ZERO, &mut work).await.is_err(), "{path} does not wait");
            assert_eq!(Arc::strong_count(&body) == 2, is_kept, "{path}");
        }
    }
}
