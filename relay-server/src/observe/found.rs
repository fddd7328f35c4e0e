//! What a search finds: the parts of insights and signals that the answer is made of.

use std::borrow::Cow;

use super::texts::Texts;

/// Names the texts that are kept of a thing, once: it gives their order, in which those of the thing's entity come last, and
/// a method for each of them.
macro_rules! kept_texts {
    ($facts:ident => $found:ident: $($name:ident),+) => {
        const _: () = {
            #[expect(non_camel_case_types, reason = "named as the fields")]
            enum Place {
                $($name),+
            }

            impl $facts<'_> {
                fn texts(&self) -> impl Iterator<Item = Option<&str>> + Clone {
                    let entity = self.entity.as_ref();
                    let kind = entity.and_then(|entity| entity.kind.as_deref());
                    let value = entity.and_then(|entity| entity.value.as_deref());
                    [$(self.$name.as_deref(),)+ kind, value].into_iter()
                }
            }

            impl $found {
                /// How many texts it has by name, its entity's two among them.
                const TEXTS: usize = [$(stringify!($name)),+].len() + 2;

                $(pub(crate) fn $name(&self) -> Option<&str> {
                    self.texts.get(Place::$name as usize)
                })+

                pub(crate) fn entity(&self) -> Option<FoundEntity<'_>> {
                    let [kind, value] = [Self::TEXTS - 2, Self::TEXTS - 1].map(|index| self.texts.get(index));
                    self.has_entity.then_some(FoundEntity { kind, value })
                }
            }
        };
    };
}

/// An insight with the signals that name the observable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundInsight {
    /// Its texts, then those of its entity.
    texts: Texts,
    has_entity: bool,
    /// The signals that name the observable: themselves, in their records, or by the insight's entity where they have
    /// none of their own.
    pub(crate) signals: Vec<FoundSignal>,
    /// How many signals the insight has in all.
    pub(crate) signal_count: usize,
    /// How many rules gave those signals.
    pub(crate) rule_count: usize,
}

/// An insight as it is read, before what is kept of it is put together.
#[derive(Default)]
pub(crate) struct InsightFacts<'a> {
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) readable_id: Option<Cow<'a, str>>,
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) description: Option<Cow<'a, str>>,
    pub(crate) created: Option<Cow<'a, str>>,
    pub(crate) timestamp: Option<Cow<'a, str>>,
    pub(crate) closed: Option<Cow<'a, str>>,
    pub(crate) severity: Option<Cow<'a, str>>,
    pub(crate) resolution: Option<Cow<'a, str>>,
    pub(crate) entity: Option<EntityFacts<'a>>,
    pub(crate) signals: Vec<FoundSignal>,
    pub(crate) signal_count: usize,
    pub(crate) rule_count: usize,
}

impl From<InsightFacts<'_>> for FoundInsight {
    fn from(facts: InsightFacts<'_>) -> Self {
        Self {
            texts: Texts::new(facts.texts()),
            has_entity: facts.entity.is_some(),
            signals: facts.signals,
            signal_count: facts.signal_count,
            rule_count: facts.rule_count,
        }
    }
}

kept_texts! {
    InsightFacts => FoundInsight:
    id, readable_id, name, description, created, timestamp, closed, severity, resolution
}

impl FoundInsight {
    /// What a signal of this insight is about: its own entity, or the insight's when it has none.
    pub(crate) fn entity_of<'a>(&'a self, signal: &'a FoundSignal) -> Option<FoundEntity<'a>> {
        signal.entity().or_else(|| self.entity())
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.texts.bytes() + self.signals.iter().map(FoundSignal::bytes).sum::<usize>()
    }
}

/// A signal, from an insight or found on its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundSignal {
    /// Its texts, those of its entity, then its tags.
    texts: Texts,
    has_entity: bool,
    pub(crate) severity: Option<i64>,
}

/// A signal as it is read, before it is known whether it is kept.
#[derive(Default)]
pub(crate) struct SignalFacts<'a> {
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) description: Option<Cow<'a, str>>,
    pub(crate) created: Option<Cow<'a, str>>,
    pub(crate) timestamp: Option<Cow<'a, str>>,
    pub(crate) severity: Option<i64>,
    pub(crate) stage: Option<Cow<'a, str>>,
    pub(crate) rule_id: Option<Cow<'a, str>>,
    pub(crate) tags: Vec<Cow<'a, str>>,
    pub(crate) entity: Option<EntityFacts<'a>>,
}

impl From<SignalFacts<'_>> for FoundSignal {
    fn from(facts: SignalFacts<'_>) -> Self {
        let tags = facts.tags.iter().map(|tag| Some(tag.as_ref()));
        Self {
            texts: Texts::new(facts.texts().chain(tags)),
            has_entity: facts.entity.is_some(),
            severity: facts.severity,
        }
    }
}

kept_texts! {
    SignalFacts => FoundSignal:
    id, name, description, created, timestamp, stage, rule_id
}

impl FoundSignal {
    pub(crate) fn tags(&self) -> impl Iterator<Item = &str> {
        self.texts.starting_at(Self::TEXTS)
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.texts.bytes()
    }
}

/// The thing that an insight or a signal is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FoundEntity<'a> {
    /// The type, such as `_ip` or `_hostname`.
    pub(crate) kind: Option<&'a str>,
    pub(crate) value: Option<&'a str>,
}

/// An entity as it is read.
#[derive(Default)]
pub(crate) struct EntityFacts<'a> {
    pub(crate) kind: Option<Cow<'a, str>>,
    pub(crate) value: Option<Cow<'a, str>>,
}
