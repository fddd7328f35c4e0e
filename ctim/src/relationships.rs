//! The relationships that the model defines: which types of link fit between which types of entity.
//!
//! The type of a relationship is an open vocabulary, and no service checks that it fits the
//! entities that it links. Building any other relationship is possible, and a warning when it is
//! validated.

use crate::entity_type::EntityType;
use crate::report::Rule;
use crate::validator::Validator;
use crate::vocabulary::RelationshipType;

/// A relationship that the model defines, or several if the same type fits more entities.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DefinedRelationship {
    /// Type of the entity from which the link goes.
    pub source: EntityType,
    /// Type of the link.
    pub relationship_type: RelationshipType,
    /// Type of the entity to which the link goes.
    pub target: EntityType,
    /// The condition under which to choose it, unless obvious.
    pub note: Option<&'static str>,
}

macro_rules! defined_relationships {
    ($( $source:ident $link:ident $target:ident $($note:literal)?; )*) => {
        /// The relationships that the model defines between two types of entity, each from its
        /// source to its target.
        pub const DEFINED_RELATIONSHIPS: &[DefinedRelationship] = &[
            $(DefinedRelationship {
                source: EntityType::$source,
                relationship_type: RelationshipType::$link,
                target: EntityType::$target,
                note: note!($($note)?),
            },)*
        ];
    };
}

macro_rules! note {
    () => {
        None
    };
    ($note:literal) => {
        Some($note)
    };
}

/// The types of relationship that fit between any two entities: `duplicate-of` (a copy of the
/// other), `derived-from` (made from the other, but changed) and `related-to` (linked in no better
/// defined way).
pub const COMMON_RELATIONSHIPS: &[RelationshipType] =
    &[RelationshipType::DuplicateOf, RelationshipType::DerivedFrom, RelationshipType::RelatedTo];

defined_relationships! {
    Judgement BasedOn Indicator "the indicator is a detection rule";
    Judgement ElementOf Indicator "the indicator is a feed or a watch list";
    Sighting BasedOn Judgement;
    Sighting BasedOn Sighting "a detection that is built on other detections";
    Sighting SightingOf Indicator "the indicator is a detection rule";
    Sighting MemberOf Indicator "the indicator is a feed or a watch list";
    Sighting MemberOf Incident;
    Indicator BasedOn Indicator "a rule that is built on other rules";
    Indicator Indicates Campaign;
    Indicator Indicates Actor;
    Indicator Indicates AttackPattern;
    Indicator Indicates Malware;
    Indicator Indicates Tool;
    Incident AttributedTo Campaign;
    Incident AttributedTo Actor;
    Incident Exploits Vulnerability;
    Incident Uses Coa;
    Campaign Targets Vulnerability;
    Campaign Uses AttackPattern;
    Campaign Uses Malware;
    Campaign Uses Tool;
    Campaign AttributedTo Actor;
    Coa Mitigates AttackPattern;
    Coa Mitigates Vulnerability;
    Coa Mitigates Incident;
    Coa Mitigates Malware;
    Coa Mitigates Tool;
    Actor Uses AttackPattern;
    Actor Uses Malware;
    Actor Uses Tool;
    AttackPattern Targets Vulnerability;
    AttackPattern Uses Malware;
    AttackPattern Uses Tool;
    AttackPattern Exploits Weakness;
    AttackPattern TechniqueOf AttackPattern "from a technique to its tactic";
    AttackPattern SubtechniqueOf AttackPattern "from a sub-technique to its technique";
    Malware Targets Vulnerability;
    Malware Uses Tool;
    Malware VariantOf Tool;
    Tool Targets Vulnerability;
    Weakness VariantOf Weakness;
    Weakness BasedOn Weakness;
}

/// Returns true if the model defines relationships of this type from `source` to `target`.
///
/// ```
/// use ctim::vocabulary::RelationshipType;
/// use ctim::EntityType;
/// use ctim::relationships::is_defined_relationship;
///
/// let defined =
///     |source, target| is_defined_relationship(source, &RelationshipType::SightingOf, target);
/// assert!(defined(EntityType::Sighting, EntityType::Indicator));
/// assert!(!defined(EntityType::Indicator, EntityType::Sighting));
/// ```
#[must_use]
pub fn is_defined_relationship(
    source: EntityType,
    relationship_type: &RelationshipType,
    target: EntityType,
) -> bool {
    COMMON_RELATIONSHIPS.contains(relationship_type)
        || DEFINED_RELATIONSHIPS.iter().any(|defined| {
            defined.source == source
                && defined.relationship_type == *relationship_type
                && defined.target == target
        })
}

/// Warns of a relationship that the model does not define.
pub(crate) fn warn_if_undefined(
    source: EntityType,
    link: &RelationshipType,
    target: EntityType,
    validator: &mut Validator<'_>,
) {
    if let Some(detail) = undefined(source, link, target) {
        validator.warning(Rule::UndefinedRelationship, detail);
    }
}

/// Returns the warning for a relationship that the model does not define. A type that the model
/// does not list is left to the vocabulary's own warning.
pub(crate) fn undefined(source: EntityType, link: &RelationshipType, target: EntityType) -> Option<String> {
    let is_undefined = link.is_known() && !is_defined_relationship(source, link, target);
    is_undefined.then(|| format!("the model defines no relationship {source} {link} {target}"))
}

#[cfg(test)]
#[cfg(feature = "builders")]
mod tests {
    use super::*;
    use crate::{EntityId, Relationship, Validate};
    use uuid::Uuid;

    fn relationship(source: EntityType, link: RelationshipType, target: EntityType) -> Relationship {
        let id = |entity_type| EntityId::transient_uuid(entity_type, Uuid::nil());
        Relationship::builder()
            .id(id(EntityType::Relationship))
            .source_ref(id(source))
            .relationship_type(link)
            .target_ref(id(target))
            .build()
    }

    #[test]
    fn defined_and_common_relationships_are_valid_without_a_warning() {
        for defined in DEFINED_RELATIONSHIPS {
            let relationship =
                relationship(defined.source, defined.relationship_type.clone(), defined.target);
            assert!(relationship.validate().is_empty(), "{defined:?}");
        }
        for common in COMMON_RELATIONSHIPS {
            let relationship = relationship(EntityType::Note, common.clone(), EntityType::Tool);
            assert!(relationship.validate().is_empty(), "{common}");
        }
    }

    #[test]
    fn any_other_relationship_is_valid_with_a_warning() {
        let relationship =
            relationship(EntityType::Indicator, RelationshipType::SightingOf, EntityType::Sighting);
        let report = relationship.validate();
        assert!(report.is_valid());
        let rules: Vec<_> = report.warnings().map(|warning| warning.rule).collect();
        assert_eq!(rules, [Rule::UndefinedRelationship]);
    }

    #[test]
    fn nothing_is_said_where_the_ids_do_not_tell_the_types() {
        let mut relationship =
            relationship(EntityType::Indicator, RelationshipType::SightingOf, EntityType::Sighting);
        relationship.source_ref = EntityId::transient("anything").unwrap();
        assert!(relationship.validate().is_empty());
    }
}
