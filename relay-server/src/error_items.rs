//! The errors and warnings of the relay, in the words of the contract.

use std::fmt;

use http::StatusCode;
use sumo_client::Error;
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::ErrorItem;

use crate::console::Console;
use crate::deliberate::{Cause, Failure, Judged, Unshown};
use crate::observe::Notice;
use crate::observe::lists::{Counts, PerKind};
use crate::observe::notice::{message, missing_right, reason, shortened};

/// The API that answers health requests and lists health events, below the host.
pub(crate) const MAIN_API: &str = "api/v1";

/// The API that is searched, below the host.
pub(crate) const SIEM_API: &str = "api/sec/v1";

const TOO_MANY: &str = "too-many-messages-warning";

/// Returns the error for an API at `url` that cannot be reached.
pub(crate) fn connection(url: impl fmt::Display) -> ErrorItem {
    ErrorItem::fatal(
        "connection error",
        format!("Unable to connect to Sumo Logic Cloud SIEM, validate the configured API endpoint: {url}"),
    )
}

/// Returns the error for a certificate that is not accepted, for `reason`.
pub(crate) fn certificate(reason: impl fmt::Display) -> ErrorItem {
    ErrorItem::fatal("unknown", format!("Unable to verify SSL certificate: {reason}"))
}

/// Returns the error for a response with an error status; `text` says more.
pub(crate) fn upstream_status(status: StatusCode, text: impl fmt::Display) -> ErrorItem {
    let phrase = status.canonical_reason().unwrap_or("unknown");
    ErrorItem::fatal(phrase, format!("Unexpected response from Sumo Logic Cloud SIEM: {text}"))
}

/// Returns the error for a success that is not what the API documents.
fn unreadable(text: impl fmt::Display) -> ErrorItem {
    ErrorItem::fatal("unknown", format!("Unexpected response from Sumo Logic Cloud SIEM: {text}"))
}

/// Returns the error for a failed call; `api` is the path of the API below the host.
pub(crate) fn of_call(error: &Error, host: &str, api: &str) -> ErrorItem {
    if error.is_tls() {
        return certificate(error.tls_reason().unwrap_or("certificate not accepted"));
    }
    match error.status() {
        Some(StatusCode::UNAUTHORIZED) => {
            upstream_status(StatusCode::UNAUTHORIZED, "wrong access_id or access_key")
        }
        Some(StatusCode::NOT_FOUND) => {
            let url = error.url().unwrap_or(host);
            upstream_status(StatusCode::NOT_FOUND, format_args!("URL {url} is not found"))
        }
        Some(status) if error.is_forbidden() => upstream_status(status, forbidden_text(error, host)),
        Some(status) if !status.is_success() => upstream_status(status, status_text(error, status)),
        _ if error.is_rate_limit_deadline() => upstream_status(
            StatusCode::TOO_MANY_REQUESTS,
            "the rate limit of Sumo Logic leaves no turn for this call in time, try again later",
        ),
        _ if error.is_circuit_open() => connection(format_args!(
            "https://{host}/{api} (it failed to answer several times in a row and is asked again in a few seconds)"
        )),
        _ if error.is_body_budget_deadline() => upstream_status(StatusCode::SERVICE_UNAVAILABLE, error),
        _ if error.is_decode() || error.is_too_large() => unreadable(error),
        _ => connection(format_args!("https://{host}/{api}")),
    }
}

/// Returns the missing right, the message of Sumo Logic, and a link.
fn forbidden_text(error: &Error, host: &str) -> String {
    let missing = match missing_right(error) {
        Some(right) => format!("the role of the access key lacks the right {right}"),
        None => "the role of the access key lacks a right for this call".to_owned(),
    };
    let said = message(error).map(|message| format!(" (Sumo Logic says: {message})")).unwrap_or_default();
    let link = Console::of_api_host(host).search_for([]);
    format!("{missing}{said}. Add it to the role, or look in the console: {link}")
}

/// Returns what an error response says, so that the reader knows what to do.
fn status_text(error: &Error, status: StatusCode) -> String {
    if let Some(right) = error.right_deployment() {
        return format!("the access key belongs to {right}, configure that API host");
    }
    let text = error.body().or(error.message()).map(str::to_owned);
    text.unwrap_or_else(|| format!("HTTP {}", status.as_u16()))
}

/// Returns the errors for these notices, each once, in their order.
pub(crate) fn of_notices(notices: &[Notice], host: &str) -> Vec<ErrorItem> {
    let mut errors: Vec<ErrorItem> = Vec::new();
    for notice in notices {
        let error = of_notice(notice, host);
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors
}

fn of_notice(notice: &Notice, host: &str) -> ErrorItem {
    match notice {
        Notice::MoreInsights { value, limit } => more_insights(value, *limit),
        Notice::MoreSignals { value } => more_signals(value),
        Notice::ListsCut { observables, limit, link } => {
            lists_cut(observables.iter().map(shown).collect::<Vec<_>>().join(", "), *limit, link)
        }
        Notice::NotShown { observables, link } => {
            not_shown(observables.iter().map(left_out).collect::<Vec<_>>().join(", "), link)
        }
        Notice::Unfinished { unfinished, link } => search_unfinished(unfinished, link),
        Notice::Failed(error) => of_call(error, host, SIEM_API),
    }
}

/// Returns the number of insights and signals of an observable that were found and are shown.
fn shown((observable, counts): &(Observable, Counts)) -> String {
    let Counts { insights, signals } = counts;
    format!(
        "{} ({} of {} Insights, {} of {} Signals)",
        shortened(&observable.value),
        insights.shown,
        insights.found,
        signals.shown,
        signals.found
    )
}

/// Returns the number of insights and signals that were found for an observable and do not show it.
fn left_out((observable, counts): &(Observable, PerKind)) -> String {
    let PerKind { insights, signals } = counts;
    format!("{} ({insights} Insights, {signals} Signals)", shortened(&observable.value))
}

/// Returns the warning that Cloud SIEM holds more insights for `value` than the `limit` of a
/// search.
pub(crate) fn more_insights(value: &str, limit: u32) -> ErrorItem {
    ErrorItem::warning(
        TOO_MANY,
        format!(
            "More than {limit} Insights found in Sumo Logic Cloud SIEM Enterprise for {value}. Log in to the Sumo \
             Logic Cloud SIEM Enterprise console to see all Insights"
        ),
    )
}

/// Returns the warning that Cloud SIEM holds more signals for `value` than are searched.
pub(crate) fn more_signals(value: &str) -> ErrorItem {
    ErrorItem::warning(
        TOO_MANY,
        format!(
            "More Signals found in Sumo Logic Cloud SIEM Enterprise for {value} than can be rendered. Log in to \
             the Sumo Logic Cloud SIEM Enterprise console to see all Signals"
        ),
    )
}

/// Returns the warning that the lists do not hold everything that was found; `shown` names each
/// observable with the numbers of entities shown.
fn lists_cut(shown: impl fmt::Display, limit: usize, link: &str) -> ErrorItem {
    ErrorItem::warning(
        TOO_MANY,
        format!(
            "More was found in Sumo Logic Cloud SIEM Enterprise than an answer may hold ({limit} entities a \
             list). Shown: {shown}. Log in to the Sumo Logic Cloud SIEM Enterprise console to see all: {link}"
        ),
    )
}

/// Returns the warning that insights and signals do not show the observables for which they were
/// found; `found` names each observable with their number.
fn not_shown(found: impl fmt::Display, link: &str) -> ErrorItem {
    ErrorItem::warning(
        TOO_MANY,
        format!(
            "Sumo Logic Cloud SIEM Enterprise found Insights or Signals that do not show the value, since it may \
             have read it as a query: {found}. They are left out. Log in to the Sumo Logic Cloud SIEM Enterprise \
             console to see them: {link}"
        ),
    )
}

/// Returns the warning for observables that were not searched, or only in part; `link` leads to
/// where an analyst can look instead.
pub(crate) fn search_unfinished(observables: impl fmt::Display, link: &str) -> ErrorItem {
    ErrorItem::warning(
        "search job did not finish",
        format!(
            "The search in Sumo Logic Cloud SIEM Enterprise did not finish for: {observables}. Look in the \
             console instead: {link}"
        ),
    )
}

/// Returns the warnings about judgements that are not complete; observe and deliberate say the
/// same.
pub(crate) fn of_judged(judged: &Judged) -> Vec<ErrorItem> {
    let parts = judged.failures.iter().map(not_asked).fold(Vec::new(), |mut parts, part| {
        if !parts.contains(&part) {
            parts.push(part);
        }
        parts
    });
    let incomplete = (!parts.is_empty()).then(|| {
        let parts = parts.join(", ");
        ErrorItem::warning(
            "search job did not finish",
            format!("The judgements of Sumo Logic Cloud SIEM Enterprise are not complete: {parts}"),
        )
    });
    let left_out = Some(judged.left_out()).filter(|left_out| *left_out > 0).map(|left_out| {
        ErrorItem::warning(
            TOO_MANY,
            format!("{left_out} more observables have verdicts than an answer may hold"),
        )
    });
    incomplete.into_iter().chain(left_out).collect()
}

/// Returns the warning for judgements that have no room in the lists of an answer, or none for the
/// list or source that they stem from.
pub(crate) fn of_unshown(unshown: Unshown) -> Option<ErrorItem> {
    (unshown != Unshown::default()).then(|| {
        ErrorItem::warning(
            TOO_MANY,
            format!(
                "More judgements were found in Sumo Logic Cloud SIEM Enterprise than an answer may hold. Not shown: \
                 {} judgements, and the lists or sources of {} further judgements",
                unshown.judgements, unshown.collections
            ),
        )
    })
}

/// Returns the errors for judgements when nothing at all could be asked.
pub(crate) fn of_unasked(judged: &Judged, host: &str) -> Vec<ErrorItem> {
    let mut errors: Vec<ErrorItem> = Vec::new();
    for failure in &judged.failures {
        let Cause::Call(error) = &failure.cause else { continue };
        let error = of_call(error, host, SIEM_API);
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors
}

/// Names a source that was not asked in full, and why.
fn not_asked(failure: &Failure) -> String {
    let source = failure.source;
    match &failure.cause {
        Cause::TooMany => format!("{} (there are more than can be looked at)", source.name()),
        Cause::Call(error) => format!("{} ({})", source.name(), reason(error)),
    }
}

/// Returns the warning that a tile shows less than there is.
pub(crate) fn tile_cut(text: impl fmt::Display) -> ErrorItem {
    ErrorItem::warning(TOO_MANY, format!("{text}. Log in to the Sumo Logic console to see all"))
}

/// Returns the warning that a part of a tile is missing.
pub(crate) fn tile_incomplete(text: impl fmt::Display) -> ErrorItem {
    ErrorItem::warning("tile incomplete", format!("The tile is not complete: {text}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn texts_are_those_xdr_users_know() {
        assert_eq!(
            more_insights("a", 10).message,
            "More than 10 Insights found in Sumo Logic Cloud SIEM Enterprise for a. Log in to the Sumo Logic Cloud \
             SIEM Enterprise console to see all Insights"
        );
        assert_eq!(
            more_signals("a").message,
            "More Signals found in Sumo Logic Cloud SIEM Enterprise for a than can be rendered. Log in to the Sumo \
             Logic Cloud SIEM Enterprise console to see all Signals"
        );
        let unauthorized = upstream_status(StatusCode::UNAUTHORIZED, "wrong access_id or access_key");
        assert_eq!(unauthorized.code, "Unauthorized");
    }

    #[test]
    fn equal_failures_are_told_once() {
        let failed = || Notice::Failed(Arc::new(Error::from_status(401, "")));
        let told = of_notices(&[failed(), failed()], "api.sumologic.com");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].code, "Unauthorized");
    }
}
