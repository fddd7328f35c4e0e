// When insights and signals happened: bars over time, of which one or several in a row filter graph and table.

import { SEVERITIES, rank } from "./answer.js";
import { html, svg } from "./element.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Lengths of bars, the shortest first. */
const LENGTHS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];
const MOST_BARS = 40;
/** Sizes in the units of the drawing. */
const BAR = 20;
const HEIGHT = 64;

const iso = (time) => new Date(time).toISOString();

const inWords = (time, length) => iso(time).slice(0, length < DAY ? 16 : 10).replace("T", " ");

/** The bars of a model: each with its span, its number of insights and signals by severity, and the worst of these. */
export const barsOf = (model) => {
  const seen = model.things.filter((thing) => thing.kind !== "rule" && Number.isFinite(Date.parse(thing.start)));
  if (seen.length === 0) return { bars: [], length: 0 };
  const times = seen.map((thing) => Date.parse(thing.start));
  const [first, last] = times.reduce(([least, most], time) => [Math.min(least, time), Math.max(most, time)], [Infinity, -Infinity]);
  const numberOf = (length) => Math.floor(last / length) - Math.floor(first / length) + 1;
  const length = LENGTHS.find((one) => numberOf(one) <= MOST_BARS) ?? Math.ceil((last - first + 1) / MOST_BARS);
  const begin = Math.floor(first / length) * length;
  const bars = Array.from({ length: numberOf(length) }, (_, number) => {
    const from = begin + number * length;
    return { from: iso(from), to: iso(from + length), name: inWords(from, length), count: 0, severities: new Map() };
  });
  seen.forEach((thing, index) => {
    const bar = bars[Math.floor((times[index] - begin) / length)];
    bar.count++;
    bar.severities.set(thing.severity, (bar.severities.get(thing.severity) ?? 0) + 1);
  });
  return { bars, length };
};

const worst = (bar) => [...bar.severities.keys()].sort((one, other) => rank(one) - rank(other))[0];

const words = (bar) => (bar.count === 0 ? `${bar.name}: nothing` : `${bar.name}: ${bar.count}, worst ${worst(bar)}`);

/** The parts of a bar, the worst severity at the bottom. */
const parts = (bar, most) => {
  let y = HEIGHT;
  return SEVERITIES.filter((severity) => bar.severities.has(severity)).map((severity) => {
    const height = bar.severities.get(severity) / most * (HEIGHT - 6);
    y -= height;
    return svg("rect", { class: `part ${severity.toLowerCase()}`, x: 2, y, width: BAR - 4, height });
  });
};

const draw = (bar, index, most) => svg("g", { class: "time", transform: `translate(${index * BAR} 0)`, role: "button", tabindex: -1, "aria-pressed": "false" },
  svg("title", {}, words(bar)), svg("rect", { class: "slot", width: BAR, height: HEIGHT }), ...parts(bar, most));

/** Returns true if a bar is inside of a span of the filter. */
const isIn = (bar, span) => Boolean(span) && bar.from >= span.from && bar.to <= span.to;

/** Fills `place` with the bars. `onChoose` is told the span that was chosen, or undefined for all times. */
export const drawTimeline = (place, model, span, onChoose) => {
  const { bars } = barsOf(model);
  place.hidden = bars.length < 2;
  if (place.hidden) return place.replaceChildren();
  const most = Math.max(...bars.map((bar) => bar.count));
  const drawn = bars.map((bar, index) => draw(bar, index, most));
  const width = bars.length * BAR;
  const frame = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", role: "group", "aria-label": "Insights and signals over time (UTC)" },
    ...drawn);
  const clear = html("button", { type: "button", class: "button plain" }, "All times");
  const told = html("span", { role: "status" });
  /** The first and the last chosen bar; the first stays when the choice is made longer. */
  let anchor = bars.findIndex((bar) => isIn(bar, span));
  let reach = bars.findLastIndex((bar) => isIn(bar, span));
  let stop = Math.max(0, reach);

  const show = () => {
    const [low, high] = [Math.min(anchor, reach), Math.max(anchor, reach)];
    drawn.forEach((element, index) => {
      element.setAttribute("aria-pressed", String(anchor >= 0 && index >= low && index <= high));
      element.setAttribute("tabindex", index === stop ? 0 : -1);
      element.classList.toggle("faded", anchor >= 0 && (index < low || index > high));
    });
    const count = anchor < 0 ? 0 : bars.slice(low, high + 1).reduce((sum, bar) => sum + bar.count, 0);
    told.textContent = anchor < 0 ? "All times. Choose a bar, or drag over several." : `${bars[low].from.slice(0, 16).replace("T", " ")} to ${bars[high].to.slice(0, 16).replace("T", " ")} UTC: ${count}`;
    clear.hidden = anchor < 0;
  };
  const tell = () => onChoose(anchor < 0 ? undefined : { from: bars[Math.min(anchor, reach)].from, to: bars[Math.max(anchor, reach)].to });
  const choose = (from, to) => {
    [anchor, reach] = [from, to];
    if (to >= 0) stop = to;
    show();
  };
  const toggle = (index) => {
    const isAlone = anchor === index && reach === index;
    choose(isAlone ? -1 : index, isAlone ? -1 : index);
    tell();
  };
  const move = (index, isLonger) => {
    if (index < 0 || index >= bars.length) return;
    stop = index;
    if (isLonger) {
      choose(anchor < 0 ? index : anchor, index);
      tell();
    }
    show();
    drawn[index].focus();
  };

  drawn.forEach((element, index) => element.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") toggle(index);
    else if (event.key === "Escape" && anchor >= 0) {
      choose(-1, -1);
      tell();
    } else if (to !== undefined) {
      if (event.shiftKey && anchor < 0) anchor = index;
      move(to, event.shiftKey);
    } else return;
    event.preventDefault();
  }));

  // What presses without a pointer, such as a screen reader.
  drawn.forEach((element, index) => element.addEventListener("click", (event) => event.detail === 0 && toggle(index)));
  const indexAt = (event) => {
    const { left, width: wide } = frame.getBoundingClientRect();
    return Math.max(0, Math.min(bars.length - 1, Math.floor((event.clientX - left) / wide * bars.length)));
  };
  let pressed = -1;
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    pressed = indexAt(event);
  });
  frame.addEventListener("pointermove", (event) => {
    if (pressed < 0 || (indexAt(event) === pressed && reach === anchor)) return;
    frame.setPointerCapture(event.pointerId);
    choose(pressed, indexAt(event));
  });
  frame.addEventListener("pointerup", (event) => {
    const from = pressed;
    pressed = -1;
    if (from < 0) return;
    if (indexAt(event) === from && !frame.hasPointerCapture(event.pointerId)) return toggle(from);
    choose(from, indexAt(event));
    tell();
  });
  frame.addEventListener("pointercancel", () => { pressed = -1; });
  clear.addEventListener("click", () => {
    choose(-1, -1);
    tell();
    drawn[stop].focus();
  });
  show();
  const end = (bar) => html("span", { "aria-hidden": "true" }, bar.name);
  return place.replaceChildren(frame, html("p", { class: "ends" }, end(bars[0]), html("span", { class: "told" }, told, clear), end(bars.at(-1))));
};
