//! The bodies of the fuzz targets; the plain tests run them over the corpora.
//!
//! Each asks the relay as a caller would: a token is presented to the whole site, and what Cloud
//! SIEM says comes over a socket from a stand-in.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod token;

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ctim::{Rule, Violation};
use http::{Method, StatusCode, header};
use relay_server::CloudSiemModule;
use relay_server::Tenant;
use serde::de::IgnoredAny;
use serde_json::Value;
use sumo_client::testing::{CloudSiem, DataSet, Fault, Operation, TestCa, When};
use tokio::runtime::Runtime;
use xdr_module::Handler;
use xdr_module::auth::KeySet;
use xdr_module::auth::allow_list::Audiences;
use xdr_module::contract::observable::{Observable, ObservableLimits};

pub use self::token::{REFUSALS, token};
use crate::common::schema::{AnswerSchema, assert_holds_ctim, assert_holds_ctim_but};
use crate::common::{self, ACCESS_ID, ACCESS_KEY, Claims, RsaKey, bearer, data, stand_in};

/// The host that the keys are said to come from; they are configured.
pub const JWKS_HOST: &str = "keys.example.com";

const OBSERVE: &str = "/observe/observables";
const REFER: &str = "/refer/observables";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

/// A relay as its library makes it, and the stand-in behind it.
struct World {
    siem: CloudSiem,
    relay: CloudSiemModule,
    handler: Handler,
}

impl World {
    fn of(data: DataSet, audiences: Audiences) -> Self {
        let ca = TestCa::new().unwrap();
        let tls = ca.server_config(&["127.0.0.1"]).unwrap();
        let siem = RUNTIME.block_on(stand_in(data).tls(tls).start()).unwrap();
        let key_set = KeySet::from_json(RsaKey::xdr().key_set().to_string().as_bytes()).unwrap();
        let hosts = [siem.api_host(), "api.us2.sumologic.com".to_owned()];
        let mut config = common::config(&ca, [JWKS_HOST.to_owned()], hosts);
        config.service.key_set = Some(key_set);
        config.service.audiences = audiences;
        config.service.use_proxy = false;
        let handler = RUNTIME.block_on(async { config.start().into_handler() });
        Self { siem, relay: config.module(), handler }
    }

    /// The answer to a post, which must be one of the contract; none when the request does not name
    /// one host.
    fn answer(&self, path: &str, headers: &http::HeaderMap, body: &[u8]) -> Option<Value> {
        // HTTP/2 lets a request do without the header Host.
        let request = http::Request::builder().method(Method::POST).version(http::Version::HTTP_2).uri(path);
        let mut request = request.body(Bytes::copy_from_slice(body)).unwrap();
        *request.headers_mut() = headers.clone();
        let response = RUNTIME.block_on(self.handler.call(request));
        if response.status() == StatusCode::BAD_REQUEST {
            return None;
        }
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        Some(serde_json::from_slice(response.body()).unwrap())
    }
}

/// Fails unless this is an envelope with data, errors or both, whose fatal errors stand without
/// data.
fn assert_is_envelope(answer: &Value, schema: &AnswerSchema) {
    schema.assert_holds(answer);
    let members: HashSet<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(!members.is_empty() && members.is_subset(&["data", "errors"].into()), "{answer:#}");
}

/// The code of the only error of an answer without data.
fn only_error(answer: &Value) -> Option<&str> {
    let errors = answer.get("errors")?.as_array()?;
    let is_alone = errors.len() == 1 && answer.get("data").is_none();
    is_alone.then(|| errors[0]["code"].as_str().unwrap())
}

/// The schemas of both kinds of answers, as the document tells them.
static OBSERVE_SCHEMA: LazyLock<AnswerSchema> = LazyLock::new(|| AnswerSchema::documented(OBSERVE));
static REFER_SCHEMA: LazyLock<AnswerSchema> = LazyLock::new(|| AnswerSchema::documented(REFER));

/// Any bytes as the body of a request with a good token: an answer of the contract comes, with data
/// when the body is a list of observables, and otherwise with the error that says so. Gives the
/// answer of observe.
pub fn request_body(body: &[u8]) -> Value {
    static WORLD: LazyLock<(World, http::HeaderMap)> = LazyLock::new(|| {
        let world = World::of(data::company(), common::public_audience());
        let token = Claims::new(JWKS_HOST, &world.siem.api_host()).signed();
        let headers = [(header::AUTHORIZATION, bearer(&token).parse().unwrap())].into_iter().collect();
        (world, headers)
    });
    let (world, headers) = &*WORLD;
    let asked = observables(body);

    let referred = world.answer(REFER, headers, body).unwrap();
    assert_is_envelope(&referred, &REFER_SCHEMA);
    let links = referred.get("data").map(|links| links.as_array().unwrap().len());
    assert_eq!(links, asked, "{referred:#}");
    assert_eq!(only_error(&referred), asked.is_none().then_some("invalid argument"), "{referred:#}");

    let observed = world.answer(OBSERVE, headers, body).unwrap();
    assert_is_envelope(&observed, &OBSERVE_SCHEMA);
    assert_holds_ctim_but(&observed, is_type_of_the_caller);
    assert_eq!(only_error(&observed), asked.is_none().then_some("invalid argument"), "{observed:#}");
    observed
}

/// An observable comes back with the type that the caller gave it, which may be newer than CTIM's
/// list.
fn is_type_of_the_caller(violation: &Violation) -> bool {
    let place = violation.pointer.strip_prefix("/sightings/docs/");
    violation.rule == Rule::Vocabulary && place.is_some_and(|place| place.ends_with("/observables/0/type"))
}

/// Returns the number of observables that a body lists, if it is a list of observables within
/// bounds. Says the same as the relay should, in another way.
fn observables(body: &[u8]) -> Option<usize> {
    let limits = ObservableLimits::default();
    let list: Vec<serde_json::Map<String, Value>> = serde_json::from_slice(body).ok()?;
    let is_text = |text: Option<&Value>, limit: usize| {
        text.and_then(Value::as_str).is_some_and(|text| (1..=limit).contains(&text.len()))
    };
    let is_observable = |item: &serde_json::Map<String, Value>| {
        item.len() == 2
            && is_text(item.get("type"), limits.kind_bytes)
            && is_text(item.get("value"), limits.value_bytes)
    };
    (list.len() <= limits.items && list.iter().all(is_observable)).then_some(list.len())
}

/// The separator of the answers for insights and for signals in an input of [`upstream_page`].
const SEPARATOR: &[u8] = b"\n---\n";

/// Any bytes as Cloud SIEM's answers: an envelope with valid CTIM comes out. An input without a
/// separator is the answer to both searches. Gives the answer.
pub fn upstream_page(input: &[u8]) -> Value {
    static WORLD: LazyLock<(World, Mutex<()>)> =
        LazyLock::new(|| (World::of(DataSet::new(), common::public_audience()), Mutex::new(())));
    let at = input.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    let (insights, signals) = at.map_or((input, input), |at| (&input[..at], &input[at + SEPARATOR.len()..]));
    let (world, turn) = &*WORLD;
    let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
    world.siem.clear_faults();
    for (operation, body) in [(Operation::GetInsights, insights), (Operation::GetSignals, signals)] {
        let answer = Fault::respond(StatusCode::OK, "application/json", body.to_vec());
        world.siem.inject(When::operation(operation), answer);
    }
    let tenant = Tenant {
        host: world.siem.api_host(),
        access_id: ACCESS_ID.into(),
        access_key: ACCESS_KEY.into(),
        entities_limit: 100,
        respond: relay_server::RespondSettings::default(),
        judging: Default::default(),
    };
    let asked = [Observable { kind: "domain".to_owned(), value: data::DOMAIN.to_owned() }];
    let answer =
        RUNTIME.block_on(world.relay.observe_as(&tenant, &asked, Duration::from_secs(24), &|_, _| {}));
    let answer: Value = serde_json::from_slice(&answer.to_bytes().unwrap()).unwrap();
    assert_is_envelope(&answer, &OBSERVE_SCHEMA);
    assert_holds_ctim(&answer);
    // What is no document is told. What nothing is taken from, such as a text with half a surrogate
    // pair behind the place where the value was found, may be passed by.
    let is_document = |body| serde_json::from_slice::<IgnoredAny>(body).is_ok();
    if !is_document(insights) || !is_document(signals) {
        assert!(answer.get("errors").is_some(), "{answer:#}");
    }
    answer
}
