//! Carries out a trigger that was let in.

use sumo_client::api::entities::Entity;
use sumo_client::api::insights::{Insight, InsightPart};
use tokio::time::timeout_at;

use super::action_id::{Act, EntityChange, EntityKey, ListKind, plain_key};
use super::failure::{Effect, Failure, unknown};
use super::job::{Job, is_entity_of};
use super::lookup::{self, Named, Names};
use super::settings::ThreatSource;
use super::thing::{Thing, uploaded_id};
use crate::matching::Matcher;
use crate::observe::named;
use crate::search::{Received, Skipped};

/// The tag that marks entities which were looked at in XDR.
pub(crate) const TAG: &str = "xdr:investigated";

/// Internal names of the statuses that matter.
const NEW: &str = "new";
const IN_PROGRESS: &str = "inprogress";

/// Carries out a job, one at a time for each target.
pub(crate) async fn run(job: &Job) -> Result<Effect, Failure> {
    let Ok(_turn) = timeout_at(job.session.deadline, job.target.take_turn()).await else {
        let text = "An earlier change of the same object goes on. Nothing was changed";
        return Err(Failure::TryAgain(text.to_owned()));
    };
    let outcome = carry_out(job).await;
    job.target.remember().await;
    outcome
}

async fn carry_out(job: &Job) -> Result<Effect, Failure> {
    match &job.act {
        Act::AddItem(kind, id) => add(&item(*kind, id, job).await?, job).await,
        Act::RemoveItem(kind, id) => remove(&item(*kind, id, job).await?, job).await,
        Act::AddIndicator => add(&indicator(job).await?, job).await,
        Act::RemoveIndicator => remove(&indicator(job).await?, job).await,
        Act::UploadIndicator => add(&uploaded(job)?, job).await,
        Act::RemoveUploaded => remove_uploaded(job).await,
        Act::Comment(id) => comment(id, job).await,
        Act::Progress(id) => progress(id, job).await,
        Act::Entity(change, key) => change_entity(change, key, job).await,
    }
}

/// Adds a thing, unless it is there or may be there.
async fn add(thing: &Thing, job: &Job) -> Result<Effect, Failure> {
    if job.target.facts().is_added() || is_there(thing, job).await? {
        return Ok(Effect::Already);
    }
    if thing.is_shown_late() && job.may_be_hidden() {
        job.until_shown().await?;
        if is_there(thing, job).await? {
            return Ok(Effect::Already);
        }
    }
    if job.target.facts().is_unknown() {
        return Err(unknown(thing.object()));
    }
    thing.add(job).await?;
    job.target.note_added();
    Ok(Effect::Written)
}

async fn is_there(thing: &Thing, job: &Job) -> Result<bool, Failure> {
    let found = thing.find(job).await?;
    Ok(!thing.confirmed(found, job).await?.is_empty())
}

/// Removes a thing, all copies of it.
async fn remove(thing: &Thing, job: &Job) -> Result<Effect, Failure> {
    if thing.is_shown_late() && job.may_be_hidden() {
        job.until_shown().await?;
    }
    let ids = thing.find(job).await?;
    for id in &ids {
        job.target.note_removing();
        match thing.remove(id, job).await {
            Err(Failure::Call(error)) if error.is_not_found() => {
                // Not every 404 means that the item is gone: one of a gateway says nothing of it.
                if !thing.confirmed(vec![id.clone()], job).await?.is_empty() {
                    return Err(Failure::Call(error));
                }
            }
            done => done?,
        }
        job.target.note_removed_id(id);
    }
    if ids.is_empty() && job.target.facts().is_unknown() {
        return Err(unknown(format_args!("an earlier change of {}", thing.object())));
    }
    job.target.note_gone();
    Ok(if ids.is_empty() { Effect::Already } else { Effect::Written })
}

/// The item of a list: the list is looked at anew, and must be one that the tenant named.
async fn item(kind: ListKind, id: &str, job: &Job) -> Result<Thing, Failure> {
    let (client, deadline) = (&job.session.reader, job.session.deadline);
    let (noun, list) = match kind {
        ListKind::Match => ("Match list", client.match_lists().get(id).deadline(deadline).send().await),
        ListKind::Suppress => {
            ("Suppressed list", client.suppress_lists().get(id).deadline(deadline).send().await)
        }
    };
    let list = match list {
        Ok(list) => Named::from(list),
        Err(error) if error.is_not_found() => return Err(Failure::Gone(format!("{noun} {id} is gone"))),
        Err(error) => return Err(Failure::Call(error)),
    };
    if list.id != id || !job.session.allowed(kind).contains(list.name.as_str()) {
        return Err(Failure::NotAllowed(format!("{noun} {id} may not be changed from Cisco XDR")));
    }
    if !job.subject.fits(list.column.as_ref()) {
        let noun = job.subject.noun();
        return Err(Failure::Invalid(format!("List {} does not take values of the type {noun}.", list.name)));
    }
    Ok(Thing::Item(kind, list))
}

async fn indicator(job: &Job) -> Result<Thing, Failure> {
    let Some(ThreatSource::CloudSiem(name)) = &job.session.settings.threat_source else {
        return Err(no_source());
    };
    if !job.subject.is_indicator() {
        return Err(Failure::Invalid(format!(
            "A threat intelligence source does not take a {}.",
            job.subject.noun()
        )));
    }
    let sources = lookup::fetch(Names::Sources, &job.session).await;
    let sources = sources.map_err(Failure::Call)?;
    match sources.find(|source| source.name == *name).map_err(Failure::Call)? {
        Some(source) if source.is_writable => Ok(Thing::Indicator(source.clone())),
        Some(_) => Err(Failure::NotAllowed(format!("Threat intelligence source {name} is fed by a vendor"))),
        None => Err(Failure::Gone(format!("Threat intelligence source {name} is gone"))),
    }
}

fn no_source() -> Failure {
    Failure::NotAllowed("This threat intelligence source may not be changed from Cisco XDR".to_owned())
}

fn uploaded(job: &Job) -> Result<Thing, Failure> {
    match &job.session.settings.threat_source {
        Some(ThreatSource::Platform(name)) => Ok(Thing::Uploaded(name.clone())),
        _ => Err(no_source()),
    }
}

/// Removes an indicator of the platform, which cannot be looked up: by the id that its upload had.
async fn remove_uploaded(job: &Job) -> Result<Effect, Failure> {
    let thing = uploaded(job)?;
    if let Thing::Uploaded(source) = &thing {
        job.target.note_removing();
        match thing.remove(&uploaded_id(source, job), job).await {
            Err(Failure::Call(error)) if error.is_not_found() => {}
            done => done?,
        }
    }
    job.target.note_gone();
    Ok(Effect::Written)
}

async fn comment(id: &str, job: &Job) -> Result<Effect, Failure> {
    let insight = insight(id, job).await?;
    let name = if insight.readable_id.is_empty() { id.to_owned() } else { insight.readable_id };
    add(&Thing::Comment { id: id.to_owned(), name }, job).await
}

async fn progress(id: &str, job: &Job) -> Result<Effect, Failure> {
    let insight = insight(id, job).await?;
    let name = &insight.readable_id;
    match insight.status.as_ref().map_or("", |status| status.name.as_str()) {
        IN_PROGRESS => return Ok(Effect::Already),
        NEW => {}
        other => {
            return Err(Failure::NotAllowed(format!("{name} is {other} by now, and stays so")));
        }
    }
    let object = format!("status of {name}");
    let call = job.session.writer.insights().set_status(id, IN_PROGRESS);
    let changed = job.send_repeatable(call, &object).await?;
    confirmed(changed.status.is_some_and(|status| status.name == IN_PROGRESS), &object)
}

/// The insight with this id, which must hold the observable.
async fn insight(id: &str, job: &Job) -> Result<Insight, Failure> {
    let read = |parts: &[InsightPart]| {
        let insight = job.session.reader.insights().get(id).exclude(parts.to_vec());
        insight.deadline(job.session.deadline).send()
    };
    let insight = match read(&[InsightPart::Artifacts]).await {
        Err(error) if error.is_too_large() => {
            read(&[InsightPart::Artifacts, InsightPart::SignalRecords]).await
        }
        insight => insight,
    };
    let insight = match insight {
        Ok(insight) => insight,
        Err(error) if error.is_not_found() => return Err(Failure::Gone(format!("Insight {id} is gone"))),
        Err(error) => return Err(Failure::Call(error)),
    };
    let page = Received { objects: vec![insight], more: false, skipped: Skipped::default() };
    let found = named::insights(page, &Matcher::new(job.subject.value()));
    let found = found
        .insights
        .into_iter()
        .find(|found| found.insight.id == id && job.subject.is_named_in(found.findings));
    let does_not_hold = || Failure::Invalid(format!("Insight {id} does not hold the observable."));
    found.map(|found| found.insight).ok_or_else(does_not_hold)
}

async fn change_entity(change: &EntityChange, key: &EntityKey, job: &Job) -> Result<Effect, Failure> {
    let entity = entity(key, job).await?;
    let entities = job.session.writer.entities();
    let has_tag = entity.tags.iter().any(|tag| tag == TAG);
    let object = format!("entity {}", entity.id);
    match change {
        EntityChange::Tag if has_tag => Ok(Effect::Already),
        EntityChange::Tag => {
            let changed = job.send_once(entities.add_tags(&entity.id, &[TAG]), &object).await?;
            confirmed(changed.tags.iter().any(|tag| tag == TAG), &object)
        }
        EntityChange::Untag if !has_tag => Ok(Effect::Already),
        EntityChange::Untag => {
            let call = entities.remove_tags(&entity.id, &[TAG]);
            let changed = job.send_repeatable(call, &object).await?;
            confirmed(changed.id == entity.id && !changed.tags.iter().any(|tag| tag == TAG), &object)
        }
        EntityChange::SetCriticality(key) => {
            let name = criticality(key, job).await?;
            set_criticality(&entity, Some(&name), &object, job).await
        }
        EntityChange::ClearCriticality => set_criticality(&entity, None, &object, job).await,
        EntityChange::Suppress | EntityChange::Unsuppress => {
            let is_wanted = *change == EntityChange::Suppress;
            if entity.suppressed() == is_wanted {
                return Ok(Effect::Already);
            }
            let call = entities.set_suppressed(&entity.id, is_wanted);
            let changed = job.send_repeatable(call, &object).await?;
            confirmed(changed.id == entity.id && changed.suppressed() == is_wanted, &object)
        }
    }
}

async fn set_criticality(
    entity: &Entity,
    name: Option<&str>,
    object: &str,
    job: &Job,
) -> Result<Effect, Failure> {
    if criticality_of(entity) == name {
        return Ok(Effect::Already);
    }
    let call = job.session.writer.entities().set_criticality(&entity.id, name);
    let changed = job.send_repeatable(call, object).await?;
    confirmed(changed.id == entity.id && criticality_of(&changed) == name, object)
}

fn criticality_of(entity: &Entity) -> Option<&str> {
    entity.criticality.as_deref().filter(|name| !name.is_empty())
}

/// The end of a write whose answer shows the change, or does not.
fn confirmed(shows_the_change: bool, object: &str) -> Result<Effect, Failure> {
    if shows_the_change { Ok(Effect::Written) } else { Err(unknown(object)) }
}

/// The entity with this key, which must be the observable.
async fn entity(key: &EntityKey, job: &Job) -> Result<Entity, Failure> {
    let found = lookup::entities(&[&job.subject], &job.session).await;
    let found = found.map_err(Failure::Call)?;
    let is_it = |entity: &Entity| is_entity_of(&job.subject, entity) && EntityKey::of(&entity.id) == *key;
    found
        .into_iter()
        .find(is_it)
        .ok_or_else(|| Failure::Gone("Sumo Logic Cloud SIEM has no such entity".to_owned()))
}

async fn criticality(key: &str, job: &Job) -> Result<String, Failure> {
    let names = lookup::fetch(Names::Criticalities, &job.session).await;
    let names = names.map_err(Failure::Call)?;
    let found = names.find(|config| plain_key(&config.name) == key).map_err(Failure::Call)?;
    found
        .map(|config| config.name.clone())
        .ok_or_else(|| Failure::Invalid("Sumo Logic Cloud SIEM has no such criticality.".to_owned()))
}
