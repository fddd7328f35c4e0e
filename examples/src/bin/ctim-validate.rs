//! Validates JSON files and prints every problem with its place.
//!
//! ```text
//! ctim-validate PATH...
//! ```
//!
//! A path is a file, or a directory, whose `.json` files are read at any depth. A file holds an
//! entity, a list of entities, or the answer of a Cisco XDR module (`{"data": {"sightings":
//! {"count": 1, "docs": [...]}}}`).
//!
//! The JSON is judged as it is written: a time without a zone, which reading takes as UTC, is an
//! error.
//!
//! The exit status is 0 if there are no errors (warnings do not count), 1 if there are errors, and
//! 2 if a path cannot be read or none is given.
#![allow(clippy::print_stderr, reason = "a program for the command line")]

use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ctim::validation::duplicate_members;
use ctim::{Bundle, Entity, EntityLists, Level, Report};
use serde::Deserialize;
use serde_json::Value;

/// The findings of all files.
#[derive(Default)]
struct Summary {
    files: usize,
    errors: usize,
    warnings: usize,
    unreadable: usize,
}

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        eprintln!("usage: ctim-validate PATH...");
        return ExitCode::from(2);
    }
    let mut summary = Summary::default();
    for path in &paths {
        summary.visit(path);
    }
    say(&format_args!("{} files, {} errors, {} warnings", summary.files, summary.errors, summary.warnings));
    match summary {
        Summary { unreadable: 1.., .. } => ExitCode::from(2),
        Summary { errors: 1.., .. } => ExitCode::from(1),
        _ => ExitCode::SUCCESS,
    }
}

/// Prints a line. A reader that stopped listening, such as `head`, does not stop the checking.
fn say(line: &dyn Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

impl Summary {
    fn visit(&mut self, path: &Path) {
        let result = if path.is_dir() { self.directory(path) } else { self.file(path) };
        if let Err(error) = result {
            eprintln!("{}: {error}", path.display());
            self.unreadable += 1;
        }
    }

    fn directory(&mut self, path: &Path) -> std::io::Result<()> {
        let mut entries = std::fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        let is_wanted = |entry: &&PathBuf| {
            // A link to a directory could lead round in a circle.
            let is_real_directory = entry.is_dir() && !entry.is_symlink();
            is_real_directory || entry.extension().is_some_and(|extension| extension == "json")
        };
        for entry in entries.iter().filter(is_wanted) {
            self.visit(entry);
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> std::io::Result<()> {
        let text = std::fs::read_to_string(path)?;
        self.files += 1;
        for pointer in duplicate_members(&text) {
            say(&format_args!("{}: error at {pointer}: the member comes twice", path.display()));
            self.errors += 1;
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(value) => self.value(path, "", &value),
            Err(error) => {
                say(&format_args!("{}: error: not JSON: {error}", path.display()));
                self.errors += 1;
            }
        }
        Ok(())
    }

    /// Checks an entity, each entity of a list, or each entity of an XDR answer.
    fn value(&mut self, path: &Path, place: &str, value: &Value) {
        match value {
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.value(path, &format!("{place}/{index}"), element);
                }
            }
            Value::Object(object) if !object.contains_key("type") => match object.get("data") {
                Some(data) => self.report(path, &format!("{place}/data"), EntityLists::check_json(data)),
                None => self.entity(path, place, value),
            },
            _ => self.entity(path, place, value),
        }
    }

    fn entity(&mut self, path: &Path, place: &str, value: &Value) {
        self.report(path, place, Entity::check_json(value));
        if let Ok(bundle) = Bundle::deserialize(value) {
            self.report(path, place, bundle.check_references());
        }
    }

    fn report(&mut self, path: &Path, place: &str, report: Report) {
        for mut violation in report {
            violation.pointer.insert_str(0, place);
            match violation.level {
                Level::Error => self.errors += 1,
                Level::Warning => self.warnings += 1,
            }
            say(&format_args!("{}: {violation}", path.display()));
        }
    }
}
