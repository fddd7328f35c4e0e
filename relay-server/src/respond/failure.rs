//! The ends of a trigger, and the errors that tell them.

use std::fmt;

use sumo_client::Error;
use xdr_module::contract::reply::ErrorItem;

use crate::error_items::{self, SIEM_API};
use crate::metrics::ActionResult;

/// The way in which a trigger succeeded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    /// Something was written.
    Written,
    /// All was so already.
    Already,
}

/// The reason for which a trigger failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A switch is off, or the list is not one that may be changed.
    NotAllowed(String),
    /// The trigger itself is wrong.
    Invalid(String),
    /// The object is gone.
    Gone(String),
    /// A call failed, and nothing was written by it.
    Call(Error),
    /// The source does not take indicators.
    Frozen(Error),
    /// A write was sent that may have been carried out, or not.
    Unknown(String),
    /// Nothing was changed, and it may be possible later.
    TryAgain(String),
}

impl Failure {
    /// Returns the result of the trigger.
    pub(crate) fn result(&self) -> ActionResult {
        match self {
            Self::NotAllowed(_) | Self::Invalid(_) => ActionResult::Refused,
            Self::Unknown(_) => ActionResult::Unknown,
            Self::Gone(_) | Self::Call { .. } | Self::Frozen(_) | Self::TryAgain(_) => ActionResult::Failed,
        }
    }

    /// Returns the error as XDR shows it.
    pub(crate) fn to_item(&self, host: &str) -> ErrorItem {
        match self {
            Self::NotAllowed(text) => ErrorItem::fatal("action not allowed", text),
            Self::Invalid(text) => ErrorItem::invalid_argument(text),
            Self::Gone(text) => ErrorItem::fatal("Not Found", text),
            Self::Call(error) => error_items::of_call(error, host, SIEM_API),
            Self::Frozen(error) => {
                let mut item = error_items::of_call(error, host, SIEM_API);
                item.message += ". Custom sources of Cloud SIEM may be frozen: name a source of the threat intelligence \
                                 datastore in the module, as platform:NAME";
                item
            }
            Self::Unknown(text) => ErrorItem::fatal("outcome unknown", text),
            Self::TryAgain(text) => ErrorItem::fatal("try again later", text),
        }
    }
}

/// Returns true if a write that ended with this error may have been carried out.
pub(crate) fn may_be_carried_out(error: &Error) -> bool {
    // Earlier attempts were refused for the same reason; or there is nothing that can be changed.
    let is_refused =
        error.is_rejected() || error.is_authentication() || error.is_forbidden() || error.is_not_found();
    // A server that failed at the only attempt is told as such.
    let is_server_alone = error.is_server() && error.attempts() == 1;
    error.may_be_carried_out() && !is_refused && !is_server_alone
}

/// Returns the failure of a write whose outcome is not known.
pub(crate) fn unknown(what: impl fmt::Display) -> Failure {
    Failure::Unknown(format!(
        "Sumo Logic Cloud SIEM did not confirm this: {what}. It may have been done or not. Look at it in Cloud \
         SIEM, or try again in a minute"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sent_may_be_carried_out() {
        assert!(!may_be_carried_out(&Error::rate_limit_deadline(std::time::Duration::ZERO)));
        assert!(!may_be_carried_out(&Error::timeout("a call that never began")));
        assert!(!may_be_carried_out(&Error::from_status(400, "")));
    }
}
