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
        /// The number of groups to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of groups to return: 50 unless set.
        limit: u32 = "limit",
    }
}

open_enum! {
    /// The way in which a group finds its entities.
    GroupConfigurationType {
        /// Selects entities by their values.
        EntityValue = "ENTITY_VALUE",
        /// Selects entities by the data of directories about them.
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
            /// The way in which the group finds its entities:
            /// [`GroupConfigurationType::Inventory`].
            #[builder(default = GroupConfigurationType::Inventory)]
            configuration_type: GroupConfigurationType,
        ]
        /// The description.
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
        /// True if the value becomes a tag.
        dynamic_tags: bool,
        /// The criticality of its entities.
        criticality: String,
        /// The tags of its entities.
        tags: Vec<String>,
        /// True if the signals of its entities are suppressed.
        suppressed: bool,
    }
}

request_body! {
    /// A group of entities by their values.
    EntityValueGroupFields {
        [
            /// The name.
            name: String,
            /// The way in which the group finds its entities:
            /// [`GroupConfigurationType::EntityValue`].
            #[builder(default = GroupConfigurationType::EntityValue)]
            configuration_type: GroupConfigurationType,
        ]
        /// The description.
        description: String,
        /// The sensor zone of its entities.
        entity_namespace: String,
        /// The kind of its entities.
        entity_type: EntityType,
        /// The prefix of their values.
        prefix: String,
        /// The suffix of their values.
        suffix: String,
        /// The network that their addresses are in.
        network_block: String,
        /// The criticality of its entities.
        criticality: String,
        /// The tags of its entities.
        tags: Vec<String>,
        /// True if the signals of its entities are suppressed.
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
        /// The description.
        description: Option<String>,
        /// The way in which it finds its entities.
        configuration_type: Option<GroupConfigurationType>,
        /// The tags of its entities.
        tags: Vec<String>,
        /// The criticality of its entities.
        criticality: Option<String>,
        /// True if the signals of its entities are suppressed.
        suppressed: bool,
        /// The time of creation.
        created: Option<Timestamp>,
        /// The user who created it.
        created_by: Option<String>,
        /// The time of the last change.
        last_updated: Option<Timestamp>,
        /// The user who last changed it.
        last_updated_by: Option<String>,
        /// The part of the directory; for groups by inventory.
        inventory_type: Option<InventoryType>,
        /// The directory; for groups by inventory.
        inventory_source: Option<String>,
        /// The group in the directory; for groups by inventory.
        group: Option<String>,
        /// The member that is compared; for groups by inventory.
        inventory_key: Option<String>,
        /// The value to compare with; for groups by inventory.
        inventory_value: Option<String>,
        /// The tag schema of dynamic tags; for groups by inventory.
        tag_schema: Option<String>,
        /// True if the value becomes a tag; for groups by inventory.
        dynamic_tags: Option<bool>,
        /// The sensor zone; for groups by value.
        entity_namespace: Option<String>,
        /// The kind of entities; for groups by value.
        entity_type: Option<EntityType>,
        /// The prefix of values; for groups by value.
        prefix: Option<String>,
        /// The suffix of values; for groups by value.
        suffix: Option<String>,
        /// The network of addresses; for groups by value.
        network_block: Option<String>,
    }
}
