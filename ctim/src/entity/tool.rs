//! Tool, its form for creation.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{Tlp, ToolLabel};
use crate::{ExternalReference, KillChainPhase};

entity! {
    /// Legitimate software that attackers also use.
    pub struct Tool is "Tool", "tool", created as NewTool is "NewTool" {
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Kinds. Required.
        elements labels: ToolLabel;
        /// One-line summary. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// Short display name. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// Kill chain phases. Optional.
        list kill_chain_phases: KillChainPhase;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Version. Optional; at most 1024 UTF-16 units.
        optional tool_version: String as ShortString;
        /// ATT&CK aliases. Optional; each at most 1024 UTF-16 units.
        list x_mitre_aliases: String as ShortString;
    }
}
