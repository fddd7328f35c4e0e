//! `POST /tiles`, `POST /tiles/tile` and `POST /tiles/tile-data`.

use poem::web::Data;
use poem_openapi::OpenApi;

use super::request::{Authorized, NoBody, TileDataForm, TileForm, UnreadBody};
use super::response::ReplyResponse;
use super::state::State;
use super::tag::Tag;
use crate::contract::tile::{Tile, TileData};

pub(super) struct TilesApi;

#[OpenApi]
impl TilesApi {
    /// Tiles for the dashboard
    ///
    /// The id, kind, texts and periods of each tile. XDR asks when a module is set up.
    #[oai(path = "/tiles", method = "post", operation_id = "tiles", tag = "Tag::Relay")]
    async fn tiles(
        &self,
        service: Data<&State>,
        request: Authorized,
        _body: NoBody,
    ) -> ReplyResponse<Vec<Tile>> {
        ReplyResponse::new(&service.name, service.dispatch.tiles(request.0).await)
    }

    /// One tile
    ///
    /// The id, kind, texts and periods of one tile, as in the list of tiles.
    #[oai(path = "/tiles/tile", method = "post", operation_id = "tile", tag = "Tag::Relay")]
    async fn tile(
        &self,
        service: Data<&State>,
        request: Authorized,
        body: UnreadBody<TileForm>,
    ) -> ReplyResponse<Tile> {
        ReplyResponse::new(&service.name, service.dispatch.tile(request.0, body.body).await)
    }

    /// The data of a tile
    ///
    /// The content of a tile for a period, in the form that the kind of the tile demands. XDR asks
    /// at each load of the dashboard.
    #[oai(path = "/tiles/tile-data", method = "post", operation_id = "tileData", tag = "Tag::Relay")]
    async fn tile_data(
        &self,
        service: Data<&State>,
        request: Authorized,
        body: UnreadBody<TileDataForm>,
    ) -> ReplyResponse<TileData> {
        ReplyResponse::new(&service.name, service.dispatch.tile_data(request.0, body.body).await)
    }
}
