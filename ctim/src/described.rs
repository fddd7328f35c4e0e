//! The macro that gives types of the model the schemas of the optional features.

/// Gives a type the schemas of the optional features.
macro_rules! described {
    ($name:ident, $schema_name:literal, $kind:expr) => {
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $schema_name.into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::json_schema::for_schemars($kind, generator)
            }
        }

        #[cfg(feature = "openapi")]
        impl poem_openapi::types::Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                $schema_name.into()
            }

            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                $crate::openapi::schema_ref($kind)
            }

            fn register(registry: &mut poem_openapi::registry::Registry) {
                $crate::openapi::register($kind, registry);
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        #[cfg(feature = "openapi")]
        impl poem_openapi::types::ParseFromJSON for $name {
            fn parse_from_json(value: Option<serde_json::Value>) -> poem_openapi::types::ParseResult<Self> {
                serde::Deserialize::deserialize(&value.unwrap_or_default())
                    .map_err(|error: serde_json::Error| poem_openapi::types::ParseError::custom(error))
            }
        }

        #[cfg(feature = "openapi")]
        impl poem_openapi::types::ToJSON for $name {
            fn to_json(&self) -> Option<serde_json::Value> {
                serde_json::to_value(self).ok()
            }

            fn to_json_string(&self) -> String {
                serde_json::to_string(self).unwrap_or_default()
            }
        }
    };
}
