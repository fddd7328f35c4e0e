//! Lists in pages: by offset and by token.

use std::ops::Range;

use serde_json::{Value, json};

use super::super::fields::Field;
use super::super::operation::Operation;
use super::super::query::Query;
use super::super::reply::ApiError;
use super::super::store::{MOST_ENTITIES_OF_PAGE, MOST_OF_PAGE, Store, TokenError};
use super::{Answer, Call};

/// The number of insights, signals or entities of one query that the API reaches by offset.
const REACH: usize = 10_000;

/// The query in `q`; the empty one when it is absent.
pub(super) fn query(store: &Store, call: &Call, fields: &'static [Field]) -> Result<Query, ApiError> {
    let text = call.query_parameter("q").unwrap_or_default();
    Query::parse(text, fields, store.clock.now())
        .map_err(|problem| ApiError::bad_request(format!("the query cannot be read: {problem}")))
}

/// A page of `found` by `offset` and `limit`, each object shown by `view`.
pub(super) fn by_offset<T: Copy>(
    call: &Call,
    found: &[T],
    default_limit: usize,
    view: impl Fn(T) -> Value,
) -> Answer {
    let offset = call.query_number("offset")?.unwrap_or(0);
    // What becomes of a limit above the maximum is not documented: it is cut, so that callers must
    // go by the answer.
    let limit = call.query_number("limit")?.unwrap_or(default_limit).min(most_of_page(call.operation));
    let reachable = found.len().min(reach(call.operation));
    let objects: Vec<Value> =
        found.iter().take(reachable).skip(offset).take(limit).map(|one| view(*one)).collect();
    let has_next_page = offset.saturating_add(objects.len()) < reachable && !objects.is_empty();
    Ok(json!({"objects": objects, "total": found.len(), "hasNextPage": has_next_page}))
}

fn most_of_page(operation: Operation) -> usize {
    match operation {
        Operation::GetEntities => MOST_ENTITIES_OF_PAGE,
        _ => MOST_OF_PAGE,
    }
}

fn reach(operation: Operation) -> usize {
    match operation {
        Operation::GetInsights | Operation::GetSignals | Operation::GetEntities => REACH,
        _ => usize::MAX,
    }
}

/// A part of a list, with the length of all of it.
pub(super) struct Part {
    objects: Vec<Value>,
    total: usize,
}

impl Part {
    /// The objects of `found` within `range`, each shown by `view`.
    pub(super) fn of<T>(
        found: impl IntoIterator<Item = T>,
        range: Range<usize>,
        view: impl Fn(T) -> Value,
    ) -> Self {
        let (mut objects, mut total) = (Vec::new(), 0);
        for one in found {
            if range.contains(&total) {
                objects.push(view(one));
            }
            total += 1;
        }
        Self { objects, total }
    }
}

/// A page of the list that `find` gives parts of, by `nextPageToken`.
///
/// A token brings back the parameters of the first call, so that a follow-up call may repeat them
/// or not.
pub(super) fn by_token(
    store: &mut Store,
    call: &Call,
    find: impl Fn(&Store, &Call, Range<usize>) -> Result<Part, ApiError>,
) -> Answer {
    let (first, offset) = match call.query_parameter("nextPageToken") {
        Some(token) => resume(store, call, token)?,
        None => (call.clone(), 0),
    };
    let range = offset..offset.saturating_add(store.tokens.page_size);
    let Part { objects, total } = find(store, &first, range)?;
    let next = offset.saturating_add(objects.len());
    let token = (next < total && !objects.is_empty()).then(|| {
        let number = store.next_number();
        let now = store.clock.now();
        store.tokens.give(number, call.operation, first.query, next, now)
    });
    Ok(json!({"objects": objects, "nextPageToken": token}))
}

fn resume(store: &Store, call: &Call, token: &str) -> Result<(Call, usize), ApiError> {
    match store.tokens.take(call.operation, token, store.clock.now()) {
        Ok(cursor) => Ok((Call { query: cursor.parameters, ..call.clone() }, cursor.offset)),
        Err(TokenError::Expired) => {
            Err(ApiError { code: "token_expired", ..ApiError::bad_request("nextPageToken has expired") })
        }
        Err(TokenError::Unknown) => {
            Err(ApiError { code: "token_invalid", ..ApiError::bad_request("nextPageToken is not known") })
        }
    }
}
