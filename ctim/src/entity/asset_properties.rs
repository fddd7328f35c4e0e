//! AssetProperties, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;
use crate::{ExternalReference, ValidTime};

entity! {
    /// Time-bounded set of name/value facts about one asset.
    pub struct AssetProperties is "AssetProperties", "asset-properties", created as NewAssetProperties is "NewAssetProperties" {
        /// Reference to the asset. Required.
        required asset_ref: EntityId;
        /// Where the intelligence came from. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Span in which the object holds. Required.
        required valid_time: ValidTime;
        /// Facts. Optional.
        list properties: AssetProperty;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

structure! {
    /// One name/value fact about an asset.
    pub struct AssetProperty is "AssetProperty" {
        /// Fact name; open list. Required.
        required name: String;
        /// Fact value. Required.
        required value: String;
    }
}
