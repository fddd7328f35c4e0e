//! Entities: the hosts, addresses, users and other things that insights and signals are about.

use crate::api::model;
use crate::model::open_enum;

open_enum! {
    /// What kind of thing an entity is. Tenants can define their own kinds.
    EntityType {
        /// An IP address.
        Ip = "_ip",
        /// A host name.
        Hostname = "_hostname",
        /// A user name.
        Username = "_username",
        /// A MAC address.
        Mac = "_mac",
        /// A process.
        Process = "_process",
        /// A command line.
        Command = "_command",
        /// A file hash.
        Hash = "_hash",
        /// A domain.
        Domain = "_domain",
        /// A user agent of HTTP.
        Useragent = "_useragent",
        /// An e-mail address.
        Email = "_email",
        /// A URL.
        Url = "_url",
        /// A file.
        File = "_file",
        /// A cloud resource.
        Resource = "_resource",
        /// A Kubernetes deployment.
        Deployment = "_deployment",
        /// A Kubernetes pod.
        Pod = "_pod",
        /// A Kubernetes replica set.
        Replicaset = "_replicaset",
    }
}

model! {
    /// An entity as insights and signals refer to it.
    ///
    /// Answers of early 2021 know no `entityType` and no `value`; [`kind`](Self::kind) and
    /// [`text`](Self::text) find both in answers of any age.
    EntityRef {
        [
            /// The id, such as `_hostname-win10--admin.example.com`; a `-` of the value is doubled in it.
            id: String,
        ]
        /// What kind of thing it is.
        entity_type: Option<EntityType>,
        /// The name shown for it.
        name: Option<String>,
        /// The value: the address, the name, the hash.
        value: Option<String>,
        /// The host name, of a host.
        hostname: Option<String>,
        /// The MAC address, of a host.
        mac_address: Option<String>,
        /// The sensor zone; empty or absent for the default zone.
        sensor_zone: Option<String>,
        /// The user name, in answers of early 2021.
        username: Option<String>,
        /// The address, in answers of early 2021.
        ip: Option<IpAddress>,
        /// The host name of an address, in answers of early 2021.
        ip_hostname: Option<String>,
    }
}

model! {
    /// An IP address as answers of early 2021 carry it.
    IpAddress {
        /// The address as text.
        address: Option<String>,
    }
}

impl EntityRef {
    /// The kind of thing: as told, or read from the id.
    pub fn kind(&self) -> Option<EntityType> {
        self.entity_type.clone().or_else(|| kind_from_id(&self.id))
    }

    /// The value: as told, or what older answers have in its place.
    pub fn text(&self) -> Option<&str> {
        let old_address = || self.ip.as_ref().and_then(|ip| ip.address.as_deref());
        self.value
            .as_deref()
            .or(self.name.as_deref())
            .or(self.username.as_deref())
            .or(self.hostname.as_deref())
            .or_else(old_address)
    }
}

/// Ids start with the kind and a `-`.
fn kind_from_id(id: &str) -> Option<EntityType> {
    id.split_once('-').map(|(kind, _)| kind).filter(|kind| !kind.is_empty()).map(EntityType::from)
}
