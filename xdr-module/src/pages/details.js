// The details of the selected node: beside the graph, or as a sheet above the lower edge of a narrow window.

import { belongsTo, sharedBy } from "./answer.js";
import { button, consoleLink, html, severityBadge } from "./element.js";

const place = (id) => document.getElementById(id);
const isNarrow = matchMedia("(max-width: 56rem)");

const TITLES = { insight: "Insight", signal: "Signal", rule: "Rule", observable: "Observable", more: "Cut at a limit" };

const field = (name, ...value) => html("div", {}, html("dt", {}, name), html("dd", {}, ...value));

const fieldsOf = (model, node, pivots) => {
  const isThing = !["observable", "more"].includes(node.kind);
  const shared = !isThing || model.asked.length === 1 ? [] : sharedBy(model, node);
  const techniques = (node.techniques ?? []).flatMap(({ id, link }, index) => [index > 0 ? ", " : "", consoleLink(link, id) ?? id]);
  return [
    ["Severity", [severityBadge(node.severity)]], ["Type", [node.kind === "observable" ? node.note : ""]], ["When (UTC)", [node.when]],
    ["Entity", [node.entities.length > 0 ? pivots(node.entities) : node.entity]], ["Resolution", [node.resolution]],
    ["Belongs to", [node.members || !isThing ? "" : belongsTo(model, node).join(", ")]],
    ["Shared by", [shared.length > 1 ? shared.join(", ") : ""]],
    ["Rule", [node.kind === "rule" ? node.note : ""]], ["Tactics", [(node.tactics ?? []).join(", ")]],
    ["Techniques", techniques.length > 0 ? [html("span", {}, ...techniques)] : [""]], ["Tags", [node.tags]],
    ["Limit", [(node.limits ?? []).join(" ")]], ["Says", [node.text]],
  ].filter(([, [value]]) => value).map(([name, values]) => field(name, ...values));
};

const collapseText = (node) => (node.hides > 0 ? `Show the ${node.hides} that hang on it` : `Hide the ${node.canHide} that hang on it`);

/** Shows a node. A node that the reader chose opens the sheet where the window is narrow. */
export const showDetails = (model, node, { isChosen, pivots, onOpen, onCollapse }) => {
  const steps = [
    consoleLink(node.link, "Open in the console"),
    node.members && button(`Show all ${node.members.length}`, () => onOpen(node)),
    (node.hides > 0 || node.canHide > 0) && button(collapseText(node), () => onCollapse(node)),
  ].filter(Boolean);
  place("details-text").replaceChildren(
    html("p", { class: "quiet" }, node.members ? "Signals that belong together" : TITLES[node.kind]),
    html("h3", {}, node.label), html("dl", {}, ...fieldsOf(model, node, pivots)),
    ...steps.map((one) => html("p", {}, one)));
  if (isChosen) place("details").classList.add("open");
};

/** Lets the reader close the sheet; `onClose` moves the focus back when it was in the sheet. */
export const watchSheet = (onClose) => {
  const sheet = place("details");
  const close = () => {
    const hadFocus = sheet.contains(document.activeElement);
    sheet.classList.remove("open");
    if (hadFocus && isNarrow.matches) onClose();
  };
  place("details-close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && sheet.classList.contains("open")) close();
  });
  return { close: () => sheet.classList.remove("open") };
};
