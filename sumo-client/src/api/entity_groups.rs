//! Entity groups, which give tags, a criticality or suppression to many entities at once.

use crate::api::entities::EntityType;
use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;
use crate::timestamp::Timestamp;

group! {
    /// The entity groups of the tenant.
    EntityGroups by entity_groups
}

impl EntityGroups {
    /// Lists the groups.
    pub fn list(&self) -> ListEntityGroups {
        ListEntityGroups {
            call: Call::get(&self.client, "GetEntityGroups", "/entity-group-configurations", &[]),
        }
    }

    /// One group.
    pub fn get(&self, id: &str) -> Call<EntityGroup> {
        Call::get(&self.client, "GetEntityGroup", "/entity-group-configurations/{id}", &[id])
    }

    /// Changes the tenant: deletes a group.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteEntityGroup", "/entity-group-configurations/{id}", &[id])
    }

    /// Changes the tenant: creates a group of entities by what directories know about them.
    pub fn create_inventory(&self, group: &InventoryGroupFields) -> Call<EntityGroup> {
        Call::post(&self.client, "CreateInventory", "/entity-group-configurations/inventory", &[])
            .fields(group)
    }

    /// Changes the tenant: sets a group of entities by what directories know about them.
    pub fn update_inventory(&self, id: &str, group: &InventoryGroupFields) -> Call<EntityGroup> {
        Call::put(&self.client, "UpdateInventory", "/entity-group-configurations/inventory/{id}", &[id])
            .fields(group)
    }

    /// Changes the tenant: creates a group of entities by their values.
    pub fn create_entity_value(&self, group: &EntityValueGroupFields) -> Call<EntityGroup> {
        Call::post(&self.client, "CreateEntityValue", "/entity-group-configurations/entity_value", &[])
            .fields(group)
    }

    /// Changes the tenant: sets a group of entities by their values.
    pub fn update_entity_value(&self, id: &str, group: &EntityValueGroupFields) -> Call<EntityGroup> {
        Call::put(&self.client, "UpdateEntityValue", "/entity-group-configurations/entity_value/{id}", &[id])
            .fields(group)
    }
}

request! {
    /// The request of [`EntityGroups::list`].
    ListEntityGroups lists Page<EntityGroup> {
        /// How many groups to skip: 0 unless set.
        offset: u64 = "offset",
        /// How many groups to give: 50 unless set.
        limit: u32 = "limit",
    }
}

open_enum! {
    /// How a group finds its entities.
    GroupConfigurationType {
        /// By their values.
        EntityValue = "ENTITY_VALUE",
        /// By what directories know about them.
        Inventory = "INVENTORY",
    }
}

open_enum! {
    /// The part of a directory that a group looks at.
    InventoryType {
        /// Computers.
        Computer = "computer",
        /// Users.
        User = "user",
    }
}

request_body! {
    /// A group of entities by what directories know about them.
    InventoryGroupFields {
        [
            /// The name.
            name: String,
            /// The directory.
            inventory_source: String,
            /// How the group finds its entities: [`GroupConfigurationType::Inventory`].
            #[builder(default = GroupConfigurationType::Inventory)]
            configuration_type: GroupConfigurationType,
        ]
        /// What it is for.
        description: String,
        /// The part of the directory.
        inventory_type: InventoryType,
        /// The group in the directory; newer are `inventory_key` and `inventory_value`.
        group: String,
        /// The member of the directory that is compared.
        inventory_key: String,
        /// The value it is compared with.
        inventory_value: String,
        /// The tag schema that gives dynamic tags.
        tag_schema: String,
        /// Whether the value becomes a tag.
        dynamic_tags: bool,
        /// The criticality of its entities.
        criticality: String,
        /// The tags of its entities.
        tags: Vec<String>,
        /// Whether the signals of its entities are suppressed.
        suppressed: bool,
    }
}

request_body! {
    /// A group of entities by their values.
    EntityValueGroupFields {
        [
            /// The name.
            name: String,
            /// How the group finds its entities: [`GroupConfigurationType::EntityValue`].
            #[builder(default = GroupConfigurationType::EntityValue)]
            configuration_type: GroupConfigurationType,
        ]
        /// What it is for.
        description: String,
        /// The sensor zone of its entities.
        entity_namespace: String,
        /// The kind of its entities.
        entity_type: EntityType,
        /// What their values begin with.
        prefix: String,
        /// What their values end with.
        suffix: String,
        /// The network that their addresses are in.
        network_block: String,
        /// The criticality of its entities.
        criticality: String,
        /// The tags of its entities.
        tags: Vec<String>,
        /// Whether the signals of its entities are suppressed.
        suppressed: bool,
    }
}

model! {
    /// An entity group of either kind.
    EntityGroup {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// How it finds its entities.
        configuration_type: Option<GroupConfigurationType>,
        /// The tags of its entities.
        tags: Vec<String>,
        /// The criticality of its entities.
        criticality: Option<String>,
        /// Whether the signals of its entities are suppressed.
        suppressed: bool,
        /// When it was created.
        created: Option<Timestamp>,
        /// Who created it.
        created_by: Option<String>,
        /// When it was last changed.
        last_updated: Option<Timestamp>,
        /// Who last changed it.
        last_updated_by: Option<String>,
        /// By inventory: the part of the directory.
        inventory_type: Option<InventoryType>,
        /// By inventory: the directory.
        inventory_source: Option<String>,
        /// By inventory: the group in the directory.
        group: Option<String>,
        /// By inventory: the member that is compared.
        inventory_key: Option<String>,
        /// By inventory: the value it is compared with.
        inventory_value: Option<String>,
        /// By inventory: the tag schema that gives dynamic tags.
        tag_schema: Option<String>,
        /// By inventory: whether the value becomes a tag.
        dynamic_tags: Option<bool>,
        /// By value: the sensor zone.
        entity_namespace: Option<String>,
        /// By value: the kind of entities.
        entity_type: Option<EntityType>,
        /// By value: what values begin with.
        prefix: Option<String>,
        /// By value: what values end with.
        suffix: Option<String>,
        /// By value: the network that addresses are in.
        network_block: Option<String>,
    }
}
