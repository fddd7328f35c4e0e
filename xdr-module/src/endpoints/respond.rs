//! `POST /respond/observables` and `POST /respond/trigger`.

use poem::web::Data;
use poem_openapi::OpenApi;

use super::request::{Authorized, ObservablesForm, TriggerForm, UnreadBody};
use super::response::ReplyResponse;
use super::state::State;
use super::tag::Tag;
use crate::contract::action::{Action, TriggerResult};
use crate::dispatch::Dispatched;

pub(super) struct RespondApi;

#[OpenApi]
impl RespondApi {
    /// Actions that fit observables
    ///
    /// The actions that the tenant allows for these observables, each with the body that
    /// `/respond/trigger` takes. Changes nothing.
    #[oai(
        path = "/respond/observables",
        method = "post",
        operation_id = "respondObservables",
        tag = "Tag::Relay"
    )]
    async fn actions(
        &self,
        service: Data<&State>,
        request: Authorized,
        body: UnreadBody<ObservablesForm>,
    ) -> ReplyResponse<Vec<Action>> {
        ReplyResponse::new(&service.name, service.dispatch.actions(request.0, body.body).await)
    }

    /// Carry out an action
    ///
    /// Carries out an action that `/respond/observables` offered. Sending the same trigger again
    /// changes nothing more.
    #[oai(path = "/respond/trigger", method = "post", operation_id = "respondTrigger", tag = "Tag::Relay")]
    async fn trigger(
        &self,
        service: Data<&State>,
        request: Authorized,
        body: UnreadBody<TriggerForm>,
    ) -> ReplyResponse<TriggerResult> {
        let mut dispatched = service.dispatch.trigger(request.0, body.body).await;
        if let Dispatched::Reply(reply, _) = &mut dispatched {
            reply.data.get_or_insert(TriggerResult::FAILURE);
        }
        ReplyResponse::new(&service.name, dispatched)
    }
}
