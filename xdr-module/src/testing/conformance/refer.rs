//! The data of `refer/observables`.

use serde_json::Value;

use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::shape;
use super::subject::Subject;
use crate::module::{Capability, Operation};

checks! {
    "refer.shape", "Links have an id, a title, a description, an address and categories.", links;
    "refer.stable", "The same observable gives the same links.", stable;
}

async fn links(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    if !subject.offers(Capability::Refer) {
        return skip("refer is not offered");
    }
    let response = subject.post(Operation::Refer.path(), subject.question().to_string()).await?;
    let reply = response.json();
    let links = reply.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_fine = !links.is_empty() || subject.observables.is_empty();
    findings.require(is_fine, "links of the observables", "a list with links", seen(&response));
    let ids: Vec<_> = links.iter().filter_map(|link| link.get("id").cloned()).collect();
    shape::unique(findings, "ids of links", &ids);
    for link in links {
        let members = &["id", "title", "description", "url"];
        let all = &["id", "title", "description", "url", "categories"];
        let Some(link) = shape::closed(findings, "a link", link, all, &[]) else { continue };
        shape::texts(findings, "a link", link, members);
        shape::list_of_texts(findings, "categories", link.get("categories"));
        let url = link.get("url").and_then(Value::as_str).unwrap_or_default();
        let is_url = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let is_encoded = url.bytes().all(|byte| byte.is_ascii_graphic());
        findings.require(is_url && is_encoded, "an address", "an http or https URL, encoded", url);
    }
    let empty = subject.post(Operation::Refer.path(), "[]").await?;
    findings.reply("no observables", &serde_json::json!({"data": []}), &empty);
    Ok(())
}

async fn stable(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    if !subject.offers(Capability::Refer) {
        return skip("refer is not offered");
    }
    let ask = || subject.post(Operation::Refer.path(), subject.question().to_string());
    let (first, second) = (ask().await?, ask().await?);
    findings.equal("the same question", first.text(), second.text());
    Ok(())
}
