//! A trigger that was let in, and the way in which its writes are sent.

use std::time::Duration;

use sumo_client::api::entities::Entity;
use sumo_client::api::match_lists::NewListItem;
use sumo_client::{Call, Error, RetryPolicy};
use tokio::time::{Instant, sleep_until};

use super::action_id::{Act, hash};
use super::failure::{Failure, may_be_carried_out, unknown};
use super::memory::Target;
use super::session::Session;
use super::subject::{Relation, Subject};
use crate::metrics::{Metrics, WriteResult};

/// Starts the description of everything that the relay adds.
pub(crate) const ADDED: &str = "Added from Cisco XDR";

/// The time that a write must have to be sent at all.
const WRITE_TIME: Duration = Duration::from_secs(2);

/// A trigger that was let in.
pub(crate) struct Job {
    pub(crate) act: Act,
    pub(crate) subject: Subject,
    pub(crate) session: Session,
    pub(crate) target: Target,
    /// The time after which Cloud SIEM shows an added item.
    pub(crate) appearance_delay: Duration,
    /// The moment since which this process knows every write.
    pub(crate) started: Instant,
    pub(crate) metrics: Metrics,
}

impl Job {
    /// Sends a call that may be sent once only; `object` names its target.
    pub(crate) async fn send_once<T>(&self, call: Call<T>, object: &str) -> Result<T, Failure> {
        self.check_time()?;
        self.send(call.retry(RetryPolicy::never()), object).await.map_err(|error| {
            if may_be_carried_out(&error) {
                self.target.note_unknown();
                return unknown(object);
            }
            if error.is_server() {
                // A server that failed may have done it before: the next trigger looks first.
                self.target.note_unknown();
            }
            Failure::Call(error)
        })
    }

    /// Sends a call that may be sent again: it sets or removes something. `object` names it.
    pub(crate) async fn send_repeatable<T>(&self, call: Call<T>, object: &str) -> Result<T, Failure> {
        self.check_time()?;
        self.send(call.repeatable(true), object).await.map_err(|error| match may_be_carried_out(&error) {
            true => unknown(object),
            false => Failure::Call(error),
        })
    }

    /// Checks that there is time left in which a write can be answered.
    fn check_time(&self) -> Result<(), Failure> {
        if Instant::now() + WRITE_TIME <= self.session.deadline {
            return Ok(());
        }
        Err(Failure::TryAgain("The time ran out before the change was sent. Nothing was changed".to_owned()))
    }

    /// Sends a write and leaves its line in the audit log.
    async fn send<T>(&self, call: Call<T>, object: &str) -> Result<T, Error> {
        // As a guard, since a relay that has to end at once drops the call.
        let mut write = Write { job: self, object, result: WriteResult::Unknown };
        let outcome = call.deadline(self.session.deadline).send().await;
        write.result = match &outcome {
            Ok(_) => WriteResult::Done,
            Err(error) if may_be_carried_out(error) || error.is_server() => WriteResult::Unknown,
            Err(error) if error.is_not_found() => WriteResult::Gone,
            Err(_) => WriteResult::Failed,
        };
        outcome
    }

    fn audit(&self, object: &str, result: WriteResult) {
        let tenant: String = self.session.tenant.to_string().chars().take(16).collect();
        let value = hash(self.subject.value(), 64);
        tracing::info!(
            target: "audit",
            request_id = &*self.session.request_id,
            tenant,
            action = self.act.kind().as_str(),
            object,
            observable_type = self.subject.observable.kind,
            value_sha256 = value,
            result = result.as_str(),
            "response action"
        );
        self.metrics.response_written(self.act.kind(), result);
    }

    /// Returns the text with which the relay marks its additions.
    pub(crate) fn mark(&self) -> String {
        format!("{ADDED} (request {})", self.session.request_id)
    }

    /// Returns the item or indicator that is added.
    pub(crate) fn new_item(&self) -> NewListItem {
        let end = self.expiration().map(|end| end.format("%Y-%m-%dT%H:%M:%S").to_string());
        NewListItem::builder()
            .value(self.subject.value())
            .description(self.mark())
            .active(true)
            .maybe_expiration(end.as_deref().map(Into::into))
            .build()
    }

    /// Returns the expiration of an addition; none if it stays.
    pub(crate) fn expiration(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let days = self.session.settings.days;
        (days > 0).then(|| (self.session.now)().checked_add_days(chrono::Days::new(days.into()))).flatten()
    }

    /// Returns true if something may have been added that Cloud SIEM does not show yet.
    pub(crate) fn may_be_hidden(&self) -> bool {
        self.shown_at().is_some_and(|shown| Instant::now() < shown)
    }

    /// Waits until Cloud SIEM shows all adds of this process and of the one before it.
    pub(crate) async fn until_shown(&self) -> Result<(), Failure> {
        let Some(shown) = self.shown_at() else { return Ok(()) };
        if shown + WRITE_TIME > self.session.deadline {
            let seconds = self.appearance_delay.as_secs();
            return Err(Failure::TryAgain(format!(
                "Sumo Logic Cloud SIEM shows changes some {seconds} seconds late. Nothing was changed; try again then"
            )));
        }
        sleep_until(shown).await;
        Ok(())
    }

    fn shown_at(&self) -> Option<Instant> {
        self.target.facts().last_add().max(Some(self.started))?.checked_add(self.appearance_delay)
    }
}

/// A write under way; its line is left in the audit log when it is dropped.
struct Write<'a> {
    job: &'a Job,
    object: &'a str,
    result: WriteResult,
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.job.audit(self.object, self.result);
    }
}

/// Returns true if an entity is the observable.
pub(crate) fn is_entity_of(subject: &Subject, entity: &Entity) -> bool {
    entity.kind().as_ref() == Some(&subject.entity_type())
        && subject.relation(entity.text()) == Relation::Same
}
