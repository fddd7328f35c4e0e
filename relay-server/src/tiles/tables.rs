//! The tiles that list insights and entities: pure functions.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sumo_client::api::entities::{Entity, EntityRef};
use sumo_client::api::insights::Insight;
use xdr_module::contract::tile::{Column, ContentType, DataTable};

use super::text::{NOTHING, cut, minute};
use super::totals::{Severity, status_label};
use crate::console::Console;

/// The most rows that are shown.
const MAX_ROWS: usize = 10;

/// A row of a table: texts by the keys of the columns.
pub(super) type Row = BTreeMap<String, String>;

/// `newest-insights`.
pub(super) fn newest_insights(rows: &[Row]) -> DataTable {
    table(
        [
            ("id", "Insight", ContentType::LinkedText),
            ("name", "Name", ContentType::Text),
            ("severity", "Severity", ContentType::IconAndText),
            ("entity", "Entity", ContentType::Text),
            ("status", "Status", ContentType::FilterText),
            ("created", "Created", ContentType::Text),
        ],
        rows,
    )
}

/// Returns the rows for insights, the newest first.
pub(super) fn insight_rows(mut insights: Vec<Insight>, console: &Console) -> Vec<Row> {
    let created = |insight: &Insight| insight.created.as_ref().and_then(|time| time.utc());
    insights.sort_by_cached_key(|insight| Reverse(created(insight)));
    insights.iter().take(MAX_ROWS).map(|insight| insight_row(insight, console)).collect()
}

fn insight_row(insight: &Insight, console: &Console) -> Row {
    let id = if insight.readable_id.is_empty() { &insight.id } else { &insight.readable_id };
    let cells = [
        ("id", shown(id)),
        ("name", shown(&insight.name)),
        ("severity", Severity::of(insight).label().to_owned()),
        ("entity", shown(insight.entity.as_ref().and_then(EntityRef::text).unwrap_or_default())),
        ("status", status_label(insight.status.as_ref())),
        ("created", minute(insight.created.as_ref())),
    ];
    let link = if id.is_empty() { None } else { console.insight(id) };
    row(cells, link)
}

/// `active-entities`.
pub(super) fn active_entities(rows: &[Row]) -> DataTable {
    table(
        [
            ("entity", "Entity", ContentType::Text),
            ("type", "Type", ContentType::FilterText),
            ("score", "Activity score", ContentType::Text),
            ("criticality", "Criticality", ContentType::Text),
            ("reputation", "Reputation", ContentType::Text),
            ("seen", "Last seen", ContentType::Text),
        ],
        rows,
    )
}

/// Returns the rows for entities, the most active first.
pub(super) fn entity_rows(mut entities: Vec<Entity>) -> Vec<Row> {
    entities.sort_by(|one, other| {
        (Reverse(one.activity_score), one.text()).cmp(&(Reverse(other.activity_score), other.text()))
    });
    entities.iter().take(MAX_ROWS).map(entity_row).collect()
}

fn entity_row(entity: &Entity) -> Row {
    let kind = entity.kind();
    let kind = kind.as_ref().map(|kind| kind.as_str().trim_start_matches('_')).unwrap_or_default();
    let cells = [
        ("entity", shown(entity.text())),
        ("type", shown(kind)),
        ("score", entity.activity_score.to_string()),
        ("criticality", shown(entity.criticality.as_deref().unwrap_or_default())),
        ("reputation", shown(entity.reputation.as_deref().unwrap_or_default())),
        ("seen", minute(entity.last_seen.as_ref())),
    ];
    row(cells, None)
}

fn shown(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { NOTHING.to_owned() } else { cut(text) }
}

fn row<const N: usize>(cells: [(&str, String); N], link: Option<String>) -> Row {
    let link = link.map(|link| ("link_uri".to_owned(), link));
    cells.into_iter().map(|(key, text)| (key.to_owned(), text)).chain(link).collect()
}

fn table<const N: usize>(columns: [(&str, &str, ContentType); N], rows: &[Row]) -> DataTable {
    let columns = columns.map(|(key, label, content_type)| Column::new(key, label, content_type));
    DataTable::new(columns, rows.iter().cloned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn insights_stand_with_the_newest_first() {
        let insights: Vec<Insight> = serde_json::from_value(json!([
            {"id": "a", "created": null},
            {"id": "b", "readableId": "INSIGHT-2", "created": "2024-09-14T08:00:00", "severity": "MEDIUM",
             "name": "Initial Access", "status": {"name": "triage", "displayName": "In triage"},
             "entity": {"entityType": "_ip", "value": "198.51.100.24"}},
            {"id": "c", "readableId": "INSIGHT-3", "created": "2024-09-14T08:30:00"},
            {},
        ]))
        .unwrap();
        let rows = insight_rows(insights, &Console::of_api_host("api.us2.sumologic.com"));
        let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str()).collect();
        assert_eq!(ids, ["INSIGHT-3", "INSIGHT-2", "a", "–"]);
        assert_eq!(
            json!(rows[1]),
            json!({"id": "INSIGHT-2", "name": "Initial Access", "severity": "Medium", "entity": "198.51.100.24",
                   "status": "In triage", "created": "2024-09-14 08:00 UTC",
                   "link_uri": "https://service.us2.sumologic.com/sec/insight/INSIGHT-2"})
        );
        assert_eq!(
            json!(rows[3]),
            json!({"id": "–", "name": "–", "severity": "Other", "entity": "–", "status": "Unknown", "created": "–"})
        );
    }

    #[test]
    fn entities_stand_with_the_most_active_first() {
        let entity = |value: &str, score: i64| json!({"id": value, "value": value, "activityScore": score});
        let mut entities = vec![entity("b", 7), entity("a", 7), entity("c", 40)];
        entities.extend((0..20).map(|number| entity(&format!("x{number}"), 6)));
        let rows = entity_rows(serde_json::from_value(json!(entities)).unwrap());
        assert_eq!(rows.len(), MAX_ROWS);
        let first: Vec<_> = rows.iter().take(3).map(|row| row["entity"].as_str()).collect();
        assert_eq!(first, ["c", "a", "b"]);
        let full = json!([{"id": "_ip-192.0.2.1", "value": "192.0.2.1", "activityScore": 9, "criticality": "high",
                           "reputation": "Malicious", "lastSeen": "2024-09-14T08:00:00"}]);
        assert_eq!(
            json!(entity_rows(serde_json::from_value(full).unwrap())[0]),
            json!({"entity": "192.0.2.1", "type": "ip", "score": "9", "criticality": "high",
                   "reputation": "Malicious", "seen": "2024-09-14 08:00 UTC"})
        );
        assert!(entity_rows(Vec::new()).is_empty());
    }

    #[test]
    fn columns_have_keys_of_their_own() {
        for table in [newest_insights(&[]), active_entities(&[])] {
            let keys: std::collections::BTreeSet<_> =
                table.data.columns.iter().map(|column| &column.key).collect();
            assert_eq!(keys.len(), table.data.columns.len());
        }
    }
}
