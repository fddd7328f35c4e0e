//! `POST /observe/observables`.

use ctim::EntityLists;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::request::{Authorized, ObservablesForm, UnreadBody};
use super::response::ReplyResponse;
use super::state::State;
use super::tag::Tag;

pub(super) struct ObserveApi;

#[OpenApi]
impl ObserveApi {
    /// Entities about observables
    ///
    /// Replies with CTIM: sightings of the observables, indicators, and the relationships between
    /// them. The reply comes before the deadline, with the results until then; a warning names the
    /// values that were not searched.
    #[oai(
        path = "/observe/observables",
        method = "post",
        operation_id = "observeObservables",
        tag = "Tag::Relay"
    )]
    async fn observe(
        &self,
        service: Data<&State>,
        request: Authorized,
        body: UnreadBody<ObservablesForm>,
    ) -> ReplyResponse<EntityLists> {
        ReplyResponse::new(&service.name, service.dispatch.observe(request.0, body.body).await)
    }
}
