//! A file with settings: TOML, under the names of the flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::names::{feature_of, nearest};

/// The settings of a file, as flags would give them.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    /// Names as they are written.
    names: Vec<String>,
    /// Values by the name of their flag.
    values: BTreeMap<String, String>,
}

/// The error of a file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub(crate) struct ConfigFileError {
    path: PathBuf,
    problem: String,
}

impl ConfigFile {
    /// Reads a file.
    pub(crate) fn read(path: PathBuf) -> Result<Self, ConfigFileError> {
        let problem = |problem: String| ConfigFileError { path: path.clone(), problem };
        let text =
            std::fs::read_to_string(&path).map_err(|error| problem(format!("cannot be read: {error}")))?;
        let table: Table = text.parse().map_err(|error| problem(syntax_problem(&text, &error)))?;
        let mut values = BTreeMap::new();
        for (name, value) in &table {
            let text = text_of(value).ok_or_else(|| problem(format!("{name}: {}", expected(value))))?;
            if values.insert(flag_of(name), text).is_some() {
                return Err(problem(format!("{name} is there twice")));
            }
        }
        let names = table.into_iter().map(|(name, _)| name).collect();
        Ok(Self { path, names, values })
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the value of a flag, if the file has it.
    pub(crate) fn value(&self, flag: &str) -> Option<&str> {
        self.values.get(flag).map(String::as_str)
    }

    /// Checks that all names are those of flags.
    pub(crate) fn check_names(&self, known: &[String]) -> Result<(), ConfigFileError> {
        let Some(unknown) = self.names.iter().find(|name| !known.contains(&flag_of(name))) else {
            return Ok(());
        };
        let problem = format!("{unknown} is not a setting{}", hint(unknown, known));
        Err(ConfigFileError { path: self.path.clone(), problem })
    }
}

/// Returns the flag of a name; names may be written with underscores, as those of variables are.
fn flag_of(name: &str) -> String {
    name.replace('_', "-")
}

/// Returns what to write instead of a name that is not a setting, if that can be known.
fn hint(unknown: &str, known: &[String]) -> String {
    let flag = flag_of(unknown).to_lowercase();
    let flag = flag.trim_start_matches("relay-");
    let variable = format!("RELAY_{}", flag.to_uppercase().replace('-', "_"));
    if let Some(feature) = feature_of(&variable).filter(|_| !known.iter().any(|name| name == flag)) {
        return format!(" of this program, which is built without the feature {feature}");
    }
    match nearest(flag, "", known) {
        Some(nearest) if nearest == flag => format!("; write {nearest}"),
        Some(nearest) => format!("; did you mean {nearest}?"),
        None => String::new(),
    }
}

/// Returns the text for a file that is not TOML. The error itself prints the line, which may hold a
/// secret.
fn syntax_problem(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let place = before.map(|before| format!(" at line {}", before.matches('\n').count() + 1));
    format!("is not TOML{}: {}", place.unwrap_or_default(), error.message())
}

/// Returns the text for a value that is not that of a setting.
fn expected(value: &Value) -> &'static str {
    match value {
        Value::Table(_) => "a file of settings has no tables; write each setting at the top, as its flag",
        _ => "expected a text, a number, true or false, or a list of texts",
    }
}

/// Returns a value as a flag takes it.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Array(members) => {
            let members = members.iter().map(|member| member.as_str().map(str::to_owned));
            members.collect::<Option<Vec<_>>>().map(|members| members.join(","))
        }
        Value::Datetime(_) | Value::Table(_) => None,
    }
}
