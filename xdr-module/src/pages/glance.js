// The answer at a glance: severities, open and closed insights, verdicts, tactics and time. All but the verdicts filter.

import { counts } from "./answer.js";
import { html } from "./element.js";
import { noFilters, toggle } from "./filters.js";
import { drawTactics } from "./tactics.js";
import { drawTimeline } from "./timeline.js";

const place = (id) => document.getElementById(id);

const choice = (text, isChosen, attributes, onClick) => {
  const button = html("button", { type: "button", "aria-pressed": String(isChosen), ...attributes }, text);
  button.addEventListener("click", onClick);
  return html("li", {}, button);
};

const showCounts = (model, filters, choose) => {
  const { severities, open, closed } = counts(model);
  place("counts").replaceChildren(...severities.map(([severity, number]) => choice(`${severity} ${number}`, filters.severity === severity,
    { class: `severity ${severity.toLowerCase()}`, "data-severity": severity, title: `Show ${severity} alone` }, () => choose("severity", severity))));
  place("states").hidden = open + closed === 0;
  place("states").replaceChildren(...[["open", "Open", open], ["closed", "Closed", closed]].map(([state, name, number]) =>
    choice(`${name} ${number}`, filters.state === state, { class: "severity state-of", "data-state": state, title: `Show ${state} insights and their signals alone` },
      () => choose("state", state))));
};

const showDispositions = ({ verdicts, judgements }) => {
  const words = [...new Set(verdicts.map((one) => one.disposition))];
  place("dispositions").hidden = words.length === 0;
  place("dispositions").replaceChildren(
    ...words.map((word) => html("li", {}, html("span", { class: `severity disposition ${word.toLowerCase()}` },
      `${word} ${verdicts.filter((one) => one.disposition === word).length}`))),
    html("li", { class: "quiet" }, `by ${judgements.length} ${judgements.length === 1 ? "judgement" : "judgements"}`));
};

/** Shows what a model holds. `filters` are changed by the reader's choices, and `onChange` is told of each change. */
export const showGlance = (model, filters, onChange) => {
  const again = (id) => {
    // The button that was pressed is drawn anew: the focus goes to its successor.
    const { severity, state, tactic } = document.activeElement?.dataset ?? {};
    draw();
    const focused = severity ? `[data-severity="${severity}"]` : state ? `[data-state="${state}"]` : tactic ? `[data-tactic="${tactic}"]` : undefined;
    if (focused) place(id).querySelector(focused)?.focus();
  };
  const choose = (name, value) => {
    toggle(filters, name, value);
    again("glance");
    onChange();
  };
  const draw = () => {
    showCounts(model, filters, choose);
    drawTactics(place("tactics"), model, filters.tactic, (phase) => choose("tactic", phase));
  };
  const drawTimes = () => drawTimeline(place("timeline"), model, filters.span, (span) => {
    filters.span = span;
    onChange();
  });
  draw();
  drawTimes();
  showDispositions(model);
  return {
    /** Shows filters that were changed elsewhere. */
    draw,
    clear: () => {
      Object.assign(filters, noFilters());
      draw();
      drawTimes();
      onChange();
    },
  };
};
