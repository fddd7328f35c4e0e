//! AssetProperties, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;
use crate::{ExternalReference, ValidTime};

entity! {
    /// Facts about one asset that hold for a time, as names and values.
    pub struct AssetProperties is "AssetProperties", "asset-properties", created as NewAssetProperties is "NewAssetProperties" {
        /// The asset. Required.
        required asset_ref: EntityId;
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The span in which the entity holds; may be empty. Required.
        required valid_time: ValidTime;
        /// The facts. Optional.
        list properties: AssetProperty;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

structure! {
    /// A fact about an asset.
    pub struct AssetProperty is "AssetProperty" {
        /// Name of the fact. Required.
        required name: String;
        /// Value of the fact. Required.
        required value: String;
    }
}
