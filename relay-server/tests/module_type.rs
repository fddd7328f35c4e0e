//! The module type record against the routes of the server, in both directions.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::collections::BTreeSet;

use relay_server::module_type::module_type;
use serde_json::Value;
use xdr_module::module_type::Region;
use xdr_module::{Capability, Module, Operation};

use self::common::{Config, PUBLIC_URL};

fn record() -> Value {
    let module = Config::default().module();
    module_type(&module.capabilities()).record(&module, Region::Us, PUBLIC_URL)
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn vector_20_each_route_for_xdr_is_in_the_record_and_nothing_else() {
    let document: Value = serde_json::from_str(&common::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    // XDR calls what needs a token.
    let needs_token = |operations: &Value| {
        let security = operations["post"]["security"].as_array();
        security.is_some_and(|security| !security.is_empty())
    };
    let for_xdr = paths.iter().filter(|(_, operations)| needs_token(operations));
    let routes: BTreeSet<_> = for_xdr.map(|(path, _)| path.trim_start_matches('/').to_owned()).collect();
    let record = record();
    assert_eq!(texts(&record["properties"]["supported-apis"]), routes);
    assert!(routes.contains("deliberate/observables") && routes.len() >= 4, "{routes:?}");
}

#[test]
fn vector_20_each_capability_has_an_api_and_each_api_a_capability() {
    let record = record();
    let capabilities = record["capabilities"].as_array().unwrap();
    let ids: BTreeSet<_> = capabilities.iter().map(|one| one["id"].as_str().unwrap()).collect();
    let apis = texts(&record["properties"]["supported-apis"]);
    let expected = |capability: Capability| {
        capability.operations().iter().map(|operation| operation.path().trim_start_matches('/').to_owned())
    };
    let offered: Vec<_> = Capability::ALL.into_iter().filter(|one| ids.contains(one.as_str())).collect();
    let of_capabilities = offered.iter().copied().flat_map(expected);
    let health = Operation::Health.path().trim_start_matches('/').to_owned();
    assert_eq!(of_capabilities.chain([health]).collect::<BTreeSet<_>>(), apis);
    assert!(ids.contains("health") && offered.len() + 1 == ids.len(), "{ids:?}");
}

#[test]
fn without_respond_nothing_of_it_is_in_the_record() {
    let module = Config::default().module();
    let capabilities: Vec<_> =
        module.capabilities().into_iter().filter(|one| *one != Capability::Respond).collect();
    let text = serde_json::to_string(
        &module_type(&capabilities).record(&module, Region::Us, PUBLIC_URL)["configuration_spec"],
    )
    .unwrap();
    assert!(text.contains("custom_deliberate_lists") && !text.contains("respond"), "{text}");
}

#[test]
fn the_record_is_closed_as_xdr_takes_it() {
    let record = record();
    let members: BTreeSet<_> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        "title",
        "default_name",
        "short_description",
        "description",
        "tips",
        "external_references",
        "configuration_spec",
        "capabilities",
        "properties",
        "product_categories",
    ];
    assert!(members.iter().all(|member| known.contains(member)), "{members:?}");
    for field in record["configuration_spec"].as_array().unwrap() {
        for (member, value) in field.as_object().unwrap() {
            let known = ["key", "type", "label", "required", "tooltip", "options", "default_value", "group"]
                .contains(&member.as_str());
            assert!(known && !value.is_null(), "{field}");
        }
    }
    let tips = record["tips"].as_str().unwrap();
    for right in
        ["viewCse", "cseViewMatchLists", "cseViewThreatIntelligence", "cseViewEntity", "cseViewEnrichments"]
    {
        assert!(tips.contains(right), "{right}");
    }
    // No key of anybody stands in a record that is public.
    assert!(!record["properties"].as_object().unwrap().contains_key("configuration-token-key"));
}
