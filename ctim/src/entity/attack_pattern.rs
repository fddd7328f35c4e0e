//! AttackPattern, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AttackPatternAbstractions, Tlp};
use crate::{ExternalReference, KillChainPhase};

entity! {
    /// A way in which adversaries attack: a tactic, technique or sub-technique, as in MITRE ATT&CK
    /// or CAPEC.
    pub struct AttackPattern is "AttackPattern", "attack-pattern", created as NewAttackPattern is "NewAttackPattern" {
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Summary in one line. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// Name to show, short. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// The level of abstraction. Optional.
        optional abstraction_level: AttackPatternAbstractions;
        /// Phases of kill chains in which it plays a part. Optional.
        list kill_chain_phases: KillChainPhase;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// People who contributed it to MITRE ATT&CK. Optional; each at most 1024 UTF-16 units.
        list x_mitre_contributors: String as ShortString;
        /// Data sources that show it, as in MITRE ATT&CK. Optional; each at most 1024 UTF-16 units.
        list x_mitre_data_sources: String as ShortString;
        /// Platforms to which it applies, as in MITRE ATT&CK. Optional; each at most 1024 UTF-16
        /// units.
        list x_mitre_platforms: String as ShortString;
    }
}
