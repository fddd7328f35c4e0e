//! The answer of calls that have nothing to give back.

use serde::{Deserialize, Serialize};

/// The answer to a call that has no object to give back: the server carried it out. Read from
/// `{"ok": true}` and from a plain `true`.
///
/// A `false` is an error of the call for which [`Error::is_rejected`](crate::Error::is_rejected)
/// holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "WireAcknowledged")]
#[non_exhaustive]
pub struct Acknowledged {
    /// True.
    pub ok: bool,
}

/// Says that an answer is `ok: false`.
const NOT_CARRIED_OUT: &str = "the server answered `ok: false`";

/// True if an answer could not be read since it is `ok: false`.
pub(crate) fn is_not_carried_out(error: &serde_json::Error) -> bool {
    error.is_data() && error.to_string().starts_with(NOT_CARRIED_OUT)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireAcknowledged {
    Plain(bool),
    Object { ok: bool },
}

impl TryFrom<WireAcknowledged> for Acknowledged {
    type Error = &'static str;

    fn try_from(wire: WireAcknowledged) -> Result<Self, Self::Error> {
        let (WireAcknowledged::Plain(ok) | WireAcknowledged::Object { ok }) = wire;
        if ok { Ok(Self { ok }) } else { Err(NOT_CARRIED_OUT) }
    }
}
