// The demo's dashboard: asks the relay for its tiles and their data, and draws them.

import { drawLine, drawLyingBars, drawRings, drawStandingBars, timeText } from "./charts.js";
import { consoleLink, html } from "./element.js";
import { drawMarkdown } from "./markdown.js";

const place = (id) => document.getElementById(id);
const token = place("main").dataset.token;

const PERIODS = {
  last_hour: "Last hour", last_24_hours: "Last 24 hours", last_7_days: "Last 7 days",
  last_30_days: "Last 30 days", last_60_days: "Last 60 days", last_90_days: "Last 90 days",
};

/** The relay's reply to a question, or an error in the same form. */
const ask = async (path, body) => {
  try {
    const answer = await fetch(path, { method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
    const envelope = await answer.json();
    // A fault of the server itself is no envelope.
    return answer.ok ? envelope : { errors: [{ type: "fatal", code: String(answer.status), message: envelope.message ?? "" }] };
  } catch {
    return { errors: [{ type: "fatal", code: "no answer", message: "The relay cannot be reached. Is the demo still running?" }] };
  }
};

const errorItem = (error) => html("li", { class: error.type === "warning" ? "warning" : "fatal" },
  html("strong", {}, `${error.type === "warning" ? "Warning" : "Error"} (${error.code}): `), error.message);

const number = (value) => html("td", { class: "number" }, String(value));

const table = (heads, rows) => html("table", {},
  html("thead", {}, html("tr", {}, ...heads.map((head, index) => html("th", { scope: "col", class: index > 0 ? "number" : undefined }, head)))),
  html("tbody", {}, ...rows));

const row = (label, ...values) => html("tr", {}, html("th", { scope: "row" }, label), ...values.map(number));

/** The numbers of a drawing, for those who do not see it. */
const asTable = (heads, rows) => html("details", {}, html("summary", {}, "As a table"),
  html("div", { class: "scroll tall", role: "region", "aria-label": "Numbers", tabindex: "0" }, table(heads, rows)));

const drawing = (shapes, ...rest) => [html("figure", {}, ...shapes), ...rest];

const ringRows = (data) => data.data.flatMap((part) => part.segments.map((one) => html("tr", {},
  html("th", { scope: "row" }, data.labels[0][part.key]), html("td", { class: "number" }, data.labels[1][one.key]), number(one.value))));

const barTable = (data) => asTable(["", ...data.keys.map((key) => key.label), ...(data.keys.length > 1 ? ["All"] : [])],
  data.data.map((bar) => row(bar.label,
    ...data.keys.map((key) => bar.values.find((value) => value.key === key.key)?.value ?? 0),
    ...(data.keys.length > 1 ? [bar.value] : []))));

const metric = (one) => html("div", {},
  html("dt", {}, one.label), html("dd", {}, consoleLink(one.link_uri, String(one.value)) ?? String(one.value)));

const cell = (line, column, isFirst) => {
  const text = line[column.key] ?? "";
  const content = column.content_type === "linked_text" ? consoleLink(line.link_uri, text) ?? text
    : column.content_type === "icon_and_text" ? html("span", { class: `severity ${text.toLowerCase()}` }, text) : text;
  return isFirst ? html("th", { scope: "row" }, content) : html("td", {}, content);
};

const region = (name, ...children) =>
  html("div", { class: "scroll", role: "region", "aria-label": name, tabindex: "0" }, ...children);

const dataTable = ({ columns, rows }, name) => (rows.length === 0
  ? html("p", { class: "quiet" }, "Nothing to show.")
  : region(name, html("table", {},
    html("thead", {}, html("tr", {}, ...columns.map((column) => html("th", { scope: "col" }, column.label)))),
    html("tbody", {}, ...rows.map((line) => html("tr", {}, ...columns.map((column, index) => cell(line, column, index === 0))))))));

/** A function for each type of tile, from its data to elements. */
const DRAWINGS = {
  metric_group: (data) => [html("dl", { class: "metrics" }, ...data.data.map(metric))],
  donut_graph: (data, name) => drawing(drawRings(data, name),
    asTable([...(data.label_headers ?? ["Outer", "Inner"]), "Count"], ringRows(data))),
  vertical_bar_chart: (data, name) => drawing(drawStandingBars(data, name), barTable(data)),
  horizontal_bar_chart: (data, name) => drawing(drawLyingBars(data, name), barTable(data)),
  line_chart: (data, name) => drawing(drawLine(data, name),
    asTable(["Time (UTC)", "Count"], data.data.map((one) => row(timeText(one.key), one.value)))),
  data_table: (data, name) => [dataTable(data.data, name)],
  markdown: (data, name) => {
    const elements = drawMarkdown(data.data);
    return elements.some((one) => one.tagName === "TABLE") ? [region(name, ...elements)] : elements;
  },
};

const periodChoice = (id, periods, chosen) => html("select", { id, name: "period" },
  ...periods.map((period) => html("option", { value: period, selected: period === chosen ? "" : undefined }, PERIODS[period] ?? period)));

const shortTime = (time) => time.replace("T", " ").replace(/:\d\d\.\d+Z$/, "");

/** A card for a tile, which draws itself for a period. */
class Card {
  constructor(tile) {
    this.tile = tile;
    const id = `tile-${tile.id}`;
    this.choice = periodChoice(`${id}-period`, tile.periods, tile.default_period);
    this.span = html("p", { class: "quiet" });
    this.errors = html("ul", { class: "errors", "aria-label": `Warnings and errors of ${tile.title}`, hidden: "" });
    this.content = html("div", { class: "content" });
    const isBroad = ["data_table", "markdown"].includes(tile.type);
    this.element = html("article", { id, class: `card tile${isBroad ? " broad" : ""}`, "aria-labelledby": `${id}-title`, "data-type": tile.type },
      html("h2", { id: `${id}-title` }, tile.title), html("p", {}, tile.description),
      html("form", {}, html("p", {}, html("label", { for: `${id}-period` }, `Period of ${tile.title}`), this.choice)),
      this.span, this.errors, this.content);
    this.choice.addEventListener("change", () => this.draw());
    this.asked = 0;
  }

  choose(period) {
    this.choice.value = this.tile.periods.includes(period) ? period : this.tile.default_period;
  }

  async draw() {
    const question = ++this.asked;
    this.element.setAttribute("aria-busy", "true");
    const { data, errors = [] } = await ask("/tiles/tile-data", { tile_id: this.tile.id, period: this.choice.value });
    // What an earlier question gets is dropped.
    if (question !== this.asked) return;
    const draw = DRAWINGS[this.tile.type] ?? (() => [html("p", {}, `This page cannot draw a ${this.tile.type}.`)]);
    this.content.replaceChildren(...(data ? draw(data, this.tile.title) : []));
    this.span.textContent = data ? `${shortTime(data.observed_time.start_time)} to ${shortTime(data.observed_time.end_time)} UTC` : "";
    this.errors.replaceChildren(...errors.map(errorItem));
    this.errors.hidden = errors.length === 0;
    this.element.setAttribute("aria-busy", "false");
  }
}

const drawAll = async (cards) => {
  place("summary").textContent = "Asking…";
  const started = performance.now();
  await Promise.all(cards.map((card) => card.draw()));
  place("summary").textContent = `${cards.length} tiles, drawn in ${Math.max(1, Math.round(performance.now() - started))} ms.`;
};

const { data: tiles = [], errors = [] } = await ask("/tiles", {});
place("errors").replaceChildren(...errors.map(errorItem));
place("errors").hidden = errors.length === 0;
const cards = tiles.map((tile) => new Card(tile));
place("tiles").replaceChildren(...cards.map((card) => card.element));
place("period").replaceChildren(html("option", { value: "" }, "As each tile begins"),
  ...Object.entries(PERIODS).map(([period, label]) => html("option", { value: period }, label)));
place("choice").addEventListener("submit", (event) => {
  event.preventDefault();
  drawAll(cards);
});
place("period").addEventListener("change", () => {
  cards.forEach((card) => card.choose(place("period").value));
  drawAll(cards);
});
await drawAll(cards);
