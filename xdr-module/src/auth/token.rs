//! A JWT before its signature is checked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ctim::PlainValue;
use serde_json::{Map, Value};

use super::claims::Claims;
use super::refusal::Refusal;

/// The longest token that is read, in bytes. XDR's are below 2,000.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The tolerance for the clock of the issuer, in seconds.
const CLOCK_SKEW_SECONDS: f64 = 60.0;

/// A token whose parts can be read; whether they are true is still open.
pub(super) struct UnverifiedToken {
    header: Map<String, Value>,
    claims: Claims,
}

impl UnverifiedToken {
    /// Reads the parts of `token`, which must be a JWS in compact form with algorithm RS256.
    pub(super) fn read(token: &str) -> Result<Self, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::WrongStructure);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(_signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::WrongStructure);
        };
        let token = Self { header: read_part(header)?, claims: Claims(read_part(claims)?) };
        if token.header.get("alg").and_then(Value::as_str) != Some("RS256") {
            return Err(Refusal::WrongStructure);
        }
        Ok(token)
    }

    /// The host that publishes the key.
    pub(super) fn jwks_host(&self) -> Result<&str, Refusal> {
        let host = self.claims.get("jwks_host").ok_or(Refusal::JwksHostMissing)?;
        host.as_str().ok_or(Refusal::WrongJwksHost)
    }

    /// The name of the key.
    pub(super) fn kid(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// Returns the audiences of the token.
    pub(super) fn audiences(&self) -> impl Iterator<Item = &str> {
        let list = match self.claims.get("aud") {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        list.iter().filter_map(Value::as_str)
    }

    /// Checks `exp` and `nbf` where they are present; `now` in seconds since 1970.
    pub(super) fn check_times(&self, now: u64) -> Result<(), Refusal> {
        let now = now as f64;
        let time = |claim: &str, otherwise: f64| match self.claims.get(claim) {
            None | Some(Value::Null) => Ok(otherwise),
            Some(claim) => claim.as_f64().ok_or(Refusal::WrongPayload),
        };
        if time("exp", f64::INFINITY)? + CLOCK_SKEW_SECONDS <= now {
            return Err(Refusal::Expired);
        }
        if time("nbf", f64::NEG_INFINITY)? - CLOCK_SKEW_SECONDS > now {
            return Err(Refusal::NotYetValid);
        }
        Ok(())
    }

    /// Returns the claims of the token.
    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }
}

fn read_part(part: &str) -> Result<Map<String, Value>, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| Refusal::WrongStructure)?;
    match serde_json::from_slice(&bytes) {
        Ok(PlainValue(Value::Object(members))) => Ok(members),
        _ => Err(Refusal::WrongStructure),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(header: Value, claims: Value) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(header), part(claims))
    }

    fn read(claims: Value) -> UnverifiedToken {
        UnverifiedToken::read(&token(json!({"alg": "RS256", "kid": "k"}), claims)).ok().unwrap()
    }

    #[test]
    fn no_claim_is_a_wrapper_of_other_json() {
        let wrapper = json!({"$serde_json::private::RawValue": r#"{"aud": "x"}"#});
        assert_eq!(read(json!({"a": wrapper})).claims().get("a"), Some(&wrapper));
        assert_eq!(read(wrapper).audiences().count(), 0);
    }

    #[test]
    fn what_is_not_a_jwt_of_rs256_has_the_wrong_structure() {
        let good = json!({"alg": "RS256"});
        let algorithms = ["none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", ""];
        let mut tokens: Vec<String> =
            algorithms.iter().map(|alg| token(json!({"alg": alg}), json!({"jwks_host": "a"}))).collect();
        tokens.extend(["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "é.é.é"].map(str::to_owned));
        tokens.push(token(json!([]), json!({})));
        tokens.push(token(good.clone(), json!("text")));
        tokens.push(token(good.clone(), json!([1])));
        tokens.push(token(json!({"kid": "k"}), json!({})));
        tokens.push(token(good, json!({"filler": "x".repeat(MAX_TOKEN_BYTES)})));
        for token in tokens {
            assert_eq!(UnverifiedToken::read(&token).err(), Some(Refusal::WrongStructure), "{token:.80}");
        }
    }

    #[test]
    fn a_token_may_be_as_long_as_the_cap() {
        let token = token(json!({"alg": "RS256"}), json!({}));
        for (length, refusal) in
            [(16 * 1024, None), (16 * 1024 + 1, Some(Refusal::WrongStructure)), (token.len(), None)]
        {
            let token = format!("{token}{}", "c".repeat(length - token.len()));
            assert_eq!(UnverifiedToken::read(&token).err(), refusal, "{length}");
        }
    }

    #[test]
    fn a_key_is_named_by_a_text() {
        let kid = |header: Value| {
            UnverifiedToken::read(&token(header, json!({}))).ok().unwrap().kid().map(str::to_owned)
        };
        assert_eq!(kid(json!({"alg": "RS256", "kid": "k"})).as_deref(), Some("k"));
        assert_eq!(kid(json!({"alg": "RS256", "kid": 5})), None);
        assert_eq!(kid(json!({"alg": "RS256"})), None);
    }

    #[test]
    fn claims_of_a_wrong_type_are_named() {
        assert_eq!(read(json!({})).jwks_host(), Err(Refusal::JwksHostMissing));
        assert_eq!(read(json!({"jwks_host": 5})).jwks_host(), Err(Refusal::WrongJwksHost));
    }

    #[test]
    fn times_count_when_they_are_there() {
        let check = |claims: Value| read(claims).check_times(1_000);
        assert_eq!(check(json!({})), Ok(()));
        assert_eq!(check(json!({"exp": 1_001, "nbf": 999})), Ok(()));
        assert_eq!(check(json!({"exp": 941, "nbf": 1_060})), Ok(()));
        assert_eq!(check(json!({"exp": 940})), Err(Refusal::Expired));
        assert_eq!(check(json!({"nbf": 1_061})), Err(Refusal::NotYetValid));
        assert_eq!(check(json!({"exp": 939.5})), Err(Refusal::Expired));
        assert_eq!(check(json!({"nbf": 1_100})), Err(Refusal::NotYetValid));
        assert_eq!(check(json!({"exp": "tomorrow"})), Err(Refusal::WrongPayload));
    }

    #[test]
    fn an_audience_is_a_text_or_a_list() {
        let audiences =
            |aud: Value| read(json!({"aud": aud})).audiences().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(audiences(json!("a")), ["a"]);
        assert_eq!(audiences(json!(["a", 5, "b"])), ["a", "b"]);
        assert!(audiences(json!({"a": "b"})).is_empty());
        assert!(audiences(json!(null)).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*", parts in "[A-Za-z0-9_=-]{0,30}\\.[A-Za-z0-9_-]{0,60}\\.[a-z]*") {
            let _ = UnverifiedToken::read(&text);
            let _ = UnverifiedToken::read(&parts);
        }
    }
}
