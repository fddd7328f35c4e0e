//! The additions of the relay to Cloud SIEM, found by their description, and their removal.

use sumo_client::api::match_lists::ListItem;
use sumo_client::api::threat_intel_indicators::{IndicatorPart, ThreatIntelIndicator};
use sumo_client::query::{Query, entities, list_items};
use sumo_client::{Client, Error};

use super::job::ADDED;
use super::run::TAG;

/// Something that the relay added to Cloud SIEM.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Addition {
    /// The kind of addition.
    pub kind: AdditionKind,
    /// Its id: of an item, an indicator or an entity.
    pub id: String,
    /// The list or source that holds it; the tag, for entities.
    pub place: String,
    /// Its value.
    pub value: String,
    /// The id of the request that added it, if it is known.
    pub request_id: Option<String>,
    /// The time at which it was added, as Cloud SIEM tells it.
    pub added: Option<String>,
    /// The time at which it expires, as Cloud SIEM tells it.
    pub expires: Option<String>,
}

/// The kinds of additions that can be found again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AdditionKind {
    /// An item of a match list.
    MatchListItem,
    /// An item of a suppressed list.
    SuppressListItem,
    /// An indicator of a custom source of threat intelligence.
    Indicator,
    /// The tag of the relay on an entity.
    EntityTag,
}

impl AdditionKind {
    /// All kinds.
    pub const ALL: [Self; 4] =
        [Self::MatchListItem, Self::SuppressListItem, Self::Indicator, Self::EntityTag];

    /// Returns the name of the kind.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MatchListItem => "match list item",
            Self::SuppressListItem => "suppressed list item",
            Self::Indicator => "indicator",
            Self::EntityTag => "entity tag",
        }
    }
}

/// Returns the additions of a kind.
///
/// Comments, statuses, criticalities and indicators of the platform's datastore cannot be found
/// again.
///
/// # Errors
/// Returns an error if Cloud SIEM cannot be asked.
pub async fn additions(client: &Client, kind: AdditionKind) -> Result<Vec<Addition>, Error> {
    let by_description = || Query::from(list_items::DESCRIPTION.contains(ADDED));
    Ok(match kind {
        AdditionKind::MatchListItem => {
            let items = client.match_list_items().list().q(by_description()).listing().collect().await?;
            items.into_iter().filter_map(|item| of_item(item, kind)).collect()
        }
        AdditionKind::SuppressListItem => {
            let items = client.suppress_list_items().list().q(by_description()).listing().collect().await?;
            items.into_iter().filter_map(|item| of_item(item, kind)).collect()
        }
        AdditionKind::Indicator => {
            let list =
                client.threat_intel_indicators().list().q(by_description()).expand([IndicatorPart::Source]);
            list.listing().collect().await?.into_iter().filter_map(of_indicator).collect()
        }
        AdditionKind::EntityTag => {
            let tagged = client.entities().list().q(Query::from(entities::TAG.equals(TAG)));
            let tagged = tagged.listing().collect().await?.into_iter();
            tagged
                .filter(|entity| entity.tags.iter().any(|tag| tag == TAG))
                .map(|entity| Addition {
                    kind,
                    place: TAG.to_owned(),
                    value: entity.text().to_owned(),
                    id: entity.id,
                    request_id: None,
                    added: None,
                    expires: None,
                })
                .collect()
        }
    })
}

/// Removes an addition. One that is gone already counts as removed.
///
/// # Errors
/// Returns an error if Cloud SIEM does not do it.
pub async fn undo(client: &Client, addition: &Addition) -> Result<(), Error> {
    let id = addition.id.as_str();
    let undone = match addition.kind {
        AdditionKind::MatchListItem => {
            client.match_list_items().delete(id).repeatable(true).send().await.map(drop)
        }
        AdditionKind::SuppressListItem => {
            client.suppress_list_items().delete(id).repeatable(true).send().await.map(drop)
        }
        AdditionKind::Indicator => {
            client.threat_intel_indicators().delete(id).repeatable(true).send().await.map(drop)
        }
        AdditionKind::EntityTag => {
            client.entities().remove_tags(id, &[TAG]).repeatable(true).send().await.map(drop)
        }
    };
    match undone {
        Err(error) if error.is_not_found() => Ok(()),
        undone => undone,
    }
}

/// Returns the id of the request in a description of the relay; none for descriptions of others.
fn request_of(description: Option<&str>) -> Option<Option<String>> {
    let rest = description?.strip_prefix(ADDED)?;
    let id = rest.strip_prefix(" (request ").and_then(|rest| rest.strip_suffix(')'));
    (rest.is_empty() || id.is_some()).then(|| id.map(str::to_owned))
}

fn of_item(item: ListItem, kind: AdditionKind) -> Option<Addition> {
    let meta = item.meta.unwrap_or_default();
    Some(Addition {
        request_id: request_of(meta.description.as_deref())?,
        kind,
        id: item.id,
        place: item.list_name.unwrap_or_default(),
        value: item.value,
        added: meta.created.and_then(|created| created.when).map(|when| when.to_string()),
        expires: item.expiration.map(|end| end.to_string()),
    })
}

fn of_indicator(indicator: ThreatIntelIndicator) -> Option<Addition> {
    let meta = indicator.meta.unwrap_or_default();
    Some(Addition {
        request_id: request_of(meta.description.as_deref())?,
        kind: AdditionKind::Indicator,
        id: indicator.id,
        place: indicator.source.map(|source| source.name).unwrap_or_default(),
        value: indicator.value,
        added: meta.created.and_then(|created| created.when).map(|when| when.to_string()),
        expires: indicator.expiration.map(|end| end.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_descriptions_of_the_relay_count() {
        for (description, expected) in [
            (None, None),
            (Some(""), None),
            (Some("Added by hand"), None),
            (Some("Not Added from Cisco XDR (request a)"), None),
            (Some("Added from Cisco XDR and kept by Ana"), None),
            (Some("Added from Cisco XDR"), Some(None)),
            (Some("Added from Cisco XDR (request r-1)"), Some(Some("r-1".to_owned()))),
        ] {
            assert_eq!(request_of(description), expected, "{description:?}");
        }
    }
}
