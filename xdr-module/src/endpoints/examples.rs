//! The examples of the document that hold for every module.

use serde_json::{Value, json};

use super::ordered::Ordered;
use crate::auth::Refusal;
use crate::contract::health::Health;
use crate::contract::reply::{ErrorItem, Reply};
use crate::module::{About, Example, Examples, Operation};

/// The examples of one operation, as the document lists them.
pub(super) struct OperationExamples {
    pub(super) requests: Option<Ordered>,
    pub(super) replies: Option<Ordered>,
}

/// Returns the examples of the operation with this id: successes first, then partial data, then
/// errors, and in each those of the module first.
pub(super) fn of(
    operation_id: &str,
    about: &About,
    of_module: &dyn Fn(Operation) -> Examples,
) -> OperationExamples {
    let operation = Operation::ALL.into_iter().find(|operation| operation.id() == operation_id);
    let Examples { requests, mut replies } = operation.map(of_module).unwrap_or_default();
    match operation {
        Some(operation) => replies.extend(of_operation(operation)),
        None => replies.extend(of_public(operation_id, about)),
    }
    replies.sort_by_key(|Example { value, .. }| match (value.get("data"), value.get("errors")) {
        (_, None) => 0,
        (Some(_), Some(_)) => 1,
        (None, Some(_)) => 2,
    });
    OperationExamples { requests: named(&requests), replies: named(&replies) }
}

fn of_operation(operation: Operation) -> Vec<Example> {
    let mut examples = Vec::new();
    if operation == Operation::Health {
        examples.push(example("ok", "All is well", json!(Reply::data(Health::ok()))));
    }
    if matches!(operation, Operation::Observe | Operation::Deliberate) {
        examples.push(example("nothing", "Nothing found", json!(Reply::<()>::nothing())));
    }
    if !matches!(operation, Operation::Health | Operation::Tiles) {
        let invalid = ErrorItem::invalid_argument("{'_schema': ['Invalid input type.']}");
        examples.push(example("body", "The body does not validate", json!(Reply::<()>::error(invalid))));
    }
    let refused = ErrorItem::authorization(Refusal::WrongAudience);
    examples.push(example("token", "The token is not accepted", json!(Reply::<()>::error(refused))));
    examples
}

fn of_public(operation_id: &str, about: &About) -> Vec<Example> {
    match operation_id {
        "version" => vec![example("version", "The version", json!({"version": about.version}))],
        "watchdog" => {
            let missing = Reply::<()>::error(ErrorItem::health_check_failed());
            vec![
                example("echo", "The header's text", json!(Reply::data("hello"))),
                example("missing", "No header", json!(missing)),
            ]
        }
        _ => Vec::new(),
    }
}

fn example(name: &'static str, summary: &'static str, value: Value) -> Example {
    Example { name, summary, value }
}

/// Returns examples as the document lists them: a name, a summary, the value.
fn named(examples: &[Example]) -> Option<Ordered> {
    let list = examples.iter().map(|Example { name, summary, value }| {
        (*name, Ordered::object([("summary", Ordered::of(summary)), ("value", Ordered::of(value))]))
    });
    (!examples.is_empty()).then(|| Ordered::object(list))
}
