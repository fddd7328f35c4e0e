//! Lists in pages: by offset and by token.

use serde_json::{Value, json};

use super::super::fields::Field;
use super::super::query::Query;
use super::super::reply::ApiError;
use super::super::store::{Store, TokenError};
use super::{Answer, Call};

/// How many results of one query the API reaches by offset.
pub(super) const REACH: usize = 10_000;

/// The query in `q`; the empty one when it is absent.
pub(super) fn query(store: &Store, call: &Call, fields: &'static [Field]) -> Result<Query, ApiError> {
    let text = call.query_parameter("q").unwrap_or_default();
    Query::parse(text, fields, store.clock.now())
        .map_err(|problem| ApiError::bad_request(format!("the query cannot be read: {problem}")))
}

/// A page of `found` by `offset` and `limit`, each object shown by `view`.
pub(super) fn by_offset(
    call: &Call,
    found: &[&Value],
    default_limit: usize,
    view: impl Fn(&Value) -> Value,
) -> Answer {
    let offset = call.query_number("offset")?.unwrap_or(0);
    let limit = call.query_number("limit")?.unwrap_or(default_limit);
    let reachable = found.len().min(REACH);
    let objects: Vec<Value> =
        found.iter().take(reachable).skip(offset).take(limit).map(|one| view(one)).collect();
    let has_next_page = offset.saturating_add(objects.len()) < reachable && !objects.is_empty();
    Ok(json!({"objects": objects, "total": found.len(), "hasNextPage": has_next_page}))
}

/// A page of the list that `find` makes of a call, by `nextPageToken`.
///
/// A token brings back the parameters of the first call, so that a follow-up call may repeat them or not.
pub(super) fn by_token(
    store: &mut Store,
    call: &Call,
    find: impl Fn(&Store, &Call) -> Result<Vec<Value>, ApiError>,
) -> Answer {
    let (first, offset) = match call.query_parameter("nextPageToken") {
        Some(token) => resume(store, call, token)?,
        None => (call.clone(), 0),
    };
    let found = find(store, &first)?;
    let total = found.len();
    let objects: Vec<Value> = found.into_iter().skip(offset).take(store.tokens.page_size).collect();
    let next = offset.saturating_add(objects.len());
    let token = (next < total && !objects.is_empty()).then(|| {
        let number = store.next_number();
        store.tokens.give(number, call.operation, first.query, next)
    });
    Ok(json!({"objects": objects, "nextPageToken": token}))
}

fn resume(store: &Store, call: &Call, token: &str) -> Result<(Call, usize), ApiError> {
    match store.tokens.take(call.operation, token) {
        Ok(cursor) => Ok((Call { query: cursor.parameters, ..call.clone() }, cursor.offset)),
        Err(TokenError::Expired) => {
            Err(ApiError { code: "token_expired", ..ApiError::bad_request("nextPageToken has expired") })
        }
        Err(TokenError::Unknown) => {
            Err(ApiError { code: "token_invalid", ..ApiError::bad_request("nextPageToken is not known") })
        }
    }
}
