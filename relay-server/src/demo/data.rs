//! The data of the demo's Cloud SIEM: three weeks of a made-up company, until 20 November 2026.
//!
//! All names end in the domains that are kept for examples; all addresses are private or kept for
//! documentation. Most of it stands in JSON beside this file, in the shapes of the API. The work of
//! one busy scanner is made in code.
//!
//! Observables to try, and how many insights and signals Cloud SIEM finds for each:
//!
//! | Type | Value | Insights | Signals | Shows |
//! |---|---|---|---|---|
//! | `ip` | `203.0.113.66` | 13 | 130 | the busy scanner: more insights and signals than one answer holds |
//! | `ip` | `10.20.1.15` | 2 | 7 | the workstation where a break-in began |
//! | `ip` | `10.20.5.1` | 2 | 6 | nobody: the free text search takes `10.20.5.10` for it, and so does who does not look closely |
//! | `ip` | `198.51.100.23` | 1 | 4 | passwords guessed until one was right |
//! | `ip` | `198.51.100.77` | 1 | 3 | an authorised test, closed as a false positive |
//! | `ip` | `203.0.113.25` | 1 | 2 | the address of a control server |
//! | `ipv6` | `2001:db8:bad::25` | 3 | 4 | an address of version 6, in a logon, an answer of DNS and a refused connection |
//! | `ipv6` | `2001:db8:20:1::33` | 1 | 1 | a workstation, only inside a record |
//! | `domain` | `update-check.example.net` | 2 | 3 | a control server, on a match list |
//! | `domain` | `x7k2q9.example.net` | 1 | 2 | a tunnel through DNS; the records hold longer names |
//! | `domain` | `invoices.example.org` | 2 | 4 | found inside an address of mail |
//! | `domain` | `quiet.example.org` | 0 | 0 | nothing at all |
//! | `hostname` | `ws-ana.corp.example.com` | 2 | 7 | two insights that share a host |
//! | `hostname` | `srv-files01.corp.example.com` | 2 | 6 | entered, then emptied |
//! | `user` | `tom.okafor` | 3 | 8 | an account in three insights of different severity |
//! | `user` | `svc-backup` | 2 | 5 | an account that was misused |
//! | `email` | `billing@invoices.example.org` | 2 | 4 | a sender of phishing; one insight is closed as a duplicate |
//! | `email` | `ana.reyes@example.com` | 1 | 1 | a receiver, only inside a record |
//! | `email_subject` | `Invoice 2026-11 overdue` | 2 | 4 | a text with blanks, only inside records |
//! | `sha256` | `11eff8be496aa811a06cc0f7d0903c35c277891879fa21322b5a69078d093263` | 3 | 3 | a program on a match list, on three hosts; signals of severity 10 |
//! | `sha256` | `288849e959edc96df3a4aaa2202d7f4eb58d10a8f3e81cea2989d19d140d846b` | 1 | 1 | a library, only inside a record |
//! | `sha1` | `1cbb056dfa94f4f837974671c0189600970fb219` | 1 | 2 | a coin miner |
//! | `md5` | `21cf1ad1e7ea4cb69ce54df773a1d68a` | 1 | 2 | the same miner, dealt with and resolved |
//! | `mac_address` | `00:00:5e:00:53:af` | 1 | 2 | a device that nobody knows |
//! | `url` | `https://update-check.example.net/api/v2/checkin?id=7f3a&v=1` | 1 | 1 | a URL with a query |
//! | `url` | `http://login-portal.example.org/owa/?next=%2Finbox` | 0 | 1 | a signal outside of all insights |
//! | `file_name` | `svch0st.exe` | 2 | 4 | a name that looks like another |
//! | `file_name` | `viewer setup.exe` | 1 | 2 | a name with a blank |
//! | `file_path` | `C:\ProgramData\Demo\wnet32.dll` | 1 | 1 | a path with backslashes, only inside a record |
//! | `file_path` | `\\10.20.1.15\share$\svch0st.exe` | 1 | 2 | a path on a share |
//! | `process_path` | `/tmp/.cache/kworkerd` | 1 | 3 | a process of Linux |
//! | `process_args` | `cmd.exe /c "C:\Tools\report macro.bat"` | 0 | 1 | a command line with quotes, backslashes and blanks |
//! | `user_agent` | `WebAudit/3.1 (+https://audit.example.org)` | 1 | 5 | a text with a plus and brackets |
//!
//! # Verdicts
//!
//! The verdict that each of these observables should get, by the lists `verified_ips`,
//! `verified_domains`, `verified_hostnames` (Clean) and `threat` (Malicious), custom threat
//! intelligence, the indicators behind enrichments, and reputations, with the priority of the
//! judgement that decides:
//!
//! | Type | Value | Verdict | Priority | Shows |
//! |---|---|---|---|---|
//! | `ip` | `203.0.113.25` | Malicious | 95 | an item of the list `threat` |
//! | `ipv6` | `2001:db8:bad::25` | Malicious | 95 | a CIDR block of `threat`, whose item holds the address |
//! | `ip` | `203.0.113.66` | Malicious | 85 | an indicator of the platform, behind an enrichment; `blocked_ips` says nothing |
//! | `ip` | `198.51.100.23` | Malicious | 90 | a custom indicator; an enrichment would only say Suspicious |
//! | `ip` | `198.51.100.77` | Clean | 95 | on `verified_ips`, though a partner has an indicator for it |
//! | `ip` | `192.0.2.20` | Clean | 95 | a CIDR block of `verified_ips` |
//! | `ip` | `203.0.113.87` | Suspicious | 80 | a reputation that no indicator explains |
//! | `ip` | `198.51.100.61` | none | - | an inactive item of `threat` |
//! | `ip` | `198.51.100.44` | none | - | an expired item of `threat` |
//! | `ip` | `203.0.113.140` | none | - | only on `blocked_ips`, which says nothing unless a tenant maps it |
//! | `ip` | `10.20.1.27` | none | - | not flagged is not clean |
//! | `domain` | `update-check.example.net` | Malicious | 90 | a custom indicator, and one of the platform |
//! | `domain` | `x7k2q9.example.net` | Malicious | 90 | a custom indicator |
//! | `domain` | `intranet.corp.example.com` | Clean | 95 | below a domain of `verified_domains` |
//! | `domain` | `invoices.example.org` | none | - | an expired indicator |
//! | `domain` | `paste.example.net` | none | - | an inactive indicator |
//! | `domain` | `quiet.example.org` | none | - | nothing at all |
//! | `hostname` | `vpn.example.com` | Clean | 95 | on `verified_hostnames` |
//! | `url` | `https://update-check.example.net/api/v2/checkin?id=7f3a&v=1` | Malicious | 90 | a custom indicator with a query in it |
//! | `sha256` | `11eff8be496aa811a06cc0f7d0903c35c277891879fa21322b5a69078d093263` | Malicious | 90 | a custom indicator, and one of the platform |
//! | `md5` | `21cf1ad1e7ea4cb69ce54df773a1d68a` | none | - | only on `bad_hashes`, which says nothing unless a tenant maps it |
//! | `sha1` | `1cbb056dfa94f4f837974671c0189600970fb219` | none | - | signals only |
//! | `email` | `billing@invoices.example.org` | Suspicious | 85 | a malicious indicator of low confidence |
//! | `user` | `li.na` | none | - | a word of reputation that nobody knows |
//!
//! # Times
//!
//! The story ends at midnight after 19 November 2026. [`data_set_until`] moves it so that it ends
//! at another time: tiles look at the last hour to 90 days.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sumo_client::testing::{DataSet, DataSetError};
use uuid::Uuid;

/// The data set of the demo.
///
/// # Errors
///
/// Never, as long as the JSON beside this file is sound, which a test proves.
pub(super) fn data_set() -> Result<DataSet, DataSetError> {
    let mut data = scanner();
    for part in [
        include_str!("data/insights.json"),
        include_str!("data/signals.json"),
        include_str!("data/entities.json"),
        include_str!("data/rules.json"),
        include_str!("data/match_lists.json"),
        include_str!("data/intel.json"),
        include_str!("data/health_events.json"),
    ] {
        data = data.merge(DataSet::from_json(part)?);
    }
    Ok(data)
}

/// The end of the story, ten minutes after its last signal: seconds since 1970.
const STORY_END: i64 = 1_795_132_800;

/// The data set of the demo, moved so that its story ends at `end`.
///
/// # Errors
///
/// As [`data_set`].
pub(super) fn data_set_until(end: DateTime<Utc>) -> Result<DataSet, DataSetError> {
    let story_end = DateTime::from_timestamp(STORY_END, 0).unwrap_or(end);
    Ok(data_set()?.shifted(end - story_end))
}

/// The address that scans the company, more often than one answer can hold.
const SCANNER: &str = "203.0.113.66";
const SCANS: usize = 130;
/// Every so many scans make an insight, of which there are then more than the relay asks for.
const SCANS_OF_AN_INSIGHT: usize = 10;
const TARGETS: [(&str, &str); 4] = [
    ("web01.example.com", "192.0.2.20"),
    ("vpn.example.com", "192.0.2.2"),
    ("mx01.example.com", "192.0.2.25"),
    ("ns01.example.com", "192.0.2.53"),
];
const PORTS: [u16; 6] = [22, 80, 443, 3389, 5900, 8443];

/// One scan of one host.
struct Scan {
    number: usize,
    at: DateTime<Utc>,
    host: &'static str,
    address: &'static str,
    port: u16,
}

fn scanner() -> DataSet {
    let scans: Vec<Scan> = (0..SCANS).filter_map(Scan::new).collect();
    let insights =
        scans.chunks(SCANS_OF_AN_INSIGHT).zip(201..).filter_map(|(scans, number)| insight(number, scans));
    DataSet::new().insights(insights.collect::<Vec<_>>()).signals(scans.iter().map(Scan::signal))
}

impl Scan {
    fn new(number: usize) -> Option<Self> {
        // A scan each 43 minutes, the last one on the evening of 19 November 2026.
        let last = DateTime::parse_from_rfc3339("2026-11-19T23:50:00Z").ok()?.to_utc();
        let before = i64::try_from(SCANS - 1 - number).ok()?.checked_mul(43)?;
        let (host, address) = *TARGETS.iter().cycle().nth(number)?;
        let port = *PORTS.iter().cycle().nth(number)?;
        Some(Self { number, at: last - TimeDelta::try_minutes(before)?, host, address, port })
    }

    fn id(&self) -> String {
        id_of(&format!("scan {}", self.number))
    }

    fn signal(&self) -> Value {
        json!({
            "id": self.id(),
            "name": "Port scan from outside",
            "description": "An outside address tried many ports of one host in a short time.",
            "summary": format!("{SCANNER} tried the ports of {}", self.host),
            "stage": "Discovery",
            "created": micros(self.at + TimeDelta::milliseconds(73_534)),
            "timestamp": seconds(self.at),
            "severity": 2,
            "recordCount": 64,
            "recordTypes": [],
            "contentType": "RULE",
            "ruleId": "THRESHOLD-U00024",
            "suppressed": false,
            "tags": ["_mitreAttackTactic:TA0007", "_mitreAttackTechnique:T1046"],
            "entity": entity(),
            "involvedEntities": [
                {"id": format!("_ip-{SCANNER}"), "entityType": "_ip", "name": SCANNER, "value": SCANNER, "sensorZone": null},
                {
                    "id": format!("_hostname-{}", self.host), "entityType": "_hostname",
                    "name": self.host, "value": self.host, "sensorZone": null,
                },
            ],
            "artifacts": [],
            "threatIntelIndicatorIds": [],
            "allRecords": [self.record()],
        })
    }

    fn record(&self) -> Value {
        json!({
            "uid": id_of(&format!("record of scan {}", self.number)),
            "objectType": "NetworkFlow",
            "friendlyName": "record",
            "timestamp": self.at.timestamp_millis(),
            "metadata_vendor": "Example Firewall",
            "metadata_product": "Edge",
            "metadata_parseTime": self.at.timestamp_millis() + 41_207,
            "metadata_receiptTime": self.at.timestamp() + 38,
            "metadata_schemaVersion": 3,
            "metadata_sensorZone": "default",
            "action": "denied",
            "ipProtocol": "TCP",
            "srcDevice_ip": SCANNER,
            "srcDevice_ip_isInternal": false,
            "srcDevice_ip_version": 4,
            "srcPort": 40_000 + self.number,
            "dstDevice_hostname": self.host,
            "dstDevice_ip": self.address,
            "dstDevice_ip_version": 4,
            "dstPort": self.port,
            "bytesIn": 0,
            "bytesOut": 60,
            "fields": {"proto": "tcp", "flags": "SYN"},
            "fieldTags": {},
            "listMatches": [],
            "matchedItems": [],
        })
    }
}

/// The insight that a few scans make; the older ones are closed.
fn insight(number: usize, scans: &[Scan]) -> Option<Value> {
    let (first, last) = (scans.first()?, scans.last()?);
    let created = last.at + TimeDelta::microseconds(190_402_118);
    let closed = (number <= 208).then(|| micros(created + TimeDelta::hours(9)));
    let status = match closed {
        Some(_) => json!({"name": "closed", "displayName": "Closed"}),
        None => json!({"name": "new", "displayName": "New"}),
    };
    Some(json!({
        "id": id_of(&format!("insight {number}")),
        "readableId": format!("INSIGHT-{number}"),
        "name": "Discovery",
        "description": "Discovery",
        "timestamp": seconds(last.at),
        "source": "ALGORITHM",
        "assignedTo": null,
        "teamAssignedTo": null,
        "assignee": null,
        "created": micros(created),
        "closed": closed,
        "closedBy": closed.as_ref().map(|_| "ole.brandt@example.com"),
        "severity": "LOW",
        "confidence": 0.12,
        "status": status,
        "resolution": closed.as_ref().map(|_| "No Action"),
        "subResolution": null,
        "entity": entity(),
        "involvedEntities": [],
        "artifacts": [],
        "recordSummaryFields": [],
        "lastUpdated": closed.clone().unwrap_or_else(|| micros(created)),
        "lastUpdatedBy": null,
        "orgId": "000000000DE3070A",
        "timeToDetection": (created - first.at).as_seconds_f64(),
        "timeToResponse": null,
        "timeToRemediation": closed.as_ref().map(|_| 32_400.0),
        "tags": ["_mitreAttackTactic:TA0007", "_mitreAttackTechnique:T1046"],
        "signals": scans.iter().map(Scan::id).collect::<Vec<_>>(),
    }))
}

fn entity() -> Value {
    json!({
        "id": format!("_ip-{SCANNER}"), "entityType": "_ip", "name": SCANNER, "value": SCANNER,
        "hostname": null, "macAddress": null, "sensorZone": "",
    })
}

/// An id that is the same at every start.
fn id_of(what: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("demo.example.com {what}").as_bytes()).to_string()
}

/// The form in which the API writes times that have a fraction: microseconds, no zone.
fn micros(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// The form in which the API writes times that have no fraction.
fn seconds(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sumo_client::testing::{CloudSiem, DEFAULT_ACCESS_ID, DEFAULT_ACCESS_KEY};

    use super::*;

    struct Demo {
        siem: CloudSiem,
        client: reqwest::Client,
    }

    impl Demo {
        async fn start() -> Self {
            let siem = CloudSiem::builder().data(data_set().unwrap()).start().await.unwrap();
            Self { siem, client: reqwest::Client::builder().no_proxy().build().unwrap() }
        }

        async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
            let request = self.client.get(format!("{}/api/sec/v1/{path}", self.siem.base_url()));
            let request = request.query(parameters).basic_auth(DEFAULT_ACCESS_ID, Some(DEFAULT_ACCESS_KEY));
            let answer = request.send().await.unwrap().error_for_status().unwrap();
            serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap()["data"].take()
        }

        /// All objects of a list.
        async fn all(&self, path: &str) -> Vec<Value> {
            let page = self.get(path, &[("limit", "1000")]).await;
            page["objects"].as_array().unwrap().clone()
        }

        async fn total(&self, path: &str, q: &str) -> u64 {
            self.get(path, &[("q", q), ("limit", "1")]).await["total"].as_u64().unwrap()
        }
    }

    /// The cells of a table of this module's documentation, counted from 0, without the quotes of
    /// code.
    fn rows(table: usize) -> Vec<Vec<&'static str>> {
        let tables = include_str!("data.rs").split("//! |---").nth(table + 1).unwrap();
        let rows = tables.lines().skip(1).map_while(|line| line.strip_prefix("//! | "));
        rows.map(|row| row.split(" | ").map(|cell| cell.trim_matches('`')).collect()).collect()
    }

    /// The rows of the first table: value, insights, signals.
    fn table() -> Vec<(String, u64, u64)> {
        let row = |row: &Vec<&str>| (row[1].to_owned(), row[2].parse().unwrap(), row[3].parse().unwrap());
        rows(0).iter().map(row).collect()
    }

    fn texts<'a>(objects: &'a [Value], pointer: &str) -> BTreeSet<&'a str> {
        objects.iter().filter_map(|object| object.pointer(pointer)?.as_str()).collect()
    }

    #[tokio::test]
    async fn observables_are_found_as_the_table_says() {
        let demo = Demo::start().await;
        let table = table();
        assert!(table.len() > 25);
        let mut found = Vec::new();
        for (value, ..) in &table {
            found.push((
                value.clone(),
                demo.total("insights", value).await,
                demo.total("signals", value).await,
            ));
        }
        let wrong: Vec<_> = found.iter().zip(&table).filter(|(found, said)| found != said).collect();
        assert!(wrong.is_empty(), "(found, said): {wrong:#?}");
    }

    #[tokio::test]
    async fn the_scanner_overruns_what_the_relay_asks_for() {
        let demo = Demo::start().await;
        assert!(demo.total("insights", SCANNER).await > 10);
        assert!(demo.total("signals", SCANNER).await > 100);
    }

    #[tokio::test]
    async fn the_company_has_something_of_each_kind() {
        let demo = Demo::start().await;
        let (insights, signals) = (demo.all("insights").await, demo.all("signals").await);
        let (rules, entities) = (demo.all("rules").await, demo.all("entities").await);
        assert_eq!(texts(&insights, "/severity"), BTreeSet::from(["CRITICAL", "HIGH", "LOW", "MEDIUM"]));
        assert_eq!(
            texts(&insights, "/status/name"),
            BTreeSet::from(["closed", "escalated", "inprogress", "new", "triage"])
        );
        assert!(texts(&signals, "/ruleId").is_subset(&texts(&rules, "/id")));
        assert!(rules.len() >= 12 && entities.len() >= 20);
        for object in insights.iter().chain(&signals) {
            let time = object["timestamp"].as_str().unwrap();
            assert!(("2026-10-28".."2026-11-20").contains(&time), "{time}");
        }
        for signal in &signals {
            assert!(!signal["allRecords"].as_array().unwrap().is_empty(), "{}", signal["id"]);
        }
        let of_insights = insights.iter().flat_map(|insight| insight["signals"].as_array().unwrap());
        let inside: BTreeSet<_> = of_insights.map(|signal| signal["id"].as_str().unwrap()).collect();
        assert!(inside.len() < signals.len(), "some signals stand outside of insights");
    }

    /// A judgement as simply as it can be told: priority and disposition.
    type Judgement = (u8, Disposition);

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Disposition {
        Clean,
        Malicious,
        Suspicious,
    }

    /// True if an item of a list covers an observable, by the vendor's rules for columns.
    fn covers(column: &str, item: &str, kind: &str, value: &str) -> bool {
        match (column, kind) {
            ("Ip", "ip" | "ipv6") => {
                let (network, length) = item.split_once('/').unwrap_or((item, "128"));
                let bits = |address: &str| match address.parse().unwrap() {
                    std::net::IpAddr::V4(address) => (4, u128::from(address.to_bits()) << 96),
                    std::net::IpAddr::V6(address) => (6, address.to_bits()),
                };
                let ((version, network), (wanted, address)) = (bits(network), bits(value));
                let length: u32 = length.parse().unwrap();
                version == wanted && (network ^ address).checked_shr(128 - length).unwrap_or(0) == 0
            }
            ("Domain", "domain") => value == item || value.ends_with(&format!(".{item}")),
            ("Hostname", "hostname") | ("FileHash", "md5" | "sha1" | "sha256") => value == item,
            _ => false,
        }
    }

    async fn judgements(client: &sumo_client::Client, kind: &str, value: &str) -> Vec<Judgement> {
        use sumo_client::api::enrichments::Reputation;
        let now = DateTime::from_timestamp(STORY_END, 0).unwrap();
        let mut found = Vec::new();
        let disposition = |list: &str| match list {
            "threat" => Some(Disposition::Malicious),
            "verified_ips" | "verified_domains" | "verified_hostnames" => Some(Disposition::Clean),
            _ => None,
        };
        for list in client.match_lists().list().send().await.unwrap().objects {
            let Some(disposition) = disposition(&list.name) else { continue };
            let column = list.target_column.unwrap();
            let items =
                client.match_list_items().list_all().list_ids([list.id]).listing().collect().await.unwrap();
            let holds = |item: &sumo_client::api::match_lists::ListItem| {
                item.is_in_force(now) && covers(column.as_str(), &item.value, kind, value)
            };
            found.extend(items.iter().filter(|item| holds(item)).map(|_| (95, disposition)));
        }
        let query = sumo_client::Query::from(sumo_client::query::list_items::VALUE.one_of([value]));
        let indicators =
            client.threat_intel_indicators().list().q(query.clone()).send().await.unwrap().objects;
        found.extend(
            indicators.iter().filter(|one| one.is_in_force(now)).map(|_| (90, Disposition::Malicious)),
        );
        let judged = |reputation| match reputation {
            Some(Reputation::Malicious) => Some(Disposition::Malicious),
            Some(Reputation::Suspicious) => Some(Disposition::Suspicious),
            _ => None,
        };
        for entity in client.entities().list().q(query).send().await.unwrap().objects {
            found.extend(judged(entity.known_reputation()).map(|disposition| (80, disposition)));
            for enrichment in client.entities().enrichments(&entity.id).send().await.unwrap() {
                let indicator =
                    enrichment.normalized_indicator.filter(|indicator| indicator.is_valid_at(now));
                found.extend(
                    judged(indicator.and_then(|indicator| indicator.reputation())).map(|word| (85, word)),
                );
            }
        }
        found
    }

    #[tokio::test]
    async fn observables_are_judged_as_the_table_says() {
        let siem = CloudSiem::builder().data(data_set().unwrap()).build().unwrap();
        let client = siem.client().unwrap();
        let rows = rows(1);
        assert!(rows.len() >= 20);
        let mut wrong = Vec::new();
        for row in &rows {
            let judgements = judgements(&client, row[0], row[1]).await;
            let best =
                judgements.into_iter().min_by_key(|(priority, word)| (std::cmp::Reverse(*priority), *word));
            let found = match best {
                Some((priority, word)) => (format!("{word:?}"), priority.to_string()),
                None => ("none".to_owned(), "-".to_owned()),
            };
            if (found.0.as_str(), found.1.as_str()) != (row[2], row[3]) {
                wrong.push((row[1], found, (row[2], row[3])));
            }
        }
        assert!(wrong.is_empty(), "(value, found, said): {wrong:#?}");
    }

    #[tokio::test]
    async fn the_story_can_end_now_and_tiles_find_something_in_each_period() {
        let end: DateTime<Utc> = "2031-03-01T12:34:56Z".parse().unwrap();
        let data = data_set_until(end).unwrap();
        let siem = CloudSiem::builder().data(data).now(end).build().unwrap();
        let client = siem.client().unwrap();
        let newest = client.insights().list().limit(1).send().await.unwrap().objects.remove(0);
        let age = end - newest.created.and_then(|time| time.utc()).unwrap();
        assert!(age > TimeDelta::zero() && age < TimeDelta::hours(1), "{age}");
        for (hours, at_least) in [(1, 1), (24, 30), (24 * 7, 100), (24 * 30, 175)] {
            let start = sumo_client::Timestamp::from(end - TimeDelta::hours(hours));
            let buckets = client.signals().counts(&start, 3_600).end(end).send().await.unwrap();
            let count: u64 = buckets.iter().filter_map(sumo_client::api::counts::CountBucket::count).sum();
            assert!(count >= at_least, "{count} signals in {hours} hours");
            let buckets = client.records().counts(&start, 3_600).end(end).send().await.unwrap();
            assert!(
                buckets.iter().filter_map(sumo_client::api::counts::CountBucket::count).sum::<u64>()
                    >= at_least
            );
        }
        // Items that end after the story still do.
        let items = client.match_list_items().list().value("198.51.100.77").send().await.unwrap().objects;
        assert!(items.iter().all(|item| item.is_in_force(end)));
    }

    #[test]
    fn no_name_or_address_is_anybodys() {
        let text = format!("{:?}", data_set().unwrap());
        let is_reserved = |domain: &str| {
            ["example.com", "example.net", "example.org"].iter().any(|known| domain.ends_with(known))
        };
        let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '.' || sign == '-'));
        for word in words {
            if word.ends_with(".com") || word.ends_with(".net") || word.ends_with(".org") {
                assert!(is_reserved(word), "{word}");
            }
            if let Ok(address) = word.parse::<std::net::Ipv4Addr>() {
                assert!(address.is_documentation() || address.is_private(), "{word}");
            }
        }
    }
}
