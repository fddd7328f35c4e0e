//! Asset, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AssetType, Tlp};
use crate::{ExternalReference, ValidTime};

entity! {
    /// Something an organisation protects (machine, human, network, data set, program).
    pub struct Asset is "Asset", "asset", created as NewAsset is "NewAsset" {
        /// Kind of asset. Required.
        required asset_type: AssetType;
        /// Where the intelligence came from. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Span in which the object holds. Required.
        required valid_time: ValidTime;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}
