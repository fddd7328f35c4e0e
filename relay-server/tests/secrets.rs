//! No token, access id or access key stands in any log line, answer, error or debug print, whatever
//! fails.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use relay_server::Tenant;
use serde_json::json;
use sumo_client::testing::{DataSet, Fault, When};

use self::common::keys::{hs256, unsigned};
use self::common::log::Log;
use self::common::{ACCESS_ID, ACCESS_KEY, Answer, KeyAnswer, RsaKey, World, bearer, data};

/// The texts that must not stand anywhere: those that tell a secret, as they are and in the forms
/// in which they travel.
fn secrets(tokens: &[String]) -> Vec<String> {
    let pair = format!("{ACCESS_ID}:{ACCESS_KEY}");
    let mut secrets = vec![
        ACCESS_ID.to_owned(),
        ACCESS_KEY.to_owned(),
        BASE64_STANDARD.encode(&pair),
        BASE64_STANDARD.encode(ACCESS_KEY),
        BASE64_URL_SAFE_NO_PAD.encode(ACCESS_KEY),
        "PRIVATE KEY".to_owned(),
    ];
    for token in tokens {
        let mut parts = token.split('.');
        // The header of a token holds no secret; its claims and its signature do.
        let (_, claims, signature) =
            (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        secrets
            .extend([claims, signature].iter().filter(|part| part.len() > 20).map(|part| (*part).to_owned()));
    }
    secrets
}

#[track_caller]
fn assert_tells_no_secret(what: &str, text: &str, secrets: &[String]) {
    for line in text.lines() {
        for secret in secrets {
            assert!(!line.contains(secret.as_str()), "{what} tells {secret:.30}: {line:.2000}");
        }
    }
}

/// Every way in which a request can fail that has to do with secrets, and those that reach Cloud
/// SIEM.
async fn fail_in_every_way(world: &World) -> (Vec<Answer>, Vec<String>) {
    let good = world.claims();
    let tokens = vec![
        good.signed(),
        good.clone().with("exp", 1).signed(),
        good.clone().with("aud", "https://other.example").signed(),
        good.clone().with("jwks_host", "evil.example").signed(),
        good.clone().with("jwks_host", ACCESS_KEY).signed(),
        good.clone().with("host", "evil.example").signed(),
        good.clone().without("host").signed(),
        good.clone().with("access_id", json!([ACCESS_ID])).signed(),
        good.clone().with("access_key", json!({"key": ACCESS_KEY})).signed(),
        good.clone().with("CTR_ENTITIES_LIMIT", ACCESS_KEY).signed(),
        good.clone().with("access_key", format!("{ACCESS_KEY}-wrong")).signed(),
        good.clone().with("access_id", format!("{ACCESS_ID}-wrong")).signed(),
        good.signed_by(RsaKey::stranger()),
        good.signed_by(RsaKey::next()),
        hs256(b"secret", good.as_map()),
        unsigned("none", good.as_map()),
        format!("{}.x", good.signed()),
    ];
    let body = data::ask("domain", data::DOMAIN).to_string();
    let mut answers = Vec::new();
    for token in &tokens {
        for path in ["/health", "/observe/observables", "/refer/observables", "/nothing", "/version"] {
            answers.push(world.relay.caller().post(path, Some(&bearer(token)), body.clone()).await);
        }
        answers.push(world.relay.caller().post("/health", Some(token), "").await);
        answers.push(
            world.relay.caller().post("/health", Some(&format!("Bearer {token} {ACCESS_KEY}")), "").await,
        );
        answers
            .push(world.relay.caller().post("/observe/observables", Some(&bearer(token)), "no list").await);
    }
    (answers, tokens)
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::status(StatusCode::UNAUTHORIZED),
        Fault::status(StatusCode::FORBIDDEN),
        Fault::status(StatusCode::NOT_FOUND),
        Fault::status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::html(StatusCode::BAD_GATEWAY),
        Fault::redirect("https://evil.example/api"),
        Fault::invalid_json(),
        Fault::wrong_type(),
        Fault::empty(),
        Fault::truncated_body(),
        Fault::reset_before_headers(),
        Fault::reset_after_headers(),
        Fault::gzip_bomb(1 << 27),
        Fault::hang(),
        Fault::rate_limited(Some(60)),
    ]
}

#[tokio::test]
async fn neither_logs_nor_answers_tell_a_secret() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .try_init()
        .unwrap();

    let world = World::with(data::company(), |config| {
        config.service.requests.deadline = Duration::from_millis(400);
        config.sumo.max_body_bytes = 1024 * 1024;
        config.sumo.cache = Duration::from_secs(30);
    })
    .await;
    // A key host that failed is left alone for a while, so it is one of another world.
    let keyless = World::of(data::company()).await;
    keyless.keys.set(KeyAnswer::text(500, "no keys today"));
    let without_keys = keyless.health_as(&bearer(&keyless.token())).await;
    let (mut answers, tokens) = fail_in_every_way(&world).await;
    answers.push(without_keys);
    for fault in faults() {
        world.siem.inject(When::always(), fault);
        let body = data::ask("domain", &format!("never-{}.example", answers.len())).to_string();
        let (health, observe) =
            tokio::join!(world.post("/health", ""), world.post("/observe/observables", body));
        answers.extend([health, observe]);
        world.siem.clear_faults();
    }

    let secrets = secrets(&tokens);
    for answer in &answers {
        assert_tells_no_secret("an answer", &format!("{}\n{:?}", answer.body, answer.headers), &secrets);
    }
    world.relay.stop().await;
    let log = log.text();
    for part in ["xdr_module::telemetry::request_record", "Cloud SIEM call failed", "TRACE", "no key set"] {
        assert!(log.contains(part), "the log is not what it should be: no {part:?}");
    }
    let own: Vec<&str> =
        log.lines().filter(|line| line.contains("relay_server") || line.contains("sumo_client")).collect();
    assert!(own.len() > 100, "{}", own.len());
    assert_tells_no_secret("the log", &log, &secrets);
}

#[tokio::test]
async fn debug_prints_tell_no_secret() {
    let world = World::of(DataSet::new()).await;
    let tenant = Tenant {
        host: world.siem.api_host(),
        access_id: ACCESS_ID.into(),
        access_key: ACCESS_KEY.into(),
        entities_limit: 100,
        respond: relay_server::RespondSettings::default(),
        judging: Default::default(),
    };
    let key = RsaKey::xdr();
    let set = xdr_module::auth::KeySet::from_json(key.key_set().to_string().as_bytes()).unwrap();
    let config = common::config(&world.ca, [world.keys.host()], [world.siem.api_host()]);
    let credentials = sumo_client::Credentials::new(ACCESS_ID, ACCESS_KEY);
    let client =
        sumo_client::Client::builder(sumo_client::Deployment::US1, credentials.clone()).build().unwrap();
    let text =
        format!("{tenant:#?} {set:#?} {config:#?} {credentials:#?} {client:#?} {:#?}", key.signing_key());
    assert_tells_no_secret("a debug print", &text, &secrets(&[world.token()]));
    assert!(text.contains(&world.siem.api_host()), "what is no secret is shown: {text}");
}
