//! Asset, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AssetType, Tlp};
use crate::{ExternalReference, ValidTime};

entity! {
    /// Something that an organisation protects: a machine, a person, a network, data or a program.
    pub struct Asset is "Asset", "asset", created as NewAsset is "NewAsset" {
        /// Kind of asset. Required.
        required asset_type: AssetType;
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The span in which the entity holds; may be empty. Required.
        required valid_time: ValidTime;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}
