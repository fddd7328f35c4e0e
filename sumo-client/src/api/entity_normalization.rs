//! The normalization of names of users and hosts.

use crate::api::{Acknowledged, group, model, request_body};
use crate::call::Call;

group! {
    /// The settings that make names of users and hosts alike.
    EntityNormalization by entity_normalization
}

impl EntityNormalization {
    /// The settings.
    pub fn domain_configuration(&self) -> Call<EntityDomainConfiguration> {
        let path = "/entity-normalization/domain-configuration";
        Call::get(&self.client, "GetEntityDomainConfiguration", path, &[])
    }

    /// Changes the tenant: sets them.
    pub fn update_domain_configuration(
        &self,
        fields: &EntityDomainConfigurationFields,
    ) -> Call<Acknowledged> {
        let path = "/entity-normalization/domain-configuration";
        Call::put(&self.client, "UpdateEntityDomainConfiguration", path, &[]).fields(fields)
    }
}

request_body! {
    /// New settings.
    EntityDomainConfigurationFields {
        [
            /// True if user names are normalised.
            normalize_usernames: bool,
            /// True if host names are normalised.
            normalize_hostnames: bool,
            /// True if names of Active Directory are normalised.
            ad_domain_normalization_enabled: bool,
            /// True if full host names are normalised.
            fqdn_normalization_enabled: bool,
            /// True if names of AWS are normalised.
            aws_normalization_enabled: bool,
            /// The domains and their replacements.
            domain_mappings: Vec<NewDomainMapping>,
        ]
        /// The domain of names that carry none.
        default_normalized_domain: String,
    }
}

request_body! {
    /// A domain and the one that stands for it.
    NewDomainMapping {
        [
            /// The domain as found.
            raw_domain: String,
            /// The domain in its place.
            normalized_domain: String,
        ]
    }
}

model! {
    /// The settings that make names of users and hosts alike.
    EntityDomainConfiguration {
        /// True if user names are normalised.
        normalize_usernames: bool,
        /// True if host names are normalised.
        normalize_hostnames: bool,
        /// The domain of names that carry none.
        default_normalized_domain: Option<String>,
        /// The domains and their replacements.
        domain_mappings: Vec<DomainMapping>,
        /// True if names of Active Directory are normalised.
        ad_domain_normalization_enabled: bool,
        /// True if full host names are normalised.
        fqdn_normalization_enabled: bool,
        /// True if names of AWS are normalised.
        aws_normalization_enabled: bool,
    }
}

model! {
    /// A domain and the one that stands for it.
    DomainMapping {
        /// The domain as found.
        raw_domain: String,
        /// The domain in its place.
        normalized_domain: String,
    }
}
