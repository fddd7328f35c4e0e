//! How names of users and hosts are made alike.

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
            /// Whether user names are normalised.
            normalize_usernames: bool,
            /// Whether host names are normalised.
            normalize_hostnames: bool,
            /// Whether names of Active Directory are normalised.
            ad_domain_normalization_enabled: bool,
            /// Whether full host names are normalised.
            fqdn_normalization_enabled: bool,
            /// Whether names of AWS are normalised.
            aws_normalization_enabled: bool,
            /// Which domain stands for which.
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
        /// Whether user names are normalised.
        normalize_usernames: bool,
        /// Whether host names are normalised.
        normalize_hostnames: bool,
        /// The domain of names that carry none.
        default_normalized_domain: Option<String>,
        /// Which domain stands for which.
        domain_mappings: Vec<DomainMapping>,
        /// Whether names of Active Directory are normalised.
        ad_domain_normalization_enabled: bool,
        /// Whether full host names are normalised.
        fqdn_normalization_enabled: bool,
        /// Whether names of AWS are normalised.
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
