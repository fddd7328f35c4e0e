//! Entities: the hosts, addresses, users and other things that insights and signals are about.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::api::automations::{self, ExecutedAutomation};
use crate::api::enrichments::{self, Enrichment, NewEnrichment, Reputation};
use crate::api::{Acknowledged, group, model, request};
use crate::call::Call;
use crate::envelope;
use crate::model::open_enum;
use crate::page::{Page, TokenPage};
use crate::query::Query;
use crate::timestamp::Timestamp;

group! {
    /// The entities of the tenant.
    Entities by entities
}

impl Entities {
    /// Lists entities, at most 10,000 of a query.
    pub fn list(&self) -> ListEntities {
        ListEntities { call: Call::get(&self.client, "GetEntities", "/entities", &[]) }
    }

    /// Lists any number of entities, page after page by a token that lives one minute.
    pub fn list_all(&self) -> ListAllEntities {
        ListAllEntities {
            call: Call::get(&self.client, "GetAllEntities", "/entities/all", &[])
                .decoded_by(envelope::decode_token_page),
        }
    }

    /// One entity, by its id such as `_ip-192.0.2.1`.
    pub fn get(&self, id: &str) -> GetEntity {
        GetEntity { call: Call::get(&self.client, "GetEntity", "/entities/{id}", &[id]) }
    }

    /// The entities that occurred together with one within a span of time.
    pub fn related(&self, id: &str, start: &Timestamp, end: &Timestamp) -> Call<Vec<RelatedEntity>> {
        Call::get(&self.client, "GetRelatedEntitiesById", "/entities/{id}/related-entities", &[id])
            .query("start", start)
            .query("end", end)
    }

    /// Changes the tenant: sets the criticality of an entity by its name, or takes it away.
    pub fn set_criticality(&self, id: &str, criticality: Option<&str>) -> Call<Entity> {
        #[derive(Serialize)]
        struct NewCriticality<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            criticality: Option<&'a str>,
        }
        Call::put(&self.client, "UpdateEntityCriticality", "/entities/{entityId}/criticality", &[id])
            .json(&NewCriticality { criticality })
    }

    /// Changes the tenant: sets whether signals about an entity are suppressed.
    pub fn set_suppressed(&self, id: &str, suppressed: bool) -> Call<Entity> {
        #[derive(Serialize)]
        struct NewSuppressed {
            suppressed: bool,
        }
        Call::put(&self.client, "UpdateEntitySuppressed", "/entities/{entityId}/suppressed", &[id])
            .json(&NewSuppressed { suppressed })
    }

    /// Changes the tenant: adds tags to an entity.
    pub fn add_tags(&self, id: &str, tags: &[&str]) -> Call<Entity> {
        Call::post(&self.client, "AddEntityTags", "/entities/{entityId}/tags", &[id]).json(&Tags { tags })
    }

    /// Changes the tenant: puts tags in the place of those that an entity has.
    pub fn set_tags(&self, id: &str, tags: &[&str]) -> Call<Entity> {
        Call::put(&self.client, "UpdateEntityTags", "/entities/{entityId}/tags", &[id]).json(&Tags { tags })
    }

    /// Changes the tenant: removes tags from an entity.
    pub fn remove_tags(&self, id: &str, tags: &[&str]) -> Call<Entity> {
        Call::delete(&self.client, "RemoveEntityTags", "/entities/{entityId}/tags", &[id])
            .json(&Tags { tags })
    }

    /// Changes the tenant: sets whether signals about many entities are suppressed.
    pub fn bulk_set_suppressed(&self, ids: &[&str], suppressed: bool) -> Call<Vec<EntitySuppressed>> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct BulkSuppressed<'a> {
            suppressed_flag: bool,
            entity_ids: &'a [&'a str],
        }
        Call::post(&self.client, "BulkUpdateEntityWhitelist", "/entities/bulk-update-suppressed", &[])
            .json(&BulkSuppressed { suppressed_flag: suppressed, entity_ids: ids })
    }

    /// Changes the tenant: sets the criticality of many entities by its name, or takes it away.
    /// Send at most 99 ids at a time, which is known to work.
    pub fn bulk_set_criticality(
        &self,
        ids: &[&str],
        criticality: Option<&str>,
    ) -> Call<Vec<EntityCriticality>> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct BulkCriticality<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            criticality: Option<&'a str>,
            entity_ids: &'a [&'a str],
        }
        Call::post(&self.client, "BulkUpdateEntityCriticality", "/entities/bulk-update-criticality", &[])
            .json(&BulkCriticality { criticality, entity_ids: ids })
    }

    /// Changes the tenant: adds tags to many entities.
    pub fn bulk_add_tags(&self, ids: &[&str], tags: &[&str]) -> Call<Vec<EntityTags>> {
        Call::post(&self.client, "BulkAddEntityTags", "/entities/bulk-add-tags", &[])
            .json(&BulkTags { entity_ids: ids, tags })
    }

    /// Changes the tenant: puts tags in the place of those that many entities have.
    pub fn bulk_set_tags(&self, ids: &[&str], tags: &[&str]) -> Call<Vec<EntityTags>> {
        Call::post(&self.client, "BulkUpdateEntityTags", "/entities/bulk-update-tags", &[])
            .json(&BulkTags { entity_ids: ids, tags })
    }

    /// Changes the tenant: removes tags from many entities.
    pub fn bulk_remove_tags(&self, ids: &[&str], tags: &[&str]) -> Call<Vec<EntityTags>> {
        Call::post(&self.client, "BulkRemoveEntityTags", "/entities/bulk-remove-tags", &[])
            .json(&BulkTags { entity_ids: ids, tags })
    }

    /// The notes on an entity.
    pub fn notes(&self, id: &str) -> Call<Vec<EntityNote>> {
        Call::get(&self.client, "GetEntityNotes", "/entities/{entityId}/notes", &[id])
    }

    /// Changes the tenant: adds a note to an entity.
    pub fn add_note(&self, id: &str, note: &str) -> Call<EntityNote> {
        Call::post(&self.client, "AddEntityNote", "/entities/{entityId}/notes", &[id]).json(&NewNote { note })
    }

    /// Changes the tenant: sets the text of a note.
    pub fn update_note(&self, id: &str, note_id: &str, note: &str) -> Call<EntityNote> {
        let path = "/entities/{entityId}/notes/{entityNoteId}";
        Call::put(&self.client, "UpdateEntityNote", path, &[id, note_id]).json(&NewNote { note })
    }

    /// Changes the tenant: deletes a note.
    pub fn delete_note(&self, id: &str, note_id: &str) -> Call<Acknowledged> {
        let path = "/entities/{entityId}/notes/{entityNoteId}";
        Call::delete(&self.client, "DeleteEntityNote", path, &[id, note_id])
    }

    /// The enrichments of an entity.
    pub fn enrichments(&self, id: &str) -> Call<Vec<Enrichment>> {
        Call::get(&self.client, "GetEntityEnrichments", "/entities/{id}/enrichments", &[id])
            .decoded_by(enrichments::decode_list)
    }

    /// Changes the tenant: sets the enrichment of this type of an entity. The type is a free label.
    pub fn save_enrichment(
        &self,
        id: &str,
        enrichment_type: &str,
        enrichment: &NewEnrichment,
    ) -> Call<Enrichment> {
        let path = "/entities/{id}/enrichments/{enrichmentType}";
        Call::put(&self.client, "SaveEntityEnrichment", path, &[id, enrichment_type]).json(enrichment)
    }

    /// The automations that ran on an entity.
    pub fn executed_automations(&self, id: &str) -> Call<Vec<ExecutedAutomation>> {
        let path = "/entities/{id}/executed-automations";
        Call::get(&self.client, "GetEntityExecutedAutomations", path, &[id])
            .decoded_by(automations::decode_executed)
    }
}

#[derive(Serialize)]
struct Tags<'a> {
    tags: &'a [&'a str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BulkTags<'a> {
    entity_ids: &'a [&'a str],
    tags: &'a [&'a str],
}

#[derive(Serialize)]
struct NewNote<'a> {
    note: &'a str,
}

request! {
    /// The request of [`Entities::list`].
    ListEntities lists Page<Entity> {
        /// Only entities that match this filter.
        q: into Query = "q",
        /// The number of entities to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of entities to return: 50 unless set, which is also the most that was
        /// seen.
        limit: u32 = "limit",
        /// The parts to add.
        expand: list EntityPart = "expand",
    }
}

request! {
    /// The request of [`Entities::list_all`].
    ListAllEntities lists TokenPage<Entity> {
        /// Only entities that match this filter.
        q: into Query = "q",
        /// Continues after an earlier page.
        next_page_token: into String = "nextPageToken",
        /// The parts to add.
        expand: list EntityPart = "expand",
    }
}

request! {
    /// The request of [`Entities::get`].
    GetEntity -> Entity {
        /// The parts to add.
        expand: list EntityPart = "expand",
    }
}

open_enum! {
    /// A part of an entity that can be asked for.
    EntityPart {
        /// Data of directories about it.
        Inventory = "inventory",
    }
}

open_enum! {
    /// The type of an entity. Tenants can define their own kinds.
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
            /// The id, such as `_hostname-win10--admin.example.com`; a `-` of the value is doubled
            /// in it.
            #[serde(default, deserialize_with = "crate::model::text")]
            id: String,
            /// The name shown for it.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            name: Option<String>,
            /// The value: the address, the name, the hash.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            value: Option<String>,
            /// The host name, of a host.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            hostname: Option<String>,
            /// The user name, in answers of early 2021.
            #[serde(default, deserialize_with = "crate::model::optional_text")]
            username: Option<String>,
        ]
        /// The type of the entity.
        entity_type: Option<EntityType>,
        /// The MAC address, of a host.
        mac_address: Option<String>,
        /// The sensor zone; empty or absent for the default zone.
        sensor_zone: Option<String>,
        /// The address, in answers of early 2021.
        ip: Option<Box<IpAddress>>,
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

model! {
    /// A user, as authors of comments and notes are named.
    UserRef {
        /// The user name, mostly an e-mail address.
        username: String,
    }
}

model! {
    /// An entity: a host, an address, a user or another thing that signals are about.
    ///
    /// Answers of early 2021 know no `entityType` and no `value`, and call `isSuppressed`
    /// `isWhitelisted`; [`kind`](Self::kind), [`text`](Self::text) and
    /// [`suppressed`](Self::suppressed) read both.
    Entity {
        [
            /// The id, such as `_hostname-win10--admin.example.com`; a `-` of the value is doubled
            /// in it.
            id: String,
        ]
        /// The sum of the severities of its recent signals.
        activity_score: i64,
        /// The time at which it was last seen.
        last_seen: Option<Timestamp>,
        /// The time at which it was first seen.
        first_seen: Option<Timestamp>,
        /// True if its signals are suppressed.
        is_suppressed: Option<bool>,
        /// The same, in answers of early 2021.
        is_whitelisted: Option<bool>,
        /// The name shown for it.
        name: String,
        /// Data of directories about it; only when asked for.
        inventory: Vec<InventoryItem>,
        /// Its tags.
        tags: Vec<String>,
        /// The name of its criticality.
        criticality: Option<String>,
        /// The verdict of its enrichments, see [`known_reputation`](Self::known_reputation).
        reputation: Option<String>,
        /// The severity of its recent signals.
        recent_signal_severity: Option<i64>,
        /// The type of the entity.
        entity_type: Option<EntityType>,
        /// The sensor zone; empty or absent for the default zone.
        sensor_zone: Option<String>,
        /// The value: the address, the name, the hash.
        value: Option<String>,
        /// The host name, of a host.
        hostname: Option<String>,
        /// The MAC address.
        mac_address: Option<String>,
    }
}

impl Entity {
    /// The kind of thing: as told, or read from the id.
    pub fn kind(&self) -> Option<EntityType> {
        self.entity_type.clone().or_else(|| kind_from_id(&self.id))
    }

    /// The value: as told, or the name in older answers.
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.name)
    }

    /// The verdict of its enrichments, unless there is none or it is a word that is not known.
    pub fn known_reputation(&self) -> Option<Reputation> {
        Reputation::read(self.reputation.as_deref()?)
    }

    /// Returns true if its signals are suppressed.
    pub fn suppressed(&self) -> bool {
        self.is_suppressed.or(self.is_whitelisted).unwrap_or(false)
    }
}

model! {
    /// Data of a directory about an entity: a computer, or a user, who has a
    /// [`username`](Self::username).
    InventoryItem {
        [
            /// More of it, in the form of the directory.
            #[serde(default, deserialize_with = "crate::plain_value::members_or_none")]
            metadata: Map<String, Value>,
        ]
        /// The id in the directory.
        unique_id: String,
        /// The directory, such as `Active Directory`.
        source: String,
        /// The time of the data in the directory.
        timestamp: Option<Timestamp>,
        /// The time at which it was read.
        parsed_time: Option<Timestamp>,
        /// The groups it is in.
        groups: Vec<String>,
        /// The name of the computer.
        computer_name: Option<String>,
        /// The name of the computer, normalised.
        normalized_computer_name: Option<String>,
        /// The host name of the computer.
        hostname: Option<String>,
        /// The host name of the computer, normalised.
        normalized_hostname: Option<String>,
        /// The addresses of the computer.
        ip: Vec<String>,
        /// The addresses of the computer behind translation.
        nat_ip: Vec<String>,
        /// The MAC address of the computer.
        mac: Option<String>,
        /// The operating system of the computer.
        os: Option<String>,
        /// The version of the operating system.
        os_version: Option<String>,
        /// The location of the computer.
        location: Option<String>,
        /// The user name.
        username: Option<String>,
        /// The user name, normalised.
        normalized_username: Option<String>,
        /// The given name of the user.
        given_name: Option<String>,
        /// The middle name of the user.
        middle_name: Option<String>,
        /// The family name of the user.
        last_name: Option<String>,
        /// The department of the user.
        department: Option<String>,
        /// The e-mail addresses of the user.
        emails: Vec<String>,
    }
}

model! {
    /// An entity that occurred together with another.
    RelatedEntity {
        [
            /// The id.
            id: String,
        ]
        /// The type of the entity.
        entity_type: Option<EntityType>,
        /// The value.
        value: String,
        /// The sum of the severities of its recent signals.
        activity_score: i64,
        /// Its tags.
        tags: Vec<String>,
        /// The name of its criticality.
        criticality: Option<String>,
        /// True if its signals are suppressed.
        is_suppressed: bool,
    }
}

model! {
    /// A note on an entity.
    EntityNote {
        [
            /// The id.
            id: String,
        ]
        /// The time of writing.
        timestamp: Option<Timestamp>,
        /// The time of the last change.
        last_updated: Option<Timestamp>,
        /// The text.
        note: String,
        /// The author.
        author: Option<UserRef>,
    }
}

model! {
    /// The suppression of an entity after a bulk change.
    EntitySuppressed {
        [
            /// The id of the entity.
            id: String,
        ]
        /// True if its signals are suppressed.
        is_suppressed: bool,
    }
}

model! {
    /// The criticality of an entity, after a bulk change.
    EntityCriticality {
        [
            /// The id of the entity.
            id: String,
        ]
        /// The name of its criticality.
        criticality: Option<String>,
    }
}

model! {
    /// The tags of an entity, after a bulk change.
    EntityTags {
        [
            /// The id of the entity.
            id: String,
        ]
        /// Its tags.
        tags: Vec<String>,
    }
}

/// Ids start with the kind and a `-`.
fn kind_from_id(id: &str) -> Option<EntityType> {
    id.split_once('-').map(|(kind, _)| kind).filter(|kind| !kind.is_empty()).map(EntityType::from)
}
