//! Any `Authorization` header before the whole site.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};
use sumo_client::testing::DataSet;
use xdr_module::auth::Refusal;
use xdr_module::auth::allow_list::Audiences;

use super::{JWKS_HOST, REFER, REFER_SCHEMA, World, assert_is_envelope, only_error};
use crate::common::keys::{KID, hs256_signature};
use crate::common::{self, PUBLIC_URL, RsaKey};

/// All that the contract says about a token that is not accepted.
pub const REFUSALS: [Refusal; 11] = [
    Refusal::HeaderMissing,
    Refusal::WrongType,
    Refusal::WrongStructure,
    Refusal::JwksHostMissing,
    Refusal::WrongJwksHost,
    Refusal::KeyNotFound,
    Refusal::WrongKey,
    Refusal::WrongAudience,
    Refusal::WrongPayload,
    Refusal::Expired,
    Refusal::NotYetValid,
];

/// A relay that answers to its public URL, and one that answers to whatever host it is asked as.
static WORLDS: LazyLock<[World; 2]> = LazyLock::new(|| {
    [common::public_audience(), Audiences::RequestHost].map(|audiences| World::of(DataSet::new(), audiences))
});

/// A host that the tenant of a token may name.
pub const API_HOST: &str = "api.us2.sumologic.com";

/// Presents a token to both relays: nobody enters without all that it takes, and all others are
/// told one of the contract's reasons. Gives what each says, none when the token is accepted;
/// nothing when the request does not get there.
///
/// The first line of the input is the header `Host`, what follows it the header `Authorization`;
/// either may be missing. What stands between angle brackets is encoded as the parts of tokens are,
/// and a word in braces at the end becomes a signature, see [`signature`].
pub fn token(input: &[u8]) -> Vec<Option<Refusal>> {
    let (host, authorization) = match input.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&input[..at], Some(written_out(&input[at + 1..]))),
        None => (input, None),
    };
    let mut headers = HeaderMap::new();
    if !host.is_empty() {
        // What is no header value does not get past the socket.
        let Ok(host) = HeaderValue::from_bytes(host) else { return Vec::new() };
        headers.insert(header::HOST, host);
    }
    let mut signer = None;
    if let Some((value, by)) = authorization {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Vec::new() };
        headers.insert(header::AUTHORIZATION, value);
        signer = by;
    }
    let answers = WORLDS.iter().zip([Some(PUBLIC_URL), None]).filter_map(|(world, public_url)| {
        let Some(answer) = world.answer(REFER, &headers, br#"[{"type":"ip","value":"192.0.2.1"}]"#) else {
            let is_plain = headers.get(header::HOST).is_none_or(|host: &HeaderValue| {
                host.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
            });
            assert!(!is_plain, "refused for its host: {headers:?}");
            return None;
        };
        assert_is_envelope(&answer, &REFER_SCHEMA);
        let refusal = refusal(&answer);
        if refusal.is_none() {
            assert!(may_enter(&headers, signer, public_url), "{headers:?}");
            assert_eq!(answer["data"][0]["url"], "https://service.us2.sumologic.com/sec/search?q=192.0.2.1");
        }
        Some(refusal)
    });
    answers.collect()
}

/// The reason of an answer, none when the token was accepted.
fn refusal(answer: &Value) -> Option<Refusal> {
    let Some(code) = only_error(answer) else {
        assert!(answer.get("errors").is_none() && answer["data"].is_array(), "{answer:#}");
        return None;
    };
    assert_eq!(code, "authorization error");
    let message = answer["errors"][0]["message"].as_str().unwrap();
    let reason = message.strip_prefix("Authorization failed: ").unwrap();
    let known = REFUSALS.into_iter().find(|refusal| refusal.to_string() == reason);
    Some(known.unwrap_or_else(|| panic!("no reason of the contract: {reason}")))
}

/// The signer of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Signer {
    /// XDR, with the one algorithm that it uses.
    Xdr,
    Other,
}

/// The header that an input stands for, and who signed it.
fn written_out(input: &[u8]) -> (Vec<u8>, Option<Signer>) {
    let mut value = Vec::new();
    let mut rest = input;
    while let Some(open) = rest.iter().position(|byte| *byte == b'<') {
        let Some(length) = rest[open..].iter().position(|byte| *byte == b'>') else { break };
        value.extend_from_slice(&rest[..open]);
        value.extend_from_slice(URL_SAFE_NO_PAD.encode(&rest[open + 1..open + length]).as_bytes());
        rest = &rest[open + length + 1..];
    }
    value.extend_from_slice(rest);
    for (word, signer) in [
        ("{xdr}", Signer::Xdr),
        ("{stranger}", Signer::Other),
        ("{rs384}", Signer::Other),
        ("{ps256}", Signer::Other),
        ("{hs256}", Signer::Other),
    ] {
        let Some(before) = value.strip_suffix(word.as_bytes()) else { continue };
        let start = before.iter().rposition(|byte| *byte == b' ').map_or(0, |at| at + 1);
        let Some(signed) = before[start..].strip_suffix(b".") else { continue };
        let signature = signature(word, signed);
        let before = before.to_vec();
        return ([before, signature.into_bytes()].concat(), Some(signer));
    }
    (value, None)
}

/// The signature that a word stands for.
fn signature(word: &str, signed: &[u8]) -> String {
    match word {
        "{xdr}" => RsaKey::xdr().signature(Algorithm::RS256, signed),
        "{rs384}" => RsaKey::xdr().signature(Algorithm::RS384, signed),
        "{ps256}" => RsaKey::xdr().signature(Algorithm::PS256, signed),
        "{stranger}" => RsaKey::stranger().signature(Algorithm::RS256, signed),
        // The attack on libraries that take the public key for a shared secret.
        _ => hs256_signature(RsaKey::xdr().key_set().to_string().as_bytes(), signed),
    }
}

/// Returns true if a token has all that it takes. Says the same as the relay should, in another
/// way, and is less strict.
fn may_enter(headers: &HeaderMap, signer: Option<Signer>, public_url: Option<&str>) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let authorization = text(header::AUTHORIZATION).unwrap_or_default();
    let token = authorization.split_ascii_whitespace().nth(1).unwrap_or_default();
    let parts: Vec<Map<String, Value>> = token.split('.').take(2).filter_map(part).collect();
    let [head, claims] = parts.as_slice() else { return false };
    let has = |claim: &str| claims.get(claim).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let audience = |name: &Value| match (public_url, name.as_str()) {
        (Some(public_url), Some(name)) => name == public_url,
        (None, Some(name)) => name.split_once("://").map(|(_, host)| host) == text(header::HOST),
        _ => false,
    };
    let now = jsonwebtoken::get_current_timestamp() as f64;
    let time = |claim: &str| claims.get(claim).and_then(Value::as_f64);
    signer == Some(Signer::Xdr)
        && head.get("alg") == Some(&"RS256".into())
        && head.get("kid") == Some(&KID.into())
        && claims.get("jwks_host") == Some(&JWKS_HOST.into())
        && claims.get("host") == Some(&API_HOST.into())
        && claims.get("aud").is_some_and(|aud| match aud {
            Value::Array(list) => list.iter().any(audience),
            one => audience(one),
        })
        && has("access_id")
        && has("access_key")
        && time("exp").is_none_or(|exp| exp + 10.0 > now)
        && time("nbf").is_none_or(|nbf| nbf - 10.0 < now)
}

fn part(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?).ok()
}
