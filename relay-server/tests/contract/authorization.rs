//! The reasons for which a token is refused, and that none of them causes a fetch that it should
//! not.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use sumo_client::testing::DataSet;

use crate::common::caller::unauthorized;
use crate::common::keys::{KID, hs256, unsigned};
use crate::common::{
    ACCESS_ID, ACCESS_KEY, Claims, KeyAnswer, KeyHost, PUBLIC_URL, RsaKey, World, bearer, data, stand_in,
};

const HEADER_MISSING: &str = "Authorization header is missing";
const WRONG_TYPE: &str = "Wrong authorization type";
const WRONG_STRUCTURE: &str = "Wrong JWT structure";
const JWKS_HOST_MISSING: &str =
    "jwks_host is missing in JWT payload. Make sure custom_jwks_host field is present in module_type";
const WRONG_JWKS_HOST: &str =
    "Wrong jwks_host in JWT payload. Make sure domain follows the visibility.<region>.cisco.com structure";
const KID_NOT_FOUND: &str = "kid from JWT header not found in API response";
const WRONG_KEY: &str = "Failed to decode JWT with provided key. Make sure domain in custom_jwks_host corresponds to \
                         your SecureX instance region.";
const WRONG_AUDIENCE: &str = "Wrong configuration-token-audience";
const WRONG_PAYLOAD: &str = "Wrong JWT payload structure";
const EXPIRED: &str = "JWT has expired";
const NOT_YET_VALID: &str = "JWT is not yet valid";

/// The name of a case, its header, and the reason why it is refused.
type Case = (String, Option<String>, &'static str);

fn case(name: &str, authorization: impl Into<String>, reason: &'static str) -> Case {
    (name.to_owned(), Some(authorization.into()), reason)
}

fn token_case(name: &str, token: &str, reason: &'static str) -> Case {
    case(name, bearer(token), reason)
}

/// Fails unless every endpoint that needs a token refuses each case for its reason, and fetches
/// nothing for it.
async fn assert_refused_without_fetch(world: &World, cases: Vec<Case>) {
    let body = data::ask("ip", "192.0.2.1").to_string();
    for (name, authorization, reason) in cases {
        for path in ["/health", "/observe/observables", "/refer/observables"] {
            let answer = world.relay.caller().post(path, authorization.as_deref(), body.clone()).await;
            answer.assert_is(&unauthorized(reason), &format!("{path}: {name}"));
        }
        world.assert_nothing_fetched(&name);
    }
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

#[tokio::test]
async fn headers_that_hold_no_token() {
    let world = World::of(DataSet::new()).await;
    let token = world.token();
    let cases = vec![
        ("no header".to_owned(), None, HEADER_MISSING),
        case("an empty header", "", WRONG_TYPE),
        case("another scheme", "Basic dXNlcjpwYXNz", WRONG_TYPE),
        case("another scheme with the token", format!("Token {token}"), WRONG_TYPE),
        case("the scheme alone", "Bearer", WRONG_TYPE),
        case("the scheme and a blank", "Bearer ", WRONG_TYPE),
        case("the token alone", token.clone(), WRONG_TYPE),
        case("three words", format!("Bearer {token} more"), WRONG_TYPE),
        case("a colon in between", format!("Bearer:{token}"), WRONG_TYPE),
        case("two tokens", format!("Bearer {token}, Bearer {token}"), WRONG_TYPE),
    ];
    assert_refused_without_fetch(&world, cases).await;
}

#[tokio::test]
async fn a_header_that_is_no_text_is_no_token() {
    let world = World::of(DataSet::new()).await;
    let header = http::HeaderValue::from_bytes(b"Bearer \xff\xfe").unwrap();
    let request = world.relay.caller().request(http::Method::POST, "/health").header("authorization", header);
    crate::common::Answer::of(request).await.assert_is(&unauthorized(WRONG_TYPE), "bytes");
    world.assert_nothing_fetched("bytes");
}

#[tokio::test]
async fn texts_that_are_no_jwt() {
    let world = World::of(DataSet::new()).await;
    let good = world.token();
    let (header, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let mut cases: Vec<Case> = ["abc", ".", "..", "a.b", "a.b.c", "a.b.c.d", "eyJ.eyJ.x", "{}.{}.{}"]
        .iter()
        .map(|text| token_case(text, text, WRONG_STRUCTURE))
        .collect();
    for (name, token) in [
        ("no signature part", format!("{header}.{claims}")),
        ("four parts", format!("{good}.{signature}")),
        ("no claims", format!("{header}..{signature}")),
        ("claims that are a list", format!("{header}.{}.{signature}", encode("[1]"))),
        ("claims that are a text", format!("{header}.{}.{signature}", encode("\"a\""))),
        ("claims that are null", format!("{header}.{}.{signature}", encode("null"))),
        ("claims cut off", format!("{header}.{}.{signature}", encode("{\"a\":"))),
        ("a header that is a list", format!("{}.{claims}.{signature}", encode("[]"))),
        ("a header without alg", format!("{}.{claims}.{signature}", encode("{\"kid\":\"xdr-key-1\"}"))),
        ("an alg that is no text", format!("{}.{claims}.{signature}", encode("{\"alg\":[\"RS256\"]}"))),
        ("other base64 letters", format!("{header}.{claims}+/.{signature}")),
    ] {
        cases.push(token_case(name, &token, WRONG_STRUCTURE));
    }
    assert_refused_without_fetch(&world, cases).await;
}

#[tokio::test]
async fn very_long_tokens() {
    let world = World::of(DataSet::new()).await;
    let cases = [17_000, 30_000, 44_000].map(|length| {
        let token = world.claims().with("filler", "x".repeat(length)).signed();
        token_case(&format!("{length} bytes and more"), &token, WRONG_STRUCTURE)
    });
    assert_refused_without_fetch(&world, cases.into()).await;
}

#[tokio::test]
async fn algorithms_other_than_rs256() {
    let world = World::of(DataSet::new()).await;
    let claims = world.claims();
    let key = RsaKey::xdr();
    let mut cases: Vec<Case> = ["none", "None", "NONE", "nOnE", "", "ES256", "EdDSA", "rs256"]
        .iter()
        .map(|alg| {
            token_case(&format!("unsigned, alg {alg:?}"), &unsigned(alg, claims.as_map()), WRONG_STRUCTURE)
        })
        .collect();
    for algorithm in
        [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512]
    {
        let token = key.sign_with(algorithm, Some(KID), claims.as_map());
        cases.push(token_case(&format!("{algorithm:?}"), &token, WRONG_STRUCTURE));
    }
    let jwk = key.jwk();
    let modulus = jwk["n"].as_str().unwrap();
    for (name, secret) in [
        ("the key set", key.key_set().to_string().into_bytes()),
        ("the key", jwk.to_string().into_bytes()),
        ("the modulus as it is published", modulus.as_bytes().to_vec()),
        ("the modulus", URL_SAFE_NO_PAD.decode(modulus).unwrap()),
        ("the kid", KID.as_bytes().to_vec()),
        ("nothing", Vec::new()),
    ] {
        let token = hs256(&secret, claims.as_map());
        cases.push(token_case(&format!("HS256 signed with {name}"), &token, WRONG_STRUCTURE));
    }
    assert_refused_without_fetch(&world, cases).await;
}

#[tokio::test]
async fn claims_that_are_missing_or_no_text() {
    let world = World::of(DataSet::new()).await;
    let claims = world.claims();
    let mut cases = vec![
        token_case("no jwks_host", &claims.clone().without("jwks_host").signed(), JWKS_HOST_MISSING),
        token_case("no aud", &claims.clone().without("aud").signed(), WRONG_AUDIENCE),
    ];
    let odd = [json!(null), json!(5), json!(true), json!([]), json!({}), json!("")];
    for value in odd {
        let token = |claim: &str| claims.clone().with(claim, value.clone()).signed();
        cases.push(token_case(&format!("jwks_host {value}"), &token("jwks_host"), WRONG_JWKS_HOST));
        cases.push(token_case(&format!("aud {value}"), &token("aud"), WRONG_AUDIENCE));
        for claim in ["host", "access_id", "access_key"] {
            cases.push(token_case(&format!("{claim} {value}"), &token(claim), WRONG_PAYLOAD));
        }
    }
    for claim in ["host", "access_id", "access_key"] {
        let token = claims.clone().without(claim).signed();
        cases.push(token_case(&format!("no {claim}"), &token, WRONG_PAYLOAD));
        let listed = claims.clone().with(claim, json!([claims.as_map()[claim]])).signed();
        cases.push(token_case(&format!("{claim} in a list"), &listed, WRONG_PAYLOAD));
    }
    assert_refused_without_fetch(&world, cases).await;
}

#[tokio::test]
async fn audiences_of_others() {
    let world = World::of(DataSet::new()).await;
    let relay = world.relay.address();
    let cases = [
        json!("https://other.example.com"),
        json!("https://relay.example.com/"),
        json!("https://relay.example.com.evil.example"),
        json!("https://RELAY.example.com"),
        json!("http://relay.example.com"),
        json!("relay.example.com"),
        json!(" https://relay.example.com"),
        json!(format!("http://{relay}")),
        json!(["https://other.example.com", 5, null]),
        json!([[PUBLIC_URL]]),
        json!({"aud": PUBLIC_URL}),
    ]
    .map(|aud| token_case(&format!("aud {aud}"), &world.claims().with("aud", aud).signed(), WRONG_AUDIENCE));
    assert_refused_without_fetch(&world, cases.into()).await;
}

#[tokio::test]
async fn times_that_do_not_hold() {
    let world = World::of(DataSet::new()).await;
    let claims = world.claims();
    let token = |claim: &str, value: Value| claims.clone().with(claim, value).signed();
    let cases = vec![
        token_case("expired a minute ago", &token("exp", json!(now() - 60)), EXPIRED),
        token_case("expired long ago", &token("exp", json!(0)), EXPIRED),
        token_case("expired before 1970", &token("exp", json!(-5)), EXPIRED),
        token_case("expired at a fraction", &token("exp", json!(1000.5)), EXPIRED),
        token_case("valid in an hour", &token("nbf", json!(now() + 3600)), NOT_YET_VALID),
        token_case("valid at the end of time", &token("nbf", json!(1e300)), NOT_YET_VALID),
        token_case("an exp that is a text", &token("exp", json!("tomorrow")), WRONG_PAYLOAD),
        token_case("an nbf that is a list", &token("nbf", json!([1])), WRONG_PAYLOAD),
    ];
    assert_refused_without_fetch(&world, cases).await;
}

/// Texts that lead, or may seem to lead, to the host `127.0.0.1:port` without being it.
fn disguises(port: u16) -> Vec<String> {
    [
        "127.0.0.1",
        "127.0.0.1:{port}/",
        "127.0.0.1:{port}/.well-known/jwks",
        "127.0.0.1:{port}?a",
        "127.0.0.1:{port}#a",
        "user@127.0.0.1:{port}",
        "user:password@127.0.0.1:{port}",
        "127.0.0.1:{port}@127.0.0.1:{port}",
        "https://127.0.0.1:{port}",
        "//127.0.0.1:{port}",
        " 127.0.0.1:{port}",
        "127.0.0.1:{port} ",
        "127.0.0.1:{port}\n",
        "127.0.0.1:\t{port}",
        "127.0.0.1\u{0}:{port}",
        "127.0.0.1.:{port}",
        "127.0.0.1:0{port}",
        "127.0.0.1:+{port}",
        "127.1:{port}",
        "127.0.0.01:{port}",
        "2130706433:{port}",
        "0x7f000001:{port}",
        "0177.0.0.1:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "[::1]:{port}",
        "localhost:{port}",
        "127.0.0.2:{port}",
        "\u{ff11}27.0.0.1:{port}",
        "127\u{3002}0\u{3002}0\u{3002}1:{port}",
        "\u{2460}27.0.0.1:{port}",
        "127.0.0.1:{port},evil.example",
        "127.0.0.1:{port}\\@evil.example",
        "%3127.0.0.1:{port}",
    ]
    .map(|disguise| disguise.replace("{port}", &port.to_string()))
    .into()
}

fn port_of(host: &str) -> u16 {
    host.rsplit_once(':').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn key_set_hosts_in_disguise() {
    let world = World::of(DataSet::new()).await;
    let port = port_of(&world.keys.host());
    let cases = disguises(port).into_iter().map(|host| {
        let token = world.claims().with("jwks_host", host.clone()).signed();
        token_case(&format!("jwks_host {host:?}"), &token, WRONG_JWKS_HOST)
    });
    assert_refused_without_fetch(&world, cases.collect()).await;
}

#[tokio::test]
async fn api_hosts_in_disguise() {
    let world = World::of(DataSet::new()).await;
    let cases = disguises(port_of(&world.siem.api_host())).into_iter().map(|host| {
        let token = world.claims().with("host", host.clone()).signed();
        token_case(&format!("host {host:?}"), &token, WRONG_PAYLOAD)
    });
    assert_refused_without_fetch(&world, cases.collect()).await;
}

#[tokio::test]
async fn names_of_hosts_in_disguise() {
    let world = World::with(DataSet::new(), |config| {
        let default = crate::common::Config::default();
        config.service.jwks_hosts = default.service.jwks_hosts;
        config.sumo.hosts = default.sumo.hosts;
    })
    .await;
    let mut cases = Vec::new();
    let disguises = |name: &str| {
        vec![
            name.to_uppercase(),
            format!("{name}."),
            format!("{name}:443"),
            format!("{name}:8443"),
            format!("{name}.evil.example"),
            format!("evil.example/{name}"),
            format!("{name}@evil.example"),
            format!("evil.example#{name}"),
            format!("x{name}"),
            format!("x.{name}"),
            name.replacen('i', "\u{456}", 1),
            name.replacen('s', "\u{17f}", 1),
            format!("{name}\u{200b}"),
            format!("{name}\u{ad}"),
            "127.0.0.1".to_owned(),
            "169.254.169.254".to_owned(),
            "xn--80ak6aa92e.com".to_owned(),
        ]
    };
    for host in disguises("visibility.amp.cisco.com") {
        let token = Claims::new(&host, "api.sumologic.com").signed();
        cases.push(token_case(&format!("jwks_host {host:?}"), &token, WRONG_JWKS_HOST));
    }
    for host in disguises("api.sumologic.com") {
        let token = Claims::new("visibility.amp.cisco.com", &host).signed();
        cases.push(token_case(&format!("host {host:?}"), &token, WRONG_PAYLOAD));
    }
    assert_refused_without_fetch(&world, cases).await;
}

#[tokio::test]
async fn a_token_without_a_kid_needs_no_key_set() {
    let world = World::of(DataSet::new()).await;
    let claims = world.claims();
    let without = RsaKey::xdr().sign_with(Algorithm::RS256, None, claims.as_map());
    assert_refused_without_fetch(&world, vec![token_case("no kid", &without, WRONG_JWKS_HOST)]).await;
}

/// Fails unless the token is refused for this reason without a call to Cloud SIEM.
async fn assert_refused(world: &World, name: &str, token: &str, reason: &str) {
    world.health_as(&bearer(token)).await.assert_is(&unauthorized(reason), name);
    assert_eq!(world.siem.counts().calls, 0, "{name}");
}

#[tokio::test]
async fn keys_and_signatures_that_do_not_fit() {
    let world = World::of(DataSet::new()).await;
    let claims = world.claims();
    let good = claims.signed();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = head.split_once('.').unwrap();
    let other_claims =
        URL_SAFE_NO_PAD.encode(Value::from(claims.clone().with("x", 1).as_map().clone()).to_string());
    let other_kid = RsaKey::xdr().sign_with(Algorithm::RS256, Some("another"), claims.as_map());
    for (name, token, reason) in [
        ("the key of a stranger", claims.signed_by(RsaKey::stranger()), WRONG_KEY),
        ("an empty signature", format!("{head}."), WRONG_KEY),
        ("a short signature", format!("{head}.AAAA"), WRONG_KEY),
        ("a signature of other letters", format!("{head}.!!!!"), WRONG_KEY),
        ("a signature cut off", format!("{head}.{:.300}", signature), WRONG_KEY),
        ("other claims", format!("{header}.{other_claims}.{signature}"), WRONG_KEY),
        ("an unknown kid", other_kid, KID_NOT_FOUND),
    ] {
        assert_refused(&world, name, &token, reason).await;
    }
}

#[tokio::test]
async fn key_hosts_that_give_no_keys() {
    let huge = json!({"keys": [RsaKey::xdr().jwk()], "filler": "x".repeat(1024 * 1024)});
    for (name, answer) in [
        ("status 500", KeyAnswer::text(500, RsaKey::xdr().key_set().to_string())),
        ("status 404", KeyAnswer::text(404, "not found")),
        ("status 302", KeyAnswer::text(302, "")),
        ("an empty body", KeyAnswer::text(200, "")),
        ("HTML", KeyAnswer::text(200, "<html></html>")),
        ("a list", KeyAnswer::json(json!([RsaKey::xdr().jwk()]))),
        ("no keys", KeyAnswer::json(json!({"data": []}))),
        ("keys that are no list", KeyAnswer::json(json!({"keys": RsaKey::xdr().jwk()}))),
        ("a set that is too large", KeyAnswer::json(huge)),
    ] {
        // A host that failed is left alone for a while, so each case has a world of its own.
        let world = World::of(DataSet::new()).await;
        world.keys.set(answer);
        assert_refused(&world, name, &world.token(), WRONG_JWKS_HOST).await;
        assert_eq!(world.keys.requests(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_key_set_without_the_key_is_told_as_such() {
    let mut no_kid = RsaKey::xdr().jwk();
    no_kid.as_object_mut().unwrap().remove("kid");
    let mut elliptic = RsaKey::xdr().jwk();
    elliptic["kty"] = json!("EC");
    for (name, keys) in [
        ("an empty list of keys", json!([])),
        ("a key without kid", json!([no_kid])),
        ("another kind", json!([elliptic])),
    ] {
        let world = World::of(DataSet::new()).await;
        world.keys.set(KeyAnswer::json(json!({"keys": keys})));
        assert_refused(&world, name, &world.token(), KID_NOT_FOUND).await;
        assert_eq!(world.keys.requests(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_key_host_that_cannot_be_reached_or_trusted() {
    let world = World::of(DataSet::new()).await;
    let stranger = sumo_client::testing::TestCa::new().unwrap();
    let untrusted = KeyHost::start(&stranger, KeyAnswer::json(RsaKey::xdr().key_set()));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let config =
        crate::common::config(&world.ca, [untrusted.host(), closed.clone()], [world.siem.api_host()]);
    let relay = crate::common::RunningRelay::start(&config);
    for (name, host) in [("untrusted", untrusted.host()), ("closed", closed)] {
        let token = world.claims().with("jwks_host", host).signed();
        let answer = relay.caller().post("/health", Some(&bearer(&token)), "").await;
        answer.assert_is(&unauthorized(WRONG_JWKS_HOST), name);
    }
    assert_eq!((untrusted.requests(), world.siem.counts().calls), (0, 0));
}

#[tokio::test]
async fn a_key_host_that_does_not_answer_ends_with_the_deadline() {
    let world =
        World::with(DataSet::new(), |config| config.service.requests.deadline = Duration::from_millis(500))
            .await;
    world.keys.set(KeyAnswer::json(RsaKey::xdr().key_set()).after(Duration::from_secs(3600)));
    let answer = tokio::time::timeout(Duration::from_secs(5), world.health_as(&bearer(&world.token()))).await;
    answer.unwrap().assert_is(&unauthorized(WRONG_JWKS_HOST), "silence");
    assert_eq!(world.siem.counts().calls, 0);
}

#[tokio::test]
async fn tokens_that_are_accepted() {
    let world = World::of(DataSet::new()).await;
    let claims = world.claims();
    let token = claims.signed();
    let with = |claim: &str, value: Value| bearer(&claims.clone().with(claim, value).signed());
    for (name, authorization) in [
        ("plain", bearer(&token)),
        ("lower case", format!("bearer {token}")),
        ("mixed case", format!("bEaReR {token}")),
        ("several blanks", format!("Bearer   {token}")),
        ("an audience list", with("aud", json!(["https://other.example.com", PUBLIC_URL]))),
        ("an audience list of one", with("aud", json!([PUBLIC_URL]))),
        ("valid for a minute", with("exp", json!(now() + 60))),
        ("just expired, within the skew of clocks", with("exp", json!(now() - 1))),
        ("valid at a fraction", with("exp", json!(now() as f64 + 60.5))),
        ("valid since yesterday", with("nbf", json!(now() - 86_400))),
        ("issued in the future", with("iat", json!(now() + 3600))),
        ("no times", with("exp", json!(null))),
        ("claims that nobody knows", with("whatever", json!({"a": [1]}))),
        ("a limit that is nonsense", with("CTR_ENTITIES_LIMIT", json!({"a": 1}))),
    ] {
        world.health_as(&authorization).await.assert_is_healthy(name);
    }
    assert_eq!(world.keys.requests(), 1, "one fetch serves all");
}

#[tokio::test]
async fn credentials_reach_cloud_siem_as_they_are() {
    let (id, key) = ("id with \"blanks\" \u{e9}", "key:with:colons/\u{1f600}\n");
    let siem = stand_in(DataSet::new()).credentials(id, key);
    let world = World::behind(siem, |_| {}).await;
    let token = world.claims().with("access_id", id).with("access_key", key).signed();
    world.health_as(&bearer(&token)).await.assert_is_healthy("odd credentials");
    assert_ne!((id, key), (ACCESS_ID, ACCESS_KEY));
}
