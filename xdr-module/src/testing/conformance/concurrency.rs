//! Several requests at once, of one tenant and of two.

use futures_util::future::join_all;

use super::ConformanceTenant;
use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::subject::Subject;
use crate::module::Operation;
use crate::testing::HttpResponse;

checks! {
    "concurrency.requests", "Several requests at once are answered like one.", requests;
    "concurrency.tenants", "Nothing of one tenant is in the replies to another.", tenants;
}

/// Requests of each kind at once.
const AT_ONCE: usize = 8;

async fn requests(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let operations = subject.operations();
    let ask = async |operation: &Operation| {
        subject.post(operation.path(), subject.body(*operation).to_string()).await
    };
    let all = join_all(operations.iter().cycle().take(operations.len() * AT_ONCE).map(ask)).await;
    for (operation, response) in operations.iter().cycle().zip(all) {
        let response = response?;
        let alone = ask(operation).await?;
        let kind = |response: &HttpResponse| {
            let json = response.json();
            let has = |name| json.get(name).is_some();
            format!("{} data {} errors {}", response.status.as_u16(), has("data"), has("errors"))
        };
        findings.equal(operation.path(), kind(&alone), kind(&response));
    }
    Ok(())
}

async fn tenants(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let Some([one, other]) = &subject.tenants else { return skip("no two tenants were named") };
    let operations: Vec<_> =
        subject.operations().into_iter().filter(|one| *one != Operation::Trigger).collect();
    if subject.capabilities.is_empty() {
        return skip("health alone tells nothing of a tenant");
    }
    let mut marked = [0, 0];
    let mut calls = Vec::new();
    for _ in 0..AT_ONCE {
        for operation in &operations {
            calls.push(ask_as(subject, one, other, *operation, 0));
            calls.push(ask_as(subject, other, one, *operation, 1));
        }
    }
    for call in join_all(calls).await {
        let Seen { operation, index, has_own, response, foreign } = call?;
        let case = format!("{} of tenant {}", operation.path(), index + 1);
        findings.require(
            !response.text().contains(&foreign),
            case,
            "nothing of the other tenant",
            seen(&response),
        );
        if let Some(count) = marked.get_mut(index) {
            *count += usize::from(has_own);
        }
    }
    for (index, count) in marked.into_iter().enumerate() {
        let case = format!("replies with the mark of tenant {}", index + 1);
        findings.require(
            count > 0 && count % AT_ONCE == 0,
            case,
            "the same number in each round, not 0",
            count,
        );
    }
    Ok(())
}

struct Seen {
    operation: Operation,
    index: usize,
    has_own: bool,
    response: HttpResponse,
    foreign: String,
}

async fn ask_as(
    subject: &Subject,
    tenant: &ConformanceTenant,
    foreign: &ConformanceTenant,
    operation: Operation,
    index: usize,
) -> Result<Seen, CheckError> {
    let authorization = subject.bearer(&subject.claims_of(&tenant.claims))?;
    let body = subject.body(operation).to_string();
    let response = subject.caller.post(operation.path(), Some(&authorization), body).await?;
    let has_own = response.text().contains(&tenant.mark);
    Ok(Seen { operation, index, has_own, response, foreign: foreign.mark.clone() })
}
