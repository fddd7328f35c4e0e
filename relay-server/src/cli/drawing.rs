//! Findings as a graph in Mermaid and DOT.

use ctim::graph::Node;
use ctim::{Bundle, EntityLists, EntityView, Graph};

use super::findings::{Finding, of_indicator, of_sighting};

/// Returns the relationships as a Mermaid diagram.
pub(super) fn mermaid(data: &EntityLists, bundle: &Bundle) -> String {
    Graph::new(bundle).with_observables().to_mermaid_named(|node| name(data, node))
}

/// Returns the relationships as a Graphviz graph.
pub(super) fn dot(data: &EntityLists, bundle: &Bundle) -> String {
    Graph::new(bundle).with_observables().to_dot_named(|node| name(data, node))
}

/// Returns the name by which users of Cloud SIEM know a thing. All sightings have the same title.
fn name(data: &EntityLists, node: &Node<'_>) -> Option<String> {
    let named = |finding: Finding<'_>| {
        let about = finding.about.map(|about| format!(" · {about}")).unwrap_or_default();
        format!("{}: {}{about}", finding.kind, finding.name)
    };
    match node.entity? {
        EntityView::Sighting(sighting) => Some(named(of_sighting(sighting))),
        EntityView::Indicator(indicator) => Some(named(of_indicator(data, indicator))),
        EntityView::Judgement(judgement) => {
            Some(format!("judgement: {}", judgement.reason.as_deref().unwrap_or(&judgement.observable.value)))
        }
        EntityView::Verdict(verdict) => {
            let word = verdict.disposition_name.as_ref().map_or("verdict", |word| word.as_str());
            Some(format!("{word}: {}", verdict.observable.value))
        }
        _ => None,
    }
}
