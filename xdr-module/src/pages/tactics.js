// The tactics of MITRE ATT&CK in an answer, in the order of the matrix, and its techniques.

import { consoleLink, html } from "./element.js";

/** The tactics of the enterprise matrix: the name of the phase, and the name that is shown. */
const TACTICS = [
  ["reconnaissance", "Reconnaissance"], ["resource-development", "Resource Development"], ["initial-access", "Initial Access"],
  ["execution", "Execution"], ["persistence", "Persistence"], ["privilege-escalation", "Privilege Escalation"],
  ["defense-evasion", "Defense Evasion"], ["credential-access", "Credential Access"], ["discovery", "Discovery"],
  ["lateral-movement", "Lateral Movement"], ["collection", "Collection"], ["command-and-control", "Command and Control"],
  ["exfiltration", "Exfiltration"], ["impact", "Impact"],
];
const MOST_TECHNIQUES = 24;

/** Each tactic with the number of insights and signals that show it; tactics that the matrix does not have come last. */
export const tacticsOf = (model) => {
  const sightings = model.things.filter((thing) => thing.kind !== "rule");
  const known = new Set(TACTICS.map(([phase]) => phase));
  const others = [...new Set(model.things.flatMap((thing) => thing.tactics))].filter((phase) => !known.has(phase));
  return [...TACTICS, ...others.map((phase) => [phase, phase])].map(([phase, name]) => ({
    phase, name, count: sightings.filter((thing) => thing.tactics.includes(phase)).length,
  }));
};

/** The techniques of all things, each once. */
export const techniquesOf = (model) => {
  const found = new Map(model.things.flatMap((thing) => thing.techniques).map((one) => [one.id, one]));
  return [...found.values()].sort((one, other) => one.id.localeCompare(other.id));
};

const cell = ({ phase, name, count }, chosen, onChoose) => {
  if (count === 0) return html("li", { class: "absent" }, html("span", {}, name), " ", html("b", {}, "0"));
  const button = html("button", { type: "button", "aria-pressed": String(phase === chosen), "data-tactic": phase },
    html("span", {}, name), " ", html("b", {}, String(count)));
  button.addEventListener("click", () => onChoose(phase));
  return html("li", {}, button);
};

/** Fills `place` with the row of tactics, of which one filters when it is chosen. */
export const drawTactics = (place, model, chosen, onChoose) => {
  const techniques = techniquesOf(model);
  const links = techniques.slice(0, MOST_TECHNIQUES).map(({ id, link }) => html("li", {}, consoleLink(link, id) ?? id));
  const rest = techniques.length - links.length;
  place.replaceChildren(
    html("ol", { class: "tactics", "aria-label": "Tactics of MITRE ATT&CK with the number of insights and signals" },
      ...tacticsOf(model).map((tactic) => cell(tactic, chosen, onChoose))),
    ...(techniques.length > 0 ? [html("ul", { class: "techniques", "aria-label": "Techniques of MITRE ATT&CK" }, ...links,
      rest > 0 ? html("li", {}, `and ${rest} more`) : undefined)] : []));
};
