//! Health: the account, the right to Cloud SIEM and to what else is switched on, and the use of the
//! rate limit.
//!
//! A good outcome is remembered for a minute, since XDR checks by itself. Only what will not pass
//! by itself is `error`: XDR may restrict a module that is in error, so a fault that passes is
//! `unknown`. Sumo Logic refuses valid keys now and then, so a key that was accepted lately is not
//! taken for a wrong one yet.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sumo_client::api::insights::InsightPart;
use sumo_client::{Client, Error, Fingerprint, Usage};
use tokio::time::Instant;
use xdr_module::contract::health::{BucketUnit, Health, HealthStatus, Quota, QuotaValues};
use xdr_module::contract::reply::{ErrorItem, ErrorLevel, Reply};

use crate::cache::Cache;
use crate::deliberate::Source;
use crate::error_items::{self, MAIN_API, SIEM_API};
use crate::observe::notice::missing_right;
use crate::tenant::Tenant;

/// The most tenants whose health is remembered.
const MOST_TENANTS: u64 = 2_000;

/// The time for which a refusal of an access key that was accepted is taken for one that passes.
const ACCEPTED_FOR: Duration = Duration::from_secs(3600);

/// Checks the health of tenants, and remembers good outcomes.
#[derive(Clone)]
pub(crate) struct HealthChecks {
    /// The warnings of good outcomes.
    good: Cache<Key, Vec<ErrorItem>>,
    /// The credentials and API hosts that were accepted lately.
    accepted: Cache<(Fingerprint, String), ()>,
}

/// A tenant and its settings.
type Key = (Fingerprint, String, u64, bool);

/// The outcome of a check.
enum Outcome {
    Good(Vec<ErrorItem>),
    /// Good for now: something could not be checked.
    Unsure(Vec<ErrorItem>),
    Bad(HealthStatus, ErrorItem),
}

impl HealthChecks {
    /// Creates checks whose good outcomes are remembered for `memory`, if at all.
    pub(crate) fn new(memory: Duration) -> Self {
        let accepted = Cache::holding(MOST_TENANTS).kept_for(ACCEPTED_FOR).build();
        Self { good: Cache::holding(MOST_TENANTS).kept_for(memory).build(), accepted }
    }

    /// Returns the health of a tenant, with the calls of the running minute that `usage` tells.
    /// `may_respond` is true if the operator switched response actions on.
    pub(crate) async fn check(
        &self,
        client: &Client,
        tenant: &Tenant,
        may_respond: bool,
        deadline: Instant,
        usage: impl FnOnce() -> Option<Usage>,
    ) -> Reply<Health> {
        let features = Features {
            is_judging_by_lists: tenant.judging.has_lists(),
            is_judging_by_threat_intel: tenant.judging.threat_intel().is_some(),
            is_responding: may_respond
                && tenant.respond.allows_anything()
                && !tenant.respond.match_lists.is_empty(),
        };
        let (tenant_key, judging) = (tenant.credentials().fingerprint(), tenant.judging.digest());
        let key = (tenant_key, tenant.host.clone(), judging, features.is_responding);
        let warnings = match self.good.get(&key).await {
            Some(warnings) => warnings,
            None => match self.ask(client, tenant, &features, deadline).await {
                Outcome::Bad(status, error) => {
                    // Calls are counted by access id, which anyone may name with any key.
                    let usage = self.accepted.contains(&access(tenant)).then(usage).flatten();
                    return Reply::partial(with_quota(status, usage), [error]);
                }
                Outcome::Unsure(warnings) => Arc::new(warnings),
                Outcome::Good(warnings) => {
                    let warnings = Arc::new(warnings);
                    self.good.insert(key, warnings.clone()).await;
                    warnings
                }
            },
        };
        let warnings = warnings.iter().cloned().chain(problems(tenant, may_respond));
        Reply::partial(with_quota(HealthStatus::Ok, usage()), warnings)
    }

    async fn ask(&self, client: &Client, tenant: &Tenant, features: &Features, deadline: Instant) -> Outcome {
        let account = client.health_events().list().limit(1).deadline(deadline);
        let without = [InsightPart::Signals, InsightPart::Artifacts, InsightPart::Entity];
        let insights = client.insights().list().limit(1).exclude(without).deadline(deadline);
        let rights = rights(client, tenant, features, deadline);
        let (account, insights, mut rights) = tokio::join!(account.send(), insights.send(), rights);
        let access = access(tenant);
        if is_accepted(&account) || is_accepted(&insights) {
            self.accepted.insert(access.clone(), Arc::new(())).await;
        }
        let may_pass = |error: &Error| error.is_authentication() && self.accepted.contains(&access);
        if let Err(error) = &insights
            && error.is_forbidden()
        {
            return Outcome::Bad(HealthStatus::Error, error_items::of_call(error, &tenant.host, SIEM_API));
        } else if let Err(error) = &account
            && !error.is_forbidden()
        {
            return bad(error, may_pass(error), error_items::of_call(error, &tenant.host, MAIN_API));
        } else if let Err(error) = &insights {
            return bad(error, may_pass(error), error_items::of_call(error, &tenant.host, SIEM_API));
        }
        if account.is_err() {
            rights.warnings.push(forbidden("health events are not shown", "viewHealthEvents"));
        }
        if rights.is_sure { Outcome::Good(rights.warnings) } else { Outcome::Unsure(rights.warnings) }
    }
}

/// Returns the key under which an accepted access key is remembered.
fn access(tenant: &Tenant) -> (Fingerprint, String) {
    (tenant.credentials().fingerprint(), tenant.host.clone())
}

/// Returns true if Sumo Logic accepted the access key of a call.
fn is_accepted<T>(answer: &Result<T, Error>) -> bool {
    answer.as_ref().err().is_none_or(Error::is_forbidden)
}

/// The features of a tenant that need rights besides the search.
struct Features {
    is_judging_by_lists: bool,
    is_judging_by_threat_intel: bool,
    /// True if actions on match lists are offered.
    is_responding: bool,
}

/// The rights to the features that are switched on besides the search.
struct Rights {
    warnings: Vec<ErrorItem>,
    /// True if all could be checked.
    is_sure: bool,
}

async fn rights(client: &Client, tenant: &Tenant, features: &Features, deadline: Instant) -> Rights {
    let match_lists = async {
        if !features.is_judging_by_lists && !features.is_responding {
            return Ok(());
        }
        client.match_lists().list().limit(1).deadline(deadline).send().await.map(drop)
    };
    let threat_intel = async {
        if !features.is_judging_by_threat_intel {
            return Ok(());
        }
        client.threat_intel_indicators().list().limit(1).deadline(deadline).send().await.map(drop)
    };
    let (match_lists, threat_intel) = tokio::join!(match_lists, threat_intel);
    let mut rights = Rights { warnings: Vec::new(), is_sure: true };
    for (source, result) in [(Source::MatchLists, match_lists), (Source::ThreatIntel, threat_intel)] {
        let Err(error) = result else { continue };
        match missing_right(&error) {
            Some(right) => rights.warnings.push(forbidden(missing(source, features), right)),
            None => {
                rights.is_sure = false;
                rights.warnings.push(warning(error_items::of_call(&error, &tenant.host, SIEM_API)));
            }
        }
    }
    rights
}

/// Returns the part of the answers that is missing without the right to a source.
fn missing(source: Source, features: &Features) -> &'static str {
    match source {
        Source::MatchLists if !features.is_responding => "match lists are not judged",
        Source::MatchLists if !features.is_judging_by_lists => "no action on match lists is offered",
        Source::MatchLists => "match lists are not judged, and no action on them is offered",
        _ => "threat intelligence is not judged",
    }
}

/// Returns the warning for a right that the access key lacks, and what that means.
pub(crate) fn forbidden(what: &str, right: &str) -> ErrorItem {
    ErrorItem::warning("Forbidden", format!("The access key lacks the right {right}: {what}"))
}

/// The settings of the tenant that cannot be used.
fn problems(tenant: &Tenant, may_respond: bool) -> impl Iterator<Item = ErrorItem> {
    let respond = if may_respond { tenant.respond.problems.as_slice() } else { &[] };
    let all = tenant.judging.problems().iter().chain(respond);
    all.map(|problem| ErrorItem::warning("invalid configuration", problem))
}

fn bad(error: &Error, may_pass: bool, item: ErrorItem) -> Outcome {
    if is_lasting(error) && !may_pass {
        Outcome::Bad(HealthStatus::Error, item)
    } else {
        Outcome::Bad(HealthStatus::Unknown, warning(item))
    }
}

/// Returns the same error as one that leaves the module working.
pub(crate) fn warning(mut item: ErrorItem) -> ErrorItem {
    item.level = ErrorLevel::Warning;
    item
}

/// Returns true for an error that stays until the configuration is changed.
fn is_lasting(error: &Error) -> bool {
    error.is_authentication()
        || error.is_wrong_deployment()
        || error.is_forbidden()
        || error.is_not_found()
        || error.is_rejected()
        || error.is_tls()
        || error.is_invalid_request()
}

fn with_quota(status: HealthStatus, usage: Option<Usage>) -> Health {
    match usage {
        Some(usage) => with_usage(status, usage.limit, usage.calls, Some(usage.start)),
        None => Health::new(status),
    }
}

/// Returns a health with the number of calls in the minute from `start`.
pub(crate) fn with_usage(
    status: HealthStatus,
    limit: Option<u64>,
    calls: u64,
    start: Option<DateTime<Utc>>,
) -> Health {
    let mut values = QuotaValues::default();
    values.bucket_unit = Some(BucketUnit::Minute);
    values.bucket_limit = limit;
    values.current_bucket_consumption = Some(calls);
    values.current_bucket_start_time = start;
    values.current_bucket_end_time = start.map(|start| start + TimeDelta::minutes(1));
    values.current_bucket_limit_reached = limit.map(|limit| calls >= limit);
    Health::new(status).with_quota("sumo_api_calls", Quota::new(QUOTA, values))
}

const QUOTA: &str =
    "Calls of this relay to Sumo Logic; those of other clients of the access key are not counted";
