//! Findings line by line for programs: CSV, and JSON.

use ctim::{EntityId, EntityLists};

use super::findings::{findings, indicators, judgements, relationships, sightings, verdicts};
use super::outcome::Failure;

/// Returns comma-separated values with a header (RFC 4180).
pub(super) fn csv(data: &EntityLists) -> String {
    let mut text = "type,value,what,severity,time,text,link,id\r\n".to_owned();
    for finding in findings(data) {
        let what =
            finding.disposition.map_or_else(|| finding.kind.to_owned(), |word| format!("verdict {word}"));
        let cells = [
            finding.observable.map_or("", |observable| observable.r#type.as_str()),
            finding.observable.map_or("", |observable| observable.value.as_str()),
            &what,
            finding.severity.unwrap_or_default(),
            finding.time.as_deref().unwrap_or_default(),
            finding.text.unwrap_or_default(),
            finding.link.unwrap_or_default(),
            finding.id.map_or("", EntityId::as_str),
        ];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    text
}

/// Returns a cell. Text of strangers does not become a formula where the file is opened.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    match guard.is_empty() && !text.contains([',', '"', '\r', '\n']) {
        true => text.to_owned(),
        false => format!("\"{guard}{}\"", text.replace('"', "\"\"")),
    }
}

/// Returns each entity as JSON on a line of its own.
pub(super) fn json_lines(data: &EntityLists) -> Result<String, Failure> {
    let mut text = String::new();
    sightings(data).try_for_each(|one| json_line(one, &mut text))?;
    indicators(data).try_for_each(|one| json_line(one, &mut text))?;
    relationships(data).try_for_each(|one| json_line(one, &mut text))?;
    judgements(data).try_for_each(|one| json_line(one, &mut text))?;
    verdicts(data).try_for_each(|one| json_line(one, &mut text))?;
    Ok(text)
}

fn json_line(entity: &impl serde::Serialize, text: &mut String) -> Result<(), Failure> {
    let line = serde_json::to_string(entity).map_err(|error| Failure::failed("cannot write JSON", &error))?;
    text.push_str(&line);
    text.push('\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
    }
}
