//! A bundle as a graph, and drawings of it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write as _;

use crate::any_entity::EntityView;
use crate::disjoint_sets::DisjointSets;
use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::vocabulary::RelationshipType;
use crate::{Bundle, Observable};

/// A bundle as a graph: its entities are the nodes; its relationships and the references of its
/// entities are the edges. Relationships are edges only, not nodes. A target of a reference that is
/// not in the bundle is a node without an entity.
///
/// ```
/// use ctim::vocabulary::{HighMedLow, RelationshipType};
/// use ctim::{Bundle, EntityId, Indicator, Relationship, Sighting, Time, ValidTime};
/// use uuid::Uuid;
///
/// let id = |name: &str| EntityId::transient(name);
/// let mut bundle = Bundle::new("example");
/// bundle.sightings.push(
///     Sighting::builder()
///         .id(id("sighting")?)
///         .title("Seen once")
///         .confidence(HighMedLow::High)
///         .count(1)
///         .observed_time(Time::MIN_VALID)
///         .build(),
/// );
/// bundle.indicators.push(
///     Indicator::builder()
///         .id(id("indicator")?)
///         .title("A rule")
///         .producer("example")
///         .valid_time(ValidTime::default())
///         .build(),
/// );
/// let (sighting, indicator) = (&bundle.sightings[0], &bundle.indicators[0]);
/// let namespace = Uuid::NAMESPACE_OID;
/// let link =
///     Relationship::between(sighting, RelationshipType::SightingOf, indicator, &namespace);
/// bundle.relationships.push(link);
///
/// let graph = bundle.graph();
/// let sightings: Vec<_> = graph.sightings_of(&id("indicator")?).collect();
/// assert_eq!(sightings, [&bundle.sightings[0]]);
/// assert!(graph.to_mermaid().contains(r#"n1 -->|"sighting-of"| n0"#));
/// # Ok::<(), ctim::IdError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    edges: Vec<Edge<'a>>,
    places: HashMap<&'a EntityId, usize>,
}

impl Bundle {
    /// Returns the bundle as a graph of its entities, as [`Graph::new`] makes it.
    #[must_use]
    pub fn graph(&self) -> Graph<'_> {
        Graph::new(self)
    }
}

/// A node of a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node<'a> {
    /// The id; absent for a verdict.
    pub id: Option<&'a EntityId>,
    /// The entity; none if the bundle only refers to it.
    pub entity: Option<EntityView<'a>>,
    /// The observable, if the node stands for one; see [`Graph::with_observables`].
    pub observable: Option<&'a Observable>,
}

/// An edge of a [`Graph`], by the numbers of its nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edge<'a> {
    /// Number of the node from which the edge goes.
    pub source: usize,
    /// Number of the node to which the edge goes.
    pub target: usize,
    /// The meaning of the edge.
    pub label: Label<'a>,
}

/// The meaning of an [`Edge`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Label<'a> {
    /// A relationship of this type.
    Relationship(&'a RelationshipType),
    /// A reference that stands in this field of the source, such as `judgement_id`.
    Field(String),
    /// The target is an observable of the source.
    Observable,
}

impl Label<'_> {
    /// Returns the type of the relationship or the name of the field.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Relationship(relationship_type) => relationship_type.as_str(),
            Self::Field(name) => name,
            Self::Observable => "observable",
        }
    }
}

impl<'a> Graph<'a> {
    /// Returns the graph of a bundle.
    #[must_use]
    pub fn new(bundle: &'a Bundle) -> Self {
        let mut graph = Self { nodes: Vec::new(), edges: Vec::new(), places: HashMap::new() };
        let is_node = |entity: &EntityView<'_>| entity.entity_type() != EntityType::Relationship;
        for entity in bundle.entities().filter(is_node) {
            graph.add_node(entity.id(), Some(entity));
        }
        for (source, entity) in bundle.entities().filter(is_node).enumerate() {
            for reference in entity.references() {
                let target = graph.place_of(reference.id);
                let label = Label::Field(field_name(&reference.pointer));
                graph.edges.push(Edge { source, target, label });
            }
        }
        for relationship in &bundle.relationships {
            let source = graph.place_of(&relationship.source_ref);
            let target = graph.place_of(&relationship.target_ref);
            let label = Label::Relationship(&relationship.relationship_type);
            graph.edges.push(Edge { source, target, label });
        }
        graph
    }

    /// Returns the same graph with a node for each observable of a sighting, judgement or verdict,
    /// to which an edge leads from each of them.
    #[must_use]
    pub fn with_observables(mut self) -> Self {
        let mut observables: HashMap<(&str, &str), usize> = HashMap::new();
        for source in 0..self.nodes.len() {
            let entity = self.nodes.get(source).and_then(|node| node.entity);
            for observable in entity.map(observables_of).unwrap_or_default() {
                let name = (observable.r#type.as_str(), observable.value.as_str());
                let target = *observables.entry(name).or_insert_with(|| {
                    self.nodes.push(Node { id: None, entity: None, observable: Some(observable) });
                    self.nodes.len() - 1
                });
                self.edges.push(Edge { source, target, label: Label::Observable });
            }
        }
        self
    }

    fn add_node(&mut self, id: Option<&'a EntityId>, entity: Option<EntityView<'a>>) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Node { id, entity, observable: None });
        if let Some(id) = id {
            // Of several entities with the same id the first one answers references.
            self.places.entry(id).or_insert(place);
        }
        place
    }

    fn place_of(&mut self, id: &'a EntityId) -> usize {
        match self.places.get(id) {
            Some(place) => *place,
            None => self.add_node(Some(id), None),
        }
    }

    /// Returns the nodes: first the bundle's entities in their order, then those that are only
    /// referred to.
    #[must_use]
    pub fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    /// Returns the edges.
    #[must_use]
    pub fn edges(&self) -> &[Edge<'a>] {
        &self.edges
    }

    /// Returns the number of the node with this id.
    #[must_use]
    pub fn find(&self, id: &EntityId) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Returns the nodes that an edge joins with the node of this id, in either direction, each
    /// once.
    pub fn neighbours(&self, id: &EntityId) -> impl Iterator<Item = Node<'a>> {
        let place = self.find(id);
        let mut seen = HashSet::new();
        self.edges
            .iter()
            .filter_map(move |edge| match place? {
                place if edge.source == place => Some(edge.target),
                place if edge.target == place => Some(edge.source),
                _ => None,
            })
            .filter(move |neighbour| Some(*neighbour) != place && seen.insert(*neighbour))
            .filter_map(|neighbour| self.nodes.get(neighbour).copied())
    }

    /// Returns the sightings that are linked to an indicator by `sighting-of` or `member-of`, as
    /// Cisco's service follows these links, each once.
    pub fn sightings_of(&self, indicator: &EntityId) -> impl Iterator<Item = &'a crate::Sighting> {
        let place = self.find(indicator);
        let mut seen = HashSet::new();
        self.edges
            .iter()
            .filter(move |edge| Some(edge.target) == place && is_sighting_link(&edge.label))
            .filter(move |edge| seen.insert(edge.source))
            .filter_map(|edge| match self.nodes.get(edge.source)?.entity? {
                EntityView::Sighting(sighting) => Some(sighting),
                _ => None,
            })
    }

    /// Returns the numbers of the nodes that can be reached from the node of this id by edges in
    /// their direction, itself included, nearest first.
    #[must_use]
    pub fn reachable(&self, id: &EntityId) -> Vec<usize> {
        let Some(start) = self.find(id) else { return Vec::new() };
        let mut targets: HashMap<usize, Vec<usize>> = HashMap::new();
        for edge in &self.edges {
            targets.entry(edge.source).or_default().push(edge.target);
        }
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([start]);
        let mut reached = Vec::new();
        while let Some(place) = queue.pop_front() {
            reached.push(place);
            for target in targets.get(&place).into_iter().flatten() {
                if seen.insert(*target) {
                    queue.push_back(*target);
                }
            }
        }
        reached
    }

    /// Returns the numbers of the nodes that hang together by edges of any direction, part by part.
    #[must_use]
    pub fn connected_parts(&self) -> Vec<Vec<usize>> {
        let mut sets = DisjointSets::new(self.nodes.len());
        for edge in &self.edges {
            sets.join(edge.source, edge.target);
        }
        sets.groups()
    }

    /// Returns the graph as a Mermaid flowchart.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        self.to_mermaid_named(|_| None)
    }

    /// Returns the graph as a Mermaid flowchart whose nodes have these names; a node for which
    /// `name` returns none is named by its type and title.
    #[must_use]
    pub fn to_mermaid_named(&self, name: impl Fn(&Node<'a>) -> Option<String>) -> String {
        let mut text = String::from("flowchart LR\n");
        for (place, node) in self.nodes.iter().enumerate() {
            let (open, close) = mermaid_shape(node);
            let caption = escape_mermaid(&named(node, &name));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "    n{place}{open}\"{caption}\"{close}");
        }
        for edge in &self.edges {
            let label = escape_mermaid(&shorten(edge.label.as_str()));
            let arrow = if matches!(edge.label, Label::Field(_)) { "-.->" } else { "-->" };
            let _ = writeln!(text, "    n{} {arrow}|\"{label}\"| n{}", edge.source, edge.target);
        }
        text
    }

    /// Returns the graph in DOT, the language of Graphviz.
    #[must_use]
    pub fn to_dot(&self) -> String {
        self.to_dot_named(|_| None)
    }

    /// Returns the graph in DOT with nodes that have these names; a node for which `name` returns
    /// none is named by its type and title.
    #[must_use]
    pub fn to_dot_named(&self, name: impl Fn(&Node<'a>) -> Option<String>) -> String {
        let mut text = String::from("digraph ctim {\n    rankdir=LR;\n    node [shape=box];\n");
        for (place, node) in self.nodes.iter().enumerate() {
            let style = dot_style(node);
            let caption = escape_dot(&named(node, &name));
            let _ = writeln!(text, "    n{place} [label=\"{caption}\"{style}];");
        }
        for edge in &self.edges {
            let label = escape_dot(&shorten(edge.label.as_str()));
            let style = if matches!(edge.label, Label::Field(_)) { ", style=dashed" } else { "" };
            let _ = writeln!(text, "    n{} -> n{} [label=\"{label}\"{style}];", edge.source, edge.target);
        }
        text.push_str("}\n");
        text
    }
}

fn observables_of(entity: EntityView<'_>) -> &[Observable] {
    match entity {
        EntityView::Sighting(sighting) => &sighting.observables,
        EntityView::Judgement(judgement) => std::slice::from_ref(&judgement.observable),
        EntityView::Verdict(verdict) => std::slice::from_ref(&verdict.observable),
        _ => &[],
    }
}

/// Returns the brackets of a node: rounded ones where the node is not an entity of the bundle.
fn mermaid_shape(node: &Node<'_>) -> (&'static str, &'static str) {
    match (node.entity, node.observable) {
        (Some(_), _) => ("[", "]"),
        (None, Some(_)) => ("{{", "}}"),
        (None, None) => ("([", "])"),
    }
}

fn dot_style(node: &Node<'_>) -> &'static str {
    match (node.entity, node.observable) {
        (Some(_), _) => "",
        (None, Some(_)) => ", shape=hexagon",
        (None, None) => ", style=dashed",
    }
}

fn is_sighting_link(label: &Label<'_>) -> bool {
    matches!(label, Label::Relationship(RelationshipType::SightingOf | RelationshipType::MemberOf))
}

/// Returns the field in which a reference stands: the last name of its pointer that is not an
/// index.
fn field_name(pointer: &str) -> String {
    let is_index = |step: &&str| step.bytes().all(|byte| byte.is_ascii_digit());
    pointer.rsplit('/').find(|step| !is_index(step)).unwrap_or_default().to_owned()
}

/// Returns the name that `name` gives a node, on one line, or else its caption.
fn named<'a>(node: &Node<'a>, name: impl Fn(&Node<'a>) -> Option<String>) -> String {
    name(node).map_or_else(|| caption(node), |name| shorten(&name))
}

/// Returns the type and the name of a node.
fn caption(node: &Node<'_>) -> String {
    let id = node.id.map(EntityId::as_str).unwrap_or_default();
    if let Some(observable) = node.observable {
        return format!("{}: {}", observable.r#type, shorten(&observable.value));
    }
    match node.entity {
        Some(entity) => format!("{}: {}", entity.entity_type(), shorten(title(entity).unwrap_or(id))),
        None => shorten(id),
    }
}

/// Returns the title of an entity, or the most descriptive text of an entity without one.
fn title<'a>(entity: EntityView<'a>) -> Option<&'a str> {
    match entity {
        EntityView::Actor(entity) => Some(&entity.title),
        EntityView::AttackPattern(entity) => Some(&entity.title),
        EntityView::Campaign(entity) => Some(&entity.title),
        EntityView::Malware(entity) => Some(&entity.title),
        EntityView::Tool(entity) => Some(&entity.title),
        EntityView::Asset(entity) => entity.title.as_deref(),
        EntityView::Coa(entity) => entity.title.as_deref(),
        EntityView::DataTable(entity) => entity.title.as_deref(),
        EntityView::Incident(entity) => entity.title.as_deref(),
        EntityView::Indicator(entity) => entity.title.as_deref(),
        EntityView::Sighting(entity) => entity.title.as_deref(),
        EntityView::TargetRecord(entity) => entity.title.as_deref(),
        EntityView::Vulnerability(entity) => entity.title.as_deref(),
        EntityView::Weakness(entity) => entity.title.as_deref(),
        EntityView::AssetMapping(entity) => Some(&entity.observable.value),
        EntityView::Judgement(entity) => Some(&entity.observable.value),
        EntityView::Verdict(entity) => Some(&entity.observable.value),
        EntityView::Feedback(entity) => Some(&entity.reason),
        EntityView::Note(entity) => Some(&entity.content),
        _ => None,
    }
}

/// Returns a text on one line, cut where it gets too long for a box.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text
        .chars()
        .take(LONGEST)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// Writes what Mermaid would read as markup as its character codes.
fn escape_mermaid(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' | ';' => {
                let _ = write!(escaped, "#{};", u32::from(character));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn escape_dot(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
#[cfg(feature = "builders")]
mod tests {
    use super::*;
    use crate::vocabulary::HighMedLow;
    use crate::{Indicator, List, ObservedTime, Relationship, Sighting, Time, ValidTime, Verdict};

    fn id(name: &str) -> EntityId {
        EntityId::transient(name).unwrap()
    }

    fn sighting(name: &str) -> Sighting {
        Sighting::builder()
            .id(id(name))
            .title(format!("Title of \"{name}\" <b>\n#1"))
            .confidence(HighMedLow::High)
            .count(1)
            .observed_time(ObservedTime::builder().start_time(Time::MIN_VALID).build())
            .build()
    }

    fn link(source: &str, relationship_type: &str, target: &str) -> Relationship {
        Relationship::builder()
            .id(id(&format!("{source}-{target}")))
            .source_ref(id(source))
            .relationship_type(relationship_type)
            .target_ref(id(target))
            .build()
    }

    /// Two sightings of one indicator, one of them twice; a lone sighting; a verdict on a judgement
    /// elsewhere.
    fn bundle() -> Bundle {
        let indicator = Indicator::builder()
            .id(id("i"))
            .producer("test")
            .valid_time(ValidTime::builder().build())
            .build();
        let verdict = Verdict::builder()
            .disposition(2)
            .observable(crate::Observable::new("ip", "198.51.100.7"))
            .valid_time(ValidTime::builder().build())
            .judgement_id(id("j"))
            .build();
        let mut bundle =
            Bundle::builder().id(id("b")).source("test").valid_time(ValidTime::builder().build()).build();
        bundle.indicators.push(indicator);
        bundle.sightings = List::from([sighting("s1"), sighting("s2"), sighting("lone")]);
        bundle.verdicts.push(verdict);
        bundle.relationships = List::from([
            link("s1", "sighting-of", "i"),
            link("s1", "sighting-of", "i"),
            link("s2", "member-of", "i"),
            link("lone", "related-to", "lone"),
        ]);
        bundle
    }

    #[test]
    fn sightings_and_neighbours_of_an_indicator_come_once_each() {
        let bundle = bundle();
        let graph = Graph::new(&bundle);
        let sightings: Vec<_> = graph.sightings_of(&id("i")).map(|sighting| &sighting.id).collect();
        assert_eq!(sightings, [&id("s1"), &id("s2")]);
        let neighbours: Vec<_> = graph.neighbours(&id("i")).filter_map(|node| node.id.cloned()).collect();
        assert_eq!(neighbours, [id("s1"), id("s2")]);
        assert_eq!(graph.neighbours(&id("lone")).count(), 0);
        assert_eq!(graph.neighbours(&id("unknown")).count(), 0);
        assert_eq!(graph.sightings_of(&id("unknown")).count(), 0);
    }

    #[test]
    fn parts_hang_together_over_relationships_and_references() {
        let bundle = bundle();
        let graph = Graph::new(&bundle);
        assert_eq!(graph.nodes().len(), 6);
        assert_eq!(graph.connected_parts(), [vec![0, 1, 2], vec![3], vec![4, 5]]);
        assert_eq!(graph.nodes()[5], Node { id: Some(&id("j")), entity: None, observable: None });
        assert_eq!(graph.edges()[0].label.as_str(), "judgement_id");
        assert_eq!(graph.reachable(&id("s1")), [1, 0]);
        assert_eq!(graph.reachable(&id("i")), [0]);
        assert_eq!(graph.reachable(&id("unknown")), Vec::<usize>::new());
    }

    #[test]
    fn drawings_escape_what_is_markup() {
        let bundle = bundle();
        let graph = Graph::new(&bundle);
        let mermaid = graph.to_mermaid();
        assert!(mermaid.starts_with("flowchart LR\n    n0[\"indicator: transient:i\"]\n"), "{mermaid}");
        assert!(mermaid.contains("n1[\"sighting: Title of #34;s1#34; #60;b#62; #35;1\"]"), "{mermaid}");
        assert!(mermaid.contains("n1 -->|\"sighting-of\"| n0"), "{mermaid}");
        assert!(mermaid.contains("n4 -.->|\"judgement_id\"| n5"), "{mermaid}");
        assert!(mermaid.contains("n5([\"transient:j\"])"), "{mermaid}");
        let dot = graph.to_dot();
        assert!(dot.starts_with("digraph ctim {\n") && dot.ends_with("}\n"));
        assert!(dot.contains("n1 [label=\"sighting: Title of \\\"s1\\\" <b> #1\"];"), "{dot}");
        assert!(dot.contains("n4 -> n5 [label=\"judgement_id\", style=dashed];"), "{dot}");
    }

    #[test]
    fn nodes_have_the_names_that_they_are_given() {
        let bundle = bundle();
        let graph = Graph::new(&bundle);
        let name = |node: &Node<'_>| match node.entity? {
            EntityView::Sighting(sighting) => Some(format!("seen \"{}\"\nonce", sighting.id)),
            _ => None,
        };
        let mermaid = graph.to_mermaid_named(name);
        assert!(mermaid.contains("n1[\"seen #34;transient:s1#34; once\"]"), "{mermaid}");
        assert!(mermaid.contains("n0[\"indicator: transient:i\"]"), "{mermaid}");
        let dot = graph.to_dot_named(name);
        assert!(dot.contains("n1 [label=\"seen \\\"transient:s1\\\" once\"];"), "{dot}");
        assert!(dot.contains("n5 [label=\"transient:j\", style=dashed];"), "{dot}");
    }

    #[test]
    fn observables_are_nodes_of_their_own_where_wanted() {
        let mut bundle = bundle();
        for (place, value) in [(0, "198.51.100.7"), (1, "198.51.100.7"), (1, "198.51.100.8")] {
            bundle.sightings[place].observables.push(crate::Observable::new("ip", value));
        }
        let plain = Graph::new(&bundle);
        let graph = plain.clone().with_observables();
        assert_eq!(
            (graph.nodes().len(), graph.edges().len()),
            (plain.nodes().len() + 2, plain.edges().len() + 4)
        );
        let mermaid = graph.to_mermaid();
        assert!(mermaid.contains("n6{{\"ip: 198.51.100.7\"}}"), "{mermaid}");
        assert!(mermaid.contains("n1 -->|\"observable\"| n6"), "{mermaid}");
        assert!(mermaid.contains("n2 -->|\"observable\"| n7"), "{mermaid}");
        assert!(mermaid.contains("n4 -->|\"observable\"| n6"), "of the verdict: {mermaid}");
        let dot = graph.to_dot();
        assert!(dot.contains("n7 [label=\"ip: 198.51.100.8\", shape=hexagon];"), "{dot}");
    }

    #[test]
    fn long_titles_are_cut() {
        assert_eq!(shorten(&"ü".repeat(61)).chars().count(), 61);
        assert_eq!(shorten(&"ü".repeat(60)), "ü".repeat(60));
    }
}
