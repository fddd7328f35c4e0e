//! `POST /observe/observables`.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};

use super::Tag;
use super::answer::{Answer, AnswerData};
use super::extract::{Caller, ObservablesBody};
use crate::observe::ObserveData;
use crate::relay::Relay;

pub(super) struct ObserveApi;

#[OpenApi]
impl ObserveApi {
    /// What Cloud SIEM holds about observables
    ///
    /// Searches insights and signals for each observable and answers with CTIM: sightings of the observable,
    /// indicators for the rules that fired, and the relationships between them. An answer comes before the
    /// deadline, with what was found by then; a warning names what was not searched.
    #[oai(
        path = "/observe/observables",
        method = "post",
        operation_id = "observeObservables",
        tag = "Tag::Relay"
    )]
    async fn observe(
        &self,
        relay: Data<&Arc<Relay>>,
        caller: Caller,
        body: ObservablesBody,
    ) -> Answer<ObserveData> {
        Answer::new(&relay.observe(caller.question(), body.read()).await)
    }
}

impl AnswerData for ObserveData {
    const NAME: &'static str = "ObserveAnswer";

    fn schema() -> MetaSchemaRef {
        MetaSchemaRef::Reference("ObserveData".to_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>("ObserveData".to_owned(), |_| MetaSchema::new("object"));
    }
}
