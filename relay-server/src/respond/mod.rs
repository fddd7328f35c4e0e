//! Response actions: the changes of Cloud SIEM that an analyst may make from XDR.
//!
//! Three switches have to be on: the operator's, the tenant's, and the name of the list or kind of
//! object in the tenant's settings. A trigger is not signed and may come twice, so nothing in it is
//! trusted: everything is checked again from the token and its settings, and no write that adds
//! something is sent a second time.

pub(crate) mod action_id;
pub(crate) mod failure;
pub(crate) mod job;
pub(crate) mod lookup;
pub(crate) mod memory;
pub(crate) mod offer;
pub(crate) mod run;
#[cfg(test)]
mod sequences;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod subject;
pub(crate) mod thing;
pub mod undo;

use std::sync::Arc;
use std::time::Duration;

use xdr_module::contract::action::{Action, ActionId, Trigger, TriggerResult};
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::{ErrorItem, Reply};

use self::action_id::{Act, ListKind};
use self::failure::Failure;
use self::job::Job;
use self::lookup::NameCache;
use self::memory::{Memory, TriggerKey};
use self::offer::Offers;
use self::session::Session;
use self::settings::{RespondSettings, ThreatSource, WriteKey};
use self::subject::Subject;
use crate::metrics::{ActionKind, ActionResult, Metrics};
use crate::search::Searches;

/// The operator's settings for response actions.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RespondConfig {
    /// True if the operator switched response actions on.
    pub is_on: bool,
    /// The time after which Cloud SIEM shows an added item.
    pub appearance_delay: Duration,
}

impl Default for RespondConfig {
    fn default() -> Self {
        Self { is_on: false, appearance_delay: sumo_client::api::match_lists::APPEARANCE_DELAY }
    }
}

/// Offers and carries out response actions.
#[derive(Clone)]
pub(crate) struct Responder {
    config: RespondConfig,
    names: NameCache,
    memory: Memory,
    searches: Searches,
    metrics: Metrics,
}

impl Responder {
    pub(crate) fn new(config: RespondConfig, searches: Searches, metrics: Metrics) -> Self {
        Self { config, names: NameCache::new(), memory: Memory::new(), searches, metrics }
    }

    /// Returns the same with other searches.
    pub(crate) fn with_searches(self, searches: Searches) -> Self {
        Self { searches, ..self }
    }

    /// Returns the actions that fit these observables.
    pub(crate) async fn actions(
        &self,
        observables: &[Observable],
        mut session: Session,
    ) -> Reply<Vec<Action>> {
        if !session.settings.allows_anything() {
            return Reply::data(Vec::new());
        }
        session.deadline = offer::deadline(session.deadline);
        let offers = Offers { names: &self.names, memory: &self.memory, searches: &self.searches };
        offers.actions(observables, &session).await
    }

    /// Carries out an action once, however often and by however many requests it is triggered.
    pub(crate) async fn trigger(&self, trigger: &Trigger, session: Session) -> Reply<TriggerResult> {
        let (act, subject) = match admitted(trigger, &session.settings) {
            Ok(admitted) => admitted,
            Err(failure) => {
                self.metrics.response_action(kind_of(trigger), failure.result());
                return failed(failure.to_item(&session.host));
            }
        };
        let target = session.target_key(&act, &subject);
        let key = TriggerKey {
            action: trigger.action_id.clone(),
            target,
            writer: session.writing_key,
            settings: Arc::clone(&session.settings),
        };
        let job = Job {
            target: self.memory.target(target),
            appearance_delay: self.config.appearance_delay,
            started: self.memory.started(),
            metrics: self.metrics.clone(),
            act,
            subject,
            session,
        };
        let reply = self.memory.run(key, done(job)).await;
        reply.unwrap_or_else(|| failed(failure::unknown("the action").to_item("")))
    }
}

/// Carries out a job and returns its reply.
async fn done(job: Job) -> Reply<TriggerResult> {
    let outcome = run::run(&job).await;
    let (result, reply) = match outcome {
        Ok(failure::Effect::Written) => (ActionResult::Done, Reply::data(TriggerResult::SUCCESS)),
        Ok(failure::Effect::Already) => (ActionResult::Already, Reply::data(TriggerResult::SUCCESS)),
        Err(failure) => (failure.result(), failed(failure.to_item(&job.session.host))),
    };
    job.metrics.response_action(job.act.kind(), result);
    reply
}

fn failed(error: ErrorItem) -> Reply<TriggerResult> {
    Reply::partial(TriggerResult::FAILURE, [error])
}

/// Returns the kind of action of a trigger.
fn kind_of(trigger: &Trigger) -> ActionKind {
    Act::parse(&trigger.action_id).map_or(ActionKind::Unknown, |act| act.kind())
}

/// Checks a trigger as far as token and settings allow, before anything is asked of Cloud SIEM.
fn admitted(trigger: &Trigger, settings: &RespondSettings) -> Result<(Act, Subject), Failure> {
    if !settings.is_on {
        return Err(Failure::NotAllowed("Response actions are not switched on for this module".to_owned()));
    }
    if matches!(settings.write_key, WriteKey::Incomplete) {
        return Err(Failure::NotAllowed(
            "The module must name both, the access id and the access key for writes, or neither".to_owned(),
        ));
    }
    let act = ActionId::new(trigger.action_id.as_str()).and_then(|id| Act::parse(id.as_str()));
    let act = act.ok_or_else(|| Failure::Invalid("Unsupported action.".to_owned()))?;
    let Some(subject) = Subject::of(&trigger.observable) else {
        let text = "The observable does not have the form of its type, or no action fits the type.";
        return Err(Failure::Invalid(text.to_owned()));
    };
    may_change(&act, settings)?;
    Ok((act, subject))
}

/// Checks that the tenant lets XDR change the kind of object.
fn may_change(act: &Act, settings: &RespondSettings) -> Result<(), Failure> {
    let (is_allowed, object) = match act {
        Act::AddItem(ListKind::Match, id) | Act::RemoveItem(ListKind::Match, id) => {
            (!settings.match_lists.is_empty(), format!("Match list {id}"))
        }
        Act::AddItem(ListKind::Suppress, id) | Act::RemoveItem(ListKind::Suppress, id) => {
            (!settings.suppress_lists.is_empty(), format!("Suppressed list {id}"))
        }
        Act::AddIndicator | Act::RemoveIndicator => (
            matches!(settings.threat_source, Some(ThreatSource::CloudSiem(_))),
            "This threat intelligence source".to_owned(),
        ),
        Act::UploadIndicator | Act::RemoveUploaded => (
            matches!(settings.threat_source, Some(ThreatSource::Platform(_))),
            "This threat intelligence source".to_owned(),
        ),
        Act::Comment(_) | Act::Progress(_) => (settings.insights, "Insights".to_owned()),
        Act::Entity(..) => (settings.entities, "Entities".to_owned()),
    };
    match is_allowed {
        true => Ok(()),
        false => Err(Failure::NotAllowed(format!("{object} may not be changed from Cisco XDR"))),
    }
}
