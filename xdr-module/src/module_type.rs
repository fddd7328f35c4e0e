//! The JSON that registers a module type in Cisco XDR.
//!
//! Its members are those of XDR's `NewModuleTypeParams`; XDR rejects any other. Capabilities and
//! APIs follow from what the module offers.

use serde::Serialize;
use serde_json::{Value, json};

use crate::auth::allow_list::CISCO_JWKS_HOSTS;
use crate::module::{Capability, Module, Operation};

/// A region of Cisco XDR.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Region {
    /// North America.
    Us,
    /// Europe.
    Eu,
    /// Asia Pacific, Japan and China.
    Apjc,
}

impl Region {
    /// Returns the host that publishes the region's signing keys.
    pub fn jwks_host(self) -> &'static str {
        let [us, eu, apjc] = CISCO_JWKS_HOSTS;
        match self {
            Self::Us => us,
            Self::Eu => eu,
            Self::Apjc => apjc,
        }
    }
}

/// The texts and fields of a module type, besides those that follow from its routes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ModuleType {
    /// The title, also the default name of instances.
    pub title: String,
    /// One sentence in Markdown.
    pub short_description: String,
    /// A paragraph in Markdown.
    pub description: String,
    /// The steps of the set-up, in Markdown; XDR shows them beside the form.
    pub tips: String,
    /// Links: label and address.
    pub references: Vec<(String, String)>,
    /// The fields of the form. Each `custom_X` becomes claim `X` of the token.
    pub fields: Vec<ConfigurationField>,
    /// The ids of categories, such as `siem`.
    pub product_categories: Vec<String>,
    /// Descriptions of capabilities, instead of general ones.
    pub capability_texts: Vec<(Capability, String)>,
}

impl ModuleType {
    /// Creates a module type without fields.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Returns the record of `module` as XDR of `region` reaches it at `url`.
    ///
    /// ```
    /// # use xdr_module::{About, Capability, Context, Module, auth, contract};
    /// # struct Whois;
    /// # impl Module for Whois {
    /// #     type Tenant = ();
    /// #     fn about(&self) -> About { About::new("whois", "1.0.0", "Whois") }
    /// #     fn capabilities(&self) -> Vec<Capability> { vec![Capability::Refer] }
    /// #     fn tenant(&self, _: &auth::Claims) -> Result<(), auth::Refusal> { Ok(()) }
    /// #     async fn health(
    /// #         &self, _: &Context<()>
    /// #     ) -> contract::reply::Reply<contract::health::Health> {
    /// #         contract::reply::Reply::nothing()
    /// #     }
    /// # }
    /// use xdr_module::module_type::{ModuleType, Region};
    ///
    /// let url = "https://whois.example.com";
    /// let record = ModuleType::new("Whois").record(&Whois, Region::Eu, url);
    /// assert_eq!(record["properties"]["custom_jwks_host"], "visibility.eu.amp.cisco.com");
    /// assert_eq!(record["properties"]["supported-apis"][1], "refer/observables");
    /// ```
    pub fn record<M: Module>(&self, module: &M, region: Region, url: &str) -> Value {
        let offered = module.capabilities();
        let offered: Vec<_> = Capability::ALL.into_iter().filter(|one| offered.contains(one)).collect();
        let operations = offered.iter().flat_map(|capability| capability.operations());
        let apis: Vec<_> = [Operation::Health]
            .iter()
            .chain(operations)
            .map(|operation| operation.path().trim_start_matches('/'))
            .collect();
        let health = json!({"id": "health", "description": "Checks the configuration"});
        let others = offered.iter().map(|one| json!({"id": one.as_str(), "description": self.text_of(*one)}));
        let capabilities: Vec<_> = std::iter::once(health).chain(others).collect();
        let references = self.references.iter().map(|(label, link)| json!({"label": label, "link": link}));
        json!({
            "title": self.title,
            "default_name": self.title,
            "short_description": self.short_description,
            "description": self.description,
            "tips": self.tips,
            "external_references": references.collect::<Vec<_>>(),
            "configuration_spec": self.fields,
            "capabilities": capabilities,
            "properties": {
                "url": url.trim_end_matches('/'),
                "supported-apis": apis,
                "auth-type": "configuration-token",
                "configuration-token-alg": "RS256",
                "custom_jwks_host": region.jwks_host(),
            },
            "product_categories": self.product_categories,
        })
    }

    fn text_of(&self, capability: Capability) -> &str {
        let own =
            self.capability_texts.iter().find(|(of, _)| *of == capability).map(|(_, text)| text.as_str());
        own.unwrap_or(match capability {
            Capability::Observe => "Finds sightings of observables",
            Capability::Refer => "Links to the console of the product",
            Capability::Deliberate => "Judges observables",
            Capability::Respond => "Carries out response actions",
            Capability::Tiles => "Shows tiles on the dashboard",
        })
    }
}

/// A field of the form in which a customer configures the module.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ConfigurationField {
    /// The key; `custom_X` becomes claim `X` of the token.
    pub key: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// The label.
    pub label: String,
    /// True if the field must be filled in.
    pub required: bool,
    /// A sentence of help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tooltip: Option<String>,
    /// The choices of a field of the type [`FieldType::Options`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<FieldOption>,
    /// The value that is filled in at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// The heading under which the field stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl ConfigurationField {
    /// Creates an optional field.
    pub fn new(key: impl Into<String>, kind: FieldType, label: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            kind,
            label: label.into(),
            required: false,
            tooltip: None,
            options: Vec::new(),
            default_value: None,
            group: None,
        }
    }

    /// Returns the same as a field that must be filled in.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Returns the same with a sentence of help.
    #[must_use]
    pub fn with_tooltip(self, tooltip: impl Into<String>) -> Self {
        Self { tooltip: Some(tooltip.into()), ..self }
    }

    /// Returns the same with choices, each shown as it is.
    #[must_use]
    pub fn with_options(self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let option = |value: String| FieldOption { label: value.clone(), value };
        Self { options: values.into_iter().map(Into::into).map(option).collect(), ..self }
    }

    /// Returns the same with a value that is filled in at first.
    #[must_use]
    pub fn with_default(self, value: impl Into<String>) -> Self {
        Self { default_value: Some(value.into()), ..self }
    }

    /// Returns the same under a heading.
    #[must_use]
    pub fn in_group(self, group: impl Into<String>) -> Self {
        Self { group: Some(group.into()), ..self }
    }
}

/// The types of fields.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldType {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A switch.
    Boolean,
    /// A text that is not shown.
    Password,
    /// A key that is not shown.
    ApiKey,
    /// One of several values.
    Options,
}

/// A choice of a field.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FieldOption {
    /// The value.
    pub value: String,
    /// The text shown.
    pub label: String,
}
