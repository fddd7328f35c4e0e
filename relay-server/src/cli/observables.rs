//! The observables of a command: from its arguments, files and standard input.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use ctim::vocabulary::ObservableTypeIdentifier;
use relay_server::refanged;
use xdr_module::contract::observable::Observable;

use super::extract::{detected, observables_in};
use super::outcome::{Failure, complain};

/// The most bytes that are read of a file or of standard input.
const INPUT_LIMIT: u64 = 4 << 20;

#[derive(Args)]
pub(super) struct ObservableArgs {
    /// The observables; the first may name the type of all others, such as ip, domain or sha256.
    /// Without it the types are detected. A - stands for standard input.
    #[arg(value_name = "VALUE")]
    values: Vec<String>,

    /// The type of all observables.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,

    /// A file with more observables, in any text; with a type, one a line. May be given several
    /// times.
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
}

impl ObservableArgs {
    /// Returns the observables, each once.
    pub(super) fn observables(&self) -> Result<Vec<Observable>, Failure> {
        let (kind, values) = self.split();
        let mut found = Vec::new();
        for value in values.iter().filter(|value| *value != "-") {
            found.push(of_value(kind, value)?);
        }
        for file in &self.file {
            found.extend(of_text(kind, &read_file(file)?));
        }
        let is_nothing_given = values.is_empty() && self.file.is_empty();
        if values.iter().any(|value| value == "-") || (is_nothing_given && !std::io::stdin().is_terminal()) {
            found.extend(of_text(kind, &read(&mut std::io::stdin().lock(), "standard input")?));
        }
        let mut distinct = Vec::with_capacity(found.len());
        for observable in found {
            if !distinct.contains(&observable) {
                distinct.push(observable);
            }
        }
        match distinct.is_empty() {
            true => Err(Failure::usage(
                "no observable was given; give values, --file FILE or - for standard input",
            )),
            false => Ok(distinct),
        }
    }

    /// Returns the type that all have, and the values.
    fn split(&self) -> (Option<&str>, &[String]) {
        if let Some(kind) = &self.kind {
            return (Some(kind), &self.values);
        }
        match self.values.split_first() {
            Some((first, rest)) if (!rest.is_empty() || !self.file.is_empty()) && is_type(first) => {
                (Some(first), rest)
            }
            _ => (None, &self.values),
        }
    }
}

fn is_type(word: &str) -> bool {
    ObservableTypeIdentifier::from(word).is_known()
}

fn of_value(kind: Option<&str>, value: &str) -> Result<Observable, Failure> {
    if value.trim().is_empty() {
        return Err(Failure::usage("an observable must not be blank"));
    }
    match kind {
        Some(kind) => Ok(Observable { kind: kind.to_owned(), value: value.to_owned() }),
        None => detected(refanged(value.trim()).trim()).or_else(|| only_one_in(value)).ok_or_else(|| {
            Failure::usage(format!("the type of {value:?} cannot be detected; give it with --type"))
        }),
    }
}

/// Returns the observable in a word that is pasted with a port or with signs around it.
fn only_one_in(value: &str) -> Option<Observable> {
    let [observable] = <[_; 1]>::try_from(observables_in(value)).ok()?;
    let is_word = !value.trim().contains(char::is_whitespace);
    is_word.then(|| told(observable))
}

/// Returns an observable that was found in a text, and says so.
fn told(observable: Observable) -> Observable {
    complain("note", &format!("{} {}", observable.kind, observable.value));
    observable
}

/// Returns the observables of a text: those that are found in it, or each line with a type.
fn of_text(kind: Option<&str>, text: &str) -> Vec<Observable> {
    let Some(kind) = kind else {
        return observables_in(text).into_iter().map(told).collect();
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| Observable { kind: kind.to_owned(), value: line.to_owned() }).collect()
}

fn read_file(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let mut file = std::fs::File::open(path).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    read(&mut file, &name)
}

fn read(from: &mut dyn Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(INPUT_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    if bytes.len() as u64 > INPUT_LIMIT {
        return Err(Failure::usage(format!("{name}: longer than {INPUT_LIMIT} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(values: &[&str], kind: Option<&str>) -> ObservableArgs {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        ObservableArgs { values, kind: kind.map(str::to_owned), file: Vec::new() }
    }

    fn observables(values: &[&str], kind: Option<&str>) -> Option<Vec<String>> {
        let found = args(values, kind).observables().ok()?;
        Some(found.iter().map(|one| format!("{} {}", one.kind, one.value)).collect())
    }

    #[test]
    fn a_leading_type_or_the_flag_names_the_type_of_all() {
        assert_eq!(observables(&["user", "tom", "tom", "ann"], None).unwrap(), ["user tom", "user ann"]);
        assert_eq!(
            observables(&["user", "tom"], Some("hostname")).unwrap(),
            ["hostname user", "hostname tom"]
        );
        assert_eq!(
            observables(&["10[.]0.0.1", "a.example"], None).unwrap(),
            ["ip 10.0.0.1", "domain a.example"]
        );
        assert_eq!(observables(&["(10.0.0.1:443),"], None).unwrap(), ["ip 10.0.0.1"]);
        assert_eq!(observables(&["10.0.0.1,10.0.0.2"], None), None);
        assert_eq!(observables(&["tom"], None), None);
        assert_eq!(observables(&["ip", " "], None), None);
    }

    #[test]
    fn a_text_is_searched_or_read_by_lines() {
        assert_eq!(of_text(None, "at 10.0.0.1 and 10.0.0.2").len(), 2);
        let lines = of_text(Some("user"), " tom okafor \n\nann");
        assert_eq!(lines.iter().map(|one| one.value.as_str()).collect::<Vec<_>>(), ["tom okafor", "ann"]);
    }
}
