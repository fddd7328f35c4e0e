//! Tokens: who is let in, and the exact reason that everybody else is given.

use std::time::Duration;

use serde_json::{Value, json};

use super::check::{Check, Findings};
use super::check_error::{CheckError, skip};
use super::subject::{Subject, holds, refused};
use crate::auth::Refusal;
use crate::contract::reply::ErrorItem;
use crate::module::Operation;
use crate::testing::claims::TokenClaims;
use crate::testing::wrong_tokens::{TokenFlaw, WrongToken};

pub(super) fn checks() -> Vec<Check> {
    let flaws = TokenFlaw::ALL.into_iter().map(|flaw| {
        let (name, rule) = name(flaw);
        Check {
            name,
            rule,
            run: Box::new(move |subject, findings| Box::pin(flawed(subject, findings, flaw))),
        }
    });
    flaws.chain(others()).collect()
}

fn others() -> Vec<Check> {
    table::checks()
}

mod table {
    super::super::check::checks! {
        "authorization.wrong_payload",
            "A token whose claims are of no use to the module is refused.", super::wrong_payload;
        "authorization.several_headers", "Two Authorization headers are refused.", super::several_headers;
        "authorization.slow_key_host", "A key host that does not answer does not hold a request up.",
            super::slow_key_host;
        "authorization.before_body", "The token is looked at before the body.", super::before_body;
        "authorization.nothing_fetched", "No host off the allow list is asked for keys.", super::nothing_fetched;
        "authorization.accepted", "Tokens that are right are accepted, in every form.", super::accepted;
    }
}

fn name(flaw: TokenFlaw) -> (&'static str, &'static str) {
    match flaw {
        TokenFlaw::HeaderMissing => ("authorization.header_missing", "A request without a token is refused."),
        TokenFlaw::Type => {
            ("authorization.wrong_type", "A header that is not Bearer and one token is refused.")
        }
        TokenFlaw::Structure => ("authorization.wrong_structure", "A text that is not a JWT is refused."),
        TokenFlaw::Algorithm => {
            ("authorization.wrong_algorithm", "An algorithm other than RS256 is refused.")
        }
        TokenFlaw::JwksHostMissing => {
            ("authorization.jwks_host_missing", "A token that names no key host is refused.")
        }
        TokenFlaw::JwksHostUnlisted => (
            "authorization.wrong_jwks_host",
            "A key host off the allow list is refused, however it is written.",
        ),
        TokenFlaw::KidMissing => ("authorization.kid_missing", "A token that names no key is refused."),
        TokenFlaw::Audience => ("authorization.wrong_audience", "A token for another module is refused."),
        TokenFlaw::Times => ("authorization.wrong_times", "Times that are not numbers are refused."),
        TokenFlaw::Expired => ("authorization.expired", "A token that has expired is refused."),
        TokenFlaw::NotYetValid => {
            ("authorization.not_yet_valid", "A token that is not valid yet is refused.")
        }
        TokenFlaw::KeySetBroken => {
            ("authorization.broken_key_set", "A key host that does not give a key set is a wrong host.")
        }
        TokenFlaw::KeySetEmpty => {
            ("authorization.empty_key_set", "A key set without keys has no key of any kid.")
        }
        TokenFlaw::KidUnknown => {
            ("authorization.unknown_kid", "A key that is not in the key set is not found.")
        }
        TokenFlaw::Signature => ("authorization.wrong_key", "A signature that does not hold is refused."),
    }
}

/// Returns the reply to a request that is not authorized.
fn unauthorized(operation: Operation, refusal: Refusal) -> Value {
    let ErrorItem { code, message, .. } = ErrorItem::authorization(refusal);
    refused(operation, &code, &message)
}

async fn flawed(subject: &Subject, findings: &mut Findings, flaw: TokenFlaw) -> Result<(), CheckError> {
    for token in subject.issuer.wrong_tokens(flaw, &subject.claims())? {
        refuses(subject, findings, &token, flaw.refusal()).await?;
    }
    Ok(())
}

/// Sends a header to every operation that needs a token.
async fn refuses(
    subject: &Subject,
    findings: &mut Findings,
    WrongToken { name, authorization }: &WrongToken,
    refusal: Refusal,
) -> Result<(), CheckError> {
    for operation in subject.operations() {
        let (path, body) = (operation.path(), subject.body(operation).to_string());
        let response = subject.caller.post(path, authorization.as_deref(), body).await?;
        findings.reply(format_args!("{path}: {name}"), &unauthorized(operation, refusal), &response);
    }
    Ok(())
}

async fn wrong_payload(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    if subject.refused_claims.is_empty() {
        return skip("no claims that the module refuses were named");
    }
    for claims in &subject.refused_claims {
        let name = json!(claims).to_string();
        let token = WrongToken { authorization: Some(subject.bearer(&replaced(subject, claims))?), name };
        refuses(subject, findings, &token, Refusal::WrongPayload).await?;
    }
    Ok(())
}

fn replaced(subject: &Subject, claims: &TokenClaims) -> TokenClaims {
    claims.iter().fold(subject.claims(), |all, (name, value)| match value {
        Value::Null => all.without(name),
        value => all.with(name, value.clone()),
    })
}

async fn several_headers(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let Ok(host) = subject.caller.authority() else { return skip("only for plain HTTP") };
    let good = subject.bearer(&subject.claims())?;
    for other in ["Bearer x", "Basic eDp5", &good] {
        for (first, second) in [(good.as_str(), other), (other, good.as_str())] {
            let request = format!(
                "POST /health HTTP/1.1\r\nHost: {host}\r\nAuthorization: {first}\r\nAuthorization: {second}\r\n\
                 Connection: close\r\nContent-Length: 0\r\n\r\n"
            );
            let received = subject.caller.send_raw(request.as_bytes()).await?;
            let text = String::from_utf8_lossy(&received).into_owned();
            let expected = unauthorized(Operation::Health, Refusal::WrongType);
            let is_fine = holds(&text, &expected);
            findings.require(is_fine, format_args!("{first:.12} and {second:.12}"), &expected, text);
        }
    }
    Ok(())
}

/// The longest limit that the suite waits for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(3);

async fn slow_key_host(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    if subject.limits.deadline > LONGEST_WAIT {
        return skip("the deadline of the module is longer than three seconds");
    }
    let claims = subject.claims().with("jwks_host", subject.issuer.slow_key_host().host());
    let authorization = Some(subject.bearer(&claims)?);
    let response = subject.caller.post("/health", authorization.as_deref(), "").await?;
    findings.reply("/health", &unauthorized(Operation::Health, Refusal::WrongJwksHost), &response);
    Ok(())
}

async fn before_body(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for operation in subject.operations() {
        for body in ["", "not JSON", "[1]"] {
            let response = subject.caller.post(operation.path(), None, body).await?;
            let case = format!("{} {body:?}", operation.path());
            findings.reply(case, &unauthorized(operation, Refusal::HeaderMissing), &response);
        }
    }
    Ok(())
}

async fn nothing_fetched(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = subject.issuer.unlisted_key_host();
    let claims = subject.claims().with("jwks_host", host.host());
    let authorization = subject.bearer(&claims)?;
    subject.caller.post("/health", Some(&authorization), "").await?;
    findings.equal("requests at the host", 0, host.requests());
    Ok(())
}

async fn accepted(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let claims = subject.claims();
    let now = chrono::Utc::now().timestamp();
    let token = subject.issuer.token(&claims)?;
    let with = |name: &str, value: Value| subject.bearer(&claims.clone().with(name, value));
    for (name, authorization) in [
        ("plain", format!("Bearer {token}")),
        ("lower case", format!("bearer {token}")),
        ("mixed case", format!("bEaReR {token}")),
        ("several blanks", format!("Bearer   {token}")),
        ("an audience list", with("aud", json!(["https://other.example.com", subject.audience]))?),
        ("an audience list of one", with("aud", json!([subject.audience]))?),
        ("valid for a minute", with("exp", json!(now + 60))?),
        ("valid at a fraction", with("exp", json!(now as f64 + 60.5))?),
        ("valid since yesterday", with("nbf", json!(now - 86_400))?),
        ("issued in the future", with("iat", json!(now + 3600))?),
        ("no times", with("exp", Value::Null)?),
        ("claims that nobody knows", with("whatever", json!({"a": [1]}))?),
    ] {
        let response = subject.caller.post("/health", Some(&authorization), "").await?;
        findings.reply(name, &json!({"data": {"status": "ok"}}), &without_quotas(response));
    }
    Ok(())
}

/// Leaves the quotas out, which other checks look at.
fn without_quotas(mut response: crate::testing::HttpResponse) -> crate::testing::HttpResponse {
    let mut body = response.json();
    if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
        data.remove("quotas");
        response.body = body.to_string().into();
    }
    response
}
