//! Response actions over HTTP: the vectors of the reference, each action from offer to undo,
//! attacks, and the defects of other relays.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

#[path = "../common/mod.rs"]
mod common;

/// The id of an action on the entity of [`IP`] in the default zone.
macro_rules! on_entity {
    ($change:literal) => {
        concat!($change, "-e6660de34f672f11c")
    };
}

mod attacks;
mod audit;
mod command_line;
mod conformance;
mod defects;
mod end_to_end;
mod switches;
mod vectors;

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Value, json};
use sumo_client::testing::{CloudSiemBuilder, DataSet, RecordedCall};

use self::common::{Answer, Claims, Config, World, bearer, data, stand_in};

/// The value that most tests act on.
pub(crate) const IP: &str = "198.51.100.24";

/// The time of day in Cloud SIEM and in the relay.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_726_304_400, 0).unwrap()
}

/// Lists, a source, entities and insights that actions may change, and some that they may not.
pub(crate) fn everything() -> DataSet {
    let list = |id: &str, name: &str, column: &str| json!({"id": id, "name": name, "targetColumn": column});
    let entity = |id: &str, value: &str| json!({"id": id, "entityType": "_ip", "name": value, "value": value, "tags": [], "isSuppressed": false});
    let zoned = |mut entity: Value, zone: &str| {
        entity["sensorZone"] = json!(zone);
        entity
    };
    let seen = |id: &str| data::signal(id, json!({"allRecords": [{"srcDevice_ip": IP}]}));
    DataSet::new()
        .match_lists([
            list("173", "blocked_ips", "Ip"),
            list("174", "not_ours", "Ip"),
            list("180", "blocked_domains", "Domain"),
            list("181", "custom", "a-column"),
        ])
        .suppress_lists([list("9", "noisy", "SrcIp"), list("10", "not_ours", "Ip")])
        .threat_intel_sources([
            json!({"id": "7", "name": "soc", "sourceType": "CUSTOM"}),
            json!({"id": "8", "name": "vendor", "sourceType": "TAXII"}),
        ])
        .entity_criticality_configs([
            json!({"id": "1", "name": "High", "severityExpression": "severity + 2", "entityCount": 0}),
            json!({"id": "2", "name": "Crown Jewels", "severityExpression": "severity + 3", "entityCount": 0}),
        ])
        .entities([
            entity("_ip-198.51.100.24", IP),
            zoned(entity("_ip-198.51.100.24-lab", IP), "lab"),
            entity("_ip-198.51.100.240", "198.51.100.240"),
        ])
        .insights([
            data::insight("i-1", json!({"signals": [seen("s-1")]})),
            data::insight("i-2", json!({"signals": [], "created": "2026-02-01T10:00:00"})),
        ])
}

/// A relay whose operator switched actions on, and a tenant that lets everything be changed.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) claims: Claims,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::with(everything(), |siem| siem, |_| {}).await
    }

    pub(crate) async fn of(data: DataSet) -> Self {
        Self::with(data, |siem| siem, |_| {}).await
    }

    pub(crate) async fn with(
        data: DataSet,
        siem: impl FnOnce(CloudSiemBuilder) -> CloudSiemBuilder,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let siem = siem(stand_in(data).now(now()).appearance_delay(Duration::ZERO));
        let world = World::behind(siem, |config| {
            config.sumo.respond.is_on = true;
            config.sumo.respond.appearance_delay = Duration::ZERO;
            config.now = Some(now());
            change(config);
        });
        let world = world.await;
        let claims = allowing_all(world.claims());
        Self { world, claims }
    }

    pub(crate) fn allowing(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims = self.claims.with(claim, value);
        self
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let token = bearer(&self.claims.signed());
        self.world.relay.caller().post(path, Some(&token), body.to_string()).await
    }

    /// The actions beside an observable.
    pub(crate) async fn offered(&self, kind: &str, value: &str) -> Vec<Value> {
        let answer = self.post("/respond/observables", &data::ask(kind, value)).await;
        answer.json()["data"].as_array().unwrap().clone()
    }

    /// The ids of actions beside an observable, without their common start.
    pub(crate) async fn ids(&self, kind: &str, value: &str) -> Vec<String> {
        let id =
            |action: &Value| action["id"].as_str().unwrap().strip_prefix("sumo-cse-").unwrap().to_owned();
        self.offered(kind, value).await.iter().map(id).collect()
    }

    pub(crate) async fn trigger(&self, id: &str, kind: &str, value: &str) -> Answer {
        let id = format!("sumo-cse-{id}");
        let body = json!({"action-id": id, "observable_type": kind, "observable_value": value});
        self.post("/respond/trigger", &body).await
    }

    /// A client of the stand-in, of somebody else than the relay.
    pub(crate) fn client(&self) -> sumo_client::Client {
        let roots = self.world.ca.pem();
        self.world.siem.client_builder().extra_root_certificates(roots).build().unwrap()
    }

    /// The calls that changed something.
    pub(crate) fn writes(&self) -> Vec<RecordedCall> {
        let mut calls = self.world.siem.recorded();
        calls.retain(|call| call.method != Method::GET);
        calls
    }

    /// The calls that reached the stand-in.
    pub(crate) fn calls(&self) -> u64 {
        self.world.siem.counts().calls
    }
}

/// Claims of a tenant that lets everything be changed.
pub(crate) fn allowing_all(claims: Claims) -> Claims {
    claims
        .with("respond", true)
        .with("respond_match_lists", "blocked_ips, blocked_domains, custom")
        .with("respond_suppress_lists", "noisy")
        .with("respond_threat_source", "soc")
        .with("respond_insights", "true")
        .with("respond_entities", true)
}

/// Fails unless the answer is success and nothing more.
#[track_caller]
pub(crate) fn assert_success(answer: &Answer, case: &str) {
    answer.assert_is(r#"{"data":{"status":"success"}}"#, case);
}

/// Fails unless the answer is failure with one error of this code; gives its message.
#[track_caller]
pub(crate) fn assert_failure(answer: &Answer, code: &str, case: &str) -> String {
    let json = answer.json();
    let errors = answer.errors();
    assert_eq!(
        (answer.status, &json["data"]),
        (200, &json!({"status": "failure"})),
        "{case}: {}",
        answer.body
    );
    assert_eq!(errors.len(), 1, "{case}: {}", answer.body);
    assert_eq!(
        (&errors[0]["type"], &errors[0]["code"]),
        (&json!("fatal"), &json!(code)),
        "{case}: {}",
        answer.body
    );
    errors[0]["message"].as_str().unwrap().to_owned()
}
