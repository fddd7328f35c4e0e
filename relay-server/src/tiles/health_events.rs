//! The tile that lists health events: pure functions.

use std::cmp::Reverse;

use sumo_client::api::health_events::HealthEvent;
use xdr_module::contract::tile::Markdown;

use super::text::{NOTHING, cell, minute};

/// `sumo-health`.
pub(super) fn markdown(rows: &[String]) -> Markdown {
    if rows.is_empty() {
        return Markdown::new(["No unresolved health events."]);
    }
    let head = ["| Severity | Health event | Resource | Since |", "| :-- | :-- | :-- | :-- |"];
    Markdown::new(head.into_iter().chain(rows.iter().map(String::as_str)))
}

/// Returns the lines for health events, the newest first.
pub(super) fn rows(mut events: Vec<HealthEvent>) -> Vec<String> {
    events.sort_by_cached_key(|event| Reverse(event.event_time.as_ref().and_then(|time| time.utc())));
    events.iter().map(row).collect()
}

fn row(event: &HealthEvent) -> String {
    let resource = &event.resource_identity;
    let severity =
        event.severity_level.as_ref().map_or_else(|| NOTHING.to_owned(), |level| cell(level.as_str()));
    let what = match event.details.error.as_deref().map(str::trim) {
        Some(error) if !error.is_empty() => format!("{}: {}", cell(&event.event_name), cell(error)),
        _ => cell(&event.event_name),
    };
    let resource = cell(resource.name.as_deref().unwrap_or(&resource.id));
    format!("| {severity} | {what} | {resource} | {} |", minute(event.event_time.as_ref()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(json: serde_json::Value) -> HealthEvent {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn texts_of_others_do_not_become_markup() {
        let named = event(json!({
            "eventId": "1", "eventName": "a|b\n<img>", "eventTime": "2024-09-14T08:39:00Z", "severityLevel": "Error",
            "details": {"error": "[click](javascript:alert(1)) `x`"},
            "resourceIdentity": {"id": "7", "type": "Collector", "name": "web-01 **lab**"},
        }));
        let lines = markdown(&rows(vec![named])).data;
        assert_eq!(lines.len(), 3);
        assert_eq!(
            lines[2],
            r"| Error | a\|b \<img\>: \[click\]\(javascript\:alert\(1\)\) \`x\` | web\-01 \*\*lab\*\* | 2024-09-14 08:39 UTC |"
        );
    }

    #[test]
    fn events_without_anything_are_lines() {
        assert_eq!(markdown(&rows(Vec::new())).data, ["No unresolved health events."]);
        let bare = event(json!({"eventId": "1"}));
        let dated = event(json!({"eventId": "2", "eventName": "X", "eventTime": "2024-09-14T08:39:00Z"}));
        let rows = rows(vec![bare, dated]);
        assert_eq!(rows, ["| – | X | – | 2024-09-14 08:39 UTC |", "| – | – | – | – |"]);
    }
}
