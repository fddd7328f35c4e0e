//! `POST /refer/observables`.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::Tag;
use super::answer::{Answer, AnswerData};
use super::extract::{Caller, ObservablesBody};
use crate::refer::ReferenceLink;
use crate::relay::Relay;

pub(super) struct ReferApi;

#[OpenApi]
impl ReferApi {
    /// Links that look observables up
    ///
    /// One link for each observable, into the search of the Sumo Logic console. Nothing is asked of Cloud SIEM.
    #[oai(
        path = "/refer/observables",
        method = "post",
        operation_id = "referObservables",
        tag = "Tag::Relay"
    )]
    async fn refer(
        &self,
        relay: Data<&Arc<Relay>>,
        caller: Caller,
        body: ObservablesBody,
    ) -> Answer<Vec<ReferenceLink>> {
        Answer::new(&relay.refer(caller.question(), body.read()).await)
    }
}

impl AnswerData for Vec<ReferenceLink> {
    const NAME: &'static str = "ReferAnswer";

    fn schema() -> MetaSchemaRef {
        Self::schema_ref()
    }

    fn register(registry: &mut Registry) {
        <Self as Type>::register(registry);
    }
}
