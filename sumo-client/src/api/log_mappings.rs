//! Log mappings, which make normalised records of log lines.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::rules::Enabled;
use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;
use crate::query::Query;

group! {
    /// The log mappings of the vendor and of the tenant.
    LogMappings by log_mappings
}

impl LogMappings {
    /// Lists the log mappings.
    pub fn list(&self) -> ListLogMappings {
        ListLogMappings { call: Call::get(&self.client, "GetLogMappings", "/log-mappings", &[]) }
    }

    /// One log mapping.
    pub fn get(&self, id: &str) -> Call<LogMapping> {
        Call::get(&self.client, "GetLogMapping", "/log-mappings/{id}", &[id])
    }

    /// Changes the tenant: creates a log mapping, in use or not.
    pub fn create(&self, mapping: &LogMappingFields, enabled: bool) -> Call<LogMapping> {
        #[derive(Serialize)]
        struct NewLogMapping<'a> {
            #[serde(flatten)]
            mapping: &'a LogMappingFields,
            enabled: bool,
        }
        Call::post(&self.client, "CreateLogMapping", "/log-mappings", &[])
            .fields(&NewLogMapping { mapping, enabled })
    }

    /// Changes the tenant: sets a log mapping.
    pub fn update(&self, id: &str, mapping: &LogMappingFields) -> Call<LogMapping> {
        Call::put(&self.client, "UpdateLogMapping", "/log-mappings/{id}", &[id]).fields(mapping)
    }

    /// Changes the tenant: sets whether a log mapping is in use.
    pub fn set_enabled(&self, id: &str, enabled: bool) -> Call<LogMapping> {
        Call::put(&self.client, "UpdateLogMappingEnabled", "/log-mappings/{id}/enabled", &[id])
            .json(&Enabled { enabled })
    }

    /// Changes the tenant: deletes a log mapping.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteLogMapping", "/log-mappings/{id}", &[id])
    }

    /// The vendors and products that log mappings are for.
    pub fn vendors_and_products(&self) -> ListVendorsAndProducts {
        ListVendorsAndProducts {
            call: Call::get(&self.client, "GetLogMappingVendorsAndProducts", "/vendors-and-products", &[]),
        }
    }
}

request! {
    /// The request of [`LogMappings::list`].
    ListLogMappings lists Page<LogMapping> {
        /// Only log mappings that match this filter.
        q: into Query = "q",
        /// The number of log mappings to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of log mappings to return: 50 unless set.
        limit: u32 = "limit",
    }
}

request! {
    /// The request of [`LogMappings::vendors_and_products`].
    ListVendorsAndProducts -> Vec<VendorProduct> {
        /// Only this product.
        product: into String = "product",
        /// Only this vendor.
        vendor: into String = "vendor",
    }
}

open_enum! {
    /// The type of the records that a log mapping makes.
    RecordType {
        /// An audit trail.
        Audit = "Audit",
        /// A change in an audit trail.
        AuditChange = "AuditChange",
        /// The use of a file in an audit trail.
        AuditFile = "AuditFile",
        /// The use of a resource in an audit trail.
        AuditResourceAccess = "AuditResourceAccess",
        /// A login.
        Authentication = "Authentication",
        /// A gain of rights.
        AuthenticationPrivilegeEscalation = "AuthenticationPrivilegeEscalation",
        /// A canary.
        Canary = "Canary",
        /// An e-mail.
        Email = "Email",
        /// Something on a computer.
        Endpoint = "Endpoint",
        /// The load of a module on a computer.
        EndpointModuleLoad = "EndpointModuleLoad",
        /// A process on a computer.
        EndpointProcess = "EndpointProcess",
        /// Something on the network.
        Network = "Network",
        /// DHCP.
        NetworkDhcp = "NetworkDHCP",
        /// DNS.
        NetworkDns = "NetworkDNS",
        /// A flow.
        NetworkFlow = "NetworkFlow",
        /// HTTP.
        NetworkHttp = "NetworkHTTP",
        /// A proxy.
        NetworkProxy = "NetworkProxy",
        /// A finding of another product.
        Notification = "Notification",
        /// A vulnerability found by another product.
        NotificationVulnerability = "NotificationVulnerability",
        /// A record that could not be made.
        FailedRecord = "FailedRecord",
    }
}

open_enum! {
    /// The form of log lines.
    LogFormat {
        /// JSON.
        Json = "JSON",
        /// Windows events.
        Windows = "Windows",
        /// Syslog.
        Syslog = "Syslog",
        /// Common event format.
        Cef = "CEF",
        /// Log event extended format.
        Leef = "LEEF",
    }
}

request_body! {
    /// A log mapping to be created or set.
    LogMappingFields {
        [
            /// The name.
            name: String,
            /// The mapping of the parts of the log line.
            fields: Vec<MappingFieldFields>,
            /// The type of the records.
            record_type: RecordType,
            /// The product, see [`LogMappings::vendors_and_products`].
            product_guid: String,
        ]
        /// The log mapping that this one is copied from.
        parent_id: String,
        /// Values that count as none.
        skipped_values: Vec<String>,
        /// The log lines it is for, by patterns.
        unstructured_fields: UnstructuredFields,
        /// The log lines it is for; newer are `structured_inputs`.
        structured_fields: StructuredInput,
        /// The log lines it is for, by form, vendor, product and event.
        structured_inputs: Vec<StructuredInput>,
        /// True if the entities of a record are related to each other.
        relates_entities: bool,
    }
}

request_body! {
    /// The mapping of a part of the log line.
    MappingFieldFields {
        [
            /// The record field.
            name: String,
        ]
        /// The part of the log line.
        value: String,
        /// The meaning of `value`.
        value_type: String,
        /// Values that count as none.
        skipped_values: Vec<String>,
        /// Values and what stands for them.
        lookup: Vec<LookupEntry>,
        /// The value when there is none.
        default_value: String,
        /// The format.
        format: String,
        /// True if upper and lower case are the same.
        case_insensitive: bool,
        /// Other parts of the log line.
        alternate_values: Vec<String>,
        /// The time zone.
        time_zone: String,
        /// The delimiter at which the value is split.
        split_delimiter: String,
        /// The index of the piece that is taken.
        split_index: String,
        /// The parts that are joined.
        field_join: Vec<String>,
        /// The delimiter that joins them.
        join_delimiter: String,
        /// The parameters of the format.
        format_parameters: Vec<String>,
    }
}

/// Log lines by their patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnstructuredFields {
    /// The names of the patterns.
    pub pattern_names: Vec<String>,
}

/// Log lines by form, vendor, product and event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StructuredInput {
    /// The form.
    pub log_format: LogFormat,
    /// The vendor.
    pub vendor: String,
    /// The product.
    pub product: String,
    /// The pattern of the event id.
    pub event_id_pattern: String,
}

/// A value and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct LookupEntry {
    /// The value.
    pub key: String,
    /// The replacement.
    pub value: String,
}

model! {
    /// A log mapping.
    LogMapping {
        [
            /// The id.
            id: String,
            /// The input, in the server's own form.
            #[serde(default, deserialize_with = "crate::plain_value::optional_members")]
            input: Option<Map<String, Value>>,
            /// The output, in the server's own form.
            #[serde(default, deserialize_with = "crate::plain_value::optional_members")]
            output: Option<Map<String, Value>>,
        ]
        /// The name.
        name: String,
        /// The source.
        source: Option<String>,
        /// Values that count as none.
        skipped_values: Vec<String>,
        /// The mapping of the parts of the log line.
        fields: Vec<MappingField>,
        /// True if it is in use.
        enabled: bool,
        /// True if the entities of a record are related to each other.
        relates_entities: bool,
        /// The log lines it is for, by patterns.
        unstructured_fields: Option<UnstructuredFields>,
        /// The log lines it is for, by form, vendor, product and event.
        structured_inputs: Vec<StructuredInput>,
        /// The type of the records.
        record_type: Option<RecordType>,
        /// The product.
        product_guid: Option<String>,
    }
}

model! {
    /// The mapping of a part of the log line.
    MappingField {
        /// The record field.
        name: String,
        /// The part of the log line.
        value: Option<String>,
        /// The meaning of `value`.
        value_type: Option<String>,
        /// Values that count as none.
        skipped_values: Vec<String>,
        /// Values and what stands for them.
        lookup: Vec<LookupEntry>,
        /// The value when there is none.
        default_value: Option<String>,
        /// The format.
        format: Option<String>,
        /// True if upper and lower case are the same.
        case_insensitive: Option<bool>,
        /// Other parts of the log line.
        alternate_values: Vec<String>,
        /// The time zone.
        time_zone: Option<String>,
        /// The delimiter at which the value is split.
        split_delimiter: Option<String>,
        /// The index of the piece that is taken.
        split_index: Option<String>,
        /// The parts that are joined.
        field_join: Vec<String>,
        /// The delimiter that joins them.
        join_delimiter: Option<String>,
        /// The parameters of the format.
        format_parameters: Vec<String>,
    }
}

model! {
    /// A product whose log lines can be mapped.
    VendorProduct {
        [
            /// The id.
            guid: String,
        ]
        /// The product.
        product: String,
        /// The vendor.
        vendor: String,
    }
}
