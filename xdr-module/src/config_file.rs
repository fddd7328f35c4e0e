//! A file with settings: TOML, under the names of the flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::names::nearest;

/// The settings of a file, as flags would give them.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
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
        for (name, value) in table {
            // The names of variables are written with underscores.
            let flag = name.replace('_', "-");
            let value = text_of(&value).ok_or_else(|| problem(format!("{name}: expected {EXPECTED}")))?;
            if values.insert(flag, value).is_some() {
                return Err(problem(format!("{name} is there twice")));
            }
        }
        Ok(Self { path, values })
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
        let Some(unknown) = self.values.keys().find(|name| !known.contains(name)) else { return Ok(()) };
        let hint = nearest(unknown, "", known).map(|nearest| format!("; did you mean {nearest}?"));
        let problem = format!("{unknown} is not a setting{}", hint.unwrap_or_default());
        Err(ConfigFileError { path: self.path.clone(), problem })
    }
}

/// Returns the text for a file that is not TOML. The error itself prints the line, which may hold a
/// secret.
fn syntax_problem(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let place = before.map(|before| format!(" at line {}", before.matches('\n').count() + 1));
    format!("is not TOML{}: {}", place.unwrap_or_default(), error.message())
}

const EXPECTED: &str = "a text, a number, true or false, or a list of texts";

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
