//! `POST /deliberate/observables`.

use ctim::EntityLists;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::request::{Authorized, ObservablesForm, UnreadBody};
use super::response::ReplyResponse;
use super::state::State;
use super::tag::Tag;

pub(super) struct DeliberateApi;

#[OpenApi]
impl DeliberateApi {
    /// Verdicts on observables
    ///
    /// One verdict for each observable that the product judges, and none for the others. XDR sends
    /// up to 25 observables in one request.
    #[oai(
        path = "/deliberate/observables",
        method = "post",
        operation_id = "deliberateObservables",
        tag = "Tag::Relay"
    )]
    async fn deliberate(
        &self,
        service: Data<&State>,
        request: Authorized,
        body: UnreadBody<ObservablesForm>,
    ) -> ReplyResponse<EntityLists> {
        ReplyResponse::new(&service.name, service.dispatch.deliberate(request.0, body.body).await)
    }
}
