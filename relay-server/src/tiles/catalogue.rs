//! The tiles that the relay offers.

use xdr_module::contract::tile::{Period, Tile, TileType};

/// Periods for which a mean says something.
const WEEK_OR_LONGER: [Period; 4] =
    [Period::Last7Days, Period::Last30Days, Period::Last60Days, Period::Last90Days];

/// The most entities that are looked at for the most active ones.
pub(super) const MAX_ENTITIES: u32 = 50;

/// The tiles, in the order in which XDR lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TileId {
    InsightsSummary,
    InsightTimes,
    InsightsBySeverity,
    InsightsOverTime,
    SignalsOverTime,
    Funnel,
    Tactics,
    NewestInsights,
    ActiveEntities,
    SumoHealth,
}

impl TileId {
    pub(super) const ALL: [Self; 10] = [
        Self::InsightsSummary,
        Self::InsightTimes,
        Self::InsightsBySeverity,
        Self::InsightsOverTime,
        Self::SignalsOverTime,
        Self::Funnel,
        Self::Tactics,
        Self::NewestInsights,
        Self::ActiveEntities,
        Self::SumoHealth,
    ];

    /// Returns the tile with this id.
    pub(super) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tile| tile.as_str() == id)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::InsightsSummary => "insights-summary",
            Self::InsightTimes => "insight-times",
            Self::InsightsBySeverity => "insights-by-severity",
            Self::InsightsOverTime => "insights-over-time",
            Self::SignalsOverTime => "signals-over-time",
            Self::Funnel => "funnel",
            Self::Tactics => "tactics",
            Self::NewestInsights => "newest-insights",
            Self::ActiveEntities => "active-entities",
            Self::SumoHealth => "sumo-health",
        }
    }

    /// Returns the tile as XDR lists it.
    pub(super) fn tile(self) -> Tile {
        let (kind, title, line, description) = self.texts();
        let mut tile = Tile::new(self.as_str(), kind, title, description, self.periods());
        line.clone_into(&mut tile.short_description);
        tile.with_tags(["siem", "sumo-logic"]).with_default_period(self.default_period())
    }

    fn periods(self) -> Vec<Period> {
        match self {
            Self::InsightTimes => WEEK_OR_LONGER.to_vec(),
            Self::Tactics => vec![Period::Last7Days, Period::Last30Days, Period::Last90Days],
            Self::NewestInsights => vec![Period::Last24Hours, Period::Last7Days],
            Self::ActiveEntities | Self::SumoHealth => vec![Period::Last24Hours],
            _ => Period::ALL.to_vec(),
        }
    }

    fn default_period(self) -> Period {
        match self {
            Self::ActiveEntities | Self::SumoHealth => Period::Last24Hours,
            Self::InsightTimes | Self::Tactics => Period::Last30Days,
            _ => Period::Last7Days,
        }
    }

    /// The type, the title, one line, and the same at length.
    fn texts(self) -> (TileType, &'static str, &'static str, &'static str) {
        match self {
            Self::InsightsSummary => (
                TileType::MetricGroup,
                "Insights",
                "Insights of Cloud SIEM in numbers",
                "Insights that are open now, and those of the period: all, closed, of severity critical or high.",
            ),
            Self::InsightTimes => (
                TileType::MetricGroup,
                "Detection and response times",
                "Mean times to detect, respond and remediate",
                "Mean times until insights of the period were detected, responded to and remediated. Insights without a \
                 time are left out.",
            ),
            Self::InsightsBySeverity => (
                TileType::DonutGraph,
                "Insights by severity and status",
                "Severities and statuses of insights",
                "Insights of the period by severity (outer ring) and status (inner ring).",
            ),
            Self::InsightsOverTime => (
                TileType::VerticalBarChart,
                "Insights over time",
                "New insights over time by severity",
                "Insights of the period by the time when they were made, and by severity. Times are in UTC.",
            ),
            Self::SignalsOverTime => (
                TileType::LineChart,
                "Signals over time",
                "Signals over time",
                "The number of signals over the period. Times are in UTC.",
            ),
            Self::Funnel => (
                TileType::MetricGroup,
                "Records, signals, insights",
                "From records to insights",
                "The records of the period, the signals that rules made of them, and the insights that these led to.",
            ),
            Self::Tactics => (
                TileType::HorizontalBarChart,
                "Insights by MITRE tactic",
                "The ten most frequent tactics",
                "The ten tactics of MITRE ATT&CK that occur in most insights of the period.",
            ),
            Self::NewestInsights => (
                TileType::DataTable,
                "Newest open insights",
                "The ten newest insights that are open",
                "The ten newest insights of the period that are not closed, with links to the Sumo Logic console.",
            ),
            Self::ActiveEntities => (
                TileType::DataTable,
                "Most active entities (of 50)",
                "Entities with the highest activity scores",
                "The entities with the highest activity scores now, among the first 50 whose score is 6 or higher.",
            ),
            Self::SumoHealth => (
                TileType::Markdown,
                "Sumo Logic health events",
                "Problems with collectors and sources",
                "Health events of Sumo Logic that are not resolved now: problems with collectors, sources and budgets.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_found_by_their_id() {
        for id in TileId::ALL {
            let tile = id.tile();
            assert_eq!(TileId::from_id(&tile.id), Some(id));
            assert!(tile.default_period.is_some_and(|period| tile.periods.contains(&period)), "{id:?}");
        }
        assert_eq!(TileId::from_id("nope"), None);
        assert!(TileId::ActiveEntities.tile().title.contains(&MAX_ENTITIES.to_string()));
    }
}
