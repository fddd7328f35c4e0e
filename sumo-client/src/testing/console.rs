//! Pages where the links of the web console lead: `/sec/insight/{id}`, `/sec/signal/{id}`,
//! `/sec/content/rules/rule/{id}` and `/sec/search?q=`; and pages of lists and entities, whose
//! addresses in the real console are not known: `/sec/content` (with links to all lists),
//! `/sec/entity/{id}`, `/sec/content/match-lists/{id}`, `/sec/content/suppress-lists/{id}` and
//! `/sec/content/threat-intel-sources/{id}`.
//!
//! They show objects as they are now, to all callers, without credentials, and count neither as
//! calls nor against limits. Nothing of an object becomes markup.

use std::collections::HashSet;
use std::fmt::Write;

use http::header::{CONTENT_SECURITY_POLICY, HeaderName};
use http::{HeaderValue, Method, StatusCode, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::clock;
use super::data::text_member;
use super::reply::Reply;
use super::store::{Attachment, Collection, Item, ItemLists, Store, text_of};
use super::uri::decoded_query;

const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The most results that a search shows of each kind.
const MAX_RESULTS: usize = 100;

/// The most items that the page of a list shows.
const MAX_ITEMS: usize = 1_000;

const PREFIX: &str = "/sec/";

/// Returns true if an address lies in the console.
pub(super) fn is_page(uri: &Uri) -> bool {
    uri.path().starts_with(PREFIX)
}

/// A link that all pages have: the way back to what led to them.
#[derive(Clone, Debug)]
pub(super) struct HomeLink {
    pub(super) text: String,
    pub(super) address: String,
}

/// A page before it is written.
struct Page {
    status: StatusCode,
    title: String,
    /// Markup.
    body: String,
}

impl Page {
    fn new(title: impl Into<String>, body: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, title: title.into(), body: body.into() }
    }

    fn not_found() -> Self {
        let body = "<p>The data set holds nothing that this address names.</p>";
        Self { status: StatusCode::NOT_FOUND, ..Self::new("Not found", body) }
    }
}

/// The page of the console at `uri`.
pub(super) fn page(store: &Store, method: &Method, uri: &Uri, home: Option<&HomeLink>) -> Reply {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Reply::gateway_status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let path = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let id = |prefix: &str| Some(percent_decode_str(path.strip_prefix(prefix)?).decode_utf8_lossy());
    if path == "console.css" {
        return Reply::new(StatusCode::OK, "text/css; charset=utf-8", include_str!("console.css"));
    }
    if path == "search" {
        let query = decoded_query(uri.query());
        let text = query.into_iter().find(|(name, _)| name == "q").map(|(_, text)| text).unwrap_or_default();
        return html(search(store, &text), home);
    }
    let page = if matches!(path, "content" | "insight") {
        Some(start_page(store))
    } else if let Some(id) = id("insight/") {
        store.insights.find(&["id", "readableId"], &id).map(|insight| insight_page(store, insight))
    } else if let Some(id) = id("signal/") {
        store.signals.find(&["id"], &id).map(|signal| signal_page(store, signal))
    } else if let Some(id) = id("entity/") {
        store.entities.find(&["id"], &id).map(|entity| entity_page(store, entity))
    } else if let Some(id) = id("content/rules/rule/") {
        store.rules.find(&["id"], &id).map(|rule| object_page("Rule", rule, ""))
    } else {
        ListPages::ALL.iter().find_map(|pages| pages.page(store, &id(pages.path)?))
    };
    html(page.unwrap_or_else(Page::not_found), home)
}

/// The kinds of lists with items: their names, and the paths of their pages.
struct ListPages {
    noun: &'static str,
    heading: &'static str,
    path: &'static str,
    lists: fn(&Store) -> &ItemLists,
}

impl ListPages {
    const ALL: [Self; 3] = [
        Self {
            noun: "Match list",
            heading: "Match lists",
            path: "content/match-lists/",
            lists: |store| &store.match_lists,
        },
        Self {
            noun: "Suppress list",
            heading: "Suppress lists",
            path: "content/suppress-lists/",
            lists: |store| &store.suppress_lists,
        },
        Self {
            noun: "Threat intelligence source",
            heading: "Threat intelligence sources",
            path: "content/threat-intel-sources/",
            lists: |store| &store.threat_intel,
        },
    ];

    /// The page of a list, with its items.
    fn page(&self, store: &Store, id: &str) -> Option<Page> {
        let lists = (self.lists)(store);
        let list = lists.lists.find(&["id"], id)?;
        let items = lists.items.iter().filter(|item| item.list_id == id);
        Some(object_page(self.noun, list, &items_table(store, items)))
    }

    /// Links to all lists.
    fn index(&self, store: &Store) -> String {
        list(self.heading, self.path, (self.lists)(store).lists.iter())
    }

    /// Links to the lists that have an item with a text in it.
    fn search(&self, store: &Store, wanted: &str) -> String {
        let lists = (self.lists)(store);
        let found: HashSet<&str> = lists
            .items
            .iter()
            .filter(|item| text_of(&item.object).contains(wanted))
            .map(|item| item.list_id.as_str())
            .collect();
        let is_found = |list: &&Value| text_member(list, "id").is_some_and(|id| found.contains(id));
        list(self.heading, self.path, lists.lists.iter().filter(is_found))
    }
}

/// The items of a list. Those that lists of items do not show yet are here, too.
fn items_table<'a>(store: &Store, items: impl Iterator<Item = &'a Item>) -> String {
    let now = store.clock.now();
    let mut rows = String::new();
    for item in items.take(MAX_ITEMS) {
        let text = |member: &str| text_member(&item.object, member).unwrap_or_default();
        let end = text_member(&item.object, "expiration");
        let is_past = end.and_then(clock::parse).is_some_and(|end| end <= now);
        let is_active = item.object.get("active").and_then(Value::as_bool).unwrap_or_default();
        let state = match (is_active, is_past, item.appears_at > now) {
            (false, ..) => "inactive",
            (_, true, _) => "expired",
            (_, _, true) => "active, not in lists of items yet",
            _ => "active",
        };
        let meta = item.object.get("meta");
        let description = meta.and_then(|meta| text_member(meta, "description")).unwrap_or_default();
        push(
            &mut rows,
            format_args!(
                "<tr><td>{}</td><td>{state}</td><td>{}</td><td>{}</td></tr>",
                escaped(text("value")),
                end.map_or_else(|| "never".to_owned(), time),
                escaped(description)
            ),
        );
    }
    if rows.is_empty() {
        return "<h2>Items</h2><p>This list is empty.</p>".to_owned();
    }
    format!(
        "<h2>Items</h2><div class=\"wide\" role=\"region\" aria-label=\"Items\" tabindex=\"0\"><table><thead><tr>\
         <th scope=\"col\">Value</th><th scope=\"col\">State</th><th scope=\"col\">Ends</th>\
         <th scope=\"col\">Description</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

fn start_page(store: &Store) -> Page {
    let mut body = list("Newest insights", "insight/", store.insights.iter().take(MAX_RESULTS));
    body.extend(ListPages::ALL.iter().map(|pages| pages.index(store)));
    Page::new("Console", body)
}

/// An insight with its history.
fn insight_page(store: &Store, insight: &Value) -> Page {
    let signals = insight.get("signals").and_then(Value::as_array).into_iter().flatten();
    let entity = insight.get("entity").and_then(|entity| text_member(entity, "id"));
    let entity = entity.and_then(|id| store.entities.find(&["id"], id));
    let id = text_member(insight, "id").unwrap_or_default();
    let links = attached(store, Attachment::Comment, id, "Comments", ["author", "body"])
        + &attached(store, Attachment::History, id, "History", ["user", "description"])
        + &list("Entity", "entity/", entity.into_iter())
        + &list("Signals", "signal/", signals);
    object_page("Insight", insight, &links)
}

fn entity_page(store: &Store, entity: &Value) -> Page {
    let id = text_member(entity, "id");
    let is_about =
        |insight: &&Value| insight.get("entity").and_then(|entity| text_member(entity, "id")) == id;
    object_page("Entity", entity, &list("Insights", "insight/", store.insights.iter().filter(is_about)))
}

/// Comments or steps of the history: when, who and what.
fn attached(store: &Store, kind: Attachment, owner: &str, heading: &str, [who, what]: [&str; 2]) -> String {
    let mut items = String::new();
    for object in store.attached(kind, owner) {
        let who = object.get(who).and_then(|user| text_member(user, "username")).unwrap_or_default();
        let text = |member: &str| text_member(object, member).unwrap_or_default();
        push(
            &mut items,
            format_args!("<li>{} {}: {}</li>", time(text("timestamp")), escaped(who), escaped(text(what))),
        );
    }
    if items.is_empty() { items } else { format!("<h2>{heading}</h2><ul>{items}</ul>") }
}

fn signal_page(store: &Store, signal: &Value) -> Page {
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

/// Members that hold times.
const TIMES: [&str; 6] = ["timestamp", "created", "closed", "lastUpdated", "lastSeen", "firstSeen"];

/// The single members of an object as a list, with the name of its status, links, and the whole of
/// it as JSON.
fn object_page(kind: &str, object: &Value, links: &str) -> Page {
    let mut body = String::from("<dl>");
    for (name, value) in object.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Object(_) if name == "status" => match text_member(value, "displayName") {
                Some(text) => text.to_owned(),
                None => continue,
            },
            Value::Array(items) if name == "tags" && !items.is_empty() => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            _ => continue,
        };
        let shown = if TIMES.contains(&name.as_str()) { time(&text) } else { escaped(&text) };
        push(&mut body, format_args!("<dt>{}</dt><dd>{shown}</dd>", escaped(name)));
    }
    let json = serde_json::to_string_pretty(object).unwrap_or_default();
    push(
        &mut body,
        format_args!(
            "</dl>{links}<details><summary>As the API sends it</summary><pre tabindex=\"0\" aria-label=\"JSON\">{}</pre>\
             </details>",
            escaped(&json)
        ),
    );
    Page::new(format!("{kind}: {}", label(object)), body)
}

fn search(store: &Store, text: &str) -> Page {
    let wanted = text.to_lowercase();
    let found = |collection: &'_ Collection, heading: &str, path: &str| {
        let found = collection.iter().filter(|object| text_of(object).contains(&wanted));
        list(heading, path, found.take(MAX_RESULTS))
    };
    let mut body = found(&store.insights, "Insights", "insight/");
    body += &found(&store.signals, "Signals", "signal/");
    body += &found(&store.entities, "Entities", "entity/");
    body.extend(ListPages::ALL.iter().map(|pages| pages.search(store, &wanted)));
    if body.is_empty() {
        body.push_str("<p>Nothing holds this text.</p>");
    }
    Page::new(format!("Search: {text}"), body)
}

/// A heading and links to objects, with severity, status and time where they have them; nothing
/// when there are none.
fn list<'a>(heading: &str, path: &str, objects: impl Iterator<Item = &'a Value>) -> String {
    let mut items = String::new();
    for object in objects {
        let id = utf8_percent_encode(text_member(object, "id").unwrap_or_default(), NON_ALPHANUMERIC);
        push(
            &mut items,
            format_args!(
                "<li><a href=\"/sec/{path}{id}\">{}</a>{}{}{}</li>",
                escaped(&label(object)),
                severity(object),
                status(object),
                happened(object)
            ),
        );
    }
    if items.is_empty() { items } else { format!("<h2>{heading}</h2><ul>{items}</ul>") }
}

/// The severity of an insight, which is a word, or of a signal, which is a number from 0 to 10.
fn severity(object: &Value) -> String {
    let (word, text) = match object.get("severity") {
        Some(Value::String(word)) => (word.to_lowercase(), word.to_lowercase()),
        Some(Value::Number(number)) => {
            let word = match number.as_u64().unwrap_or_default() {
                0..=3 => "low",
                4..=6 => "medium",
                7..=9 => "high",
                _ => "critical",
            };
            (word.to_owned(), format!("severity {number}"))
        }
        _ => return String::new(),
    };
    let class = ["low", "medium", "high", "critical"].into_iter().find(|known| *known == word);
    format!(" <span class=\"badge {}\">{}</span>", class.unwrap_or_default(), escaped(&text))
}

fn status(object: &Value) -> String {
    let name = object.get("status").and_then(|status| text_member(status, "displayName"));
    name.map(|name| format!(" <span class=\"badge\">{}</span>", escaped(name))).unwrap_or_default()
}

/// The time of an object in lists: when it happened, was made or was last seen.
fn happened(object: &Value) -> String {
    let found = ["timestamp", "created", "lastSeen"].into_iter().find_map(|name| text_member(object, name));
    found.map(|text| format!(" {}", time(text))).unwrap_or_default()
}

/// A time as people read it; text that is not a time stays.
fn time(text: &str) -> String {
    match clock::parse(text) {
        Some(time) => format!(
            "<time datetime=\"{}\">{} UTC</time>",
            time.format("%Y-%m-%dT%H:%M:%SZ"),
            time.format("%Y-%m-%d %H:%M")
        ),
        None => escaped(text),
    }
}

fn label(object: &Value) -> String {
    let parts = ["readableId", "name"].map(|name| text_member(object, name));
    let label = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if label.is_empty() { text_member(object, "id").unwrap_or_default().to_owned() } else { label }
}

/// Writes a page, with the ways back.
fn html(page: Page, home: Option<&HomeLink>) -> Reply {
    let link = |address: &str, text: &str| {
        format!("<li><a href=\"{}\">{}</a></li>", escaped(address), escaped(text))
    };
    let home = home.map(|home| link(&home.address, &home.text)).unwrap_or_default();
    let (title, body, start) = (escaped(&page.title), page.body, link("/sec/content", "Console"));
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/sec/console.css\">\n</head>\n<body>\n\
         <header><p><strong>Stand-in of Cloud SIEM.</strong> This is not Sumo Logic, and none of it happened.</p>\n\
         <nav aria-label=\"Pages\"><ul>{home}{start}</ul></nav></header>\n\
         <main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    );
    Reply::new(page.status, "text/html; charset=utf-8", text)
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
