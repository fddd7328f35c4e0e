//! Nothing of one tenant is visible to another: answers, limits, memory, errors.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use serde_json::json;
use sumo_client::testing::{CloudSiem, DataSet, Fault, Operation, When};

use self::common::caller::fatal;
use self::common::schema::assert_is_ctim;
use self::common::{Answer, KeyAnswer, KeyHost, RsaKey, RunningRelay, bearer, config, data, stand_in};

/// A tenant with a Cloud SIEM of its own.
struct Tenant {
    siem: CloudSiem,
    access_id: String,
    limit: u32,
    authorization: String,
    /// A word that stands in all of its data.
    mark: &'static str,
}

/// Two tenants behind one relay.
struct Pair {
    tenants: [Tenant; 2],
    relay: RunningRelay,
    _keys: KeyHost,
}

/// Twelve signals for the same value, each marked.
fn marked(mark: &str) -> DataSet {
    let signals = (0..12).map(|n| {
        let name = format!("{mark} {n}");
        data::signal(
            &format!("{mark}-{n}"),
            json!({"name": name, "allRecords": [{"srcDevice_ip": "192.0.2.1"}]}),
        )
    });
    DataSet::new().signals(signals.collect::<Vec<_>>())
}

impl Pair {
    async fn start(change: impl FnOnce(&mut crate::common::Config)) -> Self {
        let ca = sumo_client::testing::TestCa::new().unwrap();
        let keys = KeyHost::start(&ca, KeyAnswer::json(RsaKey::xdr().key_set()));
        let tenant = async |mark: &'static str, limit: u32| {
            let tls = ca.server_config(&["127.0.0.1"]).unwrap();
            let access_id = format!("su{mark}");
            let siem =
                CloudSiem::builder().data(marked(mark)).credentials(&access_id, format!("key of {mark}"));
            let siem = siem.tls(tls).start().await.unwrap();
            let claims = common::Claims::new(&keys.host(), &siem.api_host())
                .with("access_id", access_id.clone())
                .with("access_key", format!("key of {mark}"))
                .with("CTR_ENTITIES_LIMIT", limit);
            Tenant { siem, access_id, limit, authorization: bearer(&claims.signed()), mark }
        };
        let tenants = [tenant("alpha", 3).await, tenant("omega", 7).await];
        let mut settings = config(&ca, [keys.host()], tenants.iter().map(|tenant| tenant.siem.api_host()));
        change(&mut settings);
        let relay = RunningRelay::start(&settings);
        Self { tenants, relay, _keys: keys }
    }

    async fn post(&self, tenant: &Tenant, path: &str) -> Answer {
        let body = data::ask("ip", "192.0.2.1").to_string();
        self.relay.caller().post(path, Some(&tenant.authorization), body).await
    }
}

/// Fails unless the answer is of this tenant alone.
#[track_caller]
fn assert_is_of(tenant: &Tenant, other: &Tenant, path: &str, answer: &Answer) {
    assert_eq!(answer.status, 200);
    for foreign in [other.siem.api_host(), other.mark.to_owned(), other.access_id.clone()] {
        assert!(!answer.body.contains(&foreign), "{path} of {}: {}", tenant.mark, answer.body);
    }
    match path {
        "/health" => answer.assert_is_healthy(tenant.mark),
        "/refer/observables" => {
            let url = format!("https://{}/sec/search?q=192.0.2.1", tenant.siem.api_host());
            assert_eq!(answer.json()["data"][0]["url"], url);
        }
        _ => {
            assert_is_ctim(answer);
            let sightings = answer.docs("sightings");
            assert_eq!(sightings.len(), tenant.limit as usize);
            for sighting in sightings {
                let start = format!("https://{}/sec/signal/{}-", tenant.siem.api_host(), tenant.mark);
                assert!(sighting["source_uri"].as_str().unwrap().starts_with(&start), "{sighting}");
            }
            assert_eq!(answer.errors().len(), 1, "more signals than the limit");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interleaved_requests_of_two_tenants_stay_apart() {
    let pair = Pair::start(|config| config.sumo.cache = Duration::from_millis(50)).await;
    let paths = ["/observe/observables", "/refer/observables", "/observe/observables", "/health"];
    stream::iter(0..200)
        .map(|n| {
            let (own, other) = (&pair.tenants[n % 2], &pair.tenants[1 - n % 2]);
            let (path, pair) = (paths[n / 2 % paths.len()], &pair);
            async move {
                let answer = pair.post(own, path).await;
                assert_is_of(own, other, path, &answer);
            }
        })
        .buffer_unordered(16)
        .collect::<Vec<()>>()
        .await;
    for tenant in &pair.tenants {
        let calls = tenant.siem.recorded();
        assert!(!calls.is_empty());
        let ids: BTreeSet<_> = calls.iter().map(|call| call.access_id.as_deref()).collect();
        assert_eq!(ids, [Some(tenant.access_id.as_str())].into());
        let signals = calls.iter().filter(|call| call.operation == Some(Operation::GetSignals));
        let limits: BTreeSet<_> = signals.map(|call| call.query_parameter("limit")).collect();
        assert_eq!(limits, [Some(tenant.limit.to_string().as_str())].into());
    }
}

#[tokio::test]
async fn what_is_remembered_for_one_tenant_answers_no_other() {
    let pair = Pair::start(|config| config.sumo.cache = Duration::from_secs(3600)).await;
    for _ in 0..2 {
        for (own, other) in [(0, 1), (1, 0)] {
            let (own, other) = (&pair.tenants[own], &pair.tenants[other]);
            let answer = pair.post(own, "/observe/observables").await;
            assert_is_of(own, other, "/observe/observables", &answer);
        }
    }
    for tenant in &pair.tenants {
        let counts = tenant.siem.counts();
        for operation in [Operation::GetInsights, Operation::GetSignals, Operation::GetEntities] {
            assert_eq!(counts.of(operation), 1, "asked once, then remembered");
        }
    }
}

#[tokio::test]
async fn the_limits_of_one_tenant_silence_no_other() {
    let pair = Pair::start(|_| {}).await;
    let [alpha, omega] = &pair.tenants;
    alpha.siem.inject(When::always(), Fault::rate_limited(Some(3600)));
    let mut calls = Vec::new();
    for _ in 0..2 {
        assert_eq!(pair.post(alpha, "/health").await.errors()[0]["code"], "Too Many Requests");
        let answer = pair.post(omega, "/observe/observables").await;
        assert_is_of(omega, alpha, "/observe/observables", &answer);
        calls.push(alpha.siem.counts().calls);
    }
    assert_eq!(calls[0], calls[1], "alpha is silent as it was asked to be");
}

#[tokio::test]
async fn an_error_of_one_tenant_is_told_to_no_other() {
    let pair = Pair::start(|config| config.sumo.cache = Duration::from_secs(3600)).await;
    let [alpha, omega] = &pair.tenants;
    let body = "a secret of alpha";
    alpha.siem.inject(When::always(), Fault::respond(StatusCode::FORBIDDEN, "text/plain", body));
    let refused = pair.post(alpha, "/observe/observables").await;
    let text = format!(
        "Unexpected response from Sumo Logic Cloud SIEM: the role of the access key lacks the right viewCse (Sumo Logic \
         says: {body}). Add it to the role, or look in the console: https://{}/sec/search",
        alpha.siem.api_host()
    );
    refused.assert_is(&fatal("Forbidden", &text), "alpha");
    let answer = pair.post(omega, "/observe/observables").await;
    assert_is_of(omega, alpha, "/observe/observables", &answer);
}

#[tokio::test]
async fn an_equal_access_id_with_another_key_is_another_tenant() {
    let world = common::World::behind(stand_in(marked("alpha")), |config| {
        config.sumo.cache = Duration::from_secs(3600)
    })
    .await;
    let body = data::ask("ip", "192.0.2.1").to_string();
    let observe = async |claims: common::Claims| {
        world.relay.caller().post("/observe/observables", Some(&bearer(&claims.signed())), body.clone()).await
    };
    assert_eq!(observe(world.claims()).await.docs("sightings").len(), 12);
    let text = "Unexpected response from Sumo Logic Cloud SIEM: wrong access_id or access_key";
    for key in ["another", "", "test-access-key-9f8e7d6c5b4", "TEST-access-key-9f8e7d6c5b4a"] {
        let claims = world.claims().with("access_key", key);
        let expected = if key.is_empty() {
            common::caller::unauthorized("Wrong JWT payload structure")
        } else {
            fatal("Unauthorized", text)
        };
        observe(claims).await.assert_is(&expected, key);
    }
    // Nor does a part of the id move over to the key.
    let (start, end) = common::ACCESS_ID.split_at(4);
    let shifted =
        world.claims().with("access_id", start).with("access_key", format!("{end}{}", common::ACCESS_KEY));
    observe(shifted).await.assert_is(&fatal("Unauthorized", text), "shifted");
    assert_eq!(observe(world.claims()).await.docs("sightings").len(), 12);
    let values: BTreeSet<Option<String>> =
        world.siem.recorded().into_iter().map(|call| call.access_id).collect();
    assert_eq!(values, [common::ACCESS_ID, start].map(|id| Some(id.to_owned())).into());
}
