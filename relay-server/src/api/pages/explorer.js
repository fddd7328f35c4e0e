// The demo's explorer: asks the relay about an observable and shows the answer as graph, table and JSON.

import { belongsTo, nodesOf, read, summary } from "./answer.js";
import { consoleLink, html } from "./element.js";
import { drawGraph } from "./graph.js";

const place = (id) => document.getElementById(id);
const token = place("explorer").dataset.token;
const examples = [...document.querySelectorAll(".examples button")];

/** The latest question; what an earlier one gets is dropped. */
let asked = 0;

const badge = (severity) => severity && html("span", { class: `severity ${severity.toLowerCase()}` }, severity);

const show = (id, isShown) => { place(id).hidden = !isShown; };

const field = (name, ...value) => html("div", {}, html("dt", {}, name), html("dd", {}, ...value));

const showDetails = (node, model, open) => {
  const fields = [
    ["Severity", badge(node.severity)], ["Type", node.kind === "observable" ? node.note : ""], ["When (UTC)", node.when],
    ["Entity", node.entity], ["Resolution", node.resolution], ["Belongs to", node.members || node.kind === "observable" ? "" : belongsTo(model, node).join(", ")],
    ["Rule", node.kind === "rule" ? node.note : ""], ["Kill chain", node.phases], ["Tags", node.tags], ["Says", node.text],
  ].filter(([, value]) => value).map(([name, value]) => field(name, value));
  const title = { insight: "Insight", signal: "Signal", rule: "Rule", observable: "Observable" }[node.kind];
  const link = consoleLink(node.link, "Open in the console");
  const more = node.members && html("button", { type: "button", class: "button plain" }, `Show all ${node.members.length}`);
  more?.addEventListener("click", () => open(node));
  place("details").replaceChildren(
    html("p", { class: "quiet" }, node.members ? "Signals that belong together" : title),
    html("h3", {}, node.label), html("dl", {}, ...fields),
    ...[link, more].filter(Boolean).map((one) => html("p", {}, one)));
};

const showGraph = (model) => {
  const opened = new Set();
  const details = (node) => showDetails(node, model, open);
  const drawWith = (first) => drawGraph(place("graph"), nodesOf(model, opened), model.edges,
    { first, description: "Relationships of the answer", onSelect: details, onOpen: open });
  const open = (group) => {
    opened.add(group.key);
    drawWith(group.id).focus(group.id);
  };
  place("graph").scrollTo(0, 0);
  drawWith("observable");
};

const KINDS = { insight: "Insight", signal: "Signal", rule: "Rule" };

const row = (model, thing) => html("tr", {},
  html("td", {}, KINDS[thing.kind]),
  html("th", { scope: "row" }, thing.kind === "insight" ? `${thing.label}: ${thing.note}` : thing.label),
  html("td", {}, badge(thing.severity)), html("td", { class: "when" }, thing.when), html("td", {}, thing.entity),
  html("td", {}, thing.kind === "rule" ? thing.note : belongsTo(model, thing).join(", ")),
  html("td", {}, consoleLink(thing.link, "Open") ?? ""));

const showTable = (model) => {
  place("table").tBodies[0].replaceChildren(...model.things.map((thing) => row(model, thing)));
};

const showErrors = (errors) => {
  place("errors").replaceChildren(...errors.map((error) => html("li", { class: error.type === "warning" ? "warning" : "fatal" },
    html("strong", {}, `${error.type === "warning" ? "Warning" : "Error"} (${error.code}): `), error.message)));
  show("errors", errors.length > 0);
};

const showAnswer = (envelope, observable, took) => {
  const model = read(envelope, observable);
  const isFailed = envelope.data === undefined;
  place("summary").textContent = isFailed ? "The relay has no answer." : summary(model, took);
  showErrors(envelope.errors ?? []);
  show("answer", model.things.length > 0);
  if (model.things.length > 0) {
    showGraph(model);
    showTable(model);
  }
  place("json").textContent = JSON.stringify(envelope, null, 2);
  show("raw", true);
};

const ask = async (observable) => {
  const question = ++asked;
  examples.forEach((button) => button.setAttribute("aria-pressed",
    String(button.dataset.type === observable.type && button.dataset.value === observable.value)));
  place("type").value = observable.type;
  place("value").value = observable.value;
  place("copied").textContent = "";
  place("summary").textContent = "Asking…";
  const started = performance.now();
  const request = {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify([observable]),
  };
  let envelope;
  try {
    const answer = await fetch("/observe/observables", request);
    envelope = await answer.json();
    // A fault of the server itself is no envelope.
    if (!answer.ok) envelope = { errors: [{ type: "fatal", code: String(answer.status), message: envelope.message ?? "" }] };
  } catch {
    envelope = { errors: [{ type: "fatal", code: "no answer", message: "The relay cannot be reached. Is the demo still running?" }] };
  }
  if (question === asked) showAnswer(envelope, observable, Math.max(1, Math.round(performance.now() - started)));
};

const askAndRemember = (observable) => {
  history.replaceState(null, "", `#${new URLSearchParams(observable)}`);
  return ask(observable);
};

/** The observable that the address names, such as `#type=ip&value=203.0.113.66`. */
const fromAddress = () => {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const [type, value] = [parameters.get("type"), parameters.get("value")];
  return type && value ? { type, value } : undefined;
};

examples.forEach((button) => button.addEventListener("click", () => askAndRemember({ type: button.dataset.type, value: button.dataset.value })));
place("question").addEventListener("submit", (event) => {
  event.preventDefault();
  askAndRemember({ type: place("type").value.trim(), value: place("value").value.trim() });
});
place("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(place("json").textContent);
    place("copied").textContent = "Copied.";
  } catch {
    place("copied").textContent = "The browser does not allow it here.";
  }
});
addEventListener("hashchange", () => {
  const named = fromAddress();
  if (named) ask(named);
});
const { type, value } = examples[0].dataset;
ask(fromAddress() ?? { type, value });
