//! Tiles of the dashboard, and their data.

use serde_json::{Map, Value, json};

use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::shape;
use super::subject::Subject;
use crate::contract::tile::Period;
use crate::module::{Capability, Operation};

checks! {
    "tiles.shape", "Tiles have an id for an address, texts, tags, a known type and known periods.", tiles;
    "tiles.tile", "A tile alone is the same as in the list.", tile;
    "tiles.data", "Each tile has data of its type for each period.", data;
}

/// The types of tiles that the dashboard draws.
const TYPES: [&str; 7] = [
    "metric_group",
    "donut_graph",
    "horizontal_bar_chart",
    "vertical_bar_chart",
    "line_chart",
    "data_table",
    "markdown",
];

async fn listed(subject: &Subject, findings: &mut Findings) -> Result<Vec<Value>, CheckError> {
    if !subject.offers(Capability::Tiles) {
        return skip("tiles are not offered");
    }
    let response = subject.post(Operation::Tiles.path(), "").await?;
    let tiles = response.json().get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    findings.require(!tiles.is_empty(), "the tiles", "a list with tiles", seen(&response));
    Ok(tiles)
}

fn id_of(tile: &Value) -> &str {
    tile.get("id").and_then(Value::as_str).unwrap_or_default()
}

async fn tiles(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let tiles = listed(subject, findings).await?;
    let ids: Vec<Value> = tiles.iter().map(|tile| json!(id_of(tile))).collect();
    shape::unique(findings, "ids of tiles", &ids);
    for tile in &tiles {
        let case = format!("tile {}", id_of(tile));
        let required = &["id", "type", "title", "short_description", "description", "tags", "periods"];
        let Some(fields) = shape::closed(findings, &case, tile, required, &["default_period"]) else {
            continue;
        };
        shape::texts(findings, &case, fields, &["id", "type", "title", "short_description"]);
        findings.require(
            shape::is_plain_id(id_of(tile)),
            &case,
            "an id of letters, digits, - and _",
            id_of(tile),
        );
        let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
        findings.require(TYPES.contains(&kind), &case, "a type that the dashboard draws", kind);
        shape::list_of_texts(findings, &format!("{case}, tags"), fields.get("tags"));
        let periods = fields.get("periods").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_known = |period: &Value| period.as_str().and_then(Period::from_name).is_some();
        let all_known = !periods.is_empty() && periods.iter().all(is_known);
        findings.require(all_known, &case, "known periods", json!(periods));
        let default = fields.get("default_period");
        let is_offered = default.is_none_or(|default| periods.contains(default));
        findings.require(is_offered, &case, "a default that is one of the periods", tile);
    }
    Ok(())
}

async fn tile(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for tile in listed(subject, findings).await? {
        let body = json!({"tile_id": id_of(&tile)}).to_string();
        let response = subject.post(Operation::Tile.path(), body).await?;
        findings.reply(id_of(&tile), &json!({"data": tile}), &response);
    }
    Ok(())
}

async fn data(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for tile in listed(subject, findings).await? {
        let kind = tile.get("type").and_then(Value::as_str).unwrap_or_default();
        for period in Period::ALL {
            let case = format!("{} {}", id_of(&tile), period.as_str());
            let body = json!({"tile_id": id_of(&tile), "period": period.as_str()}).to_string();
            let response = subject.post(Operation::TileData.path(), body).await?;
            let reply = response.json();
            let Some(data) = reply.get("data").and_then(Value::as_object) else {
                findings.require(false, case, "data", seen(&response));
                continue;
            };
            members(findings, &case, kind, reply.get("data").unwrap_or(&Value::Null));
            common(findings, &case, id_of(&tile), period, data);
            content(findings, &case, kind, data);
        }
    }
    Ok(())
}

/// The members that tile data of a type has beside the common ones: those that must be there, and
/// others.
fn members_of(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "donut_graph" => (&["labels"], &["label_headers"]),
        "horizontal_bar_chart" | "vertical_bar_chart" => (&["key_type", "keys"], &["color_scale"]),
        "line_chart" => (&["key_type"], &["color_scale"]),
        _ => (&[], &[]),
    }
}

/// Requires that tile data has no members but those of its type.
fn members(findings: &mut Findings, case: &str, kind: &str, data: &Value) {
    let (required, optional) = members_of(kind);
    let required = [&["observed_time", "valid_time", "cache_scope", "data"][..], required].concat();
    let optional = [&["period", "tile_id"][..], optional].concat();
    shape::closed(findings, case, data, &required, &optional);
}

fn common(findings: &mut Findings, case: &str, id: &str, period: Period, data: &Map<String, Value>) {
    let member = |name: &str| data.get(name).unwrap_or(&Value::Null);
    for name in ["observed_time", "valid_time"] {
        let times = ["start_time", "end_time"]
            .map(|end| member(name).get(end).and_then(Value::as_str).unwrap_or_default());
        let read = times.map(|time| chrono::DateTime::parse_from_rfc3339(time).ok());
        let [start, end] = &read;
        let is_span = times.iter().all(|time| time.ends_with('Z')) && start.is_some() && start <= end;
        findings.require(is_span, format_args!("{case}, {name}"), "two times in UTC, in order", member(name));
    }
    let scope = member("cache_scope").as_str().unwrap_or_default();
    findings.require(matches!(scope, "org" | "user" | "none"), case, "a known cache_scope", scope);
    for (name, expected) in [("tile_id", id), ("period", period.as_str())] {
        let is_echo = data.get(name).is_none_or(|value| value == expected);
        findings.require(is_echo, format_args!("{case}, {name}"), expected, member(name));
    }
}

fn content(findings: &mut Findings, case: &str, kind: &str, data: &Map<String, Value>) {
    let member = |name: &str| data.get(name).unwrap_or(&Value::Null);
    if kind == "data_table" {
        return table(findings, case, member("data"));
    }
    let Some(items) = member("data").as_array() else {
        findings.require(false, case, "a list of data", member("data"));
        return;
    };
    match kind {
        "metric_group" => items.iter().for_each(|item| metric(findings, case, item)),
        "donut_graph" => items.iter().for_each(|item| part(findings, case, member("labels"), 0, item)),
        "horizontal_bar_chart" | "vertical_bar_chart" => {
            findings.require(is_key_type(member("key_type")), case, "a key_type", member("key_type"));
            shape::unique(findings, &format!("{case}, keys of bars"), &keys(items));
            items.iter().for_each(|item| bar(findings, case, member("keys"), item));
        }
        "line_chart" => {
            findings.equal(format_args!("{case}, key_type"), "\"timestamp\"", member("key_type"));
            items.iter().for_each(|item| point(findings, case, item));
        }
        _ => shape::list_of_texts(findings, case, data.get("data")),
    }
}

/// The `key` of each item.
fn keys(items: &[Value]) -> Vec<Value> {
    items.iter().filter_map(|item| item.get("key").cloned()).collect()
}

fn is_key_type(value: &Value) -> bool {
    matches!(value.as_str(), Some("string" | "timestamp"))
}

fn metric(findings: &mut Findings, case: &str, item: &Value) {
    let optional = &["icon", "value-unit", "link_uri"];
    let Some(metric) = shape::closed(findings, case, item, &["label", "value"], optional) else { return };
    shape::texts(findings, case, metric, &["label"]);
    let value = metric.get("value").unwrap_or(&Value::Null);
    let unit = metric.get("value-unit").and_then(Value::as_str);
    let fits = match unit {
        Some("integer") => value.is_number(),
        Some("string") => value.is_string(),
        Some(_) => false,
        None => value.is_number() || value.is_string(),
    };
    findings.require(fits, case, "a value of its unit", item);
}

/// A part of a ring, whose `key` is a position in the labels of the ring.
fn part(findings: &mut Findings, case: &str, labels: &Value, ring: usize, item: &Value) {
    let optional =
        if ring == 0 { &["segments", "link_uri", "tooltip"][..] } else { &["link_uri", "tooltip"] };
    let Some(part) = shape::closed(findings, case, item, &["key", "value"], optional) else { return };
    let count = labels.get(ring).and_then(Value::as_array).map_or(0, Vec::len);
    let key = part.get("key").and_then(Value::as_u64).and_then(|key| usize::try_from(key).ok());
    findings.require(key.is_some_and(|key| key < count), case, "a key with a label", item);
    let segments = part.get("segments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    segments.iter().for_each(|segment| self::part(findings, case, labels, 1, segment));
    sum(findings, case, part, segments);
}

/// Requires that a value is the sum of its parts, where it has parts.
fn sum(findings: &mut Findings, case: &str, whole: &Map<String, Value>, parts: &[Value]) {
    let number = |value: Option<&Value>| value.and_then(Value::as_u64);
    let (Some(value), false) = (number(whole.get("value")), parts.is_empty()) else { return };
    let sum: u64 = parts.iter().filter_map(|part| number(part.get("value"))).sum();
    findings.equal(format_args!("{case}, a sum"), sum, value);
}

fn bar(findings: &mut Findings, case: &str, keys: &Value, item: &Value) {
    let optional = &["label", "value"];
    let Some(bar) = shape::closed(findings, case, item, &["key", "values"], optional) else { return };
    let series: Vec<_> =
        keys.as_array().into_iter().flatten().filter_map(|series| series.get("key")).collect();
    let values = bar.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for value in values {
        let optional = &["tooltip", "link_uri", "observables"];
        let Some(value) = shape::closed(findings, case, value, &["key", "value"], optional) else { continue };
        let is_known = value.get("key").is_some_and(|key| series.contains(&key));
        findings.require(is_known, case, "a key of keys", item);
    }
    sum(findings, case, bar, values);
}

fn point(findings: &mut Findings, case: &str, item: &Value) {
    let Some(point) = shape::closed(findings, case, item, &["key", "value"], &[]) else { return };
    let is_number = |name: &str| point.get(name).is_some_and(Value::is_number);
    findings.require(is_number("key") && is_number("value"), case, "two numbers", item);
}

fn table(findings: &mut Findings, case: &str, data: &Value) {
    let Some(table) = shape::closed(findings, case, data, &["columns", "rows"], &["hide_filters"]) else {
        return;
    };
    let list = |name: &str| table.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    shape::unique(findings, &format!("{case}, keys of columns"), &keys(list("columns")));
    let mut known = vec!["link_uri"];
    for column in list("columns") {
        let members = &["key", "label", "content_type"];
        let Some(fields) = shape::closed(findings, case, column, members, &[]) else { continue };
        shape::texts(findings, case, fields, members);
        known.extend(column.get("key").and_then(Value::as_str));
    }
    for row in list("rows") {
        shape::closed(findings, case, row, &[], &known);
    }
}
