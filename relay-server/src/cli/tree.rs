//! Findings as a tree, and as a table.

use ctim::vocabulary::RelationshipType;
use ctim::{EntityLists, Indicator, Observable, Sighting};

use super::findings::{
    Finding, findings, indicators, linked, of_indicator, of_sighting, of_verdict, sightings, verdicts,
};
use super::looks::{Looks, printable};
use super::table;

/// Said of an observable without findings.
pub(super) fn nothing(is_partly: bool) -> &'static str {
    if is_partly { "nothing found; not everything was searched" } else { "nothing found" }
}

/// A line of a tree, and the lines below it.
struct Branch {
    line: String,
    below: Vec<Branch>,
}

impl Branch {
    fn new(line: impl Into<String>, below: Vec<Branch>) -> Self {
        Self { line: line.into(), below }
    }

    fn leaf(line: impl Into<String>) -> Self {
        Self::new(line, Vec::new())
    }
}

/// Returns a tree for each observable: its verdict, its insights with their signals and rules, and
/// the signals outside of insights.
pub(super) fn tree(data: &EntityLists, asked: &[Observable], is_partly: bool, looks: Looks) -> String {
    let mut text = String::new();
    for observable in asked {
        let name = looks.strong(&printable(&observable.value));
        text.push_str(&format!("{} {name}\n", printable(observable.r#type.as_str())));
        let mut branches = branches(data, observable, looks);
        if branches.is_empty() {
            branches.push(Branch::leaf(looks.faint(nothing(is_partly))));
        }
        draw(&branches, "", &mut text);
    }
    text
}

fn branches(data: &EntityLists, observable: &Observable, looks: Looks) -> Vec<Branch> {
    let verdict = verdicts(data).find(|verdict| verdict.observable == *observable);
    let verdict = verdict.map(|verdict| Branch::leaf(line(&of_verdict(data, verdict), looks)));
    let inside: Vec<_> = linked(data, RelationshipType::BasedOn).map(|(_, signal)| signal).collect();
    let outside = sightings(data)
        .filter(|one| one.observables.contains(observable) && !inside.contains(&&one.id))
        .map(|one| of_insight(data, one, looks));
    verdict.into_iter().chain(outside).collect()
}

/// Returns an insight with its signals, or a signal outside of insights with its rules.
fn of_insight(data: &EntityLists, sighting: &Sighting, looks: Looks) -> Branch {
    let signals: Vec<_> = linked(data, RelationshipType::BasedOn)
        .filter(|(insight, signal)| *insight == &sighting.id && insight != signal)
        .filter_map(|(_, id)| sightings(data).find(|one| one.id == *id))
        .map(|signal| of_signal(data, signal, looks))
        .collect();
    match signals.is_empty() {
        true => of_signal(data, sighting, looks),
        false => Branch::new(line(&of_sighting(sighting), looks), signals),
    }
}

fn of_signal(data: &EntityLists, signal: &Sighting, looks: Looks) -> Branch {
    let rules = rules_of(data, signal).map(|rule| Branch::leaf(line(&of_indicator(data, rule), looks)));
    Branch::new(line(&of_sighting(signal), looks), rules.collect())
}

fn rules_of<'a>(data: &'a EntityLists, signal: &'a Sighting) -> impl Iterator<Item = &'a Indicator> {
    linked(data, RelationshipType::SightingOf)
        .filter(|(from, _)| *from == &signal.id)
        .filter_map(|(_, id)| indicators(data).find(|one| one.id == *id))
}

fn draw(branches: &[Branch], indent: &str, text: &mut String) {
    let last = branches.len().saturating_sub(1);
    for (place, branch) in branches.iter().enumerate() {
        let (fork, below) = if place == last { ("└─", "   ") } else { ("├─", "│  ") };
        text.push_str(&format!("{indent}{fork} {}\n", branch.line));
        draw(&branch.below, &format!("{indent}{below}"), text);
    }
}

/// Returns a line such as `insight High INSIGHT-7 Odd query · ws-17 · 2026-11-19 23:50`.
fn line(finding: &Finding<'_>, looks: Looks) -> String {
    let grade = finding.disposition.or(finding.severity).map(|grade| format!("{} ", looks.graded(grade)));
    let name = looks.linked(&printable(&finding.name), finding.link);
    let about = finding.about.map(|about| format!(" · {}", printable(about)));
    let count = (finding.count > 1).then(|| format!(" · {} times", finding.count));
    let time = finding.time.as_deref().map(|time| looks.faint(&format!(" · {}", minutes(time))));
    let rest: String = [about, count, time].into_iter().flatten().collect();
    format!("{} {}{name}{rest}", looks.faint(finding.kind), grade.unwrap_or_default())
}

/// Returns a time in UTC without its seconds.
fn minutes(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// Returns a table for people. With several observables, each line names its own.
pub(super) fn table(data: &EntityLists, asked: &[Observable], is_partly: bool) -> String {
    let has_several = asked.len() > 1;
    let mut table = table::with_whole_lines();
    let heads = ["What", "Severity", "When", "Text", "Link"];
    table.set_header(has_several.then_some("Observable").into_iter().chain(heads));
    let mut rows: Vec<_> = findings(data).map(|finding| row(&finding, has_several)).collect();
    let is_found = |observable: &Observable| {
        findings(data).any(|finding| finding.observable.is_some_and(|one| one == observable))
    };
    for observable in asked.iter().filter(|observable| has_several && !is_found(observable)) {
        let cells = [printable(&observable.value), nothing(is_partly).to_owned()];
        rows.push(cells.into_iter().chain(std::iter::repeat_n("–".to_owned(), 4)).collect());
    }
    table.add_rows(rows);
    format!("{table}\n")
}

fn row(finding: &Finding<'_>, has_several: bool) -> Vec<String> {
    let text = |text: Option<&str>| text.map_or_else(|| "–".to_owned(), printable);
    let observable = finding.observable.map(|observable| observable.value.as_str());
    let kind = finding.disposition.map_or_else(|| finding.kind.to_owned(), |word| format!("verdict {word}"));
    let cells = [
        kind,
        text(finding.severity),
        text(finding.time.as_deref().map(minutes).as_deref()),
        printable(&finding.name),
        text(finding.link),
    ];
    has_several.then(|| text(observable)).into_iter().chain(cells).collect()
}
