// From the answer of `POST /observe/observables` to what the page shows.

const INSIGHT_TITLE = "A Sumo Logic Cloud SIEM Insight contains observable in a Signal";

/** More signals than this that belong to the same things are shown as one group. */
const GROUP_FROM = 4;

/** An ISO time without its fraction of a second and zone. */
export const shortTime = (time) => (time ?? "").replace("T", " ").replace(/(:\d\d)(:\d\d)?(\.\d+)?Z$/, "$1");

const span = (times) => [shortTime(times?.start_time), shortTime(times?.end_time)].filter(Boolean).join(" to ");

const entityOf = (sighting) => (sighting.targets ?? []).flatMap((target) => target.observables ?? []).map((o) => o.value).join(", ");

const signalName = (text) => /^Signal: ([\s\S]*) for entity [\s\S]* contains the observable\.$/.exec(text ?? "")?.[1];

const sighting = (doc) => {
  const isInsight = doc.title === INSIGHT_TITLE;
  return {
    id: doc.id,
    kind: isInsight ? "insight" : "signal",
    label: (isInsight ? doc.external_ids?.[1] : signalName(doc.short_description)) ?? doc.title ?? doc.id,
    note: isInsight ? doc.description : entityOf(doc),
    text: isInsight ? doc.short_description : doc.description,
    severity: doc.severity ?? "Unknown",
    when: span(doc.observed_time),
    entity: entityOf(doc),
    resolution: doc.resolution,
    link: doc.source_uri,
  };
};

const indicator = (doc) => ({
  id: doc.id,
  kind: "rule",
  label: doc.title ?? doc.id,
  note: doc.external_references?.[0]?.external_id ?? "",
  text: doc.short_description,
  severity: doc.severity ?? "Unknown",
  when: shortTime(doc.valid_time?.start_time),
  entity: "",
  phases: (doc.kill_chain_phases ?? []).map((phase) => phase.phase_name).join(", "),
  tags: (doc.tags ?? []).join(", "),
  link: doc.source_uri,
});

/** The things of an answer, and the edges between those that are in it. */
export const read = (envelope, observable) => {
  const docs = (list) => envelope.data?.[list]?.docs ?? [];
  const asked = { id: "observable", kind: "observable", label: observable.value, note: observable.type, severity: "", entity: "" };
  const things = [...docs("sightings").map(sighting), ...docs("indicators").map(indicator)];
  const byId = new Map(things.map((thing) => [thing.id, thing]));
  const edges = docs("relationships")
    .filter((edge) => byId.has(edge.source_ref) && byId.has(edge.target_ref))
    .map((edge) => ({ from: edge.source_ref, to: edge.target_ref, kind: edge.relationship_type }));
  const inside = new Set(edges.filter((edge) => edge.kind === "based-on").map((edge) => edge.to));
  const roots = things.filter((thing) => thing.kind === "insight" || (thing.kind === "signal" && !inside.has(thing.id)));
  const found = roots.map((thing) => ({ from: asked.id, to: thing.id, kind: "found-in" }));
  return { asked, things, byId, edges: [...found, ...edges] };
};

/** The labels of what a thing belongs to: the insights of a signal, and the rules. */
export const belongsTo = (model, thing) => {
  const insights = model.edges.filter((edge) => edge.kind === "based-on" && edge.to === thing.id).map((edge) => edge.from);
  const rules = model.edges.filter((edge) => edge.kind === "sighting-of" && edge.from === thing.id).map((edge) => edge.to);
  return [...insights, ...rules].map((id) => model.byId.get(id).label);
};

/** The nodes of the graph: signals that belong to the same things are one node, unless they are few or it is opened. */
export const nodesOf = (model, opened) => {
  const signals = new Map();
  for (const thing of model.things.filter((one) => one.kind === "signal")) {
    const around = model.edges.filter((edge) => edge.from === thing.id || edge.to === thing.id);
    const key = [thing.label, ...around.map((edge) => `${edge.kind} ${edge.from === thing.id ? edge.to : edge.from}`).sort()].join("\n");
    signals.set(key, [...(signals.get(key) ?? []), thing]);
  }
  const grouped = [...signals].flatMap(([key, members]) =>
    members.length < GROUP_FROM || opened.has(key) ? members : [group(key, members)]);
  return [model.asked, ...model.things.filter((one) => one.kind === "insight"), ...grouped, ...model.things.filter((one) => one.kind === "rule")];
};

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
    link: undefined,
  };
};

const count = (number, name) => `${number} ${name}${number === 1 ? "" : "s"}`;

/** What was found, in words. */
export const summary = (model, took) => {
  const of = (kind) => model.things.filter((thing) => thing.kind === kind).length;
  const what = model.things.length === 0
    ? "Nothing is known about"
    : `${count(of("insight"), "insight")}, ${count(of("signal"), "signal")} and ${count(of("rule"), "rule")} for`;
  return `${what} ${model.asked.note} ${model.asked.label}, answered in ${took} ms.`;
};
