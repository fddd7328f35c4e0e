// Where the nodes of the graph stand and how its edges run: columns from left to right, ordered by dagre.

import { Graph, layout } from "./dagre.esm.js";

/** Kinds of nodes by column. What is cut stands beside the insights. */
const COLUMNS = [[["observable"], "Observable"], [["insight", "more"], "Insights"], [["signal"], "Signals"], [["rule"], "Rules"]];
/** Sizes in pixels: of nodes, and of the room between columns. */
const WIDE = { node: 220, gap: 40 };
const NARROW = { node: 150, gap: 26 };
const NARROW_BELOW = 640;
const NARROWEST = 120;
const GAP_BELOW = 14;
const LINE = 16;
/** The room around the graph, with that for the headings above it. */
const EDGE = 4;
const TOP = 24;

const FAMILY = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
export const FONTS = { label: `600 13px ${FAMILY}`, note: `400 11.5px ${FAMILY}` };

const ruler = document.createElement("canvas").getContext("2d");

/** Returns true if `text` fits into `width` pixels. */
const fits = (text, font, width) => {
  ruler.font = font;
  return ruler.measureText(text).width <= width;
};

/** The beginning of `text` that fits into a line of a node. */
export const cut = (text, font, width) => {
  if (!text || fits(text, font, width)) return text ?? "";
  // No line holds more signs than it has pixels.
  const signs = [...text].slice(0, width);
  while (signs.length > 0 && !fits(`${signs.join("")}…`, font, width)) signs.pop();
  return `${signs.join("").trimEnd()}…`;
};

/** `text` in one line or two, parted between words. */
const lines = (text, font, width) => {
  const words = text.slice(0, 2 * width).split(" ");
  let first = words.shift();
  while (words.length > 0 && fits(`${first} ${words[0]}`, font, width)) first += ` ${words.shift()}`;
  return [first, ...(words.length > 0 ? [words.join(" ")] : [])].map((line) => cut(line, font, width));
};

/** Sizes with which the columns fill a room of so many pixels, as far as they stay readable. */
const sizesFor = (room, columns) => {
  if (room < NARROW_BELOW) return NARROW;
  const node = Math.floor((room - 2 * EDGE - (columns - 1) * WIDE.gap) / columns);
  return { ...WIDE, node: Math.max(NARROWEST, Math.min(WIDE.node, node)) };
};

const columnsOf = (nodes) => COLUMNS.map(([kinds, title]) => ({ title, nodes: nodes.filter((node) => kinds.includes(node.kind)) }))
  .filter((column) => column.nodes.length > 0);

const graphOf = (columns, edges, sizes, labels) => {
  const graph = new Graph();
  // The columns are the ranks; dagre puts one more between two of them.
  graph.setGraph({ rankdir: "LR", ranker: "none", nodesep: GAP_BELOW, edgesep: 8, ranksep: sizes.gap });
  columns.forEach((column, rank) => column.nodes.forEach(({ id }) =>
    graph.setNode(id, { width: sizes.node, height: 32 + labels.get(id).length * LINE, rank: 2 * rank })));
  for (const { from, to } of edges) graph.setEdge(from, to, { labelpos: "c" });
  return graph;
};

/** A line through points that leaves and reaches each of them level. */
const curve = ([first, ...rest]) => rest.reduce(({ d, at }, next) => {
  const bend = (next.x - at.x) / 2;
  return { d: `${d}C${at.x + bend} ${at.y} ${next.x - bend} ${next.y} ${next.x} ${next.y}`, at: next };
}, { d: `M${first.x} ${first.y}`, at: first }).d;

/** The line of an edge: straight through the gap that dagre found for it in each column between its ends. */
const route = (from, to, points, sizes) => {
  const between = Array.from({ length: Math.max(0, to.column - from.column - 1) }, (_, number) => {
    const x = EDGE + (from.column + 1 + number) * (sizes.node + sizes.gap);
    const middle = x + sizes.node / 2;
    const { y } = points.reduce((best, one) => (Math.abs(EDGE + one.x - middle) < Math.abs(EDGE + best.x - middle) ? one : best));
    return [{ x, y: TOP + y }, { x: x + sizes.node, y: TOP + y }];
  });
  return curve([{ x: from.x + from.width, y: from.y + from.height / 2 }, ...between.flat(), { x: to.x, y: to.y + to.height / 2 }]);
};

/** Where each node stands, how each edge runs, and the size of it all. */
export const placed = (nodes, edges, room) => {
  const columns = columnsOf(nodes);
  const sizes = sizesFor(room, columns.length);
  const labels = new Map(nodes.map((node) => [node.id, lines(node.label, FONTS.label, sizes.node - 26)]));
  const graph = graphOf(columns, edges, sizes, labels);
  layout(graph);
  const places = new Map();
  columns.forEach((column, number) => {
    column.nodes.sort((one, other) => graph.node(one.id).y - graph.node(other.id).y);
    column.nodes.forEach((node, index) => {
      const { x, y, width, height } = graph.node(node.id);
      places.set(node.id, { node, column: number, index, x: EDGE + x - width / 2, y: TOP + y - height / 2, width, height, label: labels.get(node.id) });
    });
  });
  const routes = edges.map((edge) => ({
    edge, d: route(places.get(edge.from), places.get(edge.to), graph.edge(edge.from, edge.to).points, sizes),
  }));
  const { width, height } = graph.graph();
  const headings = columns.map((column, number) => ({ title: column.title, x: EDGE + number * (sizes.node + sizes.gap) }));
  return { columns, headings, places, routes, width: width + 2 * EDGE, height: TOP + height + 2 * EDGE };
};
