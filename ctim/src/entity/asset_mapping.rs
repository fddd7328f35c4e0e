//! AssetMapping, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AssetType, HighMedLow, Specificity, Stability, Tlp};
use crate::{ExternalReference, Observable, ValidTime};

entity! {
    /// Time-bounded statement that one observable identifies one asset.
    pub struct AssetMapping is "AssetMapping", "asset-mapping", created as NewAssetMapping is "NewAssetMapping" {
        /// Reference to the asset. Required.
        required asset_ref: EntityId;
        /// Kind of asset. Required.
        required asset_type: AssetType;
        /// How sure the producer is. Required.
        required confidence: HighMedLow;
        /// The one observable. Required.
        required observable: Observable;
        /// Where the intelligence came from. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// How many assets could share the identifier. Required.
        required specificity: Specificity;
        /// How stable the mapping is. Required.
        required stability: Stability;
        /// Span in which the object holds. Required.
        required valid_time: ValidTime;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}
