//! AssetMapping, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AssetType, HighMedLow, Specificity, Stability, Tlp};
use crate::{ExternalReference, Observable, ValidTime};

entity! {
    /// The statement that for a time one observable identifies one asset.
    pub struct AssetMapping is "AssetMapping", "asset-mapping", created as NewAssetMapping is "NewAssetMapping" {
        /// The asset. Required.
        required asset_ref: EntityId;
        /// Kind of asset. Required.
        required asset_type: AssetType;
        /// The confidence of the source. Required.
        required confidence: HighMedLow;
        /// The observable that identifies the asset. Required.
        required observable: Observable;
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The degree to which the observable is unique to the asset. Required.
        required specificity: Specificity;
        /// The permanence of the mapping. Required.
        required stability: Stability;
        /// The span in which the entity holds; may be empty. Required.
        required valid_time: ValidTime;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}
