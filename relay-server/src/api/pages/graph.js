// The relationship graph: four columns, drawn as SVG. One stop for the Tab key; arrow keys move inside.

import { svg } from "./element.js";

const COLUMNS = [["observable", "Observable"], ["insight", "Insights"], ["signal", "Signals"], ["rule", "Rules"]];
/** Sizes in pixels: of nodes, and of the room between them. On a narrow screen columns begin at the same height. */
const WIDE = { node: 196, gap: 44, isCentered: true };
const NARROW = { node: 150, gap: 26, isCentered: false };
const NARROW_BELOW = 640;
const LINE = 16;
const GAP_BELOW = 14;
const TOP = 26;
const TEXT_LEFT = 18;
const FAMILY = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
const FONTS = { label: `600 13px ${FAMILY}`, note: `400 11.5px ${FAMILY}` };

const ruler = document.createElement("canvas").getContext("2d");

/** A node's text of at most `width` pixels. */
const fits = (text, font, width) => {
  ruler.font = font;
  return ruler.measureText(text).width <= width;
};

/** The beginning of `text` that fits into a line of a node. */
const cut = (text, font, width) => {
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

const left = (column, size) => 2 + column * (size.node + size.gap);

/** Where each node stands; nodes of a column stand in the order of what they hang on. */
const place = (nodes, edges, size) => {
  const columns = COLUMNS.map(([kind, title]) => ({ title, nodes: nodes.filter((node) => node.kind === kind) }))
    .filter((column) => column.nodes.length > 0);
  const labels = new Map(nodes.map((node) => [node.id, lines(node.label, FONTS.label, size.node - 26)]));
  const heightOf = (node) => 32 + labels.get(node.id).length * LINE;
  const heightOfAll = (column) => column.nodes.reduce((sum, node) => sum + heightOf(node) + GAP_BELOW, -GAP_BELOW);
  const total = Math.max(...columns.map(heightOfAll));
  const places = new Map();
  columns.forEach((column, number) => {
    sortByOrigin(column, edges, places);
    let y = TOP + (size.isCentered ? (total - heightOfAll(column)) / 2 : 0);
    column.nodes.forEach((node, index) => {
      const height = heightOf(node);
      places.set(node.id, { node, column: number, index, x: left(number, size), y, width: size.node, height, label: labels.get(node.id) });
      y += height + GAP_BELOW;
    });
  });
  return { columns, places, width: left(columns.length, size) - size.gap + 10, height: TOP + total + 12 };
};

const sortByOrigin = (column, edges, places) => {
  const origins = (node) => edges.filter((edge) => edge.to === node.id && places.has(edge.from)).map((edge) => places.get(edge.from).y);
  const middle = (ys) => (ys.length > 0 ? ys.reduce((sum, y) => sum + y, 0) / ys.length : Infinity);
  const weights = new Map(column.nodes.map((node) => [node.id, middle(origins(node))]));
  column.nodes.sort((one, other) => weights.get(one.id) - weights.get(other.id) || 0);
};

const curve = (from, to) => {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
};

const words = (node) => [
  node.members ? "group of signals" : node.kind, node.label, node.note,
  node.severity && `severity ${node.severity}`, node.when,
].filter(Boolean).join(", ");

const draw = ({ node, x, y, width, height, label }) => svg("g",
  { class: `node ${node.kind}`, transform: `translate(${x} ${y})`, role: "button", tabindex: -1, "aria-pressed": "false", "aria-label": words(node), "data-id": node.id },
  svg("title", {}, words(node)),
  node.members && svg("rect", { class: "behind", x: 6, y: 6, width, height, rx: 8 }),
  svg("rect", { class: "box", width, height, rx: 8 }),
  node.severity ? svg("rect", { class: `bar ${node.severity.toLowerCase()}`, x: 6, y: 9, width: 4, height: height - 18, rx: 2 }) : null,
  ...label.map((line, index) => svg("text", { x: TEXT_LEFT, y: 20 + index * LINE }, line)),
  svg("text", { x: TEXT_LEFT, y: height - 11, class: "note" }, cut(node.note, FONTS.note, width - 26)));

/**
 * Draws the graph into `container` and selects the node with the id `first`.
 * `onSelect` is told the node that was chosen, `onOpen` the group that is to be shown in full.
 */
export const drawGraph = (container, nodes, modelEdges, { first, description, onSelect, onOpen }) => {
  // Members of a group have the same edges: those of its first member are drawn.
  const ids = new Set(nodes.map((node) => node.id));
  const edges = modelEdges.filter((edge) => ids.has(edge.from) && ids.has(edge.to));
  const size = container.clientWidth < NARROW_BELOW ? NARROW : WIDE;
  const { columns, places, width, height } = place(nodes, edges, size);

  const curves = edges.map((edge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    const across = to.column - from.column > 1 ? " across" : "";
    return { edge, line: svg("path", { class: `edge ${edge.kind}${across}`, d: curve(from, to) }) };
  });
  const drawn = new Map([...places].map(([id, at]) => [id, draw(at)]));
  const headings = columns.map((column, number) =>
    svg("text", { class: "heading", x: left(number, size), y: 13 }, column.title));
  container.replaceChildren(svg("svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": description },
    svg("g", { "aria-hidden": "true" }, ...headings, ...curves.map(({ line }) => line)),
    ...drawn.values()));

  const select = (id, { focus = false } = {}) => {
    const isAll = id === "observable";
    for (const { edge, line } of curves) {
      const touches = edge.from === id || edge.to === id;
      line.classList.toggle("strong", touches && !isAll);
      line.classList.toggle("faded", !touches && !isAll);
    }
    for (const [key, element] of drawn) {
      element.setAttribute("aria-pressed", String(key === id));
      element.setAttribute("tabindex", key === id ? 0 : -1);
    }
    if (focus) drawn.get(id).focus();
    onSelect(places.get(id).node);
  };

  const neighbour = (at, key) => {
    if (key === "ArrowUp" || key === "ArrowDown") return columns[at.column].nodes[at.index + (key === "ArrowDown" ? 1 : -1)]?.id;
    const ahead = key === "ArrowRight";
    const linked = edges.filter((edge) => (ahead ? edge.from : edge.to) === at.node.id).map((edge) => places.get(ahead ? edge.to : edge.from));
    return linked.sort((one, other) => Math.abs(one.column - at.column) - Math.abs(other.column - at.column) || one.index - other.index)[0]?.node.id;
  };

  const activate = (at) => (at.node.members ? onOpen(at.node) : select(at.node.id, { focus: true }));
  for (const [id, element] of drawn) {
    const at = places.get(id);
    element.addEventListener("click", () => (element.getAttribute("aria-pressed") === "true" ? activate(at) : select(id, { focus: true })));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        activate(at);
      } else if (event.key.startsWith("Arrow")) {
        event.preventDefault();
        const next = neighbour(at, event.key);
        if (next) select(next, { focus: true });
      }
    });
  }
  select(drawn.has(first) ? first : "observable");
  return { focus: (id) => drawn.has(id) && select(id, { focus: true }) };
};
