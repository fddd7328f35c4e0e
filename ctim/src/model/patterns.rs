//! The model's patterns as regular expressions for descriptions; validation itself uses none.

use crate::entity_type::EntityType;

pub(super) const WORD: &str = "^[0-9a-z_-]+$";
pub(super) const SCHEMA_VERSION: &str =
    r"^[0-9A-Za-z_]+[^\n\r\u0085\u2028\u2029][0-9A-Za-z_]+\.[0-9A-Za-z_]+$";
pub(super) const CVSS_V2: &str = "^AV:[LAN]/AC:[HML]/Au:[NSM]/C:[NPC]/I:[NPC]/A:[NPC]$";
pub(super) const CVSS_V2_TEMPORAL: &str = "^E:(?:U|POC|F|H|ND)/RL:(?:OF|TF|W|U|ND)/RC:(?:UC|UR|C|ND)$";
pub(super) const CVSS_V2_ENVIRONMENTAL: &str =
    "^CDP:(?:N|L|LM|MH|H|ND)/TD:(?:N|L|M|H|ND)/CR:(?:L|M|H|ND)/IR:(?:L|M|H|ND)/AR:(?:L|M|H|ND)$";
pub(super) const CVSS_V3: &str = r"^CVSS:3\.[0-1]/(?:(?:AV:[NALP]|AC:[LH]|PR:[UNLH]|UI:[NR]|S:[UC]|[CIA]:[NLH]|E:[XUPFH]|RL:[XOTWU]|RC:[XURC]|[CIA]R:[XLMH]|MAV:[XNALP]|MAC:[XLH]|MPR:[XUNLH]|MUI:[XNR]|MS:[XUC]|M[CIA]:[XNLH])/)*(?:AV:[NALP]|AC:[LH]|PR:[UNLH]|UI:[NR]|S:[UC]|[CIA]:[NLH]|E:[XUPFH]|RL:[XOTWU]|RC:[XURC]|[CIA]R:[XLMH]|MAV:[XNALP]|MAC:[XLH]|MPR:[XUNLH]|MUI:[XNR]|MS:[XUC]|M[CIA]:[XNLH])$";
pub(super) const CPE_23: &str = r##"^[Cc][Pp][Ee]:2\.3:(?:[hoaHOA]|[*-])(?::(?:(?:(?:\?+|\*)?(?:[A-Za-z0-9._-]|\\[\\?*!|"#$%&'()+,/:;<=>@\[\]^`{}~])+(?:\?+|\*)?)|[*-])){5}:(?:[A-Za-z]{2,3}(?:-(?:[A-Za-z]{2}|[0-9]{3}))?|[*-])(?::(?:(?:(?:\?+|\*)?(?:[A-Za-z0-9._-]|\\[\\?*!|"#$%&'()+,/:;<=>@\[\]^`{}~])+(?:\?+|\*)?)|[*-])){4}$"##;
pub(super) const ID: &str = r"^(?:https?://[-0-9a-zA-Z][-0-9a-zA-Z.]*(?::[0-9]+)?(?:/[-0-9A-Za-z_.]+)*/ctia/[a-z][-a-z]+/[a-z][-a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|transient:[^\n\r\u0085\u2028\u2029]*)$";

pub(super) fn reference_to(entity_type: EntityType) -> String {
    const BEFORE: &str = r"^https?://[-0-9a-zA-Z][-0-9a-zA-Z.]*(?::[0-9]+)?(?:/[-0-9A-Za-z_.]+)*/ctia/";
    const AFTER: &str = "/[a-z][-a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
    format!("{BEFORE}{entity_type}{AFTER}")
}
