//! Schemas of reply data in the OpenAPI document.

use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::action::{Action, TriggerResult};
use super::health::Health;
use super::reference_link::ReferenceLink;
use super::tile::{Tile, TileData};

/// Data of a reply as the OpenAPI document shows it.
pub(crate) trait ReplyData: Send + 'static {
    /// The name of the schema of the reply.
    const REPLY: &'static str;

    /// Returns the schema of the data.
    fn schema() -> MetaSchemaRef;

    /// Adds the schemas that the data refers to.
    fn register(registry: &mut Registry);
}

macro_rules! reply_data {
    ($($data:ty => $name:literal),+ $(,)?) => {
        $(impl ReplyData for $data {
            const REPLY: &'static str = $name;

            fn schema() -> MetaSchemaRef {
                <Self as Type>::schema_ref()
            }

            fn register(registry: &mut Registry) {
                <Self as Type>::register(registry);
            }
        })+
    };
}

reply_data! {
    String => "WatchdogReply",
    Health => "HealthReply",
    ctim::EntityLists => "EntityListsReply",
    Vec<ReferenceLink> => "ReferReply",
    Vec<Action> => "ActionsReply",
    TriggerResult => "TriggerReply",
    Vec<Tile> => "TilesReply",
    Tile => "TileReply",
    TileData => "TileDataReply",
}
