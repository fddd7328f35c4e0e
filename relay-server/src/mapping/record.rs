//! The facts that the records of a signal tell about it: devices, relations, the kind of sensor.

use std::net::IpAddr;

use ctim::vocabulary::{ObservableRelationType, ObservableTypeIdentifier as Type, Sensor};
use ctim::{Observable, ObservedRelation};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sumo_client::{PlainValue, Records};

use super::context::SOURCE;

/// The most records of a signal that are read for facts.
const MAX_RECORDS: usize = 20;

/// The most devices and relations of a signal that are kept.
const MAX_FACTS: usize = 20;

/// The facts that records tell. Nothing is concluded from them: each comes from one field or from
/// two of one record.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct RecordFacts {
    /// The observables of each device that a record names.
    pub(super) devices: Vec<Vec<Observable>>,
    pub(super) relations: Vec<ObservedRelation>,
    /// The kind of sensor, when all records are of one kind.
    pub(super) sensor: Option<&'static str>,
}

impl RecordFacts {
    /// Reads the first records of a signal; those that cannot be read tell nothing.
    pub(crate) fn of(records: &Records) -> Self {
        let mut facts = Self::default();
        let mut sensors = Vec::new();
        for record in records.decode_first::<RecordFields>(MAX_RECORDS) {
            record.devices().into_iter().for_each(|device| add(&mut facts.devices, device));
            record.relations().into_iter().for_each(|relation| add(&mut facts.relations, relation));
            sensors.push(record.object_type.0.as_deref().and_then(sensor));
        }
        facts.sensor = sensors.first().copied().flatten();
        if sensors.iter().any(|sensor| *sensor != facts.sensor) {
            facts.sensor = None;
        }
        facts
    }

    /// Adds the facts of an equal signal.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.devices.iter().for_each(|device| add(&mut self.devices, device.clone()));
        other.relations.iter().for_each(|relation| add(&mut self.relations, relation.clone()));
        self.sensor = self.sensor.filter(|sensor| other.sensor == Some(*sensor));
    }

    pub(super) fn sensor(&self) -> Option<Sensor> {
        self.sensor.map(Sensor::from)
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.len() < MAX_FACTS && !list.contains(&item) {
        list.push(item);
    }
}

/// The kind of sensor that writes records of this type.
fn sensor(object_type: &str) -> Option<&'static str> {
    match object_type {
        "NetworkProxy" => Some("network.proxy"),
        "Email" => Some("process.email-service"),
        _ if object_type.starts_with("Network") => Some("network"),
        _ if object_type.starts_with("Endpoint") => Some("endpoint"),
        _ => None,
    }
}

/// A member that counts only if it is a text with something in it.
#[derive(Default)]
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match PlainValue::deserialize(deserializer)? {
            PlainValue(Value::String(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        }))
    }
}

/// The fields of a normalized record that are looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RecordFields {
    #[serde(rename = "objectType")]
    object_type: Text,
    device_ip: Text,
    device_hostname: Text,
    device_mac: Text,
    #[serde(rename = "srcDevice_ip")]
    source_ip: Text,
    #[serde(rename = "srcDevice_hostname")]
    source_hostname: Text,
    #[serde(rename = "srcDevice_mac")]
    source_mac: Text,
    #[serde(rename = "dstDevice_ip")]
    destination_ip: Text,
    #[serde(rename = "dstDevice_hostname")]
    destination_hostname: Text,
    #[serde(rename = "dstDevice_mac")]
    destination_mac: Text,
    dns_query: Text,
    #[serde(rename = "dns_replyIp")]
    dns_reply_ip: Text,
    http_url: Text,
    file_basename: Text,
    file_hash_md5: Text,
    file_hash_sha1: Text,
    file_hash_sha256: Text,
}

impl RecordFields {
    fn source(&self) -> Vec<Observable> {
        device(&self.source_hostname, &self.source_ip, &self.source_mac)
    }

    fn destination(&self) -> Vec<Observable> {
        device(&self.destination_hostname, &self.destination_ip, &self.destination_mac)
    }

    fn devices(&self) -> Vec<Vec<Observable>> {
        let reporting = device(&self.device_hostname, &self.device_ip, &self.device_mac);
        let devices = [reporting, self.source(), self.destination()];
        devices.into_iter().filter(|device| !device.is_empty()).collect()
    }

    fn relations(&self) -> Vec<ObservedRelation> {
        let end = |address: &Text, name: &Text| ip(address).or_else(|| text(Type::Hostname, name));
        let source = end(&self.source_ip, &self.source_hostname);
        let destination = end(&self.destination_ip, &self.destination_hostname);
        let connected = || ObservableRelationType::ConnectedTo;
        let name = || text(Type::FileName, &self.file_basename);
        // CTIM's list of relations is open; this one is not on it, and is what other modules send.
        let name_of = || ObservableRelationType::from("File_Name_Of");
        [
            relation(source.clone(), connected(), destination),
            relation(source, connected(), text(Type::Url, &self.http_url)),
            relation(
                text(Type::Domain, &self.dns_query),
                ObservableRelationType::ResolvedTo,
                ip(&self.dns_reply_ip),
            ),
            relation(name(), name_of(), text(Type::Sha256, &self.file_hash_sha256)),
            relation(name(), name_of(), text(Type::Sha1, &self.file_hash_sha1)),
            relation(name(), name_of(), text(Type::Md5, &self.file_hash_md5)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The observables that name one device.
fn device(hostname: &Text, address: &Text, mac: &Text) -> Vec<Observable> {
    [text(Type::Hostname, hostname), ip(address), text(Type::MacAddress, mac)].into_iter().flatten().collect()
}

fn text(kind: Type, text: &Text) -> Option<Observable> {
    let value = text.0.as_deref()?;
    Some(Observable::builder().r#type(kind).value(value).build())
}

/// An address as the observable of its version; a text that is none counts for nothing.
fn ip(address: &Text) -> Option<Observable> {
    let kind = match address.0.as_deref()?.parse::<IpAddr>().ok()? {
        IpAddr::V4(_) => Type::Ip,
        IpAddr::V6(_) => Type::Ipv6,
    };
    text(kind, address)
}

fn relation(
    source: Option<Observable>,
    relation: ObservableRelationType,
    related: Option<Observable>,
) -> Option<ObservedRelation> {
    let (source, related) = (source?, related?);
    (source != related).then(|| {
        ObservedRelation::builder().origin(SOURCE).relation(relation).source(source).related(related).build()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(records: Value) -> RecordFacts {
        let records: Records = serde_json::from_value(records).unwrap();
        RecordFacts::of(&records)
    }

    fn printed(facts: &RecordFacts) -> Vec<String> {
        let relations = facts.relations.iter().map(|one| {
            let (source, related) = (&one.source, &one.related);
            format!(
                "{}:{} {} {}:{}",
                source.r#type, source.value, one.relation, related.r#type, related.value
            )
        });
        relations.collect()
    }

    #[test]
    fn relations_need_both_ends() {
        for (record, expected) in [
            (
                json!({"srcDevice_ip": "10.0.0.1", "dstDevice_ip": "2001:db8::1"}),
                &["ip:10.0.0.1 Connected_To ipv6:2001:db8::1"][..],
            ),
            (
                json!({"srcDevice_hostname": "a", "dstDevice_hostname": "b", "http_url": "https://b/x"}),
                &["hostname:a Connected_To hostname:b", "hostname:a Connected_To url:https://b/x"],
            ),
            (
                json!({"dns_query": "evil.example", "dns_replyIp": "192.0.2.1"}),
                &["domain:evil.example Resolved_To ip:192.0.2.1"],
            ),
            (
                json!({"file_basename": "x.exe", "file_hash_md5": "aa", "file_hash_sha256": "bb"}),
                &["file_name:x.exe File_Name_Of sha256:bb", "file_name:x.exe File_Name_Of md5:aa"],
            ),
            (json!({"srcDevice_ip": "10.0.0.1"}), &[]),
            (json!({"dns_query": "evil.example", "dns_replyIp": "NXDOMAIN"}), &[]),
            (json!({"srcDevice_ip": "10.0.0.1", "dstDevice_ip": "10.0.0.1"}), &[]),
            (json!({"srcDevice_ip": 5, "dstDevice_ip": [1]}), &[]),
            (json!({"file_hash_md5": "aa"}), &[]),
            (json!({"srcDevice_hostname": " ", "dstDevice_hostname": "b"}), &[]),
            (json!("a text"), &[]),
        ] {
            assert_eq!(printed(&facts(json!([record]))), expected, "{record}");
        }
    }

    #[test]
    fn each_device_of_a_record_is_named_once() {
        let record = json!({
            "device_hostname": "fw", "srcDevice_ip": "10.0.0.1", "srcDevice_mac": "00:00:5e:00:53:01",
            "dstDevice_hostname": "fw",
        });
        let facts = facts(json!([record, record]));
        let devices: Vec<Vec<String>> =
            facts.devices.iter().map(|device| device.iter().map(|one| one.value.clone()).collect()).collect();
        assert_eq!(devices, [vec!["fw"], vec!["10.0.0.1", "00:00:5e:00:53:01"]]);
    }

    #[test]
    fn the_sensor_is_that_of_all_records() {
        for (types, expected) in [
            (&["EndpointProcess"][..], Some("endpoint")),
            (&["NetworkDNS", "NetworkFlow"], Some("network")),
            (&["NetworkProxy"], Some("network.proxy")),
            (&["Email"], Some("process.email-service")),
            (&["Authentication"], None),
            (&["Endpoint", "Network"], None),
            (&["Endpoint", "Authentication"], None),
            (&[], None),
        ] {
            let records: Vec<Value> = types.iter().map(|kind| json!({"objectType": kind})).collect();
            assert_eq!(facts(records.into()).sensor, expected, "{types:?}");
        }
    }

    #[test]
    fn facts_are_bounded() {
        let records: Vec<Value> = (0..200)
            .map(|n| json!({"srcDevice_ip": format!("10.0.0.{n}"), "dstDevice_ip": "192.0.2.1"}))
            .collect();
        let facts = facts(records.into());
        assert!(facts.devices.len() <= MAX_FACTS && facts.relations.len() <= MAX_FACTS);
    }
}
