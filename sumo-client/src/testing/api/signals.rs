//! Signals: lists and details.

use serde_json::Value;

use super::super::fields::SIGNALS;
use super::super::reply::ApiError;
use super::super::store::Store;
use super::page::Part;
use super::{Answer, Call, page};

const DEFAULT_LIMIT: usize = 50;

pub(super) fn list(store: &mut Store, call: &Call) -> Answer {
    let query = page::query(store, call, SIGNALS)?;
    page::by_offset(call, &store.signals.search(&query), DEFAULT_LIMIT, Value::clone)
}

pub(super) fn list_all(store: &mut Store, call: &Call) -> Answer {
    page::by_token(store, call, |store, call, range| {
        let query = page::query(store, call, SIGNALS)?;
        Ok(Part::of(store.signals.search(&query), range, Value::clone))
    })
}

pub(super) fn get(store: &mut Store, call: &Call) -> Answer {
    let signal = store.signals.find(&["id"], call.id());
    signal.cloned().ok_or_else(|| ApiError::not_found("signal", call.id()))
}
