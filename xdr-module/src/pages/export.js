// What was found, to take away: pictures, tables, bundles, texts, and the line that asks again.

import { belongsTo } from "./answer.js";
import { ctimBundle, entitiesOf, sourceOf } from "./bundle.js";
import { html } from "./element.js";
import { png, svgText } from "./picture.js";
import { stixBundle } from "./stix.js";
import { KINDS as WORDS } from "./table.js";

const place = (id) => document.getElementById(id);

/** A cell of CSV. Text of strangers does not become a formula where the file is opened. */
const cell = (text) => {
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return guarded !== text || /[",\r\n]/.test(text) ? `"${guarded.replaceAll('"', '""')}"` : text;
};

export const csv = (model) => {
  const rows = model.things.map((one) => [WORDS[one.kind], one.label, one.severity, one.when, one.entity, belongsTo(model, one).join("; "), one.link]);
  return [["Kind", "What", "Severity", "When (UTC)", "Entity", "Belongs to", "Link"], ...rows]
    .map((row) => `${row.map((text) => cell(text ?? "")).join(",")}\r\n`).join("");
};

const quoted = (text) => text.replace(/[#&"<>`\\]/g, (sign) => `#${sign.codePointAt(0)};`).replace(/\s+/g, " ");

export const mermaid = (model, outcome) => {
  const nodes = [...model.asked, ...model.things];
  const names = new Map(nodes.map((node, place) => [node.id, `n${place}`]));
  return [
    "flowchart LR",
    ...nodes.map((node) => `    ${names.get(node.id)}["${quoted(`${WORDS[node.kind] ?? node.note}: ${node.label}`)}"]`),
    ...model.edges.map((edge) => `    ${names.get(edge.from)} -->|${edge.kind}| ${names.get(edge.to)}`),
    ...(["found", "nothing"].includes(outcome.state) ? [] : [`%% ${outcome.advice}`]),
  ].map((line) => `${line}\n`).join("");
};

const plain = (text) => (text ?? "").replace(/[\\`*_[\]<>|#]/g, "\\$&").replace(/\s+/g, " ");

export const markdown = (model, outcome, summary) => [
  `## ${plain(model.asked.map((one) => one.label).join(", "))}`, "", plain(summary), ...(outcome.advice ? ["", plain(outcome.advice)] : []),
  ...model.verdicts.map((one) => `\nVerdict on ${plain(one.value)}: **${plain(one.disposition)}** ${plain(one.reason)}`),
  "", "| Kind | What | Severity | When (UTC) | Entity |", "|---|---|---|---|---|",
  ...model.things.map((one) => {
    const label = /^https?:\/\/[^\s()<>]+$/.test(one.link ?? "") ? `[${plain(one.label)}](${one.link})` : plain(one.label);
    return `| ${WORDS[one.kind]} | ${label} | ${one.severity} | ${plain(one.when)} | ${plain(one.entity)} |`;
  }),
].map((line) => `${line}\n`).join("");

/** The line for a shell; the token stays a variable. */
export const curl = (observables) => {
  const body = JSON.stringify(observables).replaceAll("'", "'\\''");
  return `curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' ${location.origin}/observe/observables -d '${body}'\n`;
};

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

const stix = ({ replies }) => {
  const entities = entitiesOf(replies);
  const { bundle, leftOut } = stixBundle(entities, sourceOf(entities), new Date().toISOString());
  const note = leftOut.length === 0 ? "" : ` STIX cannot express ${leftOut.length === 1 ? "1 part" : `${leftOut.length} parts`} of the answer, such as verdicts.`;
  return { text: json(bundle), note };
};

/** The replies as they came: one envelope, or a list of them with their observables. */
export const replyJson = (replies) => (replies.length === 1
  ? replies[0].envelope : replies.map(({ observable, envelope }) => ({ observable, reply: envelope })));

/** What a format needs to say anything: nothing at all, an answer of a search, or things that were found. */
const FORMATS = {
  png: { needs: "graph", ending: "png", type: "image/png", make: async ({ graph }) => ({ text: await png(graph.picture()) }) },
  svg: { needs: "graph", ending: "svg", type: "image/svg+xml", make: ({ graph, text }) => ({ text: svgText(graph.picture(), text) }) },
  csv: { needs: "graph", ending: "csv", type: "text/csv", make: ({ model }) => ({ text: csv(model) }) },
  json: { needs: "none", ending: "json", type: "application/json", make: ({ replies }) => ({ text: json(replyJson(replies)) }) },
  ctim: { needs: "data", ending: "ctim.json", type: "application/json", make: ({ replies }) => ({ text: json(ctimBundle(entitiesOf(replies))) }) },
  stix: { needs: "data", ending: "stix.json", type: "application/stix+json", make: stix },
  markdown: { needs: "none", ending: "md", type: "text/markdown", make: ({ model, outcome, text }) => ({ text: markdown(model, outcome, text) }) },
  mermaid: { needs: "graph", ending: "mmd", type: "text/plain", make: ({ model, outcome }) => ({ text: mermaid(model, outcome) }) },
  curl: { needs: "none", ending: "sh", type: "text/plain", make: ({ observables }) => ({ text: curl(observables) }) },
};

/** Hands a text or a blob to the browser as a file. */
const save = (name, type, content) => {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
  html("a", { href: address, download: name }).click();
  // The browser reads it when the click is done.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
};

const buttons = [...document.querySelectorAll("[data-export]")];

/** Offers the formats that have something to say: an empty bundle or picture would say that there is nothing. */
export const showExports = ({ model, replies }) => {
  const has = { none: true, graph: model.things.length > 0, data: Object.keys(entitiesOf(replies)).length > 0 };
  for (const one of buttons) one.hidden = !has[FORMATS[one.dataset.export].needs];
  place("exported").textContent = "";
  place("exports").hidden = false;
};

const take = async (format, shown) => {
  const { ending, type, make } = FORMATS[format];
  try {
    const { text, note = "" } = await make(shown);
    if (!text) throw new Error("the browser made no picture");
    save(`observables.${ending}`, type, text);
    place("exported").textContent = `Saved observables.${ending}.${note}`;
  } catch (error) {
    place("exported").textContent = `This cannot be saved: ${error.message}.`;
  }
};

/** Saves what `shown` returns when a format is chosen. */
export const watchExports = (shown) => {
  for (const one of buttons) one.addEventListener("click", () => take(one.dataset.export, shown()));
};
