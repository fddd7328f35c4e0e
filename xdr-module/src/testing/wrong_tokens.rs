//! Tokens that no module may accept, each with the reason that it is refused for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::claims::TokenClaims;
use super::error::TestError;
use super::issuer::TestIssuer;
use crate::auth::Refusal;

/// The flaw of a [`WrongToken`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum TokenFlaw {
    /// No header.
    HeaderMissing,
    /// A header that is not `Bearer` and one token.
    Type,
    /// A text that is not a JWT.
    Structure,
    /// An algorithm other than RS256, such as `none`, or HMAC with a public key.
    Algorithm,
    /// No claim `jwks_host`.
    JwksHostMissing,
    /// A key-set host that the module must not ask.
    JwksHostUnlisted,
    /// A key-set host that does not publish a key set.
    KeySetBroken,
    /// No `kid` in the header.
    KidMissing,
    /// A `kid` that the key set does not have.
    KidUnknown,
    /// A key set without keys.
    KeySetEmpty,
    /// A signature that does not hold.
    Signature,
    /// An audience other than the module.
    Audience,
    /// A token that has expired.
    Expired,
    /// A token that is not valid yet.
    NotYetValid,
    /// Times that are not numbers.
    Times,
}

impl TokenFlaw {
    /// All flaws, in the order in which modules find them.
    pub const ALL: [Self; 15] = [
        Self::HeaderMissing,
        Self::Type,
        Self::Structure,
        Self::Algorithm,
        Self::JwksHostMissing,
        Self::JwksHostUnlisted,
        Self::KidMissing,
        Self::Audience,
        Self::Times,
        Self::Expired,
        Self::NotYetValid,
        Self::KeySetBroken,
        Self::KeySetEmpty,
        Self::KidUnknown,
        Self::Signature,
    ];

    /// Returns the reason that a module must give.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::HeaderMissing => Refusal::HeaderMissing,
            Self::Type => Refusal::WrongType,
            Self::Structure | Self::Algorithm => Refusal::WrongStructure,
            Self::JwksHostMissing => Refusal::JwksHostMissing,
            Self::JwksHostUnlisted | Self::KidMissing | Self::KeySetBroken => Refusal::WrongJwksHost,
            Self::KidUnknown | Self::KeySetEmpty => Refusal::KeyNotFound,
            Self::Signature => Refusal::WrongKey,
            Self::Audience => Refusal::WrongAudience,
            Self::Times => Refusal::WrongPayload,
            Self::Expired => Refusal::Expired,
            Self::NotYetValid => Refusal::NotYetValid,
        }
    }
}

/// An `Authorization` header that a module must refuse.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct WrongToken {
    /// A few words about it.
    pub name: String,
    /// The header; none when there is to be none.
    pub authorization: Option<String>,
}

impl WrongToken {
    fn header(name: impl Into<String>, authorization: impl Into<String>) -> Self {
        Self { name: name.into(), authorization: Some(authorization.into()) }
    }

    fn token(name: impl Into<String>, token: &str) -> Self {
        Self::header(name, format!("Bearer {token}"))
    }
}

impl TestIssuer {
    /// Returns tokens with this flaw, made of claims that are right. None needs a claim beyond
    /// those of [`claims`](Self::claims).
    ///
    /// # Errors
    /// Returns an error if a key cannot sign.
    pub fn wrong_tokens(&self, flaw: TokenFlaw, claims: &TokenClaims) -> Result<Vec<WrongToken>, TestError> {
        let good = self.token(claims)?;
        match flaw {
            TokenFlaw::HeaderMissing => {
                Ok(vec![WrongToken { name: "no header".to_owned(), authorization: None }])
            }
            TokenFlaw::Type => Ok(wrong_types(&good)),
            TokenFlaw::Structure => self.wrong_structures(&good, claims),
            TokenFlaw::Algorithm => self.wrong_algorithms(claims),
            TokenFlaw::JwksHostMissing => Ok(vec![WrongToken::token(
                "no jwks_host",
                &self.token(&claims.clone().without("jwks_host"))?,
            )]),
            TokenFlaw::JwksHostUnlisted => self.with_each(claims, "jwks_host", self.unlisted_hosts()),
            TokenFlaw::KidMissing => {
                let token = self.key().sign_with(Algorithm::RS256, None, claims)?;
                Ok(vec![WrongToken::token("no kid", &token)])
            }
            TokenFlaw::KeySetBroken => self
                .broken_key_hosts()
                .map(|(name, host)| {
                    Ok(WrongToken::token(name, &self.token(&claims.clone().with("jwks_host", host.host()))?))
                })
                .collect(),
            TokenFlaw::KeySetEmpty => {
                self.with_each(claims, "jwks_host", [json!(self.empty_key_host().host())])
            }
            TokenFlaw::KidUnknown => {
                let token = self.key().sign_with(Algorithm::RS256, Some("another"), claims)?;
                Ok(vec![WrongToken::token("an unknown kid", &token)])
            }
            TokenFlaw::Signature => self.wrong_signatures(&good, claims),
            TokenFlaw::Audience => self.wrong_audiences(claims),
            TokenFlaw::Expired => {
                self.with_each(claims, "exp", [json!(0), json!(-5), json!(1000.5), ago(60)])
            }
            TokenFlaw::NotYetValid => self.with_each(claims, "nbf", [ago(-3600), json!(1e300)]),
            TokenFlaw::Times => self.with_each(claims, "exp", [json!("tomorrow"), json!([1]), json!({})]),
        }
    }

    /// Returns tokens whose claim `name` has each of these values.
    fn with_each(
        &self,
        claims: &TokenClaims,
        name: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<WrongToken>, TestError> {
        let token = |value: Value| {
            let about = format!("{name} {value}");
            Ok(WrongToken::token(about, &self.token(&claims.clone().with(name, value))?))
        };
        values.into_iter().map(token).collect()
    }

    fn wrong_structures(&self, good: &str, claims: &TokenClaims) -> Result<Vec<WrongToken>, TestError> {
        let mut parts = good.split('.');
        let mut part = || parts.next().unwrap_or_default();
        let (header, payload, signature) = (part(), part(), part());
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let mut wrong: Vec<_> = ["abc", ".", "..", "a.b", "a.b.c", "a.b.c.d", "eyJ.eyJ.x", "{}.{}.{}"]
            .map(|text| WrongToken::token(text, text))
            .into();
        for (name, token) in [
            ("no signature part", format!("{header}.{payload}")),
            ("four parts", format!("{good}.{signature}")),
            ("no claims", format!("{header}..{signature}")),
            ("claims that are a list", format!("{header}.{}.{signature}", encode("[1]"))),
            ("claims that are a text", format!("{header}.{}.{signature}", encode("\"a\""))),
            ("claims cut off", format!("{header}.{}.{signature}", encode("{\"a\":"))),
            ("a header that is a list", format!("{}.{payload}.{signature}", encode("[]"))),
            ("a header without alg", format!("{}.{payload}.{signature}", encode("{\"kid\":\"a\"}"))),
            (
                "an alg that is not a text",
                format!("{}.{payload}.{signature}", encode("{\"alg\":[\"RS256\"]}")),
            ),
            ("letters that are not base64url", format!("{header}.{payload}+/.{signature}")),
        ] {
            wrong.push(WrongToken::token(name, &token));
        }
        let long = self.token(&claims.clone().with("filler", "x".repeat(40_000)))?;
        wrong.push(WrongToken::token("a token of 50 kB", &long));
        Ok(wrong)
    }

    fn wrong_algorithms(&self, claims: &TokenClaims) -> Result<Vec<WrongToken>, TestError> {
        let mut wrong = Vec::new();
        for alg in ["none", "None", "NONE", "nOnE", "", "ES256", "EdDSA", "rs256"] {
            let token = self.key().unsigned(alg, claims)?;
            wrong.push(WrongToken::token(format!("unsigned, alg {alg:?}"), &token));
        }
        use Algorithm::{PS256, PS384, PS512, RS384, RS512};
        for algorithm in [RS384, RS512, PS256, PS384, PS512] {
            let token = self.key().sign_with(algorithm, Some(self.key().kid()), claims)?;
            wrong.push(WrongToken::token(format!("{algorithm:?}"), &token));
        }
        let set = self.key().key_set()?;
        let jwk = set.pointer("/keys/0").cloned().unwrap_or_default();
        let modulus = jwk.get("n").and_then(Value::as_str).unwrap_or_default();
        for (name, secret) in [
            ("the key set", set.to_string().into_bytes()),
            ("the public key", jwk.to_string().into_bytes()),
            ("the modulus as it is published", modulus.as_bytes().to_vec()),
            ("the modulus", URL_SAFE_NO_PAD.decode(modulus).unwrap_or_default()),
            ("the kid", self.key().kid().as_bytes().to_vec()),
            ("nothing", Vec::new()),
        ] {
            let token = self.key().sign_with_secret(&secret, claims)?;
            wrong.push(WrongToken::token(format!("HS256 signed with {name}"), &token));
        }
        Ok(wrong)
    }

    /// Hosts that a module must not ask: another that publishes the key, odd values, and texts that
    /// seem to lead to the right host.
    fn unlisted_hosts(&self) -> Vec<Value> {
        let host = self.key_host().host();
        let port = host.rsplit(':').next().unwrap_or_default();
        let lookalikes = LOOKALIKES.map(|text| text.replace("{host}", &host).replace("{port}", port));
        let odd = [json!(null), json!(5), json!(true), json!([]), json!({}), json!("")];
        let others = [self.unlisted_key_host().host(), "evil.example".to_owned()];
        others.into_iter().chain(lookalikes).map(Value::from).chain(odd).collect()
    }

    fn wrong_signatures(&self, good: &str, claims: &TokenClaims) -> Result<Vec<WrongToken>, TestError> {
        let (head, signature) = good.rsplit_once('.').unwrap_or_default();
        let (header, _) = head.split_once('.').unwrap_or_default();
        let other = self.token(&claims.clone().with("x", 1))?;
        let other_payload = other.split('.').nth(1).unwrap_or_default();
        Ok([
            ("an unpublished key", self.unpublished_key().sign(claims)?),
            ("an empty signature", format!("{head}.")),
            ("a short signature", format!("{head}.AAAA")),
            ("a signature of other letters", format!("{head}.!!!!")),
            ("a signature cut off", format!("{head}.{signature:.300}")),
            ("other claims", format!("{header}.{other_payload}.{signature}")),
        ]
        .map(|(name, token)| WrongToken::token(name, &token))
        .into())
    }

    fn wrong_audiences(&self, claims: &TokenClaims) -> Result<Vec<WrongToken>, TestError> {
        let right = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
        let values = [
            json!("https://other.example.com"),
            json!(format!("{right}/")),
            json!(format!("{right}.evil.example")),
            json!(format!(" {right}")),
            json!(right.split("//").last()),
            json!(["https://other.example.com", 5, null]),
            json!([[right]]),
            json!({"aud": right}),
            json!(null),
            json!(5),
            json!(true),
            json!([]),
            json!(""),
        ];
        let mut wrong = self.with_each(claims, "aud", values)?;
        wrong.push(WrongToken::token("no aud", &self.token(&claims.clone().without("aud"))?));
        Ok(wrong)
    }
}

fn wrong_types(good: &str) -> Vec<WrongToken> {
    [
        ("an empty header", String::new()),
        ("another scheme", "Basic dXNlcjpwYXNz".to_owned()),
        ("another scheme with the token", format!("Token {good}")),
        ("the scheme alone", "Bearer".to_owned()),
        ("the token alone", good.to_owned()),
        ("three words", format!("Bearer {good} more")),
        ("a colon in between", format!("Bearer:{good}")),
        ("two tokens", format!("Bearer {good}, Bearer {good}")),
    ]
    .map(|(name, header)| WrongToken::header(name, header))
    .into()
}

/// Returns the time that was this many seconds ago, in seconds since 1970.
fn ago(seconds: i64) -> Value {
    json!(chrono::Utc::now().timestamp() - seconds)
}

/// Texts that lead, or seem to lead, to `127.0.0.1:{port}` without being it.
const LOOKALIKES: [&str; 24] = [
    "127.0.0.1",
    "{host}/",
    "{host}/.well-known/jwks",
    "{host}?a",
    "{host}#a",
    "user@{host}",
    "user:password@{host}",
    "{host}@{host}",
    "https://{host}",
    "//{host}",
    " {host}",
    "{host} ",
    "{host}\n",
    "127.0.0.1.:{port}",
    "127.0.0.1:0{port}",
    "127.1:{port}",
    "2130706433:{port}",
    "0x7f000001:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "localhost:{port}",
    "\u{ff11}27.0.0.1:{port}",
    "{host},evil.example",
    "{host}\\@evil.example",
    "%3127.0.0.1:{port}",
];
