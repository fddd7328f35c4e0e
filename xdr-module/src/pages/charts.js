// Drawings of tiles as SVG: rings, bars, lines. Each is one picture with a name; the table beside it has the numbers.

import { html, svg } from "./element.js";

const SEVERITIES = ["critical", "high", "medium", "low", "other"];

/** The class that colours a series or a part: severities have colours of their own. */
export const colorOf = (key, index) => {
  const name = String(key).toLowerCase();
  return SEVERITIES.includes(name) ? `${name}-color` : `series-${(index % 5) + 1}`;
};

const picture = (width, height, name, ...children) =>
  svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name }, ...children);

const titled = (shape, title) => {
  shape.append(svg("title", {}, title));
  return shape;
};

/** What the colours mean. */
const keys = (entries) => html("ul", { class: "keys", "aria-label": "Colours" },
  ...entries.map(([label, color]) => html("li", { class: color }, html("span", {}, label))));

const point = (radius, turn) => {
  const angle = 2 * Math.PI * (turn - 0.25);
  return `${(100 + radius * Math.cos(angle)).toFixed(2)} ${(100 + radius * Math.sin(angle)).toFixed(2)}`;
};

/** A part of a ring from one turn to another, each from 0 to 1. */
const arc = (inner, outer, from, to) => {
  // A whole ring begins where it ends, which an arc cannot say.
  const end = Math.min(to, from + 0.9999);
  const large = end - from > 0.5 ? 1 : 0;
  return `M${point(outer, from)}A${outer} ${outer} 0 ${large} 1 ${point(outer, end)}L${point(inner, end)}A${inner} ${inner} 0 ${large} 0 ${point(inner, from)}Z`;
};

/** Parts as [value, label, color], drawn one behind the other from `start`; `all` is a whole turn. */
const ring = (parts, inner, outer, start, all) => {
  let turn = start;
  return parts.filter(([value]) => value > 0).map(([value, label, color]) => {
    const from = turn;
    turn += value / all;
    return titled(svg("path", { class: `part ${color}`, d: arc(inner, outer, from, turn) }), `${label}: ${value}`);
  });
};

export const drawRings = (data, name) => {
  const [outer, inner = []] = data.labels;
  const all = data.data.reduce((sum, part) => sum + part.value, 0);
  const shapes = all === 0
    ? [svg("circle", { cx: 100, cy: 100, r: 76, class: "grid", fill: "none" })]
    : ring(data.data.map((part) => [part.value, outer[part.key], colorOf(outer[part.key], part.key)]), 70, 96, 0, all);
  let start = 0;
  for (const part of all === 0 ? [] : data.data) {
    const segments = (part.segments ?? []).map((one) => [one.value, `${outer[part.key]}, ${inner[one.key]}`, `series-${(one.key % 5) + 1}`]);
    shapes.push(...ring(segments, 44, 66, start, all));
    start += part.value / all;
  }
  const middle = [
    svg("text", { x: 100, y: 106, "text-anchor": "middle", class: "middle" }, String(all)),
    svg("text", { x: 100, y: 124, "text-anchor": "middle", class: "hub note" }, "in all"),
  ];
  const used = new Set(data.data.flatMap((part) => (part.segments ?? []).map((one) => one.key)));
  const legend = [
    ...data.data.map((part) => [outer[part.key], colorOf(outer[part.key], part.key)]),
    ...inner.map((label, key) => [label, `series-${(key % 5) + 1}`, key]).filter(([, , key]) => used.has(key)),
  ];
  return [picture(200, 200, name, ...shapes, ...middle), ...(legend.length > 0 ? [keys(legend)] : [])];
};

/** A round number that is not below `value`, to end an axis at. */
const roundUp = (value) => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? power * 10;
};

const PLOT = { width: 400, height: 220, left: 46, right: 12, top: 12, bottom: 30 };
const plotWidth = PLOT.width - PLOT.left - PLOT.right;
const plotHeight = PLOT.height - PLOT.top - PLOT.bottom;
const baseline = PLOT.height - PLOT.bottom;

const height = (value, most) => (plotHeight * value) / most;

/** The lines and numbers of the vertical axis. */
const scale = (most) => [0, 0.5, 1].flatMap((part) => {
  const y = baseline - plotHeight * part;
  return [
    svg("line", { x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y, y2: y, class: part === 0 ? "axis" : "grid" }),
    svg("text", { x: PLOT.left - 6, y: y + 4, "text-anchor": "end", class: "tick" }, String(most * part)),
  ];
});

/** The labels below, of which no more are shown than have room. */
const ticks = (labels, x) => {
  const every = Math.ceil(labels.length / 6);
  return labels.flatMap((label, index) => (index % every === 0
    ? [svg("text", { x: x(index), y: baseline + 18, "text-anchor": "middle", class: "tick" }, label)] : []));
};

const legendOf = (data) => (data.keys.length > 1 ? [keys(data.keys.map((key, index) => [key.label, colorOf(key.key, index)]))] : []);

export const drawStandingBars = (data, name) => {
  const most = roundUp(Math.max(1, ...data.data.map((bar) => bar.value)));
  const step = plotWidth / Math.max(1, data.data.length);
  const shapes = data.data.flatMap((bar, index) => {
    let y = baseline;
    return bar.values.map((value) => {
      const tall = height(value.value, most);
      y -= tall;
      const series = data.keys.findIndex((key) => key.key === value.key);
      const shape = svg("rect", { x: PLOT.left + step * (index + 0.12), y, width: step * 0.76, height: tall, class: `part ${colorOf(value.key, series)}` });
      return titled(shape, `${bar.label}: ${value.tooltip ?? value.value}`);
    });
  });
  const below = ticks(data.data.map((bar) => bar.label), (index) => PLOT.left + step * (index + 0.5));
  return [picture(PLOT.width, PLOT.height, name, ...scale(most), ...shapes, ...below), ...legendOf(data)];
};

export const drawLyingBars = (data, name) => {
  if (data.data.length === 0) return [html("p", { class: "quiet" }, "Nothing to show.")];
  const most = Math.max(1, ...data.data.map((bar) => bar.value));
  const [row, labels, width] = [28, 140, 400];
  const shapes = data.data.flatMap((bar, index) => {
    const y = index * row;
    let x = labels;
    const parts = bar.values.map((value) => {
      const long = ((width - labels - 50) * value.value) / most;
      x += long;
      const series = data.keys.findIndex((key) => key.key === value.key);
      const shape = svg("rect", { x: x - long, y: y + 5, width: long, height: row - 10, class: `part ${colorOf(value.key, series)}` });
      return titled(shape, value.tooltip ?? `${bar.label}: ${value.value}`);
    });
    return [
      svg("text", { x: labels - 8, y: y + row / 2 + 4, "text-anchor": "end", class: "tick" }, bar.label),
      ...parts,
      svg("text", { x: x + 6, y: y + row / 2 + 4, class: "tick" }, String(bar.value)),
    ];
  });
  return [picture(width, row * data.data.length, name, ...shapes), ...legendOf(data)];
};

/** A time in seconds since 1970 as text, to the minute. */
export const timeText = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");

export const drawLine = (data, name) => {
  const points = [...data.data].sort((one, other) => one.key - other.key);
  if (points.length === 0) return [html("p", { class: "quiet" }, "Nothing to show.")];
  const most = roundUp(Math.max(1, ...points.map((one) => one.value)));
  const [first, last] = [points[0].key, points.at(-1).key];
  const x = (key) => PLOT.left + plotWidth * (last === first ? 0.5 : (key - first) / (last - first));
  const y = (value) => baseline - height(value, most);
  const path = points.map((one, index) => `${index === 0 ? "M" : "L"}${x(one.key).toFixed(1)} ${y(one.value).toFixed(1)}`).join("");
  const dots = points.map((one) => titled(svg("circle", { cx: x(one.key), cy: y(one.value), r: 3.2, class: "dot" }), `${timeText(one.key)}: ${one.value}`));
  const isShort = last - first < 2 * 86400;
  const labels = points.map((one) => (isShort ? timeText(one.key).slice(11) : timeText(one.key).slice(5, 10)));
  const line = svg("g", { class: "series-1" }, svg("path", { class: "curve", d: path }), ...dots);
  return [picture(PLOT.width, PLOT.height, name, ...scale(most), line, ...ticks(labels, (index) => x(points[index].key)))];
};
