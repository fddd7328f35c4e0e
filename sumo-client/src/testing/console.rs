//! Pages where the links of the web console lead: `/sec/insight/{id}`, `/sec/signal/{id}`,
//! `/sec/content/rules/rule/{id}` and `/sec/search?q=`.
//!
//! They show an object of the data set to whoever asks, without credentials, and count neither as calls nor against
//! limits. Nothing of an object becomes markup.

use std::fmt::Write;

use http::header::{CONTENT_SECURITY_POLICY, HeaderName};
use http::{HeaderValue, Method, StatusCode, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::data::text_member;
use super::reply::Reply;
use super::service::decoded_query;
use super::store::{Collection, Store, text_of};

const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The most results that a search shows of each kind.
const MAX_RESULTS: usize = 100;

/// The page of the console at `uri`; none for paths outside of the console.
pub(super) fn page(store: &Store, method: &Method, uri: &Uri) -> Option<Reply> {
    let path = uri.path().strip_prefix("/sec/")?;
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Some(Reply::gateway_status(StatusCode::METHOD_NOT_ALLOWED));
    }
    let id = |prefix: &str| Some(percent_decode_str(path.strip_prefix(prefix)?).decode_utf8_lossy());
    if path == "console.css" {
        return Some(Reply::new(StatusCode::OK, "text/css; charset=utf-8", include_str!("console.css")));
    }
    if path == "search" {
        let query = decoded_query(uri.query());
        let text = query.into_iter().find(|(name, _)| name == "q").map(|(_, text)| text).unwrap_or_default();
        return Some(search(store, &text));
    }
    let page = if let Some(id) = id("insight/") {
        store.insights.find(&["id", "readableId"], &id).map(insight_page)
    } else if let Some(id) = id("signal/") {
        store.signals.find(&["id"], &id).map(|signal| signal_page(store, signal))
    } else if let Some(id) = id("content/rules/rule/") {
        store.rules.find(&["id"], &id).map(|rule| object_page("Rule", rule, ""))
    } else {
        None
    };
    Some(page.unwrap_or_else(|| {
        html(StatusCode::NOT_FOUND, "Not found", "<p>The data set holds nothing that this address names.</p>")
    }))
}

fn insight_page(insight: &Value) -> Reply {
    let signals = insight.get("signals").and_then(Value::as_array).into_iter().flatten();
    object_page("Insight", insight, &list("Signals", "signal/", signals))
}

fn signal_page(store: &Store, signal: &Value) -> Reply {
    let id = text_member(signal, "id");
    let holds = |insight: &&Value| {
        let signals = insight.get("signals").and_then(Value::as_array);
        signals.is_some_and(|signals| signals.iter().any(|signal| text_member(signal, "id") == id))
    };
    let rule_id = text_member(signal, "ruleId");
    let rule = rule_id.and_then(|rule_id| store.rules.find(&["id"], rule_id));
    let links = list("Insights", "insight/", store.insights.iter().filter(holds))
        + &list("Rule", "content/rules/rule/", rule.into_iter());
    object_page("Signal", signal, &links)
}

/// The single members of an object as a list, links, and the whole of it as JSON.
fn object_page(kind: &str, object: &Value, links: &str) -> Reply {
    let mut body = String::from("<dl>");
    for (name, value) in object.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => continue,
        };
        push(&mut body, format_args!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(&text)));
    }
    let json = serde_json::to_string_pretty(object).unwrap_or_default();
    push(
        &mut body,
        format_args!("</dl>{links}<h2>As the API sends it</h2><pre tabindex=\"0\">{}</pre>", escaped(&json)),
    );
    html(StatusCode::OK, &format!("{kind}: {}", label(object)), &body)
}

fn search(store: &Store, text: &str) -> Reply {
    let wanted = text.to_lowercase();
    let found = |collection: &'_ Collection, heading: &str, path: &str| {
        let found = collection.iter().filter(|object| text_of(object).contains(&wanted));
        list(heading, path, found.take(MAX_RESULTS))
    };
    let mut body =
        found(&store.insights, "Insights", "insight/") + &found(&store.signals, "Signals", "signal/");
    if body.is_empty() {
        body.push_str("<p>Nothing holds this text.</p>");
    }
    html(StatusCode::OK, &format!("Search: {text}"), &body)
}

/// A heading and links to objects; nothing when there are none.
fn list<'a>(heading: &str, path: &str, objects: impl Iterator<Item = &'a Value>) -> String {
    let mut items = String::new();
    for object in objects {
        let id = utf8_percent_encode(text_member(object, "id").unwrap_or_default(), NON_ALPHANUMERIC);
        push(
            &mut items,
            format_args!("<li><a href=\"/sec/{path}{id}\">{}</a></li>", escaped(&label(object))),
        );
    }
    if items.is_empty() { items } else { format!("<h2>{heading}</h2><ul>{items}</ul>") }
}

fn label(object: &Value) -> String {
    let parts = ["readableId", "name"].map(|name| text_member(object, name));
    let label = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if label.is_empty() { text_member(object, "id").unwrap_or_default().to_owned() } else { label }
}

fn html(status: StatusCode, title: &str, body: &str) -> Reply {
    let title = escaped(title);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/sec/console.css\">\n</head>\n<body>\n\
         <header><p><strong>Stand-in of Cloud SIEM.</strong> This is not Sumo Logic, and none of it happened.</p>\
         </header>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    );
    Reply::new(status, "text/html; charset=utf-8", page)
        .with_header(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY))
        .with_header(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"))
}

fn push(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing into a text does not fail.
    let _ = text.write_fmt(part);
}

/// `text` inside of elements and attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
