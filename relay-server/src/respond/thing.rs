//! Things that are added and removed as a whole: items, indicators, comments.

use chrono::TimeDelta;
use sumo_client::Error;
use sumo_client::api::enrichments::ThreatType;
use sumo_client::api::threat_intel_datastore::NormalizedIndicatorUpload;
use uuid::Uuid;

use super::action_id::ListKind;
use super::failure::Failure;
use super::job::Job;
use super::lookup::{self, Named};
use super::subject::Relation;

/// The confidence of indicators in the platform's datastore.
const CONFIDENCE: u8 = 75;

/// The time for which an equal comment makes another one needless.
const COMMENT_AGE: TimeDelta = TimeDelta::hours(1);

/// Something that is added and removed as a whole.
pub(crate) enum Thing {
    /// An item of a list.
    Item(ListKind, Named),
    /// An indicator of a source of Cloud SIEM.
    Indicator(Named),
    /// An indicator of this source of the platform's datastore.
    Uploaded(String),
    /// A comment on the insight with this id and name.
    Comment { id: String, name: String },
}

impl Thing {
    /// Returns the object that is changed, in words.
    pub(crate) fn object(&self) -> String {
        match self {
            Self::Item(ListKind::Match, list) => format!("match list {}", list.name),
            Self::Item(ListKind::Suppress, list) => format!("suppressed list {}", list.name),
            Self::Indicator(source) => format!("threat intelligence source {}", source.name),
            Self::Uploaded(source) => format!("threat intelligence source platform:{source}"),
            Self::Comment { name, .. } => format!("comments of {name}"),
        }
    }

    /// Returns true if Cloud SIEM shows adds of such things late.
    pub(crate) fn is_shown_late(&self) -> bool {
        matches!(self, Self::Item(..) | Self::Indicator(_))
    }

    /// Returns the ids of those that are there, as far as they are shown.
    pub(crate) async fn find(&self, job: &Job) -> Result<Vec<String>, Failure> {
        let found = match self {
            Self::Item(kind, list) => find_items(*kind, list, job).await,
            Self::Indicator(source) => find_indicators(source, job).await,
            Self::Uploaded(_) => Ok(Vec::new()),
            Self::Comment { id, .. } => find_comments(id, job).await,
        };
        let found = found.map_err(Failure::Call)?;
        let facts = job.target.facts();
        Ok(found.into_iter().filter(|id| !facts.has_removed(id)).collect())
    }

    /// Returns the `ids` that exist: lists still show deleted items for a while.
    pub(crate) async fn confirmed(&self, ids: Vec<String>, job: &Job) -> Result<Vec<String>, Failure> {
        let mut there = Vec::new();
        for id in ids {
            let (client, deadline) = (&job.session.reader, job.session.deadline);
            let seen = match self {
                Self::Item(ListKind::Match, _) => {
                    client.match_list_items().get(&id).deadline(deadline).send().await.map(drop)
                }
                Self::Item(ListKind::Suppress, _) => {
                    client.suppress_list_items().get(&id).deadline(deadline).send().await.map(drop)
                }
                Self::Indicator(_) => {
                    client.threat_intel_indicators().get(&id).deadline(deadline).send().await.map(drop)
                }
                Self::Uploaded(_) | Self::Comment { .. } => Ok(()),
            };
            match seen {
                Ok(()) => there.push(id),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(Failure::Call(error)),
            }
        }
        Ok(there)
    }

    /// Sends the add.
    pub(crate) async fn add(&self, job: &Job) -> Result<(), Failure> {
        let client = &job.session.writer;
        let object = &self.object();
        match self {
            Self::Item(ListKind::Match, list) => job
                .send_once(client.match_lists().add_items(&list.id, &[job.new_item()]), object)
                .await
                .map(drop),
            Self::Item(ListKind::Suppress, list) => job
                .send_once(client.suppress_lists().add_items(&list.id, &[job.new_item()]), object)
                .await
                .map(drop),
            Self::Indicator(source) => {
                let call = client.threat_intel_sources().add_indicators(&source.id, &[job.new_item()]);
                job.send_once(call, object).await.map(drop).map_err(|failure| match failure {
                    Failure::Call(error) if error.is_rejected() => Failure::Frozen(error),
                    failure => failure,
                })
            }
            Self::Uploaded(source) => {
                let call =
                    client.threat_intel_datastore().upload_normalized_indicators(&[upload(source, job)]);
                job.send_once(call, object).await
            }
            Self::Comment { id, .. } => {
                let text = format!("{} (request {})", comment_text(job), job.session.request_id);
                job.send_once(client.insights().add_comment(id, &text), object).await.map(drop)
            }
        }
    }

    /// Sends the removal of one.
    pub(crate) async fn remove(&self, id: &str, job: &Job) -> Result<(), Failure> {
        let client = &job.session.writer;
        let object = &self.object();
        match self {
            Self::Item(ListKind::Match, _) => {
                job.send_repeatable(client.match_list_items().delete(id), object).await.map(drop)
            }
            Self::Item(ListKind::Suppress, _) => {
                job.send_repeatable(client.suppress_list_items().delete(id), object).await.map(drop)
            }
            Self::Indicator(_) => {
                job.send_repeatable(client.threat_intel_indicators().delete(id), object).await.map(drop)
            }
            Self::Uploaded(source) => {
                job.send_repeatable(client.threat_intel_datastore().remove_indicators(source, &[id]), object)
                    .await
            }
            Self::Comment { .. } => Err(Failure::Invalid("Comments cannot be removed.".to_owned())),
        }
    }
}

async fn find_items(kind: ListKind, list: &Named, job: &Job) -> Result<Vec<String>, Error> {
    let now = (job.session.now)();
    let items = lookup::items(kind, &[&list.id], &[&job.subject], &job.session).await?;
    let is_it = |value: &str| job.subject.relation(value) == Relation::Same;
    Ok(items
        .into_iter()
        .filter(|item| item.is_in_force(now) && is_it(&item.value))
        .map(|item| item.id)
        .collect())
}

async fn find_indicators(source: &Named, job: &Job) -> Result<Vec<String>, Error> {
    let now = (job.session.now)();
    let found = lookup::indicators(&source.id, &[&job.subject], &job.session).await?;
    let is_it = |value: &str| job.subject.relation(value) == Relation::Same;
    Ok(found.into_iter().filter(|one| one.is_in_force(now) && is_it(&one.value)).map(|one| one.id).collect())
}

/// The comment of the relay on the observable, without the id of the request.
fn comment_text(job: &Job) -> String {
    let observable = &job.subject.observable;
    format!("Seen in Cisco XDR: {} {}", observable.kind, observable.value)
}

/// The equal comments of the last hour.
async fn find_comments(insight: &str, job: &Job) -> Result<Vec<String>, Error> {
    let since = (job.session.now)() - COMMENT_AGE;
    let start = format!("{} (request ", comment_text(job));
    let comments =
        job.session.reader.insights().comments(insight).deadline(job.session.deadline).send().await?;
    let is_recent = |time: Option<chrono::DateTime<chrono::Utc>>| time.is_none_or(|time| time >= since);
    let equal = comments.into_iter().filter(|comment| {
        comment.body.starts_with(&start)
            && is_recent(comment.timestamp.as_ref().and_then(sumo_client::Timestamp::utc))
    });
    Ok(equal.map(|comment| comment.id).collect())
}

/// The id of the observable in a source of the platform's datastore, the same at every upload.
pub(crate) fn uploaded_id(source: &str, job: &Job) -> String {
    let name =
        format!("indicator-Cisco XDR-{source}-{}-{}", job.subject.platform_type(), job.subject.canonical());
    Uuid::new_v5(&Uuid::NAMESPACE_X500, name.as_bytes()).to_string()
}

fn upload(source: &str, job: &Job) -> NormalizedIndicatorUpload {
    let now = (job.session.now)();
    NormalizedIndicatorUpload::builder()
        .id(uploaded_id(source, job))
        .indicator(job.subject.value())
        .indicator_type(job.subject.platform_type())
        .source(source)
        .valid_from(now.into())
        .confidence(CONFIDENCE)
        .threat_type(ThreatType::MaliciousActivity)
        .maybe_valid_until(job.expiration().map(Into::into))
        .fields([("description".to_owned(), job.mark())].into())
        .build()
}
