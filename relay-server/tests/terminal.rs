//! The commands on a pseudo-terminal, and with the demo: as a newcomer tries them.

#![cfg(all(feature = "cli", feature = "demo", unix))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::process::Command;

use serde_json::Value;

use self::common::program::{Program, command, output, texts};
use self::common::terminal;

const FORMATS: [&str; 9] = ["table", "tree", "json", "jsonl", "csv", "ctim", "stix", "mermaid", "dot"];

const DOMAIN: &str = "update-check.example.net";

/// The note of commands that ask the built-in demo.
const BUILT_IN: &str = "note: made-up data, built in; links work while `relay-server demo` runs";

fn demo(arguments: &[&str]) -> Command {
    command(&[&[arguments[0], "--demo"], &arguments[1..]].concat())
}

/// The same with colours left to the program.
fn colored(arguments: &[&str]) -> Command {
    let mut command = demo(arguments);
    // A terminal counts as one with colours where CI is set.
    command.env_remove("NO_COLOR").env_remove("CI");
    command
}

/// Exit status, standard output and standard error.
fn done(command: &mut Command) -> (Option<i32>, String, String) {
    let done = output(command);
    let (out, err) = texts(&done);
    (done.status.code(), out, err)
}

#[test]
fn the_tree_has_colours_and_links_on_a_terminal() {
    let shown = terminal::run(colored(&["observe", "--format", "tree", DOMAIN]), 200);
    assert_eq!((shown.status, shown.err.trim_end()), (Some(0), BUILT_IN));
    for part in [
        "domain \u{1b}[1mupdate-check.example.net\u{1b}[0m\n",
        "\u{1b}[31mMalicious\u{1b}[0m \u{1b}]8;;http://localhost:9090/sec/search?q=update-check.example.net\u{1b}\\",
        "├─ \u{1b}[2minsight\u{1b}[0m \u{1b}[31mCritical\u{1b}[0m \u{1b}]8;;http://localhost:9090/sec/insight/",
        "\u{1b}\\INSIGHT-101 Initial Access with Execution\u{1b}]8;;\u{1b}\\ · ws-ana.corp.example.com",
        "│  └─ \u{1b}[2msignal\u{1b}[0m \u{1b}[31mHigh\u{1b}[0m ",
        "│     └─ \u{1b}[2mrule\u{1b}[0m ",
    ] {
        assert!(shown.screen.contains(part), "{part:?} in {}", shown.screen.escape_debug());
    }
    let opened = shown.screen.matches("\u{1b}]8;;http").count();
    assert_eq!(shown.screen.matches("\u{1b}]8;;\u{1b}\\").count(), opened, "each link ends");
}

#[test]
fn colours_and_links_are_off_where_they_are_not_wanted() {
    let tree = ["observe", "--format", "tree", DOMAIN];
    let without = |name: &str, value: &str| {
        let mut command = colored(&tree);
        command.env(name, value);
        command
    };
    let plain = terminal::run(without("NO_COLOR", "1"), 200);
    assert!(plain.screen.contains("insight Critical INSIGHT-101") && !plain.screen.contains('\u{1b}'));
    let (status, piped, _) = done(&mut colored(&tree));
    // The times end now, and differ.
    let without_times = |tree: &str| -> Vec<String> {
        tree.lines().map(|line| line.rsplit_once(" · ").map_or(line, |(rest, _)| rest).to_owned()).collect()
    };
    assert_eq!((status, without_times(&piped)), (Some(0), without_times(&plain.screen)), "in a pipe");
    let (_, forced, _) = done(&mut without("CLICOLOR_FORCE", "1"));
    assert!(forced.contains("\u{1b}[31m") && !forced.contains("\u{1b}]8;;"), "links are for terminals");
    for format in FORMATS.iter().filter(|format| !["table", "tree"].contains(format)) {
        let shown = terminal::run(colored(&["observe", "--format", format, DOMAIN]), 80);
        assert!(!shown.screen.contains('\u{1b}'), "{format}: {}", shown.screen.escape_debug());
    }
}

#[test]
fn a_terminal_without_colours_gets_none() {
    let mut tree = colored(&["observe", "--format", "tree", DOMAIN]);
    tree.env("TERM", "dumb");
    let shown = terminal::run(tree, 200);
    assert!(shown.screen.contains("INSIGHT-101") && !shown.screen.contains('\u{1b}'), "{}", shown.screen);
}

#[test]
fn progress_is_shown_on_a_terminal_and_cleared() {
    let shown = terminal::run_whole(demo(&["observe", "--format", "tree", DOMAIN, "quiet.example.org"]), 120);
    assert_eq!(shown.status, Some(0), "{}", shown.screen);
    let (progress, answer) = shown.screen.rsplit_once("\r\u{1b}[2K").unwrap();
    assert!(progress.contains("searching ") && progress.contains("/2 "), "{}", progress.escape_debug());
    assert!(answer.starts_with("domain update-check.example.net\n├─ "), "{answer}");
    assert!(answer.ends_with("domain quiet.example.org\n└─ nothing found\n"), "{answer}");
}

#[test]
fn tables_fit_the_terminal() {
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap();
    for (arguments, columns) in [
        (&["observe", DOMAIN][..], 80),
        (&["observe", DOMAIN], 120),
        (&["deliberate", DOMAIN, "198.51.100.77"], 80),
        (&["tiles", "newest-insights"], 100),
    ] {
        let shown = terminal::run(demo(arguments), columns);
        assert_eq!(shown.status, Some(0), "{arguments:?}");
        assert!(widest(&shown.screen) <= columns.into(), "{arguments:?}: {}", shown.screen);
    }
}

#[test]
fn tables_in_a_pipe_are_of_a_size_that_can_be_read() {
    let check = || {
        let mut check = command(&["serve", "--check"]);
        check.env("RELAY_LISTEN", "127.0.0.1:0").env("RELAY_PUBLIC_URLS", "https://relay.example.com");
        check.env("RELAY_JWKS_HOSTS", "127.0.0.1:1").env("RELAY_SUMO_HOSTS", "127.0.0.1:1");
        check
    };
    for (columns, width) in [(None, 120), (Some("90"), 90), (Some("none"), 120)] {
        let mut check = check();
        if let Some(columns) = columns {
            check.env("COLUMNS", columns);
        }
        let (status, table, err) = done(&mut check);
        assert_eq!((status, err.as_str()), (Some(2), "error: 2 of 4 checks failed"), "{table}");
        assert!(table.contains("FAILED ┆ key set") && table.contains("ok     ┆ settings"), "{table}");
        assert!(table.lines().all(|line| line.chars().count() <= width), "{columns:?}: {table}");
    }
    let (_, table, _) = done(&mut demo(&["observe", DOMAIN]));
    let link = table.lines().find(|line| line.contains("INSIGHT-101")).unwrap();
    assert!(
        link.contains("http://localhost:9090/sec/insight/b4c3f286-a3db-3b3a-8196-b9075897e0d5"),
        "{table}"
    );
}

#[test]
fn nothing_is_waited_for_on_a_terminal() {
    let shown = terminal::run(demo(&["observe"]), 80);
    assert_eq!((shown.status, shown.screen.as_str()), (Some(2), ""));
    assert!(shown.err.contains("give values, --file FILE or - for standard input"), "{}", shown.err);
}

#[test]
fn the_built_in_demo_answers_in_each_format() {
    for format in FORMATS {
        let (status, out, err) = done(&mut demo(&["observe", "--format", format, DOMAIN]));
        assert_eq!(status, Some(0), "{format}: {err}");
        assert!(out.contains("Traffic to a listed domain"), "{format}: {out}");
        assert!(err.starts_with(BUILT_IN) && (format == "stix" || err == BUILT_IN), "{format}: {err}");
        let (status, out, _) = done(&mut demo(&["observe", "--format", format, "10.20.5.1"]));
        assert_eq!(status, Some(0), "{format}");
        let says_so = out == "Cloud SIEM holds nothing about it.";
        assert_eq!(says_so, ["table", "tree"].contains(&format), "{format}: {out}");
    }
    let (status, out, err) = done(&mut demo(&["observe", "203.0.113.66"]));
    assert!(status == Some(0) && out.contains("INSIGHT-213"), "{out}");
    assert!(err.contains("warning: More than 10 Insights found"), "{err}");
    let (status, out, _) = done(&mut demo(&["deliberate", "198.51.100.77", "quiet.example.org"]));
    assert!(status == Some(0) && out.contains("Clean") && out.contains("none"), "{out}");
    let listed =
        ["deliberate", "ip", "203.0.113.140", "--lists", "blocked_ips=Malicious", "--format", "json"];
    let (_, out, _) = done(&mut demo(&listed));
    let reply: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reply["data"]["verdicts"]["docs"][0]["disposition_name"], "Malicious", "{out}");
    let (status, out, err) = done(&mut demo(&["tiles", "insights-by-severity"]));
    assert!(status == Some(0) && out.contains("Critical") && err == BUILT_IN, "{out}");
}

#[test]
fn with_several_values_each_finding_names_its_own() {
    let (_, table, _) = done(&mut demo(&["observe", DOMAIN, "quiet.example.org", "203.0.113.25"]));
    let line =
        |text: &str| table.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{table}"));
    assert!(line("INSIGHT-101").starts_with("│ update-check.example.net ┆ insight "), "{table}");
    assert!(line("quiet.example.org").contains("┆ nothing found "), "{table}");
    assert!(line("On match list threat").starts_with("│ 203.0.113.25 "), "{table}");
}

#[test]
fn nodes_of_graphs_have_names() {
    for format in ["dot", "mermaid"] {
        let (_, graph, _) = done(&mut demo(&["observe", "--format", format, DOMAIN]));
        for name in [
            "\"insight: INSIGHT-101 Initial Access with Execution · ws-ana.…\"",
            "\"signal: Traffic to a listed domain · 10.20.1.15\"",
            "\"rule: Traffic to a listed domain\"",
            "\"list: soc_indicators\"",
            "\"judgement: Threat intelligence source soc_indicators\"",
            "\"Malicious: update-check.example.net\"",
            "\"domain: update-check.example.net\"",
        ] {
            assert!(graph.contains(name), "{name} in {graph}");
        }
        assert!(!graph.contains("A Sumo Logic Cloud SIEM"), "{graph}");
    }
}

#[test]
fn the_running_demo_is_asked_where_it_is_named() {
    let mut running = Program::spawn(&mut command(&["demo", "--listen", "localhost:0"]));
    let line = running.stdout_line("export RELAY=");
    let (relay, token) = line.strip_prefix("export RELAY=").unwrap().split_once(" TOKEN=").unwrap();
    let asked =
        |arguments: &[&str], token: &str| done(demo(arguments).env("RELAY", relay).env("TOKEN", token));
    let note = format!("note: made-up data of the demo at {relay}");
    for format in FORMATS {
        let (status, out, err) = asked(&["observe", "--format", format, DOMAIN], token);
        assert!(status == Some(0) && out.contains("Traffic to a listed domain"), "{format}: {err} {out}");
        assert!(err.starts_with(&note), "{format}: {err}");
        // A token of another demo: failed, and nothing is claimed.
        let (status, out, err) = asked(&["observe", "--format", format, DOMAIN], "wrong");
        assert_eq!((status, out.is_empty()), (Some(1), format != "json"), "{format}: {out}");
        assert!(err.contains("error: Authorization failed: "), "{format}: {err}");
    }
    let links = asked(&["observe", "--format", "csv", DOMAIN], token).1;
    assert!(links.contains(&format!("{relay}/sec/insight/")), "{links}");
    let (status, out, err) = asked(&["deliberate", DOMAIN], token);
    assert!(status == Some(0) && out.contains("Malicious") && err == note, "{err} {out}");
    // What a token decides is asked of the built-in demo.
    let (status, _, err) = asked(&["observe", "--limit", "5", DOMAIN], token);
    assert_eq!((status, err.as_str()), (Some(0), BUILT_IN));

    running.signal("TERM");
    running.output();
    let (status, out, err) = asked(&["observe", DOMAIN], token);
    assert!(status == Some(0) && out.contains("INSIGHT-101"), "{out}");
    assert_eq!(err, format!("note: no demo runs at {relay}\n{BUILT_IN}"));
}

#[test]
fn no_other_relay_is_taken_for_a_demo() {
    let mut observe = demo(&["observe", DOMAIN]);
    let (status, out, err) = done(observe.env("RELAY", "https://relay.example.com").env("TOKEN", "secret"));
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(err.contains("is not the URL of a demo on this machine") && !err.contains("secret"), "{err}");
}

#[test]
fn without_an_account_the_way_to_try_is_told() {
    for arguments in [&["observe", DOMAIN][..], &["deliberate", DOMAIN], &["tiles", "funnel"]] {
        let (status, out, err) = done(&mut command(arguments));
        assert_eq!((status, out.as_str()), (Some(2), ""));
        assert!(err.contains("SUMO_ACCESS_ID") && err.contains("give --demo"), "{err}");
    }
}

#[test]
fn the_examples_of_help_work() {
    let mut tried = 0;
    for name in [&[][..], &["observe"], &["deliberate"], &["tiles"]] {
        let (_, help, _) = done(&mut command(&[name, &["--help"]].concat()));
        let examples = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{help}")).1;
        for example in examples.lines().filter(|line| line.contains(" --demo ")) {
            let words: Vec<_> = example.split_whitespace().skip(1).take_while(|word| *word != "|").collect();
            let (status, out, err) = done(&mut command(&words));
            assert!(status == Some(0) && !out.is_empty(), "{example}: {err}");
            tried += 1;
        }
    }
    assert!(tried >= 5, "{tried}");
}

#[test]
fn manual_pages_hold_environment_and_examples() {
    let (status, page, err) = done(&mut command(&["man", "observe"]));
    assert_eq!((status, err.as_str()), (Some(0), ""));
    let environment = page.split_once(".SH ENVIRONMENT").unwrap().1;
    for part in ["SUMO_ACCESS_ID", "RELAY_EXTRA_CA_FILE", "NO_COLOR", ".SH \"EXIT STATUS\"", ".SH EXAMPLES"] {
        assert!(environment.contains(part), "{part} in {page}");
    }
    let (status, _, err) = done(&mut command(&["man", "respond", "redo"]));
    assert_eq!(
        (status, err.as_str()),
        (Some(2), "error: unknown command redo; the commands are: list, undo")
    );
}
