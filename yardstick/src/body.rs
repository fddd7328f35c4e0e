//! The bodies of the stand-in, written once for each plan, with places for the value that is asked
//! for.

use std::fmt::Write;

use bytes::Bytes;

use crate::plan::Plan;

/// Stands where the asked value goes.
const PLACE: &str = "@VALUE@";

/// Stands there when nothing is to match.
const ANOTHER: &str = "another-name.example.org";

/// A body with places for a value.
#[derive(Debug, Default)]
pub(crate) struct Template {
    parts: Vec<Bytes>,
}

impl Template {
    fn new(text: &str) -> Self {
        Self { parts: text.split(PLACE).map(|part| Bytes::from(part.to_owned())).collect() }
    }

    /// The body with `value`, which must need no escape in JSON, at all places.
    pub(crate) fn with(&self, value: &str) -> Bytes {
        match self.parts.as_slice() {
            // Without a place all calls share the memory of one body.
            [whole] => whole.clone(),
            parts => Bytes::from(parts.join(value.as_bytes())),
        }
    }
}

/// A page of insights.
pub(crate) fn insights(plan: &Plan) -> Template {
    let signals = list(plan.insight_signals, |number| signal(plan, number));
    page(plan.insights, |number| insight(number, &signals))
}

/// A page of signals, each of a rule of its own.
pub(crate) fn signals(plan: &Plan) -> Template {
    page(plan.signals, |number| signal(plan, number))
}

fn page(count: usize, object: impl Fn(usize) -> String) -> Template {
    let objects = list(count, object);
    Template::new(&format!(
        r#"{{"data":{{"objects":[{objects}],"total":{count},"hasNextPage":false}},"errors":[]}}"#
    ))
}

fn list(count: usize, object: impl Fn(usize) -> String) -> String {
    (0..count).map(object).collect::<Vec<_>>().join(",")
}

fn insight(number: usize, signals: &str) -> String {
    let entity = entity("web-01.example.com");
    format!(
        concat!(
            r#"{{"id":"{number:08x}-0000-4000-8000-000000000001","readableId":"INSIGHT-{number}","name":"Initial Access","#,
            r#""description":"Initial Access, Unknown/Other, Command and Control","timestamp":"2026-09-14T09:00:40.126000","#,
            r#""source":"ALGORITHM","assignedTo":null,"teamAssignedTo":null,"assignee":null,"created":"2026-09-14T09:05:57.153553","#,
            r#""closed":null,"closedBy":null,"severity":"MEDIUM","confidence":0.85,"status":{{"name":"new","displayName":"New"}},"#,
            r#""resolution":null,"subResolution":null,"entity":{entity},"signals":[{signals}],"involvedEntities":[{entity},{entity}],"#,
            r#""artifacts":[],"recordSummaryFields":[],"lastUpdated":"2026-09-14T09:05:57.153551","lastUpdatedBy":null,"#,
            r#""orgId":"0000000000ABCDEF","timeToDetection":318.153553,"timeToResponse":null,"timeToRemediation":null,"#,
            r#""tags":["_mitreAttackTactic:TA0006","_mitreAttackTechnique:T1110"]}}"#
        ),
        number = number,
        entity = entity,
        signals = signals,
    )
}

/// A signal; its records name the value, or its entity if it is without records.
fn signal(plan: &Plan, number: usize) -> String {
    let value = if plan.matching { PLACE } else { ANOTHER };
    let entity = entity(if plan.records == 0 { value } else { "web-01.example.com" });
    let records = list(plan.records, |record| self::record(plan.record_bytes, record, value));
    format!(
        concat!(
            r#"{{"id":"{number:08x}-1111-5000-8000-000000000002","name":"Brute force attempt","#,
            r#""description":"Repeated failed logins for one account within a short time from one address.","#,
            r#""summary":"Ten failed logins of root within a minute","stage":"Initial Access","#,
            r#""created":"2026-09-14T09:01:58.534000","timestamp":"2026-09-14T09:00:39.126000","severity":4,"#,
            r#""recordCount":{count},"recordTypes":[],"contentType":"RULE","ruleId":"MATCH-U{number:05}","suppressed":false,"#,
            r#""tags":["_mitreAttackTactic:TA0006","_mitreAttackTechnique:T1110"],"entity":{entity},"#,
            r#""involvedEntities":[{entity}],"artifacts":[],"threatIntelIndicatorIds":[],"allRecords":[{records}],"#,
            r#""recordSearchDetails":{{"query":"_index=sec_record_* | where user_username == \"root\"","#,
            r#""queryStartTime":"2026-09-13T09:24:00","queryEndTime":"2026-09-14T09:24:00"}}}}"#
        ),
        number = number,
        count = plan.records,
        entity = entity,
        records = records,
    )
}

fn entity(name: &str) -> String {
    format!(
        concat!(
            r#"{{"id":"_hostname-{name}","entityType":"_hostname","name":"{name}","value":"{name}","#,
            r#""hostname":"{name}","macAddress":null,"sensorZone":""}}"#
        ),
        name = name
    )
}

/// The members of records: names, and values as they are written.
const MEMBERS: [(&str, &str); 16] = [
    ("action", r#""logon failed""#),
    ("bro_dns_answers", "[]"),
    ("commandLine", r#""C:\\Windows\\System32\\cmd.exe /c \"whoami /all\"""#),
    ("device_hostname", r#""web-01.example.com""#),
    ("device_ip_ipv4IntValue", "3325256728"),
    ("fields", r#"{"reason":"bad password","attempt":"7"}"#),
    ("listMatches", "[]"),
    ("metadata_parseTime", "1794470572207"),
    ("metadata_sourceMessageId", r#""-6999999999999992081""#),
    ("metadata_vendor", r#""Example Networks""#),
    ("srcDevice_ip", r#""198.51.100.61""#),
    ("srcDevice_ip_isInternal", "false"),
    ("success", "true"),
    ("user_username", r#""root""#),
    ("user_username_raw", r#""EXAMPLE\\root""#),
    ("http_response_contentLength", "null"),
];

/// A normalised record of about `bytes` bytes; the value stands in its middle.
fn record(bytes: usize, number: usize, value: &str) -> String {
    let mut record = format!(r#"{{"uid":"{number:08x}-2222-5000-8000-000000000003""#);
    let mut has_value = false;
    for (turn, (name, member)) in MEMBERS.iter().cycle().enumerate() {
        if record.len() >= bytes {
            break;
        }
        if !has_value && record.len() >= bytes / 2 {
            has_value = true;
            // Writing to a text cannot fail.
            let _ = write!(record, r#","dns_query":"{value}""#);
        }
        let _ = write!(record, r#","{name}_{turn}":{member}"#);
    }
    record.push('}');
    record
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(template: &Template) -> Value {
        serde_json::from_slice(&template.with("a.example.com")).unwrap()
    }

    #[test]
    fn pages_are_as_large_as_planned() {
        let page = insights(&Plan::LARGE);
        let bytes = page.with("a.example.com").len();
        assert!((950_000..1_150_000).contains(&bytes), "{bytes}");
        let page = read(&page);
        let objects = page["data"]["objects"].as_array().unwrap();
        assert_eq!(objects.len(), Plan::LARGE.insights);
        let signals = objects[0]["signals"].as_array().unwrap();
        assert_eq!(signals.len(), Plan::LARGE.insight_signals);
        let records = signals[0]["allRecords"].as_array().unwrap();
        assert_eq!(records.len(), Plan::LARGE.records);
        let bytes = records[0].to_string().len();
        assert!((2_900..3_200).contains(&bytes), "{bytes}");
    }

    #[test]
    fn the_value_is_where_it_shall_be_and_nowhere_else() {
        let counts = |plan: &Plan| {
            let body = signals(plan).with("a.example.com");
            String::from_utf8_lossy(&body).matches("a.example.com").count()
        };
        assert_eq!(counts(&Plan::LARGE), Plan::LARGE.signals * Plan::LARGE.records);
        assert!(counts(&Plan::SMALL) >= Plan::SMALL.signals);
        assert_eq!((counts(&Plan::LARGE.not_matching()), counts(&Plan::SMALL.not_matching())), (0, 0));
    }

    #[test]
    fn a_small_signal_is_about_a_kilobyte() {
        let page = read(&signals(&Plan::SMALL));
        let bytes = page["data"]["objects"][0].to_string().len();
        assert!((800..1_400).contains(&bytes), "{bytes}");
        assert_eq!(page["data"]["total"], 3);
    }
}
