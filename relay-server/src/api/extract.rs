//! What endpoints take from a request: the token, and the list of observables.
//!
//! Neither fails: a missing token and a broken body are answers of the contract, not HTTP errors.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header::AUTHORIZATION;
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{
    MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, MetaSecurityScheme, Registry,
};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use tokio::time::Instant;

use super::host;
use crate::auth::Presented;
use crate::relay::Question;

/// The largest request body unless configured otherwise: 1 MiB.
const DEFAULT_MAX_BYTES: usize = 1024 * 1024;

/// How request bodies are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BodyPolicy {
    /// The largest body, in bytes.
    pub max_bytes: usize,
    /// From the first read to the last.
    pub timeout: Duration,
}

impl Default for BodyPolicy {
    fn default() -> Self {
        Self { max_bytes: DEFAULT_MAX_BYTES, timeout: Duration::from_secs(10) }
    }
}

/// The moment at which a request arrived; the request scope puts it there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived(pub(crate) Instant);

/// The name of the security scheme in the document.
const SCHEME: &str = "bearer";

/// The token of the request and where the request was sent to.
pub struct Caller {
    authorization: Option<String>,
    host: Option<String>,
    arrived: Instant,
}

impl Caller {
    /// The request as the relay takes it.
    pub fn question(&self) -> Question<'_> {
        let presented =
            Presented { authorization: self.authorization.as_deref(), host: self.host.as_deref() };
        Question { presented, arrived: self.arrived }
    }
}

impl<'a> ApiExtractor<'a> for Caller {
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
                     relay (`aud`) and the tenant's Sumo Logic credentials (`host`, `access_id`, `access_key`).",
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
        Ok(Self {
            authorization: authorization(request),
            host: host::of(request),
            arrived: request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0),
        })
    }
}

/// The header `Authorization`. One that is no text, or comes more than once, is no token: like an empty text, it has the
/// wrong type.
fn authorization(request: &Request) -> Option<String> {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    let (one, another) = (values.next()?, values.next());
    let text = if another.is_none() { one.to_str().unwrap_or_default() } else { "" };
    Some(text.to_owned())
}

/// The body of a request about observables, as far as it could be read.
pub struct ObservablesBody(Result<Bytes, String>);

impl ObservablesBody {
    /// The bytes, or why there are none.
    ///
    /// # Errors
    /// The text for the caller when the body is too large, too slow or broken off.
    pub fn read(&self) -> Result<&[u8], &str> {
        self.0.as_deref().map_err(String::as_str)
    }
}

/// The schema of an observable in the document.
struct ObservableSchema;

impl ObservableSchema {
    const NAME: &'static str = "Observable";

    fn register(registry: &mut Registry) {
        let text = |description| MetaSchema { min_length: Some(1), description, ..MetaSchema::new("string") };
        let inline = |schema| MetaSchemaRef::Inline(Box::new(schema));
        // Open, not an enumeration: clients that are generated from the document must send and take any text.
        let kind = text(Some(
            "What kind of value it is. XDR adds types several times a year, so any text is taken; \
             `x-extensible-enum` lists those that CTIM knows.",
        ));
        registry.create_schema::<Self, _>(Self::NAME.to_owned(), |_| MetaSchema {
            description: Some("What an analyst asks about: a value and its type, nothing else."),
            required: vec!["type", "value"],
            properties: vec![
                ("type", inline(kind)),
                ("value", inline(text(Some("The value itself, such as an address, a hash or a host name.")))),
            ],
            ..MetaSchema::new("object")
        });
    }
}

impl<'a> ApiExtractor<'a> for ObservablesBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        ObservableSchema::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let list = MetaSchema {
            items: Some(Box::new(MetaSchemaRef::Reference(ObservableSchema::NAME.to_owned()))),
            ..MetaSchema::new("array")
        };
        Some(MetaRequest {
            description: Some(
                "The observables, read as JSON whatever the Content-Type says. An empty list is valid.",
            ),
            content: vec![MetaMediaType {
                content_type: "application/json",
                schema: MetaSchemaRef::Inline(Box::new(list)),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let policy = request.data::<BodyPolicy>().copied().unwrap_or_default();
        let read = tokio::time::timeout(policy.timeout, read_body(body, policy.max_bytes)).await;
        let too_slow =
            || format!("The request body did not arrive within {} s.", policy.timeout.as_secs_f64());
        Ok(Self(read.unwrap_or_else(|_| Err(too_slow()))))
    }
}

async fn read_body(body: &mut RequestBody, max_bytes: usize) -> std::result::Result<Bytes, String> {
    let mut chunks = body.take().map_err(|error| error.to_string())?.into_bytes_stream();
    let mut read = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| "The request body ended early.".to_owned())?;
        if read.len() + chunk.len() > max_bytes {
            return Err(format!("The request body is larger than {max_bytes} bytes."));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}
