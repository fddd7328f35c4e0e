//! `POST /health`.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::Tag;
use super::answer::{Answer, AnswerData};
use super::extract::Caller;
use crate::relay::{Health, Relay};

pub(super) struct HealthApi;

#[OpenApi]
impl HealthApi {
    /// Check the module's configuration
    ///
    /// Verifies the token and asks Cloud SIEM with its credentials. XDR calls this when a module is set up, and
    /// shows the error text to the user.
    #[oai(path = "/health", method = "post", operation_id = "health", tag = "Tag::Relay")]
    async fn health(&self, relay: Data<&Arc<Relay>>, caller: Caller) -> Answer<Health> {
        Answer::new(&relay.health(caller.question()).await)
    }
}

impl AnswerData for Health {
    const NAME: &'static str = "HealthAnswer";

    fn schema() -> MetaSchemaRef {
        Self::schema_ref()
    }

    fn register(registry: &mut Registry) {
        <Self as Type>::register(registry);
    }
}
