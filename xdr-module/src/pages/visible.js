// The part of a model that the graph shows: filtered, grouped, collapsed, and cut where it would be too much to see.

import { rank } from "./answer.js";

/** So many signals that belong to the same things are shown as one group. */
const GROUP_FROM = 4;
/** The most nodes that are drawn beside the observables. */
const MOST = 150;
const KINDS = ["insight", "signal", "rule"];

const distinct = (texts) => [...new Set(texts)].join(", ");

/** A node for signals that belong to the same things. */
const group = (key, members) => {
  const times = members.map((one) => one.when).sort();
  return {
    ...members[0],
    key,
    members,
    label: `${members.length} × ${members[0].label}`,
    note: distinct(members.map((one) => one.note)),
    when: `${times[0]} to ${times.at(-1)}`,
    entity: distinct(members.map((one) => one.entity)),
    entities: [],
    link: undefined,
  };
};

/** The things, with signals that belong to the same things as one node, unless they are few or the group is opened. */
const grouped = (things, edges, opened) => {
  const around = new Map(things.map((thing) => [thing.id, []]));
  for (const { kind, from, to } of edges) {
    around.get(from)?.push(`${kind} to ${to}`);
    around.get(to)?.push(`${kind} from ${from}`);
  }
  const signals = new Map();
  for (const thing of things.filter((one) => one.kind === "signal")) {
    const key = [thing.label, thing.severity, ...around.get(thing.id).sort()].join("\n");
    signals.set(key, [...(signals.get(key) ?? []), thing]);
  }
  const nodes = [...signals].flatMap(([key, members]) => (members.length < GROUP_FROM || opened.has(key) ? members : [group(key, members)]));
  return [...things.filter((one) => one.kind === "insight"), ...nodes, ...things.filter((one) => one.kind === "rule")];
};

/** The nodes that are drawn, the worst of each kind first, and the number of those that are not. */
const limited = (nodes) => {
  if (nodes.length <= MOST) return { drawn: nodes, left: 0 };
  const byWorth = [...nodes].sort((one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind) || rank(one.severity) - rank(other.severity));
  const drawn = new Set(byWorth.slice(0, MOST));
  return { drawn: nodes.filter((node) => drawn.has(node)), left: nodes.length - MOST };
};

/**
 * The edges between nodes that are there. A node of which all that it belongs to is left out hangs on what is above that.
 * Members of a group have the same edges: those of its first member stand for all.
 */
const lifted = (model, nodes) => {
  const ids = new Set(nodes.map((node) => node.id));
  const above = new Map();
  for (const { from, to } of model.edges) above.set(to, [...(above.get(to) ?? []), from]);
  const nearest = (id, seen = new Set()) => (above.get(id) ?? []).flatMap((one) => {
    if (ids.has(one)) return [one];
    if (seen.has(one)) return [];
    seen.add(one);
    return nearest(one, seen);
  });
  const edges = model.edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to));
  const held = new Set(edges.map((edge) => edge.to));
  const loose = nodes.filter((node) => node.kind !== "observable" && !held.has(node.id));
  return [...edges, ...loose.flatMap(({ id }) => [...new Set(nearest(id))].map((from) => ({ from, to: id, kind: "found-in" })))];
};

/** For each observable of which more exists than is shown, a node that says so. */
const limits = (model) => model.asked.filter((one) => one.limits.length > 0).map((one) => ({
  id: `${one.id} more`, kind: "more", label: "More than is shown", note: "cut at a limit", severity: "", when: "", entity: "", entities: [],
  text: [...new Set(one.limits)].join(" "), of: one.id,
}));

/** The ids that are reached from the nodes on which nothing else hangs, without passing through `closed`. */
const reached = (nodes, edges, closed) => {
  const below = new Map();
  for (const { from, to } of edges) below.set(from, [...(below.get(from) ?? []), to]);
  const held = new Set(edges.map((edge) => edge.to));
  const waiting = nodes.filter((node) => !held.has(node.id)).map((node) => node.id);
  const found = new Set(waiting);
  while (waiting.length > 0) {
    const id = waiting.pop();
    if (closed.has(id)) continue;
    for (const next of below.get(id) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      waiting.push(next);
    }
  }
  return found;
};

/** Leaves out what hangs on collapsed nodes alone. Each node says how many nodes it hides, or can hide. */
const collapse = (nodes, edges, collapsed) => {
  const found = reached(nodes, edges, collapsed);
  const kept = nodes.filter((node) => found.has(node.id));
  const origins = new Set(edges.map((edge) => edge.from));
  for (const node of kept) {
    const other = new Set(collapsed);
    const isCollapsed = other.delete(node.id);
    if (!isCollapsed) other.add(node.id);
    const number = origins.has(node.id) ? Math.abs(found.size - reached(nodes, edges, other).size) : 0;
    node.hides = isCollapsed ? number : 0;
    node.canHide = isCollapsed ? 0 : number;
  }
  return { nodes: kept, edges: edges.filter((edge) => found.has(edge.from) && found.has(edge.to)) };
};

/**
 * The nodes and edges of the graph, and the number of nodes that are not drawn because there are too many.
 * `matches` says which things pass the filters.
 */
export const visible = (model, { matches, opened, collapsed }) => {
  const things = model.things.filter(matches);
  const { drawn, left } = limited(grouped(things, model.edges, opened));
  const nodes = [...model.asked, ...drawn].map((node) => ({ ...node }));
  const marks = limits(model);
  const edges = [...lifted(model, nodes), ...marks.map((mark) => ({ from: mark.of, to: mark.id, kind: "cut" }))];
  return { ...collapse([...nodes, ...marks], edges, collapsed), left };
};
