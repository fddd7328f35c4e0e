//! The JSON that registers this relay as a module type in Cisco XDR.
//!
//! Its members are those of XDR's `NewModuleTypeParams`; XDR rejects any other.

use serde_json::{Value, json};
use sumo_client::Deployment;

use crate::trust::CISCO_JWKS_HOSTS;

/// A region of Cisco XDR.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Region {
    /// North America.
    Us,
    /// Europe.
    Eu,
    /// Asia Pacific, Japan and China.
    Apjc,
}

impl Region {
    /// The host that publishes the region's signing keys.
    pub fn jwks_host(self) -> &'static str {
        let [us, eu, apjc] = CISCO_JWKS_HOSTS;
        match self {
            Self::Us => us,
            Self::Eu => eu,
            Self::Apjc => apjc,
        }
    }
}

/// The module type of a relay that XDR of `region` reaches at `url`.
///
/// ```
/// use relay_server::module_type::{Region, module_type};
///
/// let module = module_type(Region::Eu, "https://relay.example.com");
/// assert_eq!(module["properties"]["custom_jwks_host"], "visibility.eu.amp.cisco.com");
/// ```
pub fn module_type(region: Region, url: &str) -> Value {
    json!({
        "title": "Sumo Logic Cloud SIEM",
        "default_name": "Sumo Logic Cloud SIEM",
        "short_description": "Shows what **Sumo Logic Cloud SIEM** knows about an observable during an investigation.",
        "description": DESCRIPTION,
        "tips": TIPS,
        "external_references": [
            {"label": "Sumo Logic Cloud SIEM", "link": "https://www.sumologic.com/solutions/cloud-siem-enterprise/"}
        ],
        "configuration_spec": [
            {
                "key": "custom_host",
                "type": "options",
                "label": "API endpoint",
                "required": true,
                "tooltip": "The API endpoint of your Sumo Logic deployment.",
                "options": hosts(),
            },
            {"key": "custom_access_id", "type": "api_key", "label": "Access ID", "required": true},
            {"key": "custom_access_key", "type": "api_key", "label": "Access key", "required": true},
            {
                "key": "custom_CTR_ENTITIES_LIMIT",
                "type": "integer",
                "label": "Entities limit",
                "required": false,
                "tooltip": "The most signals of one search, 1 to 100. The default is 100.",
            },
        ],
        "capabilities": [
            {"id": "health", "description": "Checks the configuration"},
            {"id": "observe", "description": "Finds sightings and indicators in insights and signals"},
            {"id": "refer", "description": "Links to the search of the Sumo Logic console"},
        ],
        "properties": {
            "url": url.trim_end_matches('/'),
            "supported-apis": ["health", "observe/observables", "refer/observables"],
            "auth-type": "configuration-token",
            "configuration-token-alg": "RS256",
            "custom_jwks_host": region.jwks_host(),
        },
        "product_categories": ["siem"],
    })
}

const DESCRIPTION: &str = "Sumo Logic Cloud SIEM turns records into signals and correlates signals into insights. This \
    integration tells during an investigation which insights and signals hold an observable, which rules gave them and \
    how they belong together, and links to the Sumo Logic console.";

const TIPS: &str = "1. In Sumo Logic choose **Administration > Security > Access Keys** and add an access key whose \
    user may view Cloud SIEM.\n2. Keep the access ID and the access key; the key is shown once.\n3. Here, choose the \
    API endpoint of your deployment and enter both.\n4. Save: XDR checks the configuration at once.";

fn hosts() -> Vec<Value> {
    Deployment::ALL
        .iter()
        .map(|deployment| json!({"value": deployment.api_host(), "label": deployment.api_host()}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn assert_known(value: &Value, known: &[&str]) {
        for key in keys(value) {
            assert!(known.contains(&key), "{key} is not known to XDR");
        }
    }

    #[test]
    fn only_members_that_xdr_knows_are_there() {
        let module = module_type(Region::Us, "https://relay.example.com/");
        assert_known(
            &module,
            &[
                "title",
                "default_name",
                "short_description",
                "description",
                "tips",
                "external_references",
                "configuration_spec",
                "capabilities",
                "properties",
                "logo",
                "logo_dark",
                "flags",
                "enabled",
                "product_categories",
                "app_link",
                "app_link_meta",
                "integration",
                "integration_id",
                "former_title",
                "max_nb_instances",
                "ocsf-product-uid",
            ],
        );
        for field in module["configuration_spec"].as_array().unwrap() {
            assert_known(
                field,
                &[
                    "key",
                    "type",
                    "label",
                    "required",
                    "tooltip",
                    "options",
                    "default_value",
                    "strict-options",
                    "group",
                    "subtype",
                    "beta",
                ],
            );
            let kinds = [
                "string", "integer", "boolean", "password", "api_key", "options", "device", "file", "remote",
            ];
            assert!(kinds.contains(&field["type"].as_str().unwrap()));
            assert!(field["key"].as_str().unwrap().starts_with("custom_"));
        }
        for capability in module["capabilities"].as_array().unwrap() {
            assert_known(capability, &["id", "description"]);
        }
        assert_known(
            &module["properties"],
            &[
                "url",
                "supported-apis",
                "auth-type",
                "configuration-token-alg",
                "custom_jwks_host",
                "configuration-token-audience",
                "configuration-token-key",
            ],
        );
        assert_eq!(module["properties"]["url"], "https://relay.example.com");
        assert_eq!(
            module["configuration_spec"][0]["options"].as_array().unwrap().len(),
            Deployment::ALL.len()
        );
    }

    #[test]
    fn each_region_has_its_keys() {
        for (region, host) in [
            (Region::Us, "visibility.amp.cisco.com"),
            (Region::Eu, "visibility.eu.amp.cisco.com"),
            (Region::Apjc, "visibility.apjc.amp.cisco.com"),
        ] {
            assert_eq!(module_type(region, "https://a")["properties"]["custom_jwks_host"], host);
        }
    }
}
