//! The fields of each resource, as the vendor's description lists them.

/// Defines the fields of a resource.
macro_rules! fields {
    ($(#[$meta:meta])* $resource:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        pub mod $resource {
            use crate::query::clause::*;

            $(
                #[doc = concat!("`", $name, "`.")]
                $(#[$field_meta])*
                pub const $field: $kind = $kind($name);
            )+
        }
    };
}

fields! {
    /// The fields of insights.
    insights {
        ID: TextField = "id",
        READABLE_ID: TextField = "readableId",
        STATUS: TextField = "status",
        STATUS_ID: TextField = "statusId",
        NAME: TextField = "name",
        INSIGHT_ID: TextField = "insightId",
        SERIAL_ID: NumberField = "serialId",
        DESCRIPTION: TextField = "description",
        CREATED: TimeField = "created",
        TIMESTAMP: TimeField = "timestamp",
        CLOSED: TimeField = "closed",
        ASSIGNEE: TextField = "assignee",
        ENTITY_ID: TextField = "entity.id",
        ENTITY_IP: TextField = "entity.ip",
        ENTITY_HOSTNAME: TextField = "entity.hostname",
        ENTITY_USERNAME: TextField = "entity.username",
        ENTITY_SENSOR_ZONE: TextField = "entity.sensorZone",
        ENTITY_TYPE: TextField = "entity.type",
        ENTITY_VALUE: TextField = "entity.value",
        ENRICHMENT: TextField = "enrichment",
        SENSOR_ZONE: TextField = "sensorZone",
        TAG: TextField = "tag",
        SEVERITY: SeverityField = "severity",
        RESOLUTION: TextField = "resolution",
        SUB_RESOLUTION: TextField = "subResolution",
        RULE_ID: TextField = "ruleId",
        RECORDS: TextField = "records",
        CONFIDENCE: NumberField = "confidence",
    }
}

fields! {
    /// The fields of signals.
    signals {
        ID: TextField = "id",
        STAGE: TextField = "stage",
        CONTENT_TYPE: TextField = "contentType",
        NAME: TextField = "name",
        DESCRIPTION: TextField = "description",
        CREATED: TimeField = "created",
        TIMESTAMP: TimeField = "timestamp",
        SEVERITY: NumberField = "severity",
        ENTITY_ID: TextField = "entity.id",
        ENTITY_IP: TextField = "entity.ip",
        ENTITY_HOSTNAME: TextField = "entity.hostname",
        ENTITY_USERNAME: TextField = "entity.username",
        ENTITY_VALUE: TextField = "entity.value",
        ENTITY_TYPE: TextField = "entity.type",
        ENTITY_SENSOR_ZONE: TextField = "entity.sensorZone",
        INVOLVED_ENTITIES: TextField = "involved_entities",
        SENSOR_ZONE: TextField = "sensorZone",
        SUPPRESSED: FlagField = "suppressed",
        RULE_ID: TextField = "ruleId",
        RULE_TYPE: TextField = "ruleType",
        PROTOTYPE: FlagField = "prototype",
        RECORDS: TextField = "records",
        TAG: TextField = "tag",
        VENDOR: TextField = "vendor",
        PRODUCT: TextField = "product",
    }
}

fields! {
    /// The fields of entities.
    entities {
        ID: TextField = "id",
        IP: TextField = "ip",
        HOSTNAME: TextField = "hostname",
        USERNAME: TextField = "username",
        VALUE: TextField = "value",
        SENSOR_ZONE: TextField = "sensorZone",
        /// True if the signals of the entity are suppressed; `isSuppressed` in its model.
        WHITELISTED: FlagField = "whitelisted",
        TYPE: TextField = "type",
        TAG: TextField = "tag",
        ACTIVITY_SCORE: NumberField = "activityScore",
        RECENT_SIGNAL_SEVERITY: NumberField = "recentSignalSeverity",
        LAST_SEEN: TimeField = "lastSeen",
        CRITICALITY: TextField = "criticality",
        REPUTATION: TextField = "reputation",
        HAS_INDICATOR: FlagField = "hasIndicator",
    }
}

fields! {
    /// The fields of rules.
    rules {
        ID: TextField = "id",
        CATEGORY: TextField = "category",
        RULE_SOURCE: TextField = "ruleSource",
        RULE_TYPE: TextField = "ruleType",
        STREAM: TextField = "stream",
        STATUS: TextField = "status",
        NAME: TextField = "name",
        SEVERITY: NumberField = "severity",
        SCORE: NumberField = "score",
        ENABLED: FlagField = "enabled",
        CREATED: TimeField = "created",
        CREATED_BY: TextField = "createdBy",
        LAST_UPDATED: TimeField = "lastUpdated",
        LAST_UPDATED_BY: TextField = "lastUpdatedBy",
        SIGNAL_COUNT_7_DAYS: NumberField = "signalCount07D",
        SIGNAL_COUNT_24_HOURS: NumberField = "signalCount24H",
        IS_PROTOTYPE: FlagField = "isPrototype",
        TAG: TextField = "tag",
        HAS_OVERRIDE: FlagField = "hasOverride",
    }
}

fields! {
    /// The fields of log mappings.
    log_mappings {
        ID: TextField = "id",
        PARENT_ID: TextField = "parentId",
        NAME: TextField = "name",
        CREATED: TimeField = "created",
        CREATED_BY: TextField = "createdBy",
        LAST_UPDATED: TimeField = "lastUpdated",
        LAST_UPDATED_BY: TextField = "lastUpdatedBy",
        SOURCE: TextField = "source",
        IS_CUSTOM: FlagField = "isCustom",
        VENDOR: TextField = "vendor",
        PRODUCT: TextField = "product",
        RECORD_TYPE: TextField = "recordType",
        ENABLED: FlagField = "enabled",
        LOG_FORMAT: TextField = "logFormat",
        EVENT_ID_PATTERN: TextField = "eventIdPattern",
        PATTERN_NAME: TextField = "patternName",
        IS_STRUCTURED: FlagField = "isStructured",
        RECORD_COUNT_7_DAYS: NumberField = "recordCount07D",
        RECORD_COUNT_24_HOURS: NumberField = "recordCount24H",
    }
}

fields! {
    /// The fields of items of match lists and suppress lists, and of indicators of threat
    /// intelligence.
    list_items {
        ID: TextField = "id",
        TARGET_COLUMN: TextField = "targetColumn",
        VALUE: TextField = "value",
        ACTIVE: FlagField = "active",
        /// The time at which the item expires; `expiration` in its model.
        EXPIRATION_DATE: TimeField = "expirationDate",
        LIST_NAME: TextField = "listName",
        DESCRIPTION: TextField = "description",
        CREATED: TimeField = "created",
    }
}
