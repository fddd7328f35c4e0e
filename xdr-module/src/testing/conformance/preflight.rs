//! The call before all checks. Without it, every check would fail for the same reason, or pass on
//! refusals.

use super::check::seen;
use super::check_error::CheckError;
use super::report::{CheckOutcome, CheckResult, Mismatch};
use super::subject::Subject;
use crate::auth::Refusal;
use crate::telemetry::causes::Causes;
use crate::testing::caller::CallError;

/// Tries a token that should be accepted.
///
/// # Errors
/// Returns the only result of the suite if the module does not answer, or refuses the token.
pub(super) async fn run(subject: &Subject) -> Result<(), CheckResult> {
    let response = match subject.post("/health", "").await {
        Ok(response) => response,
        Err(CheckError::Call(error)) => return Err(unreachable(&error)),
        // The tools themselves fail; the checks tell how.
        Err(_) => return Ok(()),
    };
    let errors = response.errors();
    let text = |member: &str| errors.first().and_then(|error| error.get(member)?.as_str());
    match (text("code"), text("message")) {
        (Some("authorization error"), Some(message)) => Err(failed(advice(message), seen(&response))),
        _ => Ok(()),
    }
}

/// Returns the only result of the suite for a module that does not answer.
pub(super) fn unreachable(error: &CallError) -> CheckResult {
    failed("a module that answers; start it, or correct the base URL", Causes(error).to_string())
}

/// Returns the next step after a refusal of a token.
fn advice(message: &str) -> &'static str {
    let refusal = Refusal::ALL.into_iter().find(|refusal| message.ends_with(&refusal.to_string()));
    match refusal {
        Some(Refusal::WrongPayload | Refusal::TenantNotAllowed) => {
            "the token is accepted; tell the suite the claims of a tenant: `with_claims`"
        }
        Some(Refusal::WrongAudience) => {
            "the token is accepted; tell the suite the public URL of the module: `with_audience`"
        }
        Some(Refusal::WrongJwksHost | Refusal::KeyNotFound | Refusal::WrongKey) => {
            "the token is accepted; let the module trust the issuer: `TestIssuer::apply_to`, or `jwks_hosts` and \
             `root_pem`"
        }
        _ => "the token is accepted",
    }
}

fn failed(expected: &str, seen: String) -> CheckResult {
    let mismatch =
        Mismatch { case: "POST /health with a token".to_owned(), expected: expected.to_owned(), seen };
    CheckResult {
        name: "preflight",
        rule: "The module answers and accepts a token of the tenant.",
        cases: 1,
        outcome: CheckOutcome::Failed(vec![mismatch]),
    }
}
