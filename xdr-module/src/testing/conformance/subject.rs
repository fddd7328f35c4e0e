//! The module that is checked, and calls of it.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::check_error::CheckError;
use super::tenant::ConformanceTenant;
use crate::contract::observable::Observable;
use crate::dispatch::RequestLimits;
use crate::module::{Capability, Operation};
use crate::testing::caller::{Caller, HttpResponse, finish};
use crate::testing::claims::TokenClaims;
use crate::testing::issuer::TestIssuer;

/// The module that is checked.
pub(super) struct Subject {
    pub(super) caller: Caller,
    pub(super) issuer: TestIssuer,
    pub(super) audience: String,
    pub(super) claims: TokenClaims,
    pub(super) tenants: Option<[ConformanceTenant; 2]>,
    pub(super) capabilities: Vec<Capability>,
    pub(super) observables: Vec<Observable>,
    pub(super) hanging: Option<Observable>,
    pub(super) limits: RequestLimits,
    pub(super) refused_claims: Vec<TokenClaims>,
    pub(super) trigger: Option<Value>,
    pub(super) module_type: Option<Value>,
}

impl Subject {
    /// Returns the claims of a token that is accepted.
    pub(super) fn claims(&self) -> TokenClaims {
        self.claims_of(&self.claims)
    }

    /// Returns the claims of a token that is accepted, of the tenant with this configuration.
    pub(super) fn claims_of(&self, configuration: &TokenClaims) -> TokenClaims {
        self.issuer.claims(&self.audience).with_all(configuration)
    }

    /// Returns an `Authorization` header with these claims.
    pub(super) fn bearer(&self, claims: &TokenClaims) -> Result<String, CheckError> {
        Ok(format!("Bearer {}", self.issuer.token(claims)?))
    }

    /// Sends a `POST` with a token that is accepted.
    pub(super) async fn post(&self, path: &str, body: impl Into<Bytes>) -> Result<HttpResponse, CheckError> {
        let authorization = self.bearer(&self.claims())?;
        Ok(self.caller.post(path, Some(&authorization), body).await?)
    }

    /// Sends a `POST` with a token that is accepted and a further header.
    pub(super) async fn post_with(
        &self,
        path: &str,
        header: (&str, &str),
        body: impl Into<Bytes>,
    ) -> Result<HttpResponse, CheckError> {
        let request = Request::post(path).header(AUTHORIZATION, self.bearer(&self.claims())?);
        Ok(self.caller.send(finish(request.header(header.0, header.1), body)?).await?)
    }

    /// Returns the operations that the module offers.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let of_capabilities = self.capabilities.iter().flat_map(|capability| capability.operations());
        [Operation::Health].iter().chain(of_capabilities).copied().collect()
    }

    /// Returns the offered operations that take observables.
    pub(super) fn observable_operations(&self) -> Vec<Operation> {
        self.operations().into_iter().filter(|operation| takes_observables(*operation)).collect()
    }

    pub(super) fn offers(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Returns a body of which the module knows something, as far as the suite was told.
    pub(super) fn question(&self) -> Value {
        question(&self.observables)
    }

    /// Returns a body for an operation that is right, and harmless.
    pub(super) fn body(&self, operation: Operation) -> Value {
        match operation {
            Operation::Health | Operation::Tiles => Value::Null,
            Operation::Trigger => unknown_action(),
            Operation::Tile => json!({"tile_id": "no-such-tile"}),
            Operation::TileData => json!({"tile_id": "no-such-tile", "period": "last_24_hours"}),
            _ => self.question(),
        }
    }

    /// Returns the longest time that the module waits for a body.
    pub(super) fn body_time(&self) -> Duration {
        self.limits.body_time()
    }
}

/// Returns true if the body of an operation is a list of observables.
pub(super) fn takes_observables(operation: Operation) -> bool {
    matches!(operation, Operation::Observe | Operation::Refer | Operation::Deliberate | Operation::Actions)
}

/// Returns observables as the body of a request.
pub(super) fn question(observables: &[Observable]) -> Value {
    observables.iter().map(|one| json!({"type": one.kind, "value": one.value})).collect()
}

/// Returns the body of a trigger that no module knows.
pub(super) fn unknown_action() -> Value {
    json!({"action-id": "no-such-action", "observable_type": "ip", "observable_value": "198.51.100.1"})
}

/// Returns the body of a reply to a request that was not carried out.
pub(super) fn refused(operation: Operation, code: &str, message: &str) -> Value {
    let errors = json!([{"type": "fatal", "code": code, "message": message}]);
    match operation {
        // The status of a trigger is always there.
        Operation::Trigger => json!({"data": {"status": "failure"}, "errors": errors}),
        _ => json!({"errors": errors}),
    }
}

/// Returns true if the body of a response that was received byte by byte is this, whole or in one
/// chunk.
pub(super) fn holds(received: &str, body: &Value) -> bool {
    received.lines().any(|line| serde_json::from_str::<Value>(line).is_ok_and(|found| found == *body))
}
