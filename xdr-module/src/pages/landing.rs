//! The page at `/`, with the explorer when there is a token to ask with.

use url::form_urlencoded;

use super::{HTML, OWN_POLICY, Page, escaped};
use crate::module::{About, Capability, Operation};

const PAGE: &str = include_str!("landing.html");
const EXPLORER: &str = include_str!("explorer.html");
const DASHBOARD: &str = "<li><a href=\"/dashboard\">Dashboard</a></li>\n";
const ACTIONS: &str = include_str!("actions.html");
const TOUR: &str = include_str!("tour.html");

/// A token that pages ask with, and observables to try: for demonstrations with made-up data only.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DemoPages {
    /// The token, which every visitor of the pages can read.
    pub token: String,
    /// Observables that the explorer offers.
    pub examples: Vec<DemoObservable>,
    /// A story that the explorer tells, an observable after the other; empty for none.
    pub tour: Vec<DemoStep>,
}

impl DemoPages {
    /// Creates pages that ask with this token.
    pub fn new(token: impl Into<String>, examples: impl IntoIterator<Item = DemoObservable>) -> Self {
        Self { token: token.into(), examples: examples.into_iter().collect(), tour: Vec::new() }
    }

    /// Returns the same with a story to follow.
    #[must_use]
    pub fn with_tour(self, steps: impl IntoIterator<Item = DemoStep>) -> Self {
        Self { tour: steps.into_iter().collect(), ..self }
    }
}

/// An observable that the explorer offers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DemoObservable {
    /// The type.
    pub kind: &'static str,
    /// The value.
    pub value: &'static str,
    /// The short form of the value that is shown.
    pub label: &'static str,
    /// A few words about it.
    pub note: &'static str,
}

/// A step of the story that the explorer tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DemoStep {
    /// The type of the observable that the step is about.
    pub kind: &'static str,
    /// Its value.
    pub value: &'static str,
    /// The heading, a few words.
    pub title: &'static str,
    /// The step in one sentence.
    pub sentence: &'static str,
}

/// Returns the page at `/` of a module that offers these capabilities.
pub(crate) fn page(about: About, capabilities: Vec<Capability>, demo: Option<DemoPages>) -> Page {
    let text = move || {
        let has_dashboard = demo.is_some() && capabilities.contains(&Capability::Tiles);
        let explorer = demo.map(|demo| explorer(&demo, &capabilities)).unwrap_or_default();
        let summary = about.description.split("\n\n").next().unwrap_or_default();
        PAGE.replace("{title}", &escaped(&about.title))
            .replace("{brand}", &escaped(&about.title))
            .replace("{version}", &escaped(&about.version))
            .replace("{summary}", &escaped(summary))
            .replace("{endpoints}", &endpoints(&capabilities))
            .replace("{dashboard}", if has_dashboard { DASHBOARD } else { "" })
            .replace("{explorer}", &explorer)
    };
    Page::made(text, HTML, OWN_POLICY)
}

fn explorer(demo: &DemoPages, capabilities: &[Capability]) -> String {
    let example = |DemoObservable { kind, value, label, note }: &DemoObservable| {
        format!(
            "<li><button type=\"button\" data-type=\"{}\" data-value=\"{}\"><b>{}</b> {}</button></li>\n",
            escaped(kind),
            escaped(value),
            escaped(label),
            escaped(note)
        )
    };
    let examples: String = demo.examples.iter().map(example).collect();
    let actions = if capabilities.contains(&Capability::Respond) { ACTIONS } else { "" };
    EXPLORER
        .replace("{demo token}", &escaped(&demo.token))
        .replace("{actions}", actions)
        .replace("{tour}", &tour(&demo.tour))
        .replace("{examples}", &examples)
}

/// Returns the steps of a story, each with the address at which the explorer asks about it.
fn tour(steps: &[DemoStep]) -> String {
    let step = |DemoStep { kind, value, title, sentence }: &DemoStep| {
        let mut address = form_urlencoded::Serializer::new(String::new());
        address.append_pair("type", kind).append_pair("value", value);
        format!(
            "<li><a href=\"#{}\">{}</a> {}</li>\n",
            escaped(&address.finish()),
            escaped(title),
            escaped(sentence)
        )
    };
    let list: String = steps.iter().map(step).collect();
    if steps.is_empty() { list } else { TOUR.replace("{steps}", &list) }
}

/// Returns the rows of the table of endpoints.
fn endpoints(capabilities: &[Capability]) -> String {
    let offered = Capability::ALL.into_iter().filter(|capability| capabilities.contains(capability));
    let operations =
        [Operation::Health].into_iter().chain(offered.flat_map(|one| one.operations().iter().copied()));
    let rows = operations.map(|operation| ("POST", operation.path(), "yes", summary(operation)));
    let public = [
        ("POST", "/version", "no", "The version of this relay"),
        ("GET", "/watchdog", "no", "An echo of the header Health-Check"),
    ];
    let row = |(method, path, token, summary)| {
        format!(
            "<tr><th scope=\"row\"><code>{method} {path}</code></th><td>{token}</td><td>{summary}</td></tr>\n"
        )
    };
    rows.chain(public).map(row).collect()
}

fn summary(operation: Operation) -> &'static str {
    match operation {
        Operation::Health => "The state of the token, and of the product",
        Operation::Observe => "Sightings and other entities about observables",
        Operation::Refer => "Links that look observables up",
        Operation::Deliberate => "Verdicts on observables",
        Operation::Actions => "Actions that fit observables",
        Operation::Trigger => "Carries out an action",
        Operation::Tiles => "Tiles for the dashboard",
        Operation::Tile => "One tile",
        Operation::TileData => "The data of a tile",
    }
}

#[cfg(test)]
mod tests {
    use poem::Request;

    use super::*;

    async fn text(demo: Option<DemoPages>) -> String {
        let about = About::new("a", "1.2.3", "A <title>").with_description("First.\n\nSecond.");
        let page = page(about, vec![Capability::Refer], demo);
        page.respond(&Request::default()).into_body().into_string().await.unwrap()
    }

    #[tokio::test]
    async fn the_page_shows_what_is_offered() {
        let text = text(None).await;
        for shown in ["A &lt;title&gt;", "1.2.3", "First.", "POST /refer/observables", "GET /watchdog"] {
            assert!(text.contains(shown), "{shown}");
        }
        for not_shown in ["<title>A <", "Second.", "/observe", "id=\"explorer\"", "{"] {
            assert!(!text.contains(not_shown), "{not_shown}");
        }
    }

    #[tokio::test]
    async fn the_explorer_is_there_with_a_token() {
        let example = DemoObservable { kind: "ip", value: "a\"b", label: "<ip>", note: "note" };
        let text = text(Some(DemoPages::new("t.o.ken", [example]))).await;
        for shown in ["data-token=\"t.o.ken\"", "data-value=\"a&quot;b\"", "<b>&lt;ip&gt;</b> note"] {
            assert!(text.contains(shown), "{shown}");
        }
        assert!(!text.contains("id=\"tour\"") && !text.contains('{'));
    }

    #[tokio::test]
    async fn a_story_has_an_address_for_each_step() {
        let step =
            |value| DemoStep { kind: "email_subject", value, title: "A <step>", sentence: "It & more." };
        let text =
            text(Some(DemoPages::new("t.o.ken", []).with_tour([step("a b@c"), step("\"d&e\"")]))).await;
        let address = "href=\"#type=email_subject&amp;value=";
        for shown in ["a+b%40c", "%22d%26e%22"]
            .map(|value| format!("{address}{value}\">A &lt;step&gt;</a> It &amp; more."))
        {
            assert!(text.contains(&shown), "{shown}");
        }
        assert!(text.contains("id=\"tour\"") && !text.contains('{'));
    }
}
