//! The parts of requests that endpoints take: the head, and the body, which is not read yet.
//!
//! Neither fails: a missing token and a broken body are replies of the contract, not HTTP errors.

use std::marker::PhantomData;

use http::header::AUTHORIZATION;
use poem::{Body, Request, RequestBody, Result};
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
