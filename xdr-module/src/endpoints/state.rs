//! The state that endpoints share.

use std::sync::Arc;

use crate::dispatch::Dispatch;
use crate::pages::Page;

/// The state that endpoints share.
#[derive(Clone)]
pub(crate) struct State {
    /// The first part of the `reason` of faults.
    pub(crate) name: Arc<str>,
    pub(crate) title: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) dispatch: Arc<dyn Dispatch>,
    /// The page at `/`, unless pages are switched off.
    pub(crate) landing: Option<Page>,
}
