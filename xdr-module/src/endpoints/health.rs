//! `POST /health`.

use poem::web::Data;
use poem_openapi::OpenApi;

use super::request::{Authorized, NoBody};
use super::response::ReplyResponse;
use super::state::State;
use super::tag::Tag;
use crate::contract::health::Health;

pub(super) struct HealthApi;

#[OpenApi]
impl HealthApi {
    /// Check the module's configuration
    ///
    /// Verifies the token and asks the product with its credentials. XDR calls this when a module
    /// is set up, and shows the error text to the user.
    #[oai(path = "/health", method = "post", operation_id = "health", tag = "Tag::Relay")]
    async fn health(
        &self,
        service: Data<&State>,
        request: Authorized,
        _body: NoBody,
    ) -> ReplyResponse<Health> {
        ReplyResponse::new(&service.name, service.dispatch.health(request.0).await)
    }
}
