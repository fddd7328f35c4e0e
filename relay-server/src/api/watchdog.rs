//! `GET /watchdog`.

use poem::Request;
use poem_openapi::OpenApi;
use poem_openapi::param::Header;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::Tag;
use super::answer::{Answer, AnswerData};
use crate::envelope::{Envelope, ErrorItem};

/// The header that comes back.
const HEADER: &str = "health-check";

pub(super) struct WatchdogApi;

#[OpenApi]
impl WatchdogApi {
    /// Echo of a header
    ///
    /// Shows that the relay answers. Needs no token.
    #[oai(path = "/watchdog", method = "get", operation_id = "watchdog", tag = "Tag::Relay")]
    async fn watchdog(
        &self,
        request: &Request,
        /// Any text; it comes back as data.
        #[oai(name = "Health-Check")]
        _text: Header<Option<String>>,
    ) -> Answer<String> {
        Answer::new(&match request.headers().get(HEADER) {
            // The parameter above is for the document: it takes text beyond ASCII for none.
            Some(text) => Envelope::data(String::from_utf8_lossy(text.as_bytes()).into_owned()),
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
