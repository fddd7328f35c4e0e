// The demo's explorer: asks the relay about observables and shows the answer as graph, table and JSON.

import { countOf, counts, read, summary } from "./answer.js";
import { showDetails, watchSheet } from "./details.js";
import { button, consoleLink, html, severityBadge } from "./element.js";
import { replyJson, showExports, watchExports } from "./export.js";
import { distinct, extract, fits, refang } from "./extract.js";
import { isFiltered, matcher, noFilters } from "./filters.js";
import { showGlance } from "./glance.js";
import { drawGraph } from "./graph.js";
import { STATES, TROUBLESHOOTING, ask, outcomeOf } from "./outcome.js";
import { propose, watchPaste } from "./paste.js";
import { markRows, showTable, watchHeads } from "./table.js";
import { visible } from "./visible.js";

const place = (id) => document.getElementById(id);
const token = place("explorer").dataset.token;
const examples = [...document.querySelectorAll(".examples button[data-type]")];
const pageTitle = document.title;

/** So many observables are asked about at once. */
const AT_ONCE = 3;

/** The question under way, to cancel it. */
let running;
/** What is shown: replies, model, outcome and the drawn graph. */
let shown;

const show = (id, isShown) => { place(id).hidden = !isShown; };

/** A button that asks about an observable, too, and adds it to what is shown. */
const pivot = (observable) => button(observable.value, () => go(distinct([...shown.observables, observable])),
  { class: "pivot", title: `Ask about ${observable.type} ${observable.value}, too` });

const pivots = (observables) => html("span", { class: "entities" }, ...observables.map(pivot));

/** Draws the graph anew, with the zoom that it had if `isSame`, and gives `focus` the focus. */
const showGraph = ({ focus, isSame = false } = {}) => {
  const { model, opened, collapsed, filters } = shown;
  const zoom = isSame ? shown.graph?.view.zoom() : undefined;
  const onOpen = (group) => {
    opened.add(group.key);
    showGraph({ focus: group.members[0].id, isSame: true });
  };
  const onCollapse = (node) => {
    if (!collapsed.delete(node.id)) collapsed.add(node.id);
    showGraph({ focus: node.id, isSame: true });
  };
  const onSelect = (node, isChosen) => {
    shown.selected = node.id;
    showDetails(model, node, { isChosen, pivots, onOpen, onCollapse });
    markRows(node);
  };
  const parts = visible(model, { matches: matcher(model, { ...filters, kind: "" }), opened, collapsed });
  const onZoom = (now) => { place("zoom").textContent = `${Math.round(now * 100)} %`; };
  shown.graph = drawGraph(place("graph"), parts,
    { first: focus ?? shown.selected, zoom, description: "Relationships of the answer", onSelect, onOpen, onCollapse, onZoom });
  if (focus) shown.graph.focus(focus);
  const { left } = parts;
  place("left-out").textContent = left > 0 ? `${left} less severe nodes are not drawn. Filter to see them; the table has them all.` : "";
  show("left-out", left > 0);
  show("unfold", collapsed.size + opened.size > 0);
};

const showRows = () => showTable(shown.model, {
  matches: matcher(shown.model, shown.filters), sort: shown.sort, isFiltered: isFiltered(shown.filters), pivots, onSelect: chooseRow,
});

/** Selects the node of a row, wherever it was folded away. */
const chooseRow = (id) => {
  if (!shown.graph.select(id)) {
    shown.collapsed.clear();
    showGraph({ isSame: true });
    shown.graph.select(id);
  }
};

/** Shows what passes the filters. */
const showFiltered = () => {
  const { filters } = shown;
  place("filter-kind").value = filters.kind;
  place("filter-severity").value = filters.severity;
  show("filter-clear", isFiltered(filters));
  showRows();
  showGraph();
};

const showModel = () => {
  const { severities } = counts(shown.model);
  place("filter-severity").replaceChildren(html("option", { value: "" }, "All"), ...severities.map(([severity]) => html("option", {}, severity)));
  shown.glance = showGlance(shown.model, shown.filters, showFiltered);
  sheet.close();
  showFiltered();
};

const dispositionBadge = (word) => html("span", { class: `severity disposition ${word.toLowerCase()}` }, word);

const judgementRow = (one) => html("tr", {},
  html("td", {}, dispositionBadge(one.disposition)), html("th", { scope: "row" }, one.reason),
  html("td", {}, String(one.priority)), html("td", {}, one.confidence), html("td", {}, severityBadge(one.severity)),
  html("td", { class: "when" }, one.when), html("td", {}, consoleLink(one.link, "Open") ?? ""));

const showJudged = ({ asked, verdicts, judgements }) => {
  show("judged", verdicts.length > 0);
  const words = verdicts.map((one) => [asked.length > 1 ? `Verdict on ${one.value}: ` : "Verdict: ", dispositionBadge(one.disposition), ` ${one.reason}`]);
  place("verdict").replaceChildren(...words.flatMap((parts, index) => (index > 0 ? [html("br"), ...parts] : parts)));
  place("judgements").tBodies[0].replaceChildren(...judgements.map(judgementRow));
};

const showErrors = (errors) => {
  const texts = new Map(errors.map((error) => [`${error.code} ${error.message}`, error]));
  place("errors").replaceChildren(...[...texts.values()].map((error) => html("li", { class: error.type === "warning" ? "warning" : "fatal" },
    html("strong", {}, `${error.type === "warning" ? "Warning" : "Error"} (${error.code}): `), error.message)));
  show("errors", errors.length > 0);
};

const STEPS = {
  retry: () => button("Try again", () => askAbout(shown.observables)),
  reload: () => button("Reload the page", () => location.reload()),
  help: () => html("a", { href: TROUBLESHOOTING, target: "_blank", rel: "noopener noreferrer" }, "Troubleshooting"),
};

const showOutcome = ({ state, advice, steps }, text) => {
  place("outcome").dataset.state = state;
  place("summary").replaceChildren(html("span", { class: "state" }, STATES[state]), ` ${text}`);
  place("advice").textContent = advice;
  place("steps").replaceChildren(...steps.map((step) => STEPS[step]()));
  show("steps", steps.length > 0);
};

/** The outcome of several questions: the one of which the reader has to know most. */
const ORDER = ["refused", "not-searched", "cut", "found", "nothing"];

const together = (outcomes) => {
  if (outcomes.length === 1) return outcomes[0];
  const worst = ORDER.map((state) => outcomes.find((one) => one.state === state)).find(Boolean);
  const unknown = outcomes.filter((one) => ["refused", "not-searched"].includes(one.state)).length;
  // Some were searched: what is shown is a part.
  if (unknown > 0 && unknown < outcomes.length) {
    const number = unknown === 1 ? "1 observable was" : `${unknown} observables were`;
    return { state: "cut", advice: `${number} not searched: the list says which. More may exist than is shown.`, steps: ["retry", "help"] };
  }
  return worst;
};

const showValues = (replies) => {
  show("values-region", replies.length > 1);
  place("values").tBodies[0].replaceChildren(...replies.map(({ observable, outcome, count }) => html("tr", {},
    html("th", { scope: "row" }, button(observable.value, () => shown.graph?.select(`observable-${replies.findIndex((one) => one.observable === observable)}`), { class: "pivot" })),
    html("td", {}, observable.type), html("td", {}, html("span", { class: `state ${outcome.state}` }, STATES[outcome.state])),
    html("td", {}, ["refused", "not-searched"].includes(outcome.state) ? "not known" : String(count)))));
};

const showAnswer = (replies, took) => {
  const model = read(replies);
  const outcome = together(replies.map((reply) => reply.outcome));
  const text = summary(model, outcome.state, took);
  shown = { observables: replies.map((one) => one.observable), replies, model, outcome, text, opened: new Set(), collapsed: new Set(), filters: noFilters(), selected: "observable-0" };
  showOutcome(outcome, text);
  showErrors(replies.flatMap((one) => one.envelope.errors ?? []));
  showValues(replies);
  showJudged(model);
  show("answer", model.things.length > 0);
  if (model.things.length > 0) showModel();
  place("json").textContent = JSON.stringify(replyJson(replies), null, 2);
  show("raw", true);
  showExports(shown);
};

const showTrail = (observables) => {
  const only = (one) => button(one.value, () => go([one]), { class: "pivot", title: `Show ${one.type} ${one.value} alone` });
  show("trail", observables.length > 1 && observables.length <= 12);
  place("trail").firstElementChild.replaceChildren(...observables.map((one) => html("li", {}, only(one))));
};

/** Shows that a question is under way, with its seconds. */
const start = (observables) => {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  const [first] = observables;
  const started = performance.now();
  place("result").setAttribute("aria-busy", "true");
  place("progress-text").textContent = observables.length === 1
    ? `Asking about ${first.type} ${first.value}…` : `Asking about ${observables.length} observables…`;
  place("bar").max = observables.length;
  const tick = (done) => {
    place("bar").value = done;
    const number = observables.length > 1 ? `${done}/${observables.length}, ` : "";
    place("seconds").textContent = `${number}${Math.floor((performance.now() - started) / 1000)} s`;
  };
  let done = 0;
  tick(0);
  show("progress", true);
  const clock = setInterval(() => tick(done), 1000);
  const stop = () => clearInterval(clock);
  controller.signal.addEventListener("abort", stop);
  return {
    signal: controller.signal,
    isCurrent: () => running === controller,
    step: () => { if (running === controller) tick(++done); },
    took: () => Math.max(1, Math.round(performance.now() - started)),
    end: () => {
      stop();
      show("progress", false);
      place("result").removeAttribute("aria-busy");
    },
  };
};

/** The replies to all observables, a few asked at a time. */
const askAll = async (observables, question) => {
  const replies = [];
  const left = observables.map((observable, index) => ({ observable, index }));
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const known = shown?.replies.find((one) => one.observable.type === next.observable.type && one.observable.value === next.observable.value);
      // A pivot keeps what was found a moment ago.
      const isKept = observables.length > 1 && known && ["found", "nothing"].includes(known.outcome.state);
      const envelope = isKept ? known.envelope : await ask(next.observable, token, question.signal);
      const count = countOf(envelope);
      replies[next.index] = { observable: next.observable, envelope, count, outcome: outcomeOf(envelope, count) };
      question.step();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return replies;
};

const askAbout = async (observables) => {
  const last = observables.at(-1);
  examples.forEach((one) => one.setAttribute("aria-pressed",
    String(observables.length === 1 && one.dataset.type === last.type && one.dataset.value === last.value)));
  place("type").value = last.type;
  place("value").value = last.value;
  place("copied").textContent = "";
  document.title = `${observables.length === 1 ? last.value : `${last.value} and ${observables.length - 1} more`} – ${pageTitle}`;
  showTrail(observables);
  document.dispatchEvent(new CustomEvent("observable", { detail: last }));
  const question = start(observables);
  const replies = await askAll(observables, question);
  if (!question.isCurrent()) return;
  question.end();
  showAnswer(replies, question.took());
};

/** The address of observables: `#type=ip&value=203.0.113.66`, and so on for each. */
const addressOf = (observables) => `#${new URLSearchParams(observables.flatMap(({ type, value }) => [["type", type], ["value", value]]))}`;

/** Asks about observables, and makes the answer a step of the history. */
const go = (observables) => {
  const address = addressOf(observables);
  if (address !== location.hash) history.pushState(null, "", address);
  return askAbout(observables);
};

/** The observables that the address names; undefined when it names none, an empty list when it cannot be read. */
const fromAddress = () => {
  if (location.hash.length < 2) return undefined;
  // Fragments that name a part of the page are not questions.
  if (!location.hash.includes("=")) return document.getElementById(location.hash.slice(1)) ? undefined : [];
  const parameters = new URLSearchParams(location.hash.slice(1));
  const [types, values] = [parameters.getAll("type"), parameters.getAll("value")];
  const isWhole = types.length > 0 && types.length === values.length && [...types, ...values].every((text) => text.trim());
  return isWhole ? distinct(types.map((type, index) => ({ type, value: values[index] }))) : [];
};

const askAddress = () => {
  const named = fromAddress();
  const first = { type: examples[0].dataset.type, value: examples[0].dataset.value };
  if (named?.length !== 0) return askAbout(named ?? [first]);
  running?.abort();
  running = undefined;
  for (const id of ["progress", "answer", "judged", "raw", "exports", "errors", "values-region", "trail"]) show(id, false);
  place("result").removeAttribute("aria-busy");
  showOutcome({ state: "refused", advice: "It must have the form #type=ip&value=203.0.113.66. Nothing was asked.", steps: [] },
    "The address of this page names no observable that can be read.");
  return undefined;
};

/** Asks about what was typed, unless it is not one value of that type: then the reader decides. */
const askTyped = () => {
  const typed = { type: place("type").value.trim(), value: place("value").value.trim() };
  const whole = { ...typed, value: refang(typed.value) };
  const found = extract(typed.value);
  place("note").textContent = "";
  if (!typed.value || fits(typed)) return go([typed]);
  if (fits(whole)) {
    place("note").textContent = `Read as ${whole.value}.`;
    return go([whole]);
  }
  propose(typed.value);
  place("note").textContent = found.length > 0
    ? `This is not one value of type ${typed.type}. Choose below what to ask about; nothing was asked.`
    : `This is not a value of type ${typed.type}. Nothing was asked: correct the value or its type.`;
  return undefined;
};

examples.forEach((one) => one.addEventListener("click", () => go([{ type: one.dataset.type, value: one.dataset.value }])));
place("question").addEventListener("submit", (event) => {
  event.preventDefault();
  askTyped();
});
place("value").addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text") ?? "";
  // A field of one line would join the lines of a list.
  if (!/[\r\n]/.test(text.trim())) return;
  event.preventDefault();
  propose(text);
});
watchPaste(go);
place("cancel").addEventListener("click", () => running?.abort());
for (const [id, name] of [["filter-kind", "kind"], ["filter-severity", "severity"]]) {
  place(id).addEventListener("change", () => {
    shown.filters[name] = place(id).value;
    shown.glance.draw();
    showFiltered();
  });
}
place("filter-clear").addEventListener("click", () => {
  shown.glance.clear();
  place("filter-kind").focus();
});
watchHeads((by) => {
  shown.sort = { by, isDown: shown.sort?.by === by && !shown.sort.isDown };
  showRows();
});
const VIEW = { "zoom-in": "zoomIn", "zoom-out": "zoomOut", fit: "fit" };
for (const [id, act] of Object.entries(VIEW)) place(id).addEventListener("click", () => shown.graph.view[act]());
place("unfold").addEventListener("click", () => {
  shown.opened.clear();
  shown.collapsed.clear();
  showGraph();
  place("fit").focus();
});
const sheet = watchSheet(() => shown.graph.selected().element.focus());
watchExports(() => shown);
place("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(place("json").textContent);
    place("copied").textContent = "Copied.";
  } catch {
    place("copied").textContent = "The browser does not allow it here.";
  }
});
let width = innerWidth;
addEventListener("resize", () => {
  // A phone changes its height while it scrolls; only another width is another layout.
  if (innerWidth === width || place("answer").hidden) return;
  width = innerWidth;
  showGraph();
});
addEventListener("popstate", askAddress);
askAddress();
