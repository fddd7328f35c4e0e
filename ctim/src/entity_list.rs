//! The lists of entities that modules of Cisco XDR answer with.

use serde::{Deserialize, Serialize};

/// A list of entities with its length, as modules of Cisco XDR answer: `{"count": 1, "docs": [...]}`.
///
/// ```
/// use ctim::{EntityList, Verdict};
///
/// let list: EntityList<Verdict> = EntityList::default();
/// assert_eq!(serde_json::to_string(&list)?, r#"{"count":0,"docs":[]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityList<T> {
    /// Number of entities. It is the length of `docs` unless an answer that was read says otherwise.
    pub count: usize,
    /// The entities.
    pub docs: Vec<T>,
}

impl<T> EntityList<T> {
    /// Whether there are no entities.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }
}

impl<T> Default for EntityList<T> {
    fn default() -> Self {
        Self { count: 0, docs: Vec::new() }
    }
}

impl<T> From<Vec<T>> for EntityList<T> {
    fn from(docs: Vec<T>) -> Self {
        Self { count: docs.len(), docs }
    }
}

impl<T> FromIterator<T> for EntityList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(docs: I) -> Self {
        Vec::from_iter(docs).into()
    }
}

macro_rules! entity_lists {
    ($( $list:ident: $entity:ident, )*) => {
        /// The `data` of an answer of a Cisco XDR module: one list for each kind of entity that such an answer may
        /// have. A list that is absent or empty is left out when the answer is written.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        pub struct EntityLists {
            $(
                #[doc = concat!("Entities of the type [`", stringify!($entity), "`](crate::", stringify!($entity), ").")]
                #[serde(default, skip_serializing_if = "is_absent_or_empty")]
                pub $list: Option<EntityList<crate::$entity>>,
            )*
        }

        impl EntityLists {
            /// Names of the lists, in alphabetical order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($list)),*];

            /// Whether no list has an entity.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                $( is_absent_or_empty(&self.$list) )&&*
            }
        }

        impl crate::Validate for EntityLists {
            /// Validates each entity, and that the counts are right.
            fn validate(&self) -> crate::Report {
                let mut walk = crate::validate::Walk::default();
                $( check(&self.$list, stringify!($list), &mut walk); )*
                walk.into_report()
            }
        }
    };
}

fn check<'a, T: crate::node::Node>(
    list: &'a Option<EntityList<T>>,
    name: &'a str,
    walk: &mut crate::validate::Walk<'a>,
) {
    let Some(list) = list else { return };
    walk.at(crate::pointer::Step::Key(name), |walk| {
        if list.count != list.docs.len() {
            let detail = format!("is {}, but there are {} entities", list.count, list.docs.len());
            walk.at(crate::pointer::Step::Key("count"), |walk| walk.error(crate::Rule::Count, detail));
        }
        walk.set("docs", &list.docs, T::KIND);
    });
}

fn is_absent_or_empty<T>(list: &Option<EntityList<T>>) -> bool {
    list.as_ref().is_none_or(EntityList::is_empty)
}

entity_lists! {
    actors: Actor,
    attack_patterns: AttackPattern,
    campaigns: Campaign,
    coas: Coa,
    data_tables: DataTable,
    feedbacks: Feedback,
    identity_assertions: IdentityAssertion,
    incidents: Incident,
    indicators: Indicator,
    judgements: Judgement,
    malwares: Malware,
    notes: Note,
    relationships: Relationship,
    sightings: Sighting,
    tools: Tool,
    verdicts: Verdict,
    vulnerabilities: Vulnerability,
    weaknesses: Weakness,
}
