//! An observable as Cloud SIEM may hold it: the values to ask for, and the comparison of what
//! comes.

use std::net::IpAddr;

use ipnet::IpNet;
use sumo_client::api::entities::EntityType;
use sumo_client::api::match_lists::{MAX_VALUE_CHARS, TargetColumn};
use xdr_module::contract::observable::Observable;

use crate::matching::{normal_form, parent_domains};

/// The most parent domains that are asked for; those with the fewest labels come first.
const MOST_PARENTS: usize = 16;

/// An observable to be judged.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) observable: Observable,
    class: Class,
    /// The form in which it is compared.
    normal: String,
    address: Option<IpAddr>,
}

/// The kinds of observables that Cloud SIEM can know something about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Class {
    Address,
    Domain,
    Hostname,
    Url,
    Hash,
    Email,
    User,
    Mac,
    File,
    Process,
    Command,
    UserAgent,
}

impl Class {
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "ip" | "ipv6" => Self::Address,
            "domain" => Self::Domain,
            "hostname" => Self::Hostname,
            "url" => Self::Url,
            "md5" | "sha1" | "sha256" | "sha512" => Self::Hash,
            "email" => Self::Email,
            "user" => Self::User,
            "mac_address" => Self::Mac,
            "file_name" | "file_path" => Self::File,
            "process_name" | "process_path" => Self::Process,
            "process_args" => Self::Command,
            "user_agent" => Self::UserAgent,
            _ => return None,
        })
    }

    /// The columns of match lists whose values are of this kind.
    fn columns(self) -> &'static [TargetColumn] {
        match self {
            Self::Address => &[TargetColumn::Ip, TargetColumn::SourceIp, TargetColumn::DestinationIp],
            Self::Domain => &[TargetColumn::Domain],
            Self::Hostname => &[TargetColumn::Hostname],
            Self::Url => &[TargetColumn::Url],
            Self::Hash => &[TargetColumn::FileHash],
            Self::User => &[TargetColumn::Username],
            _ => &[],
        }
    }

    fn entity_types(self) -> &'static [EntityType] {
        match self {
            Self::Address => &[EntityType::Ip],
            // The same name can be either to Cloud SIEM, whatever XDR calls it.
            Self::Domain | Self::Hostname => &[EntityType::Domain, EntityType::Hostname],
            Self::Url => &[EntityType::Url],
            Self::Hash => &[EntityType::Hash],
            Self::Email => &[EntityType::Email],
            Self::User => &[EntityType::Username],
            Self::Mac => &[EntityType::Mac],
            Self::File => &[EntityType::File],
            Self::Process => &[EntityType::Process],
            Self::Command => &[EntityType::Command],
            Self::UserAgent => &[EntityType::Useragent],
        }
    }
}

impl Subject {
    /// Returns the subject, unless Cloud SIEM can know nothing about the observable.
    pub(super) fn new(observable: &Observable) -> Option<Self> {
        let class = Class::of(&observable.kind)?;
        let value = observable.value.trim();
        // A blank value would ask for everything, and a longer one cannot be in a list.
        if value.is_empty() || value.chars().count() > MAX_VALUE_CHARS {
            return None;
        }
        let normal = normal_form(&observable.kind, value);
        let address = if class == Class::Address { normal.parse().ok() } else { None };
        Some(Self { observable: observable.clone(), class, normal, address })
    }

    /// The ways in which the value may be written.
    pub(super) fn forms(&self) -> Vec<String> {
        let value = self.observable.value.trim();
        let mut forms = vec![value.to_owned()];
        let mut add = |form: String| {
            if !form.is_empty() && !forms.contains(&form) {
                forms.push(form);
            }
        };
        match self.class {
            Class::Address | Class::Domain | Class::Hostname => add(self.normal.clone()),
            // The path of a URL tells upper from lower case.
            Class::Url => {}
            Class::Hash | Class::Mac => {
                [value.to_ascii_lowercase(), value.to_ascii_uppercase()].into_iter().for_each(add);
            }
            _ => add(value.to_lowercase()),
        }
        forms
    }

    /// The values of items of match lists that may cover the value: it, and its parent domains.
    pub(super) fn item_values(&self) -> Vec<String> {
        let mut values = self.forms();
        if self.class == Class::Domain {
            let parents = parent_domains(&self.observable.value);
            values.extend(parents.into_iter().rev().take(MOST_PARENTS));
        }
        values
    }

    /// Returns true if a list with this column holds values of this kind.
    pub(super) fn fits(&self, column: &TargetColumn) -> bool {
        self.class.columns().contains(column)
    }

    /// Returns true if the value is an address, which blocks may cover.
    pub(super) fn is_address(&self) -> bool {
        self.address.is_some()
    }

    /// Returns true if any match list can hold the value.
    pub(super) fn is_in_lists(&self) -> bool {
        !self.class.columns().is_empty()
    }

    /// Returns true if a source of threat intelligence can hold the value.
    pub(super) fn is_in_threat_intel(&self) -> bool {
        matches!(
            self.class,
            Class::Address | Class::Domain | Class::Hostname | Class::Url | Class::Hash | Class::Email
        )
    }

    /// Returns true if the value is an address in this block.
    pub(super) fn is_in(&self, block: &IpNet) -> bool {
        self.address.is_some_and(|address| block.contains(&address))
    }

    /// Returns true if an entity of this type can be the observable.
    pub(super) fn is_of_type(&self, entity_type: &EntityType) -> bool {
        self.class.entity_types().contains(entity_type)
    }

    /// Returns true if `other` is the same value, however it is written.
    pub(super) fn is(&self, other: &str) -> bool {
        self.normal_form(other) == self.normal
    }

    /// The form in which the value is compared.
    pub(super) fn normal(&self) -> &str {
        &self.normal
    }

    /// The form in which another value is compared with those of this type.
    pub(super) fn normal_form(&self, other: &str) -> String {
        normal_form(&self.observable.kind, other)
    }

    /// The normal forms of values that cover the value by the rules of Cloud SIEM, blocks apart:
    /// its own, and those of the domains above a domain.
    pub(super) fn covering_forms(&self) -> impl Iterator<Item = &str> {
        let dots = self.normal.match_indices('.').filter(|_| self.class == Class::Domain);
        let above = dots.filter_map(|(dot, _)| self.normal.get(dot + 1..)).filter(|form| !form.is_empty());
        std::iter::once(self.normal()).chain(above)
    }

    /// Returns true if the value is a hash, whose meaning never changes.
    pub(super) fn is_hash(&self) -> bool {
        self.class == Class::Hash
    }
}

/// Returns true if lists with this column hold addresses, and so perhaps blocks of them.
pub(super) fn holds_addresses(column: &TargetColumn) -> bool {
    Class::Address.columns().contains(column)
}

/// Reads the CIDR block that an item of a list of addresses is.
pub(super) fn block(item: &str) -> Option<IpNet> {
    item.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(kind: &str, value: &str) -> Subject {
        Subject::new(&Observable { kind: kind.into(), value: value.into() }).unwrap()
    }

    #[test]
    fn values_are_asked_for_as_they_may_be_written() {
        for (kind, value, values) in [
            (
                "domain",
                "Mail.Example.com.",
                &["Mail.Example.com.", "mail.example.com", "com", "example.com"][..],
            ),
            ("hostname", "Web.example.com", &["Web.example.com", "web.example.com"]),
            ("ipv6", "2001:DB8:0::1", &["2001:DB8:0::1", "2001:db8::1"]),
            ("ip", "10.0.0.1", &["10.0.0.1"]),
            ("sha1", "aB", &["aB", "ab", "AB"]),
            ("url", "http://A.example/", &["http://A.example/"]),
            ("email", "A@example.com", &["A@example.com", "a@example.com"]),
        ] {
            assert_eq!(subject(kind, value).item_values(), values, "{kind} {value}");
        }
        let deep = vec!["a"; 120].join(".");
        assert_eq!(subject("domain", &deep).item_values().len(), 1 + MOST_PARENTS);
    }

    #[test]
    fn what_nothing_can_be_known_about_is_not_asked() {
        let long = "a".repeat(MAX_VALUE_CHARS + 1);
        for (kind, value) in
            [("email_subject", "Invoice"), ("ip", ""), ("ip", " \t"), ("quantum_id", "x"), ("url", &long)]
        {
            assert!(Subject::new(&Observable { kind: kind.into(), value: value.into() }).is_none(), "{kind}");
        }
    }

    #[test]
    fn entities_are_of_the_kind_of_the_observable() {
        for (kind, entity_type, fits) in [
            ("ip", "_ip", true),
            ("ip", "_hostname", false),
            ("domain", "_hostname", true),
            ("hostname", "_domain", true),
            ("user", "_username", true),
            ("email", "_username", false),
            ("user", "custom", false),
        ] {
            assert_eq!(
                subject(kind, "x").is_of_type(&EntityType::from(entity_type)),
                fits,
                "{kind} {entity_type}"
            );
        }
    }
}
