//! Tiles for XDR's dashboard.
//!
//! One pass over the insights of a period feeds all tiles that show sums over them. The data of
//! Cloud SIEM is shared by all who ask at the same time, and remembered for one minute (hour, day)
//! or five, each tenant for itself. Pure functions make the contents, from the data and its time.

mod buckets;
mod catalogue;
mod counts;
mod examples;
mod health_events;
mod insights;
mod memory;
mod sources;
mod tables;
mod text;
mod totals;

use std::fmt;
use std::sync::Arc;

use sumo_client::Error;
use xdr_module::contract::reply::{ErrorItem, Reply};
use xdr_module::contract::tile::{Period, Tile, TileContent, TileData};

use self::buckets::Buckets;
use self::catalogue::{MAX_ENTITIES, TileId};
pub(crate) use self::examples::examples;
use self::memory::{Dated, Source, Validity};
pub(crate) use self::sources::Scope;
use self::sources::{Fetched, Gap, InsightPass, Listed, MAX_HEALTH_EVENTS, MAX_PAGES, Sources};
use crate::error_items;

/// The tiles of all tenants.
#[derive(Clone)]
pub(crate) struct Tiles {
    sources: Sources,
}

impl Tiles {
    pub(crate) fn new() -> Self {
        Self { sources: Sources::new() }
    }

    /// Returns the data of the tile with this id.
    pub(crate) async fn data(&self, scope: &Scope, id: &str, period: Period) -> Reply<TileData> {
        let Some(tile) = TileId::from_id(id) else {
            return Reply::error(ErrorItem::invalid_argument(format!("Unknown tile {id}")));
        };
        match self.draw(scope, tile, period).await {
            Ok(Drawing { content, validity, warnings }) => {
                let data = TileData::new(id, period, validity.made, validity.kept(), content);
                Reply::partial(data, warnings)
            }
            Err(error) => Reply::error(error),
        }
    }

    async fn draw(&self, scope: &Scope, tile: TileId, period: Period) -> Result<Drawing, ErrorItem> {
        let sources = &self.sources;
        match tile {
            TileId::InsightsSummary => self.summary(scope, period).await,
            TileId::InsightTimes => {
                self.of_pass(scope, period, |pass, _| insights::times(&pass.totals)).await
            }
            TileId::InsightsBySeverity => {
                self.of_pass(scope, period, |pass, _| insights::by_severity(&pass.totals)).await
            }
            TileId::InsightsOverTime => {
                self.of_pass(scope, period, |pass, buckets| insights::over_time(&pass.totals, buckets)).await
            }
            TileId::Tactics => self.of_pass(scope, period, |pass, _| insights::tactics(&pass.totals)).await,
            TileId::SignalsOverTime => {
                let counts = found(sources.signals_over_time(scope, period).await, scope)?;
                let warnings = unreadable("counts", counts.value.unreadable);
                Ok(Drawing::new(&counts, counts::line(&counts.value), warnings))
            }
            TileId::Funnel => self.funnel(scope, period).await,
            TileId::NewestInsights => {
                let listed = found(sources.newest_insights(scope, period).await, scope)?;
                let warnings = unreadable("insights", listed.value.unreadable);
                Ok(Drawing::new(&listed, tables::newest_insights(&listed.value.items), warnings))
            }
            TileId::ActiveEntities => {
                let listed = found(sources.entities(scope, period).await, scope)?;
                let warnings = more(&listed.value, "active entities", MAX_ENTITIES);
                Ok(Drawing::new(&listed, tables::active_entities(&listed.value.items), warnings))
            }
            TileId::SumoHealth => {
                let listed = sources.health_events(scope, period).await;
                let listed = listed
                    .map_err(|error| error_items::of_call(&error, &scope.host, error_items::MAIN_API))?;
                let warnings = more(&listed.value, "health events", MAX_HEALTH_EVENTS);
                Ok(Drawing::new(&listed, health_events::markdown(&listed.value.items), warnings))
            }
        }
    }

    /// Draws a tile from the pass over the insights of a period.
    async fn of_pass<C: Into<TileContent>>(
        &self,
        scope: &Scope,
        period: Period,
        content: impl FnOnce(&InsightPass, &Buckets) -> C,
    ) -> Result<Drawing, ErrorItem> {
        let pass = found(self.sources.insights_of_period(scope, period).await, scope)?;
        let buckets = Buckets::new(period, pass.made);
        Ok(Drawing::new(&pass, content(&pass.value, &buckets), of_gaps(&pass.value)))
    }

    async fn summary(&self, scope: &Scope, period: Period) -> Result<Drawing, ErrorItem> {
        let (pass, open) = tokio::join!(
            self.sources.insights_of_period(scope, period),
            self.sources.open_insights(scope, period),
        );
        let totals = pass.as_ref().ok().map(|pass| &pass.value.totals);
        let open_now = open.as_ref().ok().map(|open| open.value);
        let content = insights::summary(open_now, totals, &scope.console);
        let mut drawing = Parts::new(scope)
            .with("the insights of the period", &pass)
            .with("the number of open insights", &open)
            .drawing(content)?;
        drawing.warnings.extend(pass.iter().flat_map(|pass| of_gaps(&pass.value)));
        Ok(drawing)
    }

    async fn funnel(&self, scope: &Scope, period: Period) -> Result<Drawing, ErrorItem> {
        let total = |source| self.sources.total(scope, source, period);
        let (records, signals, insights) = tokio::join!(
            total(Source::RecordCount),
            total(Source::SignalCount),
            total(Source::InsightCount),
        );
        let parts = [("Records", &records), ("Signals", &signals), ("Insights", &insights)];
        let count = |fetched: &Fetched<counts::Counts>| {
            fetched.as_ref().ok().and_then(|counts| counts.value.known_total())
        };
        let content = counts::funnel(parts.map(|(label, fetched)| (label, count(fetched))));
        let all = [("the records", &records), ("the signals", &signals), ("the insights", &insights)];
        let parts =
            all.into_iter().fold(Parts::new(scope), |parts, (name, fetched)| parts.with(name, fetched));
        let mut drawing = parts.drawing(content)?;
        for (name, fetched) in all {
            let uncounted = fetched.as_ref().map_or(0, |counts| counts.value.uncounted);
            drawing.warnings.extend(unreadable(format_args!("counts of {name}"), uncounted));
        }
        Ok(drawing)
    }
}

/// Returns the tiles as XDR lists them.
pub(crate) fn list() -> Vec<Tile> {
    TileId::ALL.map(TileId::tile).into()
}

/// The content of a tile, its time, and warnings for all that is missing from it.
struct Drawing {
    content: TileContent,
    validity: Validity,
    warnings: Vec<ErrorItem>,
}

impl Drawing {
    fn new<V>(of: &Dated<V>, content: impl Into<TileContent>, warnings: Vec<ErrorItem>) -> Self {
        Self { content: content.into(), validity: of.validity(), warnings }
    }
}

/// The outcomes of the calls that a tile is drawn from.
struct Parts<'s> {
    scope: &'s Scope,
    /// That of the parts that came.
    validity: Option<Validity>,
    failed: Vec<(&'static str, Arc<Error>)>,
}

impl<'s> Parts<'s> {
    fn new(scope: &'s Scope) -> Self {
        Self { scope, validity: None, failed: Vec::new() }
    }

    fn with<V>(mut self, name: &'static str, part: &Fetched<V>) -> Self {
        match part {
            Ok(part) => {
                let own = part.validity();
                self.validity = Some(self.validity.map_or(own, |validity| validity.and(own)));
            }
            Err(error) => self.failed.push((name, error.clone())),
        }
        self
    }

    /// Returns the drawing of the parts that came, or the first error when none did.
    fn drawing(self, content: impl Into<TileContent>) -> Result<Drawing, ErrorItem> {
        let warning = |(name, error): &(&str, Arc<Error>)| {
            let error = of_call(error, self.scope);
            error_items::tile_incomplete(format_args!("{name} could not be read: {}", error.message))
        };
        let validity = match (self.validity, self.failed.first()) {
            (None, Some((_, error))) => return Err(of_call(error, self.scope)),
            (Some(validity), None) => validity,
            (parts, _) => Validity::of_parts(parts, self.scope.now),
        };
        let warnings = self.failed.iter().map(warning).collect();
        Ok(Drawing { content: content.into(), validity, warnings })
    }
}

fn found<V>(fetched: Fetched<V>, scope: &Scope) -> Result<Arc<Dated<V>>, ErrorItem> {
    fetched.map_err(|error| of_call(&error, scope))
}

/// Returns the error for a failed call.
fn of_call(error: &Error, scope: &Scope) -> ErrorItem {
    error_items::of_call(error, &scope.host, error_items::SIEM_API)
}

/// Returns the warnings for insights that are missing from the sums.
fn of_gaps(pass: &InsightPass) -> Vec<ErrorItem> {
    let read = pass.totals.insights;
    let gap = pass.gap.as_ref().map(|gap| match gap {
        Gap::MorePages => error_items::tile_cut(format_args!(
            "The period has more Insights in Sumo Logic Cloud SIEM Enterprise than a tile reads ({MAX_PAGES} pages). \
             It shows {read} of them"
        )),
        Gap::Stopped(reason) => error_items::tile_incomplete(format_args!(
            "not all insights of the period were read ({reason}), it shows {read} of them"
        )),
    });
    gap.into_iter().chain(unreadable("insights", pass.unreadable)).collect()
}

fn unreadable(what: impl fmt::Display, count: usize) -> Vec<ErrorItem> {
    let warning = || error_items::tile_incomplete(format_args!("{count} {what} could not be read"));
    (count > 0).then(warning).into_iter().collect()
}

/// Returns the warning for a list of which only the start is shown.
fn more<T>(listed: &Listed<T>, what: &str, limit: u32) -> Vec<ErrorItem> {
    let warning = || {
        error_items::tile_cut(format_args!(
            "There are more {what} in Sumo Logic than the {limit} that a tile reads"
        ))
    };
    listed.more.then(warning).into_iter().collect()
}
