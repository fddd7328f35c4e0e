//! `POST /refer/observables`.

use poem::web::Data;
use poem_openapi::OpenApi;

use super::request::{Authorized, ObservablesForm, UnreadBody};
use super::response::ReplyResponse;
use super::state::State;
use super::tag::Tag;
use crate::contract::reference_link::ReferenceLink;

pub(super) struct ReferApi;

#[OpenApi]
impl ReferApi {
    /// Links that look observables up
    ///
    /// Links that open the console of the product, one for each observable. The product itself is
    /// not asked.
    #[oai(
        path = "/refer/observables",
        method = "post",
        operation_id = "referObservables",
        tag = "Tag::Relay"
    )]
    async fn refer(
        &self,
        service: Data<&State>,
        request: Authorized,
        body: UnreadBody<ObservablesForm>,
    ) -> ReplyResponse<Vec<ReferenceLink>> {
        ReplyResponse::new(&service.name, service.dispatch.refer(request.0, body.body).await)
    }
}
