//! `POST /observe/observables`.

use std::sync::Arc;

use ctim::{EntityList, Indicator, Relationship, Sighting};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;

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
        let envelope = relay.observe(caller.question(), body.read()).await;
        Answer::with_room(&envelope, envelope.data.as_ref().map_or(0, ObserveData::usual_bytes))
    }
}

impl AnswerData for ObserveData {
    const NAME: &'static str = "ObserveAnswer";

    fn schema() -> MetaSchemaRef {
        MetaSchemaRef::Reference(DATA.to_owned())
    }

    fn register(registry: &mut Registry) {
        EntityList::<Sighting>::register(registry);
        EntityList::<Indicator>::register(registry);
        EntityList::<Relationship>::register(registry);
        registry.create_schema::<Self, _>(DATA.to_owned(), |_| MetaSchema {
            description: Some(
                "What Cloud SIEM holds about the observables; lists with nothing in them are left out.",
            ),
            properties: vec![
                ("sightings", EntityList::<Sighting>::schema_ref()),
                ("indicators", EntityList::<Indicator>::schema_ref()),
                ("relationships", EntityList::<Relationship>::schema_ref()),
            ],
            ..MetaSchema::new("object")
        });
    }
}

/// The name of the schema of the data.
const DATA: &str = "ObserveData";
