//! The sources of judgements: match lists, custom threat intelligence, entities with their
//! enrichments.
//!
//! Each asks for the values of all subjects in one call, as far as a URL holds them, and compares
//! again by our own rule: it is not documented whether the parameter `value` compares or contains,
//! nor in what case.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use ipnet::IpNet;
use sumo_client::Error;
use sumo_client::api::enrichments::{Enrichment, Reputation};
use sumo_client::api::entities::Entity;
use sumo_client::api::match_lists::ListItem;
use sumo_client::api::threat_intel_indicators::{IndicatorPart, ThreatIntelIndicator};
use sumo_client::query::{self, Query};
use tokio::task::{consume_budget, yield_now};

use super::by_value::ByValue;
use super::evidence::{Evidence, Judge, Span};
use super::lists::{Blocks, JudgedList, ListMemory, is_over, list_name, span_in_force};
use super::question::{ItemsRead, Question, batches, read_all};
use super::subject::{self, Subject};

/// The items that one call asks for; 1,000 is known to work.
const ITEMS_PER_PAGE: u32 = 1_000;

/// The indicators that one call asks for.
const INDICATORS_PER_PAGE: u32 = 1_000;

/// The entities that one call asks for, which is also the most that was seen.
const ENTITIES_PER_PAGE: u32 = 50;

/// The most pieces of evidence that a source gives for all subjects of a request: many times what
/// an answer can hold.
const MOST_EVIDENCE: usize = 2_500;

/// The most entities whose enrichments are asked for: each costs a call, and a request has time for
/// a hundred.
const MOST_ENRICHED: usize = 500;

/// The most enrichments of an entity that are looked at.
const MOST_ENRICHMENTS: usize = 1_000;

/// A source of judgements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    MatchLists,
    /// The CIDR blocks in match lists, which are read apart.
    Blocks,
    ThreatIntel,
    Entities,
    Enrichments,
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MatchLists => "match lists",
            Self::Blocks => "address blocks in match lists",
            Self::ThreatIntel => "threat intelligence",
            Self::Entities => "reputations of entities",
            Self::Enrichments => "enrichments of entities",
        }
    }

    fn is_asked_about(self, subject: &Subject) -> bool {
        match self {
            Self::MatchLists => subject.is_in_lists(),
            Self::Blocks => subject.is_address(),
            Self::ThreatIntel => subject.is_in_threat_intel(),
            Self::Entities | Self::Enrichments => true,
        }
    }
}

/// A source that could not be asked, or not in full.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) source: Source,
    pub(crate) cause: Cause,
}

/// The reason for which a source was not asked in full.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    Call(Arc<Error>),
    /// The source holds more items than are read.
    TooMany,
}

/// The evidence on one subject, and what could not be asked about it.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) evidence: Vec<Evidence>,
    pub(super) failures: Vec<Failure>,
}

impl Found {
    /// Adds that of another source.
    pub(super) fn add(&mut self, other: Self) {
        self.evidence.extend(other.evidence);
        self.failures.extend(other.failures);
    }

    /// Adds as much evidence of a source as there is room for, and names the source if that is not
    /// all.
    fn add_up_to(&mut self, room: usize, source: Source, mut evidence: impl Iterator<Item = Evidence>) {
        self.evidence.extend(evidence.by_ref().take(room));
        if evidence.next().is_some() {
            self.failures.push(Failure { source, cause: Cause::TooMany });
        }
    }
}

impl Failure {
    fn call(source: Source, error: impl Into<Arc<Error>>) -> Self {
        Self { source, cause: Cause::Call(error.into()) }
    }

    /// A value that is equal for failures of the same call, which subjects share.
    pub(super) fn identity(&self) -> (Source, Option<usize>) {
        match &self.cause {
            Cause::Call(error) => (self.source, Some(Arc::as_ptr(error).addr())),
            Cause::TooMany => (self.source, None),
        }
    }

    /// The failures to read all items of a source.
    fn of_items<T>(source: Source, read: &mut ItemsRead<T>) -> Vec<Self> {
        let error = read.error.take().map(|error| Self::call(source, error));
        let is_cut = read.is_cut.then_some(Self { source, cause: Cause::TooMany });
        error.into_iter().chain(is_cut).collect()
    }
}

/// The evidence of a source by subject, each with the failures of those calls that concern it.
///
/// Other requests have their turn after each subject: a tenant decides how much there is to do.
async fn by_subject<'s, E: Iterator<Item = Evidence>>(
    source: Source,
    subjects: &'s [Subject],
    failures: &[Failure],
    evidence: impl Fn(&'s Subject) -> E,
) -> Vec<Found> {
    let mut room = MOST_EVIDENCE;
    let mut all = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let concerning = failures.iter().filter(|failure| failure.source.is_asked_about(subject));
        let mut found = Found { evidence: Vec::new(), failures: concerning.cloned().collect() };
        found.add_up_to(room, source, evidence(subject));
        room = room.saturating_sub(found.evidence.len());
        all.push(found);
        yield_now().await;
    }
    all
}

fn judge<'a>(question: &'a Question, subject: &'a Subject, now: DateTime<Utc>) -> Judge<'a> {
    Judge { subject, console: &question.console, now }
}

/// The evidence of match lists that have a meaning.
pub(super) async fn match_lists(
    question: &Question,
    memory: &ListMemory,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Vec<Found> {
    if !question.settings.has_lists() || !subjects.iter().any(Subject::is_in_lists) {
        return Vec::new();
    }
    let lists = match memory.lists(question).await {
        Ok(lists) => lists,
        Err(error) => {
            let failure = Failure::call(Source::MatchLists, error);
            return by_subject(Source::MatchLists, subjects, &[failure], |_| std::iter::empty()).await;
        }
    };
    let is_address_asked = subjects.iter().any(Subject::is_address);
    let blocks =
        async { if is_address_asked { memory.blocks(question, &lists).await } else { Ok(Arc::default()) } };
    let (mut read, blocks) = tokio::join!(list_items(question, &lists, subjects), blocks);
    let mut failures = Failure::of_items(Source::MatchLists, &mut read);
    let blocks = blocks.unwrap_or_else(|error| {
        failures.push(Failure::call(Source::Blocks, error));
        Arc::default()
    });
    if blocks.is_cut {
        failures.push(Failure { source: Source::Blocks, cause: Cause::TooMany });
    }
    let covered = Covered::new(subjects, &lists, &read.items, &blocks, now).await;
    by_subject(Source::MatchLists, subjects, &failures, |subject| {
        covered.evidence(judge(question, subject, now))
    })
    .await
}

async fn list_items(
    question: &Question,
    lists: &[Arc<JudgedList>],
    subjects: &[Subject],
) -> ItemsRead<ListItem> {
    let is_asked = |subject: &Subject| lists.iter().any(|list| subject.fits(&list.column));
    let ids: Vec<_> = lists.iter().map(|list| list.id.clone()).collect();
    let listings = batches(subjects, is_asked, Subject::item_values).into_iter().map(|values| {
        let list = question.client.match_list_items().list().q(query::list_items::VALUE.one_of(values));
        list.list_ids(ids.clone()).limit(ITEMS_PER_PAGE).deadline(question.deadline).listing()
    });
    read_all(listings).await
}

/// The values that lists cover, each with the time for which they do.
struct Covered<'a> {
    lists: HashMap<&'a str, Vec<&'a JudgedList>>,
    /// By value, the names of the lists that hold it, each with its longest time.
    values: ByValue<'a, BTreeMap<&'a str, Span>>,
    /// The blocks among the items that were asked for by value.
    found_blocks: Vec<(IpNet, &'a str, Span)>,
    blocks: &'a Blocks,
    now: DateTime<Utc>,
}

impl<'a> Covered<'a> {
    async fn new(
        subjects: &'a [Subject],
        lists: &'a [Arc<JudgedList>],
        items: &'a [ListItem],
        blocks: &'a Blocks,
        now: DateTime<Utc>,
    ) -> Self {
        let mut by_name: HashMap<&str, Vec<&JudgedList>> = HashMap::new();
        for list in lists {
            by_name.entry(&list.name).or_default().push(list);
        }
        let values = ByValue::new(subjects);
        let mut covered = Self { lists: by_name, values, found_blocks: Vec::new(), blocks, now };
        for item in items {
            consume_budget().await;
            if let (Some(name), Some(span)) = (list_name(item, lists), span_in_force(item, now)) {
                covered.add(name, &item.value, span);
            }
        }
        covered
    }

    fn add(&mut self, name: &'a str, value: &str, span: Span) {
        let Some(lists) = self.lists.get(name) else { return };
        if lists.iter().any(|list| subject::holds_addresses(&list.column)) {
            self.found_blocks.extend(subject::block(value).map(|net| (net, name, span)));
        }
        let fits = |subject: &Subject| lists.iter().any(|list| subject.fits(&list.column));
        self.values.add(value, fits, |by_name| keep_longest(by_name, name, span));
    }

    /// The evidence of the lists against one subject, one piece for each list, by the rules of
    /// Cloud SIEM: values are equal, an address is in a block, a domain is below one.
    fn evidence<'e>(&'e self, judge: Judge<'e>) -> impl Iterator<Item = Evidence> + use<'e, 'a> {
        let subject = judge.subject;
        let mut spans = BTreeMap::new();
        let named = self.values.covering(subject).flatten().map(|(name, span)| (*name, *span));
        let in_blocks = self.found_blocks.iter().filter(|(net, ..)| subject.is_in(net));
        for (name, span) in named.chain(in_blocks.map(|(_, name, span)| (*name, *span))) {
            let lists = self.lists.get(name).into_iter().flatten();
            lists.filter(|list| subject.fits(&list.column)).for_each(|list| add(&mut spans, list, span));
        }
        let blocks = self.blocks.blocks.iter().filter(|block| subject.is_in(&block.net));
        for block in blocks.filter(|block| !is_over(block.span, self.now)) {
            self.blocks.list_of(block).into_iter().for_each(|list| add(&mut spans, list, block.span));
        }
        let evidence = spans.into_values();
        evidence.map(move |(list, span)| judge.match_list(&list.id, &list.name, list.meaning, span))
    }
}

fn add<'a>(spans: &mut BTreeMap<&'a str, (&'a JudgedList, Span)>, list: &'a JudgedList, span: Span) {
    let longest = spans.entry(&list.id).or_insert((list, span));
    longest.1 = longest.1.or_longer(span);
}

/// Keeps the longest time under each name.
fn keep_longest<'a>(spans: &mut BTreeMap<&'a str, Span>, name: &'a str, span: Span) {
    let longest = spans.entry(name).or_insert(span);
    *longest = longest.or_longer(span);
}

/// The evidence of custom threat intelligence.
pub(super) async fn threat_intel(
    question: &Question,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Vec<Found> {
    let Some(disposition) = question.settings.threat_intel() else { return Vec::new() };
    let listings = batches(subjects, Subject::is_in_threat_intel, Subject::forms).into_iter().map(|values| {
        let list =
            question.client.threat_intel_indicators().list().q(query::list_items::VALUE.one_of(values));
        list.expand([IndicatorPart::Source]).limit(INDICATORS_PER_PAGE).deadline(question.deadline).listing()
    });
    let mut read = read_all(listings).await;
    let failures = Failure::of_items(Source::ThreatIntel, &mut read);
    let mut indicators: ByValue<'_, Vec<&ThreatIntelIndicator>> = ByValue::new(subjects);
    for indicator in read.items.iter().filter(|indicator| indicator.is_in_force(now)) {
        indicators.add(&indicator.value, Subject::is_in_threat_intel, |of_value| of_value.push(indicator));
        consume_budget().await;
    }
    by_subject(Source::ThreatIntel, subjects, &failures, |subject| {
        let judge = judge(question, subject, now);
        let indicators = indicators.get(subject).into_iter().flatten();
        indicators.map(move |indicator| judge.custom_indicator(indicator, disposition))
    })
    .await
}

/// The evidence of entities: of the indicators behind their reputation, or of the reputation alone.
pub(super) async fn entities(question: &Question, subjects: &[Subject], now: DateTime<Utc>) -> Vec<Found> {
    let listings = batches(subjects, |_| true, Subject::forms).into_iter().map(|values| {
        let list = question.client.entities().list().q(Query::from(query::entities::VALUE.one_of(values)));
        list.limit(ENTITIES_PER_PAGE).deadline(question.deadline).listing()
    });
    let mut read = read_all(listings).await;
    let mut failures = Failure::of_items(Source::Entities, &mut read);
    let mut flagged = Flagged::new(subjects);
    for (index, entity) in read.items.iter().enumerate().filter(|(_, entity)| is_flagged(entity)) {
        let kind = entity.kind();
        let is_of_type = |subject: &Subject| kind.as_ref().is_some_and(|kind| subject.is_of_type(kind));
        flagged.add(entity.text(), is_of_type, |of_value| of_value.push(index));
        consume_budget().await;
    }
    let (asked, is_cut) = asked_for(subjects, &flagged);
    if is_cut {
        failures.push(Failure { source: Source::Enrichments, cause: Cause::TooMany });
    }
    let entities = asked.iter().filter_map(|index| read.items.get(*index));
    let enriched = join_all(entities.map(|entity| enriched(question, entity))).await;
    let enriched: HashMap<_, _> = asked.into_iter().zip(enriched).collect();
    let about = |subject| flagged.get(subject).into_iter().flatten().filter_map(|index| enriched.get(index));
    let mut found = by_subject(Source::Entities, subjects, &failures, |subject| {
        let judge = judge(question, subject, now);
        about(subject).flat_map(move |about| judge.entity(about.entity, &about.enrichments))
    })
    .await;
    for (subject, found) in subjects.iter().zip(&mut found) {
        found.failures.extend(about(subject).filter_map(|about| about.failure.clone()));
    }
    found
}

/// The indexes of entities with a bad reputation.
type Flagged<'s> = ByValue<'s, Vec<usize>>;

/// The indexes of the entities that are one of the subjects, and true if there are more than are
/// asked for.
fn asked_for(subjects: &[Subject], flagged: &Flagged<'_>) -> (BTreeSet<usize>, bool) {
    let mut asked = BTreeSet::new();
    for index in subjects.iter().filter_map(|subject| flagged.get(subject)).flatten() {
        if asked.len() >= MOST_ENRICHED && !asked.contains(index) {
            return (asked, true);
        }
        asked.insert(*index);
    }
    (asked, false)
}

/// An entity with its enrichments, as far as they could be asked for.
struct Enriched<'e> {
    entity: &'e Entity,
    enrichments: Vec<Enrichment>,
    failure: Option<Failure>,
}

async fn enriched<'e>(question: &Question, entity: &'e Entity) -> Enriched<'e> {
    let call = question.client.entities().enrichments(&entity.id).deadline(question.deadline);
    match call.send().await {
        Ok(mut enrichments) => {
            let is_cut = enrichments.len() > MOST_ENRICHMENTS;
            enrichments.truncate(MOST_ENRICHMENTS);
            let failure = Failure { source: Source::Enrichments, cause: Cause::TooMany };
            Enriched { entity, enrichments, failure: is_cut.then_some(failure) }
        }
        Err(error) => {
            let failure = Some(Failure::call(Source::Enrichments, error));
            Enriched { entity, enrichments: Vec::new(), failure }
        }
    }
}

/// Returns true if something speaks against an entity.
fn is_flagged(entity: &Entity) -> bool {
    matches!(entity.known_reputation(), Some(Reputation::Malicious | Reputation::Suspicious))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use ctim::vocabulary::Disposition;
    use sumo_client::api::match_lists::TargetColumn;
    use xdr_module::contract::observable::Observable;

    use super::*;
    use crate::console::Console;

    fn subject(kind: &str, value: &str) -> Subject {
        Subject::new(&Observable { kind: kind.into(), value: value.into() }).unwrap()
    }

    fn list_item(list: &str, value: &str) -> ListItem {
        let mut item = ListItem::default();
        item.value = value.into();
        item.list_name = Some(list.into());
        item.active = true;
        item
    }

    #[tokio::test]
    async fn items_cover_values_by_the_rules_of_cloud_siem() {
        for (kind, value, column, item, is_covered) in [
            ("domain", "mail.example.com", "Domain", "example.com", true),
            ("domain", "mail.example.com", "Domain", "Example.COM.", true),
            ("domain", "host.corp", "Domain", "corp", true),
            ("domain", "hostcorp", "Domain", "corp", false),
            ("domain", "example.com", "Domain", "mail.example.com", false),
            ("domain", "example.com", "Domain", "example.com", true),
            ("domain", "notexample.com", "Domain", "example.com", false),
            ("domain", "example.com", "Domain", "", false),
            ("domain", "example.com", "Hostname", "example.com", false),
            ("hostname", "web.example.com", "Hostname", "WEB.example.com", true),
            ("hostname", "web.example.com", "Hostname", "example.com", false),
            ("ip", "203.0.113.9", "Ip", "203.0.113.0/24", true),
            ("ip", "203.0.113.9", "SrcIp", "203.0.113.9", true),
            ("ip", "203.0.113.9", "DstIp", "203.0.113.77/24", true),
            ("ip", "203.0.113.9", "Ip", "203.0.114.0/24", false),
            ("ip", "203.0.113.9", "Ip", "203.0.113.90", false),
            ("ip", "203.0.113.9", "Ip", "0.0.0.0/0", true),
            ("ip", "203.0.113.9", "Ip", "::/0", false),
            ("ip", "203.0.113.9", "Ip", "203.0.113.9/33", false),
            ("ip", "203.0.113.9", "Domain", "203.0.113.9", false),
            ("ipv6", "2001:db8::1", "Ip", "2001:0DB8:0::1", true),
            ("ipv6", "2001:db8::1", "Ip", "2001:db8::/32", true),
            ("ipv6", "::ffff:203.0.113.9", "Ip", "203.0.113.9", true),
            ("ipv6", "::ffff:203.0.113.9", "Ip", "203.0.113.0/24", true),
            ("ip", "no address", "Ip", "no address", true),
            ("md5", "21cf1ad1e7ea4cb69ce54df773a1d68a", "FileHash", "21CF1AD1E7EA4CB69CE54DF773A1D68A", true),
            ("url", "http://a.example/x", "Url", "http://a.example/x", true),
            ("url", "http://a.example/x", "Url", "http://a.example/y", false),
            ("url", "http://a.example/X", "Url", "HTTP://A.example/X", true),
            ("url", "http://a.example/X", "Url", "http://a.example/x", false),
            ("user", "Tom", "Username", "tom", true),
            ("user", "tom", "custom-column", "tom", false),
            ("email", "a@example.com", "Username", "a@example.com", false),
        ] {
            let subjects = [subject(kind, value)];
            let list = JudgedList {
                id: "1".into(),
                name: "list".into(),
                column: TargetColumn::from(column),
                meaning: Disposition::Malicious,
            };
            let items = [list_item("list", item)];
            let (lists, blocks) = ([Arc::new(list)], Blocks::default());
            let covered = Covered::new(&subjects, &lists, &items, &blocks, Utc::now()).await;
            let console = Console::of_api_host("api.sumologic.com");
            let judge = Judge { subject: &subjects[0], console: &console, now: Utc::now() };
            let found = covered.evidence(judge).count();
            assert_eq!(found, usize::from(is_covered), "{kind} {value} in {column} {item}");
        }
    }

    #[tokio::test]
    async fn failures_concern_the_subjects_that_the_source_can_hold() {
        let subjects = [("ip", "192.0.2.1"), ("domain", "a.example"), ("mac_address", "00:00:5e:00:53:af")];
        let subjects = subjects.map(|(kind, value)| subject(kind, value));
        let all = [Source::MatchLists, Source::Blocks, Source::ThreatIntel, Source::Entities];
        let failures = all.map(|source| Failure { source, cause: Cause::TooMany });
        let found = by_subject(Source::Entities, &subjects, &failures, |_| std::iter::empty()).await;
        let failed = |found: &Found| found.failures.iter().map(|failure| failure.source).collect::<Vec<_>>();
        assert_eq!(failed(&found[0]), all);
        assert_eq!(failed(&found[1]), [Source::MatchLists, Source::ThreatIntel, Source::Entities]);
        assert_eq!(failed(&found[2]), [Source::Entities]);
    }

    /// So many hashes, each on so many lists.
    fn hashes_on_lists(hashes: usize, lists: usize) -> (Vec<Subject>, Vec<Arc<JudgedList>>, Vec<ListItem>) {
        let hash = |n: usize| format!("{n:064x}");
        let name = |list: usize| format!("list {list}");
        let list = |list: usize| JudgedList {
            id: list.to_string(),
            name: name(list),
            column: TargetColumn::FileHash,
            meaning: Disposition::Malicious,
        };
        let items = (0..hashes).flat_map(|n| (0..lists).map(move |list| list_item(&name(list), &hash(n))));
        (
            (0..hashes).map(|n| subject("sha256", &hash(n))).collect(),
            (0..lists).map(|n| Arc::new(list(n))).collect(),
            items.collect(),
        )
    }

    #[tokio::test]
    async fn others_have_their_turn_while_many_are_judged() {
        let (subjects, lists, items) = hashes_on_lists(500, 4);
        let (console, blocks) = (Console::of_api_host("api.sumologic.com"), Blocks::default());
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&turns);
        tokio::spawn(async move {
            loop {
                counted.fetch_add(1, Relaxed);
                yield_now().await;
            }
        });
        let covered = Covered::new(&subjects, &lists, &items, &blocks, Utc::now()).await;
        assert!(turns.load(Relaxed) >= items.len() / 200, "while the items are read");
        let before = turns.load(Relaxed);
        let found = by_subject(Source::MatchLists, &subjects, &[], |subject| {
            covered.evidence(Judge { subject, console: &console, now: Utc::now() })
        });
        assert!(found.await.iter().all(|found| found.evidence.len() == 4 && found.failures.is_empty()));
        assert!(turns.load(Relaxed) - before >= subjects.len(), "while they are compared");
    }

    #[tokio::test]
    async fn evidence_beyond_what_is_kept_is_told() {
        let (subjects, lists, items) = hashes_on_lists(60, 50);
        let (console, blocks) = (Console::of_api_host("api.sumologic.com"), Blocks::default());
        let covered = Covered::new(&subjects, &lists, &items, &blocks, Utc::now()).await;
        let found = by_subject(Source::MatchLists, &subjects, &[], |subject| {
            covered.evidence(Judge { subject, console: &console, now: Utc::now() })
        });
        let (kept, cut): (Vec<_>, Vec<_>) = found.await.into_iter().partition(|one| one.failures.is_empty());
        assert!(kept.iter().all(|found| found.evidence.len() == 50));
        assert_eq!((kept.len(), cut.len()), (50, 10));
        assert!(
            cut.iter().all(|found| matches!(found.failures[..], [Failure { cause: Cause::TooMany, .. }]))
        );
    }

    #[test]
    fn values_are_read_once_for_each_type() {
        let subjects = ["sha256", "md5", "sha256"].map(|kind| subject(kind, &"a".repeat(64)));
        let subjects = Vec::from_iter(subjects.iter().cycle().take(500).cloned());
        let mut index: ByValue<'_, Vec<usize>> = ByValue::new(&subjects);
        let read = std::cell::Cell::new(0);
        let is_of_type = |_: &Subject| read.replace(read.get() + 1) < usize::MAX;
        (0..1_000).for_each(|n| index.add(&"A".repeat(64), is_of_type, |of_value| of_value.push(n)));
        assert_eq!(read.get(), 2 * 1_000);
        assert!(subjects.iter().all(|subject| index.get(subject).is_some_and(|found| found.len() == 1_000)));
    }
}
