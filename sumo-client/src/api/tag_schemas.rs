//! Tag schemas: keys of tags with the values they may have.

use crate::api::{Acknowledged, group, model, request_body};
use crate::call::Call;
use crate::model::open_enum;

group! {
    /// The tag schemas of the tenant.
    TagSchemas by tag_schemas
}

impl TagSchemas {
    /// All tag schemas.
    pub fn list(&self) -> Call<Vec<TagSchema>> {
        Call::get(&self.client, "GetTagSchemas", "/tag-schemas", &[])
    }

    /// One tag schema.
    pub fn get(&self, key: &str) -> Call<TagSchema> {
        Call::get(&self.client, "GetTagSchema", "/tag-schemas/{key}", &[key])
    }

    /// Changes the tenant: creates a tag schema.
    pub fn create(&self, schema: &TagSchemaFields) -> Call<TagSchema> {
        Call::post(&self.client, "CreateTagSchema", "/tag-schemas", &[]).fields(schema)
    }

    /// Changes the tenant: sets the tag schema whose key is in the fields.
    pub fn update(&self, schema: &TagSchemaFields) -> Call<TagSchema> {
        Call::put(&self.client, "UpdateTagSchema", "/tag-schemas", &[]).fields(schema)
    }

    /// Changes the tenant: deletes a tag schema.
    pub fn delete(&self, key: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteTagSchema", "/tag-schemas/{key}", &[key])
    }
}

open_enum! {
    /// A type of object that can have a tag.
    TagContentType {
        /// Custom insights.
        CustomInsight = "customInsight",
        /// Entities.
        Entity = "entity",
        /// Rules.
        Rule = "rule",
        /// Threat intelligence.
        ThreatIntelligence = "threatIntelligence",
    }
}

request_body! {
    /// A tag schema to be created or set.
    TagSchemaFields {
        [
            /// The key, the part of a tag before the colon.
            key: String,
            /// The label shown.
            label: String,
            /// True if other values than those listed are allowed.
            freeform: bool,
        ]
        /// The types of objects that can have the tag.
        content_types: Vec<TagContentType>,
        /// The values.
        value_options: Vec<NewTagValue>,
    }
}

request_body! {
    /// A value of a tag schema.
    NewTagValue {
        [
            /// The value, the part of a tag after the colon.
            value: String,
        ]
        /// The label shown.
        label: String,
        /// A page about it.
        link: String,
    }
}

model! {
    /// A tag schema.
    TagSchema {
        [
            /// The key.
            key: String,
        ]
        /// The label shown.
        label: Option<String>,
        /// The types of objects that can have the tag.
        content_type_enums: Vec<TagContentType>,
        /// True if other values than those listed are allowed.
        freeform: bool,
        /// The values as one text; see [`value_option_objects`](Self::value_option_objects).
        value_options: Option<String>,
        /// The values.
        value_option_objects: Vec<TagValue>,
    }
}

model! {
    /// A value of a tag schema.
    TagValue {
        /// The value.
        value: String,
        /// The label shown.
        label: Option<String>,
        /// A page about it.
        link: Option<String>,
    }
}
