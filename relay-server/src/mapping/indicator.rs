//! The rule of a signal as an indicator.

use ctim::{EntityId, ExternalReference, Indicator, KillChainPhase, Truncate, ValidTime};

use sumo_client::api::signals::Signal;

use super::context::{Context, SOURCE, given, signal_start};
use super::{severity, technique};

/// The author of the rules.
const PRODUCER: &str = "Sumo Logic";

/// The kill chain whose phases the stages of signals are.
const KILL_CHAIN: &str = "mitre-attack";

/// The tag that names a tactic of MITRE ATT&CK.
pub(crate) const TACTIC_TAG: &str = "_mitreAttackTactic:";

/// The indicator of the rule that gave `signal`.
pub(crate) fn indicator(id: EntityId, rule_id: &str, signal: &Signal, context: &Context<'_>) -> Indicator {
    let uri = context.console.rule(rule_id);
    let reference = ExternalReference::builder()
        .source_name(SOURCE)
        .external_id(rule_id)
        .maybe_description(signal.description.clone())
        .maybe_url(uri.clone())
        .build();
    let references: Vec<_> = [reference].into_iter().chain(technique::references(&signal.tags)).collect();
    let mut indicator = Indicator::builder()
        .id(id)
        .producer(PRODUCER)
        .source(SOURCE)
        .valid_time(ValidTime::builder().maybe_start_time(signal_start(signal)).build())
        .severity(severity::of_signal(signal.severity))
        .external_references(references)
        .maybe_title(given(&signal.name))
        .maybe_short_description(signal.description.clone())
        .maybe_source_uri(uri)
        .build();
    for tag in &signal.tags {
        if !indicator.tags.contains(tag) {
            indicator.tags.push(tag.clone());
        }
    }
    for phase in phases(signal) {
        let phase = KillChainPhase::builder().kill_chain_name(KILL_CHAIN).phase_name(phase).build();
        if !indicator.kill_chain_phases.contains(&phase) {
            indicator.kill_chain_phases.push(phase);
        }
    }
    indicator.truncate();
    indicator
}

/// The tactics of the signal: of its stage, and of its tags.
fn phases(signal: &Signal) -> impl Iterator<Item = &'static str> {
    let stage = signal.stage.as_deref().and_then(phase_of_stage);
    let tags = signal.tags.iter().filter_map(|tag| phase_of_tactic(tag.strip_prefix(TACTIC_TAG)?));
    stage.into_iter().chain(tags)
}

/// The tactics of MITRE ATT&CK: Cloud SIEM's name of the stage, the id, the name of the phase.
const TACTICS: [(&str, &str, &str); 14] = [
    ("Reconnaissance", "TA0043", "reconnaissance"),
    ("Resource Development", "TA0042", "resource-development"),
    ("Initial Access", "TA0001", "initial-access"),
    ("Execution", "TA0002", "execution"),
    ("Persistence", "TA0003", "persistence"),
    ("Privilege Escalation", "TA0004", "privilege-escalation"),
    ("Defense Evasion", "TA0005", "defense-evasion"),
    ("Credential Access", "TA0006", "credential-access"),
    ("Discovery", "TA0007", "discovery"),
    ("Lateral Movement", "TA0008", "lateral-movement"),
    ("Collection", "TA0009", "collection"),
    ("Command and Control", "TA0011", "command-and-control"),
    ("Exfiltration", "TA0010", "exfiltration"),
    ("Impact", "TA0040", "impact"),
];

fn phase_of_stage(stage: &str) -> Option<&'static str> {
    TACTICS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(stage)).map(|(.., phase)| *phase)
}

fn phase_of_tactic(id: &str) -> Option<&'static str> {
    TACTICS.iter().find(|(_, tactic, _)| *tactic == id).map(|(.., phase)| *phase)
}

/// The name of the tactic with this id.
pub(crate) fn tactic_name(id: &str) -> Option<&'static str> {
    TACTICS.iter().find(|(_, tactic, _)| *tactic == id).map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(stage: Option<&str>, tags: &[&str]) -> Signal {
        let mut signal = Signal::default();
        signal.stage = stage.map(Into::into);
        signal.tags = tags.iter().map(|tag| (*tag).into()).collect();
        signal
    }

    #[test]
    fn stages_and_tactic_tags_are_phases() {
        for (stage, tags, expected) in [
            (Some("Initial Access"), &[][..], &["initial-access"][..]),
            (Some("Unknown/Other"), &["Tactic"], &[]),
            (None, &["_mitreAttackTactic:TA0011", "_mitreAttackTechnique:T1071"], &["command-and-control"]),
            (Some("Impact"), &["_mitreAttackTactic:TA9999"], &["impact"]),
        ] {
            assert_eq!(phases(&signal(stage, tags)).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn tags_and_phases_stand_once_and_in_order() {
        let tags = ["a", "_mitreAttackTactic:TA0001", "a", "_mitreAttackTactic:TA0040"];
        let signal = signal(Some("Impact"), &tags);
        let observable =
            xdr_module::contract::observable::Observable { kind: "ip".into(), value: "10.0.0.1".into() };
        let console = crate::console::Console::of_api_host("api.sumologic.com");
        let context = Context::new(&observable, &console, chrono::DateTime::UNIX_EPOCH);
        let indicator = indicator(super::super::ids::indicator_id("R"), "R", &signal, &context);
        assert_eq!(indicator.tags.iter().collect::<Vec<_>>(), [tags[0], tags[1], tags[3]]);
        let phases: Vec<_> =
            indicator.kill_chain_phases.iter().map(|phase| phase.phase_name.as_str()).collect();
        assert_eq!(phases, ["impact", "initial-access"]);
    }
}
