//! Tiles of XDR's dashboard: the data of `tiles`, `tiles/tile` and `tiles/tile-data`, and their
//! bodies.
//!
//! The shapes are those that modules of XDR send today; see "Tiles" in the documentation of this
//! crate.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{Enum, Object};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::fields::{INVALID_INPUT, field_error, message, text};
use super::{json, time};

/// The longest id of a tile that is read, in bytes.
const MAX_ID_BYTES: usize = 256;

/// A tile that XDR offers for its dashboard.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
#[non_exhaustive]
pub struct Tile {
    /// The id, unique in the module: letters, digits, `-` and `_`.
    pub id: String,
    /// The kind of drawing.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    pub kind: TileType,
    /// The heading.
    pub title: String,
    /// One line that says what the tile shows.
    pub short_description: String,
    /// The same at length.
    pub description: String,
    /// Words to find the tile by.
    pub tags: Vec<String>,
    /// The spans of time that the tile can show.
    pub periods: Vec<Period>,
    /// The span that is shown first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_period: Option<Period>,
}

impl Tile {
    /// Creates a tile that shows these periods, the first of them at first.
    pub fn new(
        id: impl Into<String>,
        kind: TileType,
        title: impl Into<String>,
        description: impl Into<String>,
        periods: impl IntoIterator<Item = Period>,
    ) -> Self {
        let (description, periods) = (description.into(), periods.into_iter().collect::<Vec<_>>());
        Self {
            id: id.into(),
            kind,
            title: title.into(),
            short_description: description.clone(),
            description,
            tags: Vec::new(),
            default_period: periods.first().copied(),
            periods,
        }
    }

    /// Returns the same with words to find it by.
    #[must_use]
    pub fn with_tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the same with another period shown first.
    #[must_use]
    pub fn with_default_period(self, period: Period) -> Self {
        Self { default_period: Some(period), ..self }
    }
}

/// The kinds of drawings.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TileType {
    /// Single numbers with labels.
    MetricGroup,
    /// One or two rings.
    DonutGraph,
    /// Lying bars.
    HorizontalBarChart,
    /// Standing bars.
    VerticalBarChart,
    /// A line over time.
    LineChart,
    /// Rows and columns.
    DataTable,
    /// Text with markup.
    Markdown,
}

/// The spans of time that tiles show, each until now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Ord, PartialOrd, Serialize, Enum)]
pub enum Period {
    /// The last 60 minutes.
    #[serde(rename = "last_hour")]
    #[oai(rename = "last_hour")]
    LastHour,
    /// The last 24 hours.
    #[serde(rename = "last_24_hours")]
    #[oai(rename = "last_24_hours")]
    Last24Hours,
    /// The last seven days.
    #[serde(rename = "last_7_days")]
    #[oai(rename = "last_7_days")]
    Last7Days,
    /// The last 30 days.
    #[serde(rename = "last_30_days")]
    #[oai(rename = "last_30_days")]
    Last30Days,
    /// The last 60 days.
    #[serde(rename = "last_60_days")]
    #[oai(rename = "last_60_days")]
    Last60Days,
    /// The last 90 days.
    #[serde(rename = "last_90_days")]
    #[oai(rename = "last_90_days")]
    Last90Days,
}

impl Period {
    /// All periods, the shortest first.
    pub const ALL: [Self; 6] = [
        Self::LastHour,
        Self::Last24Hours,
        Self::Last7Days,
        Self::Last30Days,
        Self::Last60Days,
        Self::Last90Days,
    ];

    /// Returns the name as XDR writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LastHour => "last_hour",
            Self::Last24Hours => "last_24_hours",
            Self::Last7Days => "last_7_days",
            Self::Last30Days => "last_30_days",
            Self::Last60Days => "last_60_days",
            Self::Last90Days => "last_90_days",
        }
    }

    /// Returns the period with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == name)
    }

    /// Returns the length of the period.
    pub fn length(self) -> TimeDelta {
        match self {
            Self::LastHour => TimeDelta::hours(1),
            Self::Last24Hours => TimeDelta::hours(24),
            Self::Last7Days => TimeDelta::days(7),
            Self::Last30Days => TimeDelta::days(30),
            Self::Last60Days => TimeDelta::days(60),
            Self::Last90Days => TimeDelta::days(90),
        }
    }

    /// Returns the period that ends at `now`.
    pub fn until(self, now: DateTime<Utc>) -> TimeSpan {
        TimeSpan { start_time: now - self.length(), end_time: now }
    }
}

/// A span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct TimeSpan {
    /// The start.
    #[serde(serialize_with = "time::required")]
    pub start_time: DateTime<Utc>,
    /// The end.
    #[serde(serialize_with = "time::required")]
    pub end_time: DateTime<Utc>,
}

/// The data of a tile for a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TileData {
    /// The id of the tile.
    pub tile_id: String,
    /// The period that was asked for.
    pub period: Period,
    /// The span that the numbers cover.
    pub observed_time: TimeSpan,
    /// The span in which XDR may show the answer again without asking.
    pub valid_time: TimeSpan,
    /// The callers who may see the same answer.
    pub cache_scope: CacheScope,
    /// The numbers themselves, by the type of the tile.
    #[serde(flatten)]
    pub content: TileContent,
}

impl TileData {
    /// Creates the data of a tile that may be shown again for `valid_for`, to all callers of the
    /// organisation.
    pub fn new(
        tile_id: impl Into<String>,
        period: Period,
        now: DateTime<Utc>,
        valid_for: TimeDelta,
        content: impl Into<TileContent>,
    ) -> Self {
        Self {
            tile_id: tile_id.into(),
            period,
            observed_time: period.until(now),
            valid_time: TimeSpan { start_time: now, end_time: now + valid_for },
            cache_scope: CacheScope::Org,
            content: content.into(),
        }
    }
}

/// The callers who may see the same copy of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum CacheScope {
    /// All users of the organisation.
    Org,
    /// One user.
    User,
    /// Not cached: each load asks anew.
    None,
}

/// The content of a tile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum TileContent {
    /// Of a `metric_group`.
    Metrics(MetricGroup),
    /// Of a `donut_graph`.
    Donut(DonutGraph),
    /// Of a `horizontal_bar_chart` or `vertical_bar_chart`.
    Bars(BarChart),
    /// Of a `line_chart`.
    Line(LineChart),
    /// Of a `data_table`.
    Table(DataTable),
    /// Of a `markdown`.
    Markdown(Markdown),
}

macro_rules! contents {
    ($($variant:ident($content:ident)),+) => {
        $(impl From<$content> for TileContent {
            fn from(content: $content) -> Self {
                Self::$variant(content)
            }
        })+

        /// Adds the schemas of all contents and returns references to them.
        fn content_schemas(registry: &mut Registry) -> Vec<MetaSchemaRef> {
            $($content::register(registry);)+
            vec![$($content::schema_ref()),+]
        }
    };
}

contents!(
    Metrics(MetricGroup),
    Donut(DonutGraph),
    Bars(BarChart),
    Line(LineChart),
    Table(DataTable),
    Markdown(Markdown)
);

/// Single numbers with labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct MetricGroup {
    /// The numbers, in the order in which they are shown.
    pub data: Vec<Metric>,
}

impl MetricGroup {
    /// Creates a group of these numbers.
    pub fn new(metrics: impl IntoIterator<Item = Metric>) -> Self {
        Self { data: metrics.into_iter().collect() }
    }
}

/// A number with its label.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
#[non_exhaustive]
pub struct Metric {
    /// The name of a picture, such as `warning`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The label.
    pub label: String,
    /// A number, or a text.
    pub value: Value,
    /// `integer` or `string`, as `value` is.
    #[serde(rename = "value-unit")]
    #[oai(rename = "value-unit")]
    pub value_unit: String,
    /// The target of a click.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_uri: Option<String>,
}

impl Metric {
    /// Creates a number.
    pub fn number(label: impl Into<String>, value: u64) -> Self {
        Self::new(label.into(), value.into(), "integer")
    }

    /// Creates a value that is shown as a text, such as `41 min`.
    pub fn text(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(label.into(), Value::String(value.into()), "string")
    }

    fn new(label: String, value: Value, unit: &str) -> Self {
        Self { icon: None, label, value, value_unit: unit.to_owned(), link_uri: None }
    }

    /// Returns the same with a picture.
    #[must_use]
    pub fn with_icon(self, icon: impl Into<String>) -> Self {
        Self { icon: Some(icon.into()), ..self }
    }

    /// Returns the same with a link.
    #[must_use]
    pub fn with_link(self, link_uri: impl Into<String>) -> Self {
        Self { link_uri: Some(link_uri.into()), ..self }
    }
}

/// One or two rings; keys are positions in the lists of labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct DonutGraph {
    /// The labels of the outer ring, then those of the inner ring.
    pub labels: Vec<Vec<String>>,
    /// The names of the rings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[oai(default, skip_serializing_if = "Vec::is_empty")]
    pub label_headers: Vec<String>,
    /// The parts of the outer ring.
    pub data: Vec<DonutPart>,
}

impl DonutGraph {
    /// Creates a graph of these parts. Each ring has a name and a list of labels, the outer one
    /// first.
    pub fn new(
        rings: impl IntoIterator<Item = (String, Vec<String>)>,
        parts: impl IntoIterator<Item = DonutPart>,
    ) -> Self {
        let (label_headers, labels) = rings.into_iter().unzip();
        Self { labels, label_headers, data: parts.into_iter().collect() }
    }
}

/// A part of the outer ring.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
#[non_exhaustive]
pub struct DonutPart {
    /// The position of its label in the first list.
    pub key: u64,
    /// The sum of its segments.
    pub value: u64,
    /// Its parts of the inner ring.
    pub segments: Vec<DonutSegment>,
    /// The target of a click.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_uri: Option<String>,
}

impl DonutPart {
    /// Creates a part of these segments.
    pub fn new(key: u64, value: u64, segments: impl IntoIterator<Item = DonutSegment>) -> Self {
        Self { key, value, segments: segments.into_iter().collect(), link_uri: None }
    }

    /// Returns the same with the target of a click.
    #[must_use]
    pub fn with_link(self, link_uri: impl Into<String>) -> Self {
        Self { link_uri: Some(link_uri.into()), ..self }
    }
}

/// A part of the inner ring.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
#[non_exhaustive]
pub struct DonutSegment {
    /// The position of its label in the second list.
    pub key: u64,
    /// The number.
    pub value: u64,
    /// The target of a click.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_uri: Option<String>,
}

impl DonutSegment {
    /// Creates a segment with the position of its label in the second list.
    pub fn new(key: u64, value: u64) -> Self {
        Self { key, value, link_uri: None }
    }

    /// Returns the same with the target of a click.
    #[must_use]
    pub fn with_link(self, link_uri: impl Into<String>) -> Self {
        Self { link_uri: Some(link_uri.into()), ..self }
    }
}

/// Bars, each made of values of some series.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct BarChart {
    /// `string`: keys of bars are texts.
    pub key_type: KeyType,
    /// The series.
    pub keys: Vec<Series>,
    /// The bars.
    pub data: Vec<Bar>,
}

impl BarChart {
    /// Creates a chart whose bars have texts as keys.
    pub fn new(keys: impl IntoIterator<Item = Series>, data: impl IntoIterator<Item = Bar>) -> Self {
        Self { key_type: KeyType::String, keys: keys.into_iter().collect(), data: data.into_iter().collect() }
    }
}

/// The meaning of the keys of a chart.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum KeyType {
    /// Texts.
    String,
    /// Seconds since 1970.
    Timestamp,
}

/// A series of a bar chart.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct Series {
    /// The key that values name.
    pub key: String,
    /// The name shown.
    pub label: String,
}

impl Series {
    /// Creates a series.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into() }
    }
}

/// A bar.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct Bar {
    /// The key, unique in the chart.
    pub key: String,
    /// The name shown.
    pub label: String,
    /// The sum of the values.
    pub value: u64,
    /// The values by series.
    pub values: Vec<BarValue>,
}

impl Bar {
    /// Creates a bar of these values.
    pub fn new(
        key: impl Into<String>,
        label: impl Into<String>,
        values: impl IntoIterator<Item = BarValue>,
    ) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        let value = values.iter().fold(0, |sum: u64, value| sum.saturating_add(value.value));
        Self { key: key.into(), label: label.into(), value, values }
    }
}

/// The value of a bar in one series.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
#[non_exhaustive]
pub struct BarValue {
    /// The key of the series.
    pub key: String,
    /// The number.
    pub value: u64,
    /// The text that is shown beside the pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tooltip: Option<String>,
    /// The target of a click.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_uri: Option<String>,
}

impl BarValue {
    /// Creates the value of a bar in the series with this key.
    pub fn new(key: impl Into<String>, value: u64) -> Self {
        Self { key: key.into(), value, tooltip: None, link_uri: None }
    }

    /// Returns the same with a text that is shown beside the pointer.
    #[must_use]
    pub fn with_tooltip(self, tooltip: impl Into<String>) -> Self {
        Self { tooltip: Some(tooltip.into()), ..self }
    }

    /// Returns the same with the target of a click.
    #[must_use]
    pub fn with_link(self, link_uri: impl Into<String>) -> Self {
        Self { link_uri: Some(link_uri.into()), ..self }
    }
}

/// A line over time.
#[derive(Clone, Debug, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct LineChart {
    /// `timestamp`: keys of points are seconds since 1970.
    pub key_type: KeyType,
    /// The points, the oldest first.
    pub data: Vec<Point>,
}

impl LineChart {
    /// Creates a line of these points.
    pub fn new(data: impl IntoIterator<Item = Point>) -> Self {
        Self { key_type: KeyType::Timestamp, data: data.into_iter().collect() }
    }
}

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct Point {
    /// Seconds since 1970.
    pub key: i64,
    /// The number.
    pub value: u64,
}

impl Point {
    /// Creates a point at so many seconds since 1970.
    pub fn new(key: i64, value: u64) -> Self {
        Self { key, value }
    }
}

/// Rows and columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Object)]
// `DataTable` in the document is an entity of CTIM.
#[oai(rename = "TileDataTable")]
#[non_exhaustive]
pub struct DataTable {
    /// The table.
    pub data: TableData,
}

impl DataTable {
    /// Creates a table; each row has texts by the keys of the columns, and perhaps `link_uri`.
    pub fn new(
        columns: impl IntoIterator<Item = Column>,
        rows: impl IntoIterator<Item = BTreeMap<String, String>>,
    ) -> Self {
        Self { data: TableData { columns: columns.into_iter().collect(), rows: rows.into_iter().collect() } }
    }
}

/// The columns and rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct TableData {
    /// The columns, in the order in which they are shown.
    pub columns: Vec<Column>,
    /// The rows: texts by the keys of the columns.
    pub rows: Vec<BTreeMap<String, String>>,
}

/// A column of a table.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct Column {
    /// The key of its texts in the rows, unique in the table.
    pub key: String,
    /// The heading.
    pub label: String,
    /// The form of its texts.
    pub content_type: ContentType,
}

impl Column {
    /// Creates a column.
    pub fn new(key: impl Into<String>, label: impl Into<String>, content_type: ContentType) -> Self {
        Self { key: key.into(), label: label.into(), content_type }
    }
}

/// The forms of texts in a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContentType {
    /// A text.
    Text,
    /// A text by which rows can be filtered.
    FilterText,
    /// A text that leads to the `link_uri` of its row.
    LinkedText,
    /// A severity or status with its picture.
    IconAndText,
}

/// Text with markup, one line an element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct Markdown {
    /// The lines.
    pub data: Vec<String>,
}

impl Markdown {
    /// Creates a text of these lines.
    pub fn new(lines: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { data: lines.into_iter().map(Into::into).collect() }
    }

    /// Returns a text of others as Markdown that shows it letter by letter, on one line.
    ///
    /// ```
    /// use xdr_module::contract::tile::Markdown;
    ///
    /// assert_eq!(Markdown::escape("a|b\n<img>"), r"a\|b \<img\>");
    /// ```
    pub fn escape(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                c if c.is_control() => escaped.push(' '),
                c if c.is_ascii_punctuation() => escaped.extend(['\\', c]),
                c => escaped.push(c),
            }
        }
        escaped
    }
}

impl Type for TileData {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "TileData".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference("TileData".to_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>("TileData".to_owned(), |registry| {
            Period::register(registry);
            TimeSpan::register(registry);
            CacheScope::register(registry);
            let contents = content_schemas(registry);
            for content in &contents {
                add_common_members(registry, content);
            }
            MetaSchema {
                description: Some(
                    "The data of a tile for a period; its content depends on the type of the tile.",
                ),
                any_of: contents,
                ..MetaSchema::ANY
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

/// Adds the members that the data of all tiles has to the schema of a content: each schema is then
/// that of a whole answer, as validators and generators of clients read it best.
fn add_common_members(registry: &mut Registry, content: &MetaSchemaRef) {
    let MetaSchemaRef::Reference(name) = content else { return };
    let Some(schema) = registry.schemas.get_mut(name) else { return };
    let described = |schema: MetaSchemaRef, description| {
        schema.merge(MetaSchema { description: Some(description), ..MetaSchema::ANY })
    };
    let common = [
        ("tile_id", described(String::schema_ref(), "The id of the tile.")),
        ("period", described(Period::schema_ref(), "The period that was asked for.")),
        ("observed_time", described(TimeSpan::schema_ref(), "The span that the numbers cover.")),
        (
            "valid_time",
            described(
                TimeSpan::schema_ref(),
                "The span in which the answer may be shown again without asking.",
            ),
        ),
        (
            "cache_scope",
            described(CacheScope::schema_ref(), "The callers who may see the same copy of the answer."),
        ),
    ];
    schema.required.splice(0..0, common.iter().map(|(name, _)| *name));
    schema.properties.splice(0..0, common);
}

/// Reads the body of `tiles/tile`: the id of a tile.
///
/// # Errors
/// A text that names each failing field, in the printed form that modules of XDR always had.
pub fn parse_tile_request(body: &[u8]) -> Result<String, String> {
    let [tile_id] = fields(body, ["tile_id"])?;
    text(tile_id, "tile_id", MAX_ID_BYTES).map_err(|error| message([error]))
}

/// Reads the body of `tiles/tile-data`: the id of a tile and a period.
///
/// # Errors
/// A text that names each failing field, in the printed form that modules of XDR always had.
pub fn parse_tile_data_request(body: &[u8]) -> Result<(String, Period), String> {
    let [tile_id, period] = fields(body, ["tile_id", "period"])?;
    let tile_id = text(tile_id, "tile_id", MAX_ID_BYTES);
    let period = text(period, "period", MAX_ID_BYTES).and_then(|name| {
        Period::from_name(&name).ok_or_else(|| field_error("period", "Not a valid choice."))
    });
    match (tile_id, period) {
        (Ok(tile_id), Ok(period)) => Ok((tile_id, period)),
        (tile_id, period) => Err(message([tile_id.err(), period.err()].into_iter().flatten())),
    }
}

/// Returns the fields of a body that have these names; tiles ignore all others.
fn fields<'a, const N: usize>(body: &'a [u8], names: [&str; N]) -> Result<[Option<&'a RawValue>; N], String> {
    let fields = json::value(body).and_then(|body| json::members(body, names, |_, _| ()));
    fields.ok_or_else(|| INVALID_INPUT.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2024-09-14T09:00:00Z").unwrap().to_utc()
    }

    fn written(content: impl Into<TileContent>) -> Value {
        let data = TileData::new("t", Period::Last7Days, now(), TimeDelta::minutes(5), content);
        let mut written = serde_json::to_value(data).unwrap();
        let members = written.as_object_mut().unwrap();
        assert_eq!(members.remove("tile_id"), Some(json!("t")));
        assert_eq!(members.remove("period"), Some(json!("last_7_days")));
        let observed =
            json!({"start_time": "2024-09-07T09:00:00.000Z", "end_time": "2024-09-14T09:00:00.000Z"});
        assert_eq!(members.remove("observed_time"), Some(observed));
        let valid = json!({"start_time": "2024-09-14T09:00:00.000Z", "end_time": "2024-09-14T09:05:00.000Z"});
        assert_eq!(members.remove("valid_time"), Some(valid));
        assert_eq!(members.remove("cache_scope"), Some(json!("org")));
        written
    }

    #[test]
    fn contents_are_written_as_xdr_reads_them() {
        let metrics = [Metric::number("Open", 7).with_icon("warning"), Metric::text("Mean", "41 min")];
        assert_eq!(
            written(MetricGroup::new(metrics)),
            json!({"data": [
                {"icon": "warning", "label": "Open", "value": 7, "value-unit": "integer"},
                {"label": "Mean", "value": "41 min", "value-unit": "string"},
            ]})
        );
        let part = DonutPart::new(1, 3, [DonutSegment::new(0, 3)]);
        let donut = DonutGraph::new([("Letter".into(), vec!["A".into()])], [part]);
        assert_eq!(
            written(donut),
            json!({"labels": [["A"]], "label_headers": ["Letter"],
                   "data": [{"key": 1, "value": 3, "segments": [{"key": 0, "value": 3}]}]})
        );
        let series = Series::new("high", "High");
        assert_eq!(
            written(BarChart::new(
                [series],
                [Bar::new("d", "D", [BarValue::new("high", 1), BarValue::new("low", 3)])]
            )),
            json!({"key_type": "string", "keys": [{"key": "high", "label": "High"}], "data": [
                {"key": "d", "label": "D", "value": 4,
                 "values": [{"key": "high", "value": 1}, {"key": "low", "value": 3}]}]})
        );
        assert_eq!(
            written(LineChart::new([Point::new(1_726_185_600, 4)])),
            json!({"key_type": "timestamp", "data": [{"key": 1_726_185_600, "value": 4}]})
        );
        let column = Column::new("id", "Insight", ContentType::LinkedText);
        assert_eq!(
            written(DataTable::new([column], [BTreeMap::from([("id".into(), "INSIGHT-1".into())])])),
            json!({"data": {"columns": [{"key": "id", "label": "Insight", "content_type": "linked_text"}],
                            "rows": [{"id": "INSIGHT-1"}]}})
        );
        assert_eq!(written(Markdown::new(["a"])), json!({"data": ["a"]}));
    }

    #[test]
    fn tiles_are_written_as_xdr_reads_them() {
        let tile =
            Tile::new("a", TileType::LineChart, "A", "Shows A.", [Period::LastHour, Period::Last24Hours]);
        assert_eq!(
            serde_json::to_value(tile.with_tags(["siem"])).unwrap(),
            json!({"id": "a", "type": "line_chart", "title": "A", "short_description": "Shows A.",
                   "description": "Shows A.", "tags": ["siem"], "periods": ["last_hour", "last_24_hours"],
                   "default_period": "last_hour"})
        );
    }

    #[test]
    fn bodies_are_checked() {
        let missing = "['Missing data for required field.']";
        assert_eq!(parse_tile_request(br#"{"tile_id":"a"}"#), Ok("a".to_owned()));
        assert_eq!(parse_tile_request(b"{}"), Err(format!("{{'tile_id': {missing}}}")));
        assert_eq!(parse_tile_request(b"[]"), Err(INVALID_INPUT.to_owned()));
        for period in Period::ALL {
            let body = json!({"tile_id": "a", "period": period.as_str()}).to_string();
            assert_eq!(parse_tile_data_request(body.as_bytes()), Ok(("a".to_owned(), period)));
        }
        assert_eq!(
            parse_tile_data_request(br#"{"period":"last_year"}"#),
            Err(format!("{{'tile_id': {missing}, 'period': ['Not a valid choice.']}}"))
        );
    }

    proptest::proptest! {
        #[test]
        fn escaped_text_is_one_line_without_markup(text in ".{0,40}") {
            let escaped = Markdown::escape(&text);
            proptest::prop_assert!(!escaped.contains(['\n', '\r']));
            let mut signs = escaped.chars();
            while let Some(sign) = signs.next() {
                let next_is_plain = sign == '\\' && signs.next().is_some();
                proptest::prop_assert!(next_is_plain || !sign.is_ascii_punctuation());
            }
        }
    }
}
