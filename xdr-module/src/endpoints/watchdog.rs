//! `GET /watchdog`.

use poem::Request;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Header;

use super::response::ReplyResponse;
use super::state::State;
use super::tag::Tag;
use crate::contract::reply::{ErrorItem, Reply};

/// The header that comes back.
const HEADER: &str = "health-check";

/// The most bytes of the header that come back: nobody needs a token to ask.
const MAX_ECHO_BYTES: usize = 1024;

pub(super) struct WatchdogApi;

#[OpenApi]
impl WatchdogApi {
    /// Echo of a header
    ///
    /// Shows that the relay answers: the text of the header `Health-Check` comes back as data.
    /// Needs no token.
    #[oai(path = "/watchdog", method = "get", operation_id = "watchdog", tag = "Tag::Relay")]
    async fn watchdog(
        &self,
        state: Data<&State>,
        request: &Request,
        /// Any text; its first 1024 bytes come back as data.
        #[oai(name = "Health-Check", example = "example")]
        _text: Header<Option<String>>,
    ) -> ReplyResponse<String> {
        // The parameter above is for the document: it drops text beyond ASCII.
        let reply = match request.headers().get(HEADER) {
            Some(text) => Reply::data(echo(text.as_bytes())),
            None => Reply::error(ErrorItem::health_check_failed()),
        };
        ReplyResponse::of_reply(&state.name, reply)
    }
}

fn example() -> Option<String> {
    Some("hello".to_owned())
}

fn echo(text: &[u8]) -> String {
    String::from_utf8_lossy(text.get(..MAX_ECHO_BYTES).unwrap_or(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_start_of_a_long_text_comes_back() {
        assert_eq!(echo(b"hello"), "hello");
        assert_eq!(echo("ä".repeat(600).as_bytes()), "ä".repeat(512));
        assert_eq!(echo(&[b'a'; 4000]).len(), MAX_ECHO_BYTES);
    }
}
