//! The deliberate differences from the relay's predecessor, by their numbers in the contract.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sumo_client::testing::{DataSet, Fault, Operation, When};
use xdr_module::auth::allow_list::Audiences;

use crate::common::caller::unauthorized;
use crate::common::keys::unsigned;
use crate::common::schema::assert_is_ctim;
use crate::common::{Answer, KeyAnswer, KeyHost, RsaKey, World, bearer, data, stand_in};

#[tokio::test]
async fn difference_1_key_set_hosts_off_the_list_are_never_fetched() {
    let world = World::of(DataSet::new()).await;
    let decoy = KeyHost::start(&world.ca, KeyAnswer::json(RsaKey::stranger().key_set()));
    let token = world.claims().with("jwks_host", decoy.host()).signed_by(RsaKey::stranger());
    let reason = "Wrong jwks_host in JWT payload. Make sure domain follows the visibility.<region>.cisco.com structure";
    world.health_as(&bearer(&token)).await.assert_is(&unauthorized(reason), "decoy");
    assert_eq!(decoy.requests(), 0);
    world.assert_nothing_fetched("decoy");
}

#[tokio::test]
async fn difference_2_without_configured_urls_the_request_host_is_the_audience() {
    let world = World::with(DataSet::new(), |config| config.service.audiences = Audiences::RequestHost).await;
    let address = world.relay.address();
    let ask = async |aud: String, host: &str| {
        let token = world.claims().with("aud", aud).signed();
        let request = world.relay.caller().request(http::Method::POST, "/health").header("host", host);
        Answer::of(request.header("authorization", bearer(&token))).await
    };
    let own = address.to_string();
    ask(format!("http://{own}"), &own).await.assert_is_healthy("http");
    ask(format!("https://{own}"), &own).await.assert_is_healthy("https");
    ask("https://relay.example.org".to_owned(), "relay.example.org").await.assert_is_healthy("a name");
    let wrong = unauthorized("Wrong configuration-token-audience");
    for (aud, host) in [
        ("https://relay.example.com", own.as_str()),
        ("https://relay.example.org/", "relay.example.org"),
        ("ftp://relay.example.org", "relay.example.org"),
        ("relay.example.org", "relay.example.org"),
        ("https://relay.example.org:8443", "relay.example.org"),
    ] {
        ask(aud.to_owned(), host).await.assert_is(&wrong, aud);
    }
}

#[tokio::test]
async fn difference_2_configured_urls_alone_are_audiences() {
    let world = World::with(DataSet::new(), |config| {
        config.service.audiences =
            Audiences::Configured(["https://a.example", "https://b.example/relay"].map(str::to_owned).into());
    })
    .await;
    for aud in ["https://a.example", "https://b.example/relay"] {
        let token = world.claims().with("aud", aud).signed();
        world.health_as(&bearer(&token)).await.assert_is_healthy(aud);
    }
    let token = world.claims().with("aud", format!("http://{}", world.relay.address())).signed();
    let wrong = unauthorized("Wrong configuration-token-audience");
    world.health_as(&bearer(&token)).await.assert_is(&wrong, "the host of the request");
}

#[tokio::test]
async fn difference_3_api_hosts_off_the_list_are_never_called() {
    let world = World::of(DataSet::new()).await;
    let tls = world.ca.server_config(&["127.0.0.1"]).unwrap();
    let decoy = stand_in(data::company()).tls(tls).start().await.unwrap();
    let token = world.claims().with("host", decoy.api_host()).signed();
    let expected = unauthorized("Wrong JWT payload structure");
    for path in ["/health", "/observe/observables", "/refer/observables"] {
        let body = data::ask("domain", data::DOMAIN).to_string();
        world.relay.caller().post(path, Some(&bearer(&token)), body).await.assert_is(&expected, path);
    }
    assert_eq!((decoy.counts().connections, decoy.counts().calls), (0, 0));
    world.assert_nothing_fetched("decoy");
}

#[tokio::test]
async fn difference_4_bad_tokens_are_answers_of_the_contract() {
    let world = World::of(DataSet::new()).await;
    let claims = world.claims();
    for (name, token, reason) in [
        ("none", unsigned("none", claims.as_map()), "Wrong JWT structure"),
        ("no aud", claims.clone().without("aud").signed(), "Wrong configuration-token-audience"),
        ("expired", claims.clone().with("exp", 1).signed(), "JWT has expired"),
        ("too early", claims.clone().with("nbf", 1_u64 << 40).signed(), "JWT is not yet valid"),
    ] {
        let answer = world.health_as(&bearer(&token)).await;
        answer.assert_is(&unauthorized(reason), name);
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn difference_5_keys_are_fetched_once_and_again_for_an_unknown_kid() {
    let world = World::of(DataSet::new()).await;
    for _ in 0..3 {
        world.health_as(&bearer(&world.token())).await.assert_is_healthy("the first key");
    }
    assert_eq!(world.keys.requests(), 1);
    let keys = json!({"keys": [RsaKey::xdr().jwk(), RsaKey::next().jwk()]});
    world.keys.set(KeyAnswer::json(keys));
    let changed = world.claims().signed_by(RsaKey::next());
    world.health_as(&bearer(&changed)).await.assert_is_healthy("the next key");
    assert_eq!(world.keys.requests(), 2);
    let unknown =
        RsaKey::xdr().sign_with(jsonwebtoken::Algorithm::RS256, Some("never"), world.claims().as_map());
    for _ in 0..5 {
        let answer = world.health_as(&bearer(&unknown)).await;
        answer.assert_is(&unauthorized("kid from JWT header not found in API response"), "unknown");
    }
    assert_eq!(world.keys.requests(), 2, "an unknown kid renews once an interval");
}

#[tokio::test]
async fn difference_6_limits_above_100_are_clamped_without_an_error() {
    let world = World::of(DataSet::new()).await;
    for (claim, signals) in [
        (json!(7), "7"),
        (json!("7"), "7"),
        (json!(100), "100"),
        (json!(101), "100"),
        (json!("5000"), "100"),
        (json!(0), "100"),
        (json!(-3), "100"),
        (json!("many"), "100"),
        (json!(null), "100"),
    ] {
        world.siem.reset_counts();
        let token = world.claims().with("CTR_ENTITIES_LIMIT", claim.clone()).signed();
        let body = data::ask("ip", "192.0.2.1").to_string();
        let answer = world.relay.caller().post("/observe/observables", Some(&bearer(&token)), body).await;
        answer.assert_is(r#"{"data":{}}"#, &claim.to_string());
        let calls = world.siem.recorded();
        let limit_of = |operation| {
            let call = calls.iter().find(|call| call.operation == Some(operation)).unwrap();
            call.query_parameter("limit").unwrap().to_owned()
        };
        assert_eq!(limit_of(Operation::GetSignals), signals, "{claim}");
        let insights = signals.parse::<u32>().unwrap().min(10).to_string();
        assert_eq!(limit_of(Operation::GetInsights), insights, "{claim}");
    }
}

#[tokio::test]
async fn difference_6_a_low_limit_is_one_of_insights_too() {
    let world = World::of(data::insights(5)).await;
    let token = world.claims().with("CTR_ENTITIES_LIMIT", 5).signed();
    let body = data::ask("domain", data::DOMAIN).to_string();
    let answer = world.relay.caller().post("/observe/observables", Some(&bearer(&token)), body.clone()).await;
    assert_eq!(answer.json().get("errors"), None, "five of five");
    let token = world.claims().with("CTR_ENTITIES_LIMIT", 2).signed();
    let answer = world.relay.caller().post("/observe/observables", Some(&bearer(&token)), body).await;
    let warnings: Vec<_> =
        answer.errors().iter().map(|error| error["message"].as_str().unwrap().to_owned()).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("More than 2 Insights found"), "{warnings:?}");
    assert!(warnings[1].starts_with("More Signals found"), "{warnings:?}");
    let insights =
        answer.docs("sightings").iter().filter(|sighting| sighting.get("resolution").is_some()).count();
    assert_eq!(insights, 2);
}

#[tokio::test]
async fn difference_6_full_lists_are_cut_and_no_relationship_dangles() {
    let values: Vec<String> = (100..250).map(|n| format!("198.51.100.{n}")).collect();
    let named: Vec<&str> = values.iter().map(String::as_str).collect();
    let world = World::of(data::signals_for(&named)).await;
    let asked: Vec<Value> = values.iter().map(|value| json!({"type": "ip", "value": value})).collect();
    let answer = world.observe(&Value::from(asked)).await;
    assert_is_ctim(&answer);
    let ids: BTreeSet<String> = ["sightings", "indicators"]
        .iter()
        .flat_map(|list| answer.docs(list))
        .map(|entity| entity["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 200);
    let relationships = answer.docs("relationships");
    assert_eq!(relationships.len(), 100);
    for edge in relationships {
        for end in ["source_ref", "target_ref"] {
            assert!(ids.contains(edge[end].as_str().unwrap()), "{edge}");
        }
    }
    let shown: Vec<_> =
        values[100..].iter().map(|value| format!("{value} (0 of 0 Insights, 0 of 1 Signals)")).collect();
    let message = format!(
        "More was found in Sumo Logic Cloud SIEM Enterprise than an answer may hold (100 entities a list). Shown: {}. \
         Log in to the Sumo Logic Cloud SIEM Enterprise console to see all: https://{}/sec/search",
        shown.join(", "),
        world.siem.api_host()
    );
    let warning = json!([{"type": "warning", "code": "too-many-messages-warning", "message": message}]);
    assert_eq!(answer.json()["errors"], warning);
}

#[tokio::test]
async fn the_room_of_the_lists_is_shared_between_the_observables() {
    let values: Vec<String> = (100..120).map(|n| format!("198.51.100.{n}")).collect();
    let each: Vec<&str> = values.iter().flat_map(|value| std::iter::repeat_n(value.as_str(), 10)).collect();
    let world = World::of(data::signals_for(&each)).await;
    let asked: Vec<Value> = values.iter().map(|value| json!({"type": "ip", "value": value})).collect();
    let answer = world.observe(&Value::from(asked)).await;
    assert_is_ctim(&answer);
    for value in &values {
        let of_value = |one: &&Value| one["observables"][0]["value"] == value.as_str();
        assert_eq!(answer.docs("sightings").iter().filter(of_value).count(), 5, "{value}");
    }
    assert_eq!(answer.docs("relationships").len(), 100, "one of each sighting");
}

#[tokio::test]
async fn difference_7_an_id_stands_for_one_entity() {
    let signal = |id: &str, timestamp: &str| {
        data::signal(id, json!({"timestamp": timestamp, "allRecords": [{"host": data::DOMAIN}]}))
    };
    let signals = [
        signal("late", "2026-03-03T00:00:00"),
        signal("early", "2026-03-01T00:00:00"),
        signal("middle", "2026-03-02T00:00:00"),
    ];
    // The insight's signal is also found by the search for signals.
    let set =
        DataSet::new().insights([data::insight("1", json!({"signals": [signals[0]]}))]).signals(signals);
    let world = World::of(set).await;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_is_ctim(&answer);
    assert_eq!(answer.docs("sightings").len(), 4, "one of the insight, three of signals");
    let indicators = answer.docs("indicators");
    assert_eq!(indicators.len(), 1);
    assert_eq!(indicators[0]["valid_time"], json!({"start_time": "2026-03-01T00:00:00.000Z"}));
    let edges = answer.docs("relationships").len();
    assert_eq!(edges, 5, "based-on, and sighting-of from each of the four sightings");
}

/// Makes the stand-in answer this, whatever it is asked; what its own search would find is not the
/// question here.
fn respond(world: &World, operation: Operation, objects: Value) {
    let total = objects.as_array().unwrap().len();
    let body = json!({"data": {"objects": objects, "total": total, "hasNextPage": false}, "errors": []});
    let answer = Fault::respond(http::StatusCode::OK, "application/json", body.to_string());
    world.siem.inject(When::operation(operation), answer);
}

#[tokio::test]
async fn difference_8_signals_of_an_insight_are_matched_on_decoded_values_at_boundaries() {
    let world = World::of(DataSet::new()).await;
    for (kind, value, record, is_found) in [
        ("ip", "10.0.0.1", json!({"a": "10.0.0.1"}), true),
        ("ip", "10.0.0.1", json!({"a": "from 10.0.0.1:443"}), true),
        ("ip", "10.0.0.1", json!({"a": "10.0.0.12"}), false),
        ("ip", "10.0.0.1", json!({"a": "110.0.0.1"}), false),
        ("ip", "10.0.0.1", json!({"a": "10.0.0.1.2"}), false),
        ("ip", "10.0.0.1", json!({"10.0.0.1": "a member name"}), false),
        ("ipv6", "2001:db8::1", json!({"a": "2001:DB8::1"}), true),
        ("ipv6", "2001:db8::1", json!({"a": "[2001:db8::1]:443"}), true),
        ("ipv6", "2001:db8::1", json!({"a": "2001:db8::12"}), false),
        ("domain", "cisco.com", json!({"a": "cisco.com"}), true),
        ("domain", "cisco.com", json!({"a": "www.cisco.com"}), true),
        ("domain", "cisco.com", json!({"a": "a@cisco.com"}), true),
        ("domain", "cisco.com", json!({"a": "https://cisco.com/x"}), true),
        ("domain", "cisco.com", json!({"a": "visit cisco.com."}), true),
        ("domain", "cisco.com", json!({"a": "notcisco.com"}), false),
        ("domain", "cisco.com", json!({"a": "cisco.com.evil.net"}), false),
        ("domain", "cisco.com", json!({"a": "cisco.community"}), false),
        ("domain", "ad.lan.example", json!({"a": "AD.lan.Example"}), true),
        ("file_path", "c:\\temp\\x.exe", json!({"a": "run C:\\Temp\\X.exe now"}), true),
        ("file_name", "a\r\n\tb", json!({"a": "x a\r\n\tb y"}), true),
        ("process_args", "say \"it's\"", json!({"a": "say \"it's\""}), true),
        ("user", "M\u{fc}LLER", json!({"a": "m\u{fc}ller"}), true),
        ("process_uid", "4776", json!({"a": 4776}), true),
        ("process_uid", "4776", json!({"a": 14776}), false),
        ("process_uid", "true", json!({"a": true}), false),
        ("domain", "deep.example", json!({"a": [[{"b": {"c": ["x", "deep.example"]}}]]}), true),
    ] {
        let signal = data::signal("inner", json!({"allRecords": [record]}));
        let fault_free = json!([data::insight("1", json!({"signals": [signal]}))]);
        world.siem.clear_faults();
        respond(&world, Operation::GetInsights, fault_free);
        respond(&world, Operation::GetSignals, json!([]));
        let answer = world.observe(&data::ask(kind, value)).await;
        assert_is_ctim(&answer);
        let inner = answer.docs("sightings").iter().filter(|s| s["external_ids"] == json!(["inner"])).count();
        assert_eq!(inner, usize::from(is_found), "{value:?} in {record}");
    }
}

#[tokio::test]
async fn difference_8_the_entity_of_an_insight_names_all_its_signals() {
    let world = World::of(DataSet::new()).await;
    let signals = json!([data::signal("a", json!({})), data::signal("b", json!({"name": "Another name"}))]);
    respond(&world, Operation::GetInsights, json!([data::insight("1", json!({"signals": signals}))]));
    respond(&world, Operation::GetSignals, json!([]));
    let answer = world.observe(&data::ask("hostname", "WS-17")).await;
    assert_eq!(answer.docs("sightings").len(), 3);
}

#[tokio::test]
async fn difference_9_critical_insights_are_critical() {
    let world = World::of(DataSet::new()).await;
    for (given, shown) in [
        ("LOW", "Low"),
        ("MEDIUM", "Medium"),
        ("HIGH", "High"),
        ("CRITICAL", "Critical"),
        ("DIRE", "Unknown"),
    ] {
        world.siem.clear_faults();
        respond(&world, Operation::GetInsights, json!([data::insight("1", json!({"severity": given}))]));
        let answer = world.observe(&data::ask("hostname", "ws-17")).await;
        assert_eq!(answer.docs("sightings")[0]["severity"], shown, "{given}");
    }
}

#[tokio::test]
async fn difference_9_targets_are_given_for_the_types_of_entity_that_ctim_knows() {
    let world = World::of(DataSet::new()).await;
    let hash = |length: usize| "a".repeat(length);
    // A word that is not shown leaves the targets as they are.
    for (entity_type, value, kind) in [
        ("_hostname", "web-01".to_owned(), Some("hostname")),
        ("_ip", "192.0.2.1".to_owned(), Some("ip")),
        ("_ip", "2001:db8::1".to_owned(), Some("ipv6")),
        ("_username", "joe".to_owned(), Some("user")),
        ("_mac", "00:00:5e:00:53:01".to_owned(), Some("mac_address")),
        ("_hash", hash(32), Some("md5")),
        ("_hash", hash(40), Some("sha1")),
        ("_hash", hash(64), Some("sha256")),
        ("_hash", hash(7), None),
        ("_domain", "example.com".to_owned(), Some("domain")),
        ("_url", "https://example.com/".to_owned(), Some("url")),
        ("_email", "a@example.com".to_owned(), Some("email")),
        ("_file", "a.exe".to_owned(), Some("file_name")),
        ("_process", "a.exe".to_owned(), Some("process_name")),
        ("_useragent", "curl/8".to_owned(), Some("user_agent")),
        ("_command", "rm".to_owned(), None),
        ("custom", "x".to_owned(), None),
    ] {
        world.siem.clear_faults();
        let entity = data::entity(entity_type, &value);
        respond(&world, Operation::GetInsights, json!([]));
        respond(&world, Operation::GetSignals, json!([data::signal("s", json!({"entity": entity}))]));
        let answer = world.observe(&data::ask("domain", "asked.example")).await;
        assert_is_ctim(&answer);
        let target =
            answer.docs("sightings")[0].get("targets").map(|targets| targets[0]["observables"].clone());
        assert_eq!(target, kind.map(|kind| json!([{"type": kind, "value": value}])), "{entity_type} {value}");
    }
}

#[tokio::test]
async fn difference_10_entities_carry_the_models_version_and_indicators_say_more() {
    let world = World::of(data::company()).await;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    for list in ["sightings", "indicators", "relationships"] {
        for entity in answer.docs(list) {
            assert_eq!(entity["schema_version"], ctim::SCHEMA_VERSION);
        }
    }
    let indicator = &answer.docs("indicators")[0];
    assert_eq!(indicator["title"], "Suspicious DNS query");
    let phase = json!([{"kill_chain_name": "mitre-attack", "phase_name": "command-and-control"}]);
    assert_eq!(indicator["kill_chain_phases"], phase);
}

#[tokio::test]
async fn difference_11_types_that_ctim_does_not_list_are_searched_and_echoed() {
    let world = World::of(data::company()).await;
    for kind in ["quantum_id", "Domain", "a type with blanks", "\u{1f600}"] {
        let answer = world.observe(&data::ask(kind, data::DOMAIN)).await;
        let sightings = answer.docs("sightings");
        assert_eq!(sightings.len(), 3, "{kind}");
        for sighting in sightings {
            assert_eq!(sighting["observables"], json!([{"type": kind, "value": data::DOMAIN}]));
        }
    }
}

#[tokio::test]
async fn difference_11_every_type_that_ctim_lists_is_searched() {
    let kinds = ctim::vocabulary::ObservableTypeIdentifier::KNOWN;
    let values: Vec<String> = (0..kinds.len()).map(|n| format!("value-{n}")).collect();
    let world = World::of(DataSet::new()).await;
    let asked: Vec<Value> = kinds
        .iter()
        .zip(&values)
        .map(|(kind, value)| json!({"type": kind.as_str(), "value": value}))
        .collect();
    world.observe(&Value::from(asked)).await.assert_is(r#"{"data":{}}"#, "all types");
    for operation in [Operation::GetInsights, Operation::GetSignals] {
        let calls = world.siem.recorded_of(operation);
        let searched: BTreeSet<_> = calls.iter().map(|call| call.query_parameter("q").unwrap()).collect();
        assert_eq!(searched, values.iter().map(String::as_str).collect());
    }
}
