// The things of an answer as a table: sorted, filtered, each row selecting its node in the graph.

import { belongsTo, rank } from "./answer.js";
import { button, consoleLink, html, severityBadge } from "./element.js";

const place = (id) => document.getElementById(id);

/** Words for the kinds of things. */
export const KINDS = { insight: "Insight", signal: "Signal", rule: "Rule" };

const SORTS = {
  kind: (one, other) => one.kind.localeCompare(other.kind),
  severity: (one, other) => rank(one.severity) - rank(other.severity),
  when: (one, other) => one.when.localeCompare(other.when),
};

const row = (model, thing, { onSelect, pivots }) => {
  const label = thing.kind === "insight" ? `${thing.label}: ${thing.note}` : thing.label;
  return html("tr", { "data-id": thing.id },
    html("td", {}, KINDS[thing.kind]),
    html("th", { scope: "row" }, button(label, () => onSelect(thing.id), { class: "pivot" })),
    html("td", {}, severityBadge(thing.severity)), html("td", { class: "when" }, thing.when), html("td", {}, pivots(thing.entities)),
    html("td", {}, thing.kind === "rule" ? thing.note : belongsTo(model, thing).join(", ")),
    html("td", {}, consoleLink(thing.link, "Open") ?? ""));
};

/** Fills the table with the things that match, in the order of `sort`. */
export const showTable = (model, { matches, sort, isFiltered, ...rest }) => {
  const things = model.things.filter(matches);
  if (sort) things.sort((one, other) => SORTS[sort.by](one, other) * (sort.isDown ? -1 : 1));
  for (const head of document.querySelectorAll("#table th[data-sort]")) {
    const isSorted = sort?.by === head.dataset.sort;
    head.setAttribute("aria-sort", isSorted ? sort.isDown ? "descending" : "ascending" : "none");
  }
  place("table").tBodies[0].replaceChildren(...things.map((thing) => row(model, thing, rest)));
  place("filter-count").textContent = isFiltered ? `${things.length} of ${model.things.length}` : "";
};

/** Makes the heads of columns buttons that sort; `onSort` is told the column. */
export const watchHeads = (onSort) => {
  for (const head of document.querySelectorAll("#table th[data-sort]")) {
    head.replaceChildren(button(head.textContent, () => onSort(head.dataset.sort), { class: "pivot" }));
  }
};

/** Marks the rows of a node: its own, or those of the members of a group. */
export const markRows = (node) => {
  const ids = new Set([node.id, ...(node.members ?? []).map((member) => member.id)]);
  for (const one of place("table").tBodies[0].rows) one.classList.toggle("chosen", ids.has(one.dataset.id));
};
