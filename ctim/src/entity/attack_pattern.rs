//! AttackPattern, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AttackPatternAbstractions, Tlp};
use crate::{ExternalReference, KillChainPhase};

entity! {
    /// A way of attacking (tactic, technique or sub-technique, CAPEC or ATT&CK style).
    pub struct AttackPattern is "AttackPattern", "attack-pattern", created as NewAttackPattern is "NewAttackPattern" {
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// One-line summary. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// Short display name. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// Level of abstraction. Optional.
        optional abstraction_level: AttackPatternAbstractions;
        /// Kill chain phases. Optional.
        list kill_chain_phases: KillChainPhase;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// ATT&CK contributors. Optional; each at most 1024 UTF-16 units.
        list x_mitre_contributors: String as ShortString;
        /// ATT&CK data sources. Optional; each at most 1024 UTF-16 units.
        list x_mitre_data_sources: String as ShortString;
        /// ATT&CK platforms. Optional; each at most 1024 UTF-16 units.
        list x_mitre_platforms: String as ShortString;
    }
}
