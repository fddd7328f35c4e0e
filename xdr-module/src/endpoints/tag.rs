//! The groups in which the document lists endpoints.

use poem_openapi::Tags;

/// The name of the group that viewers show first.
pub(super) const FIRST: &str = "Relay";

/// A group of endpoints.
#[derive(Tags)]
pub(super) enum Tag {
    /// The endpoints that Cisco XDR calls.
    Relay,
    /// Pages for people.
    Pages,
}
