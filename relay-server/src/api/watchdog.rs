//! `GET /watchdog`.

use poem_openapi::OpenApi;
use poem_openapi::param::Header;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::Tag;
use super::answer::{Answer, AnswerData};
use crate::envelope::{Envelope, ErrorItem};

pub(super) struct WatchdogApi;

#[OpenApi]
impl WatchdogApi {
    /// Echo of a header
    ///
    /// Shows that the relay answers. Needs no token.
    #[oai(path = "/watchdog", method = "get", operation_id = "watchdog", tag = "Tag::Relay")]
    async fn watchdog(
        &self,
        /// Any text; it comes back as data.
        #[oai(name = "Health-Check")]
        text: Header<Option<String>>,
    ) -> Answer<String> {
        Answer::new(&match text.0 {
            Some(text) => Envelope::data(text),
            None => Envelope::error(ErrorItem::health_check_failed()),
        })
    }
}

impl AnswerData for String {
    const NAME: &'static str = "WatchdogAnswer";

    fn schema() -> MetaSchemaRef {
        Self::schema_ref()
    }

    fn register(_: &mut Registry) {}
}
