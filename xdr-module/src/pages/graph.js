// The relationship graph, drawn as SVG: one stop for the Tab key; arrow keys move inside.

import { svg } from "./element.js";
import { FONTS, cut, placed } from "./layout.js";
import { READABLE, watchView } from "./viewport.js";

const TEXT_LEFT = 18;
const LINE = 16;
const KNOB = 9;

/** The name of a node, for those who hear it and on pointing at it. It begins with the text that is seen. */
const words = (node) => [
  node.label, node.members ? "group of signals" : node.kind === "more" ? "" : node.kind, node.note,
  node.severity && `severity ${node.severity}`, node.when, node.limits?.length > 0 && "cut at a limit",
  node.hides > 0 && `hides ${node.hides}`,
].filter(Boolean).join(", ");

/** A sign at the right edge that hides what hangs on a node, or shows how much is hidden. The key C does the same. */
const knob = ({ node, width, height }) => {
  if (!node.hides && !node.canHide) return undefined;
  const text = node.hides > 0 ? `+${node.hides}` : "−";
  const half = Math.max(KNOB, 4 + 3.5 * text.length);
  return svg("g", { class: `knob${node.hides > 0 ? " closed" : ""}`, transform: `translate(${width} ${height / 2})` },
    svg("rect", { x: -half, y: -KNOB, width: 2 * half, height: 2 * KNOB, rx: KNOB }),
    svg("text", { y: 4, "text-anchor": "middle" }, text));
};

const draw = (at) => {
  const { node, x, y, width, height, label } = at;
  const isCut = node.kind === "more" || node.limits?.length > 0;
  return svg("g", {
    class: `node ${node.kind}${isCut ? " cut" : ""}`, transform: `translate(${x} ${y})`, role: "button", tabindex: -1,
    "aria-pressed": "false", "aria-expanded": node.hides > 0 ? "false" : node.canHide > 0 ? "true" : undefined, "data-id": node.id,
  },
  svg("title", {}, words(node)),
  node.members && svg("rect", { class: "behind", x: 6, y: 6, width, height, rx: 8 }),
  svg("rect", { class: "box", width, height, rx: 8 }),
  node.severity ? svg("rect", { class: `bar ${node.severity.toLowerCase()}`, x: 6, y: 9, width: 4, height: height - 18, rx: 2 }) : null,
  ...label.map((line, index) => svg("text", { x: TEXT_LEFT, y: 20 + index * LINE }, line)),
  svg("text", { x: TEXT_LEFT, y: height - 11, class: "note" }, cut([node.severity, node.note].filter(Boolean).join(" · "), FONTS.note, width - 26)),
  knob(at));
};

/** The ids on a way through a node: all that leads to it, and all that hangs on it. */
const pathThrough = (id, edges) => {
  const found = new Set([id]);
  for (const [here, there] of [["to", "from"], ["from", "to"]]) {
    const seen = new Set([id]);
    const waiting = [id];
    while (waiting.length > 0) {
      const at = waiting.pop();
      for (const edge of edges) {
        if (edge[here] !== at || seen.has(edge[there])) continue;
        seen.add(edge[there]);
        waiting.push(edge[there]);
      }
    }
    for (const one of seen) found.add(one);
  }
  return found;
};

/** The room of a container inside of its padding, in pixels. */
const roomOf = (container) => {
  const { paddingLeft, paddingRight } = getComputedStyle(container);
  return container.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
};

/**
 * Draws nodes and edges into `container` and selects the node with the id `first`, with the `zoom` of an earlier drawing.
 * `onSelect` is told the node and whether the reader chose it, `onOpen` the group that is to be shown in full,
 * `onCollapse` the node of which the rest is to be hidden or shown, and `onZoom` the zoom.
 */
export const drawGraph = (container, { nodes, edges }, { first, zoom, description, onSelect, onOpen, onCollapse, onZoom }) => {
  const { columns, headings, places, routes, width, height } = placed(nodes, edges, roomOf(container));
  const curves = routes.map(({ edge, d }) => {
    const across = places.get(edge.to).column - places.get(edge.from).column > 1 ? " across" : "";
    return { edge, line: svg("path", { class: `edge ${edge.kind}${across}`, d }) };
  });
  const drawn = new Map([...places].map(([id, at]) => [id, draw(at)]));
  const content = svg("g", { class: "content" },
    svg("g", { "aria-hidden": "true" },
      ...headings.map(({ title, x }) => svg("text", { class: "heading", x, y: 13 }, title)), ...curves.map(({ line }) => line)),
    ...drawn.values());
  const shrunk = Math.max(READABLE, Math.min(1, roomOf(container) / width));
  const frame = svg("svg", { width: "100%", height: Math.ceil(height * shrunk), role: "group", "aria-label": description }, content);
  container.replaceChildren(frame);
  const view = watchView(frame, content, { width, height, onChange: onZoom });
  let selected;

  /** Marks a node as selected, and the way through it if the reader chose it. */
  const mark = (id, isChosen) => {
    const path = isChosen ? pathThrough(id, edges) : new Set(places.keys());
    const isAll = path.size === nodes.length;
    for (const { edge, line } of curves) {
      const isOn = path.has(edge.from) && path.has(edge.to);
      line.classList.toggle("strong", isOn && !isAll);
      line.classList.toggle("faded", !isOn);
    }
    for (const [key, element] of drawn) {
      element.classList.toggle("faded", !path.has(key));
      element.setAttribute("aria-pressed", String(key === id));
      element.setAttribute("tabindex", key === id ? 0 : -1);
    }
  };

  const select = (id, { isChosen = true } = {}) => {
    selected = id;
    mark(id, isChosen);
    if (isChosen) view.reveal(places.get(id));
    onSelect(places.get(id).node, isChosen);
  };
  const focus = (id) => {
    select(id);
    drawn.get(id).focus({ preventScroll: true });
    drawn.get(id).scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const neighbour = (at, key) => {
    if (key === "ArrowUp" || key === "ArrowDown") return columns[at.column].nodes[at.index + (key === "ArrowDown" ? 1 : -1)]?.id;
    const ahead = key === "ArrowRight";
    const linked = edges.filter((edge) => (ahead ? edge.from : edge.to) === at.node.id).map((edge) => places.get(ahead ? edge.to : edge.from));
    return linked.sort((one, other) => Math.abs(one.column - at.column) - Math.abs(other.column - at.column) || one.index - other.index)[0]?.node.id;
  };

  const activate = (at) => (at.node.members ? onOpen(at.node) : focus(at.node.id));
  const canCollapse = ({ node }) => node.hides > 0 || node.canHide > 0;
  const press = (at, event) => {
    if (view.press(event)) return;
    if (event.key === "Enter" || event.key === " ") activate(at);
    else if (event.key.toLowerCase() === "c" && !event.ctrlKey && !event.metaKey && canCollapse(at)) onCollapse(at.node);
    else if (event.key.startsWith("Arrow")) {
      const next = neighbour(at, event.key);
      if (next) focus(next);
    } else return;
    event.preventDefault();
  };
  for (const [id, element] of drawn) {
    const at = places.get(id);
    element.addEventListener("click", (event) => {
      if (event.target.closest(".knob")) onCollapse(at.node);
      else if (element.getAttribute("aria-pressed") === "true") activate(at);
      else focus(id);
    });
    element.addEventListener("keydown", (event) => press(at, event));
  }
  view.start(zoom);
  select(drawn.has(first) ? first : nodes[0].id, { isChosen: false });
  return {
    view, focus: (id) => drawn.has(id) && focus(id),
    /** The node that is selected, and its element. */
    selected: () => ({ node: places.get(selected).node, element: drawn.get(selected) }),
    /** Selects the node that stands for a thing, alone or in a group. */
    select: (id) => {
      const node = nodes.find((one) => one.id === id) ?? nodes.find((one) => one.members?.some((member) => member.id === id));
      if (node) select(node.id);
      return Boolean(node);
    },
    /** The drawing and its size, to take away. */
    picture: () => ({ content, width, height }),
  };
};
