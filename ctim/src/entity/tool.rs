//! Tool, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{Tlp, ToolLabel};
use crate::{ExternalReference, KillChainPhase};

entity! {
    /// Legitimate software that attackers use too.
    pub struct Tool is "Tool", "tool", created as NewTool is "NewTool" {
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Kinds it belongs to. Required.
        elements labels: ToolLabel;
        /// Summary in one line. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// Name to show, short. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// Phases of kill chains in which it plays a part. Optional.
        list kill_chain_phases: KillChainPhase;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Version of the tool. Optional; at most 1024 UTF-16 units.
        optional tool_version: String as ShortString;
        /// Other names in MITRE ATT&CK. Optional; each at most 1024 UTF-16 units.
        list x_mitre_aliases: String as ShortString;
    }
}
