// From the answer of `POST /observe/observables` to what the page shows.

const INSIGHT_TITLE = "A Sumo Logic Cloud SIEM Insight contains observable in a Signal";

/** An ISO time without its fraction of a second and zone. */
export const shortTime = (time) => (time ?? "").replace("T", " ").replace(/(:\d\d)(:\d\d)?(\.\d+)?Z$/, "$1");

const span = (times) => [shortTime(times?.start_time), shortTime(times?.end_time)].filter(Boolean).join(" to ");

const entitiesOf = (sighting) => (sighting.targets ?? []).flatMap((target) => target.observables ?? []);

const entityOf = (sighting) => entitiesOf(sighting).map((one) => one.value).join(", ");

const signalName = (text) => /^Signal: ([\s\S]*) for entity [\s\S]* contains the observable\.$/.exec(text ?? "")?.[1];

const MITRE = "mitre-attack";

/** The techniques of MITRE ATT&CK that an entity refers to. */
const techniquesOf = (doc) => (doc.external_references ?? []).filter((one) => one.source_name === MITRE && one.external_id)
  .map((one) => ({ id: one.external_id, link: one.url }));

const sighting = (doc) => {
  const isInsight = doc.title === INSIGHT_TITLE;
  return {
    id: doc.id,
    key: `${isInsight ? "insight" : "signal"} ${doc.external_ids?.[0] ?? doc.id}`,
    kind: isInsight ? "insight" : "signal",
    label: (isInsight ? doc.external_ids?.[1] : signalName(doc.short_description)) ?? doc.title ?? doc.id,
    note: isInsight ? doc.description : entityOf(doc),
    text: isInsight ? doc.short_description : doc.description,
    severity: doc.severity ?? "Unknown",
    when: span(doc.observed_time),
    entity: entityOf(doc),
    entities: entitiesOf(doc),
    resolution: doc.resolution,
    isOpen: isInsight ? !doc.resolution || doc.resolution === "Unresolved" : undefined,
    start: doc.observed_time?.start_time,
    tactics: [],
    techniques: techniquesOf(doc),
    link: doc.source_uri,
  };
};

const indicator = (doc) => ({
  id: doc.id,
  key: `rule ${doc.external_references?.[0]?.external_id ?? doc.id}`,
  kind: "rule",
  label: doc.title ?? doc.id,
  note: doc.external_references?.[0]?.external_id ?? "",
  text: doc.short_description,
  severity: doc.severity ?? "Unknown",
  when: shortTime(doc.valid_time?.start_time),
  entity: "",
  entities: [],
  phases: (doc.kill_chain_phases ?? []).map((phase) => phase.phase_name).join(", "),
  tactics: (doc.kill_chain_phases ?? []).filter((phase) => phase.kill_chain_name === MITRE).map((phase) => phase.phase_name),
  techniques: techniquesOf(doc),
  tags: (doc.tags ?? []).join(", "),
  link: doc.source_uri,
});

const judgement = (doc) => ({
  id: doc.id,
  disposition: doc.disposition_name,
  priority: doc.priority,
  confidence: doc.confidence,
  severity: doc.severity,
  reason: doc.reason ?? "",
  when: span(doc.valid_time),
  link: doc.source_uri,
});

/** The verdicts with the reason for each, and all judgements, those that decide first. */
const judged = (docs) => {
  const judgements = docs("judgements").map(judgement);
  const verdicts = docs("verdicts").map((doc) => ({
    decidedBy: doc.judgement_id, disposition: doc.disposition_name, value: doc.observable?.value ?? "",
    reason: judgements.find((one) => one.id === doc.judgement_id)?.reason ?? "",
  }));
  const decides = (one) => verdicts.some((verdict) => verdict.decidedBy === one.id);
  return { verdicts, judgements: judgements.sort((one, other) => decides(other) - decides(one) || other.priority - one.priority) };
};

const docsOf = (envelope) => (list) => envelope.data?.[list]?.docs ?? [];

/** Adds a reply to `model`. An insight or signal that several observables are found in is one thing. */
const add = (model, { observable, envelope, outcome }, place) => {
  const docs = docsOf(envelope);
  const asked = {
    id: `observable-${place}`, kind: "observable", label: observable.value, note: observable.type, severity: "", entity: "", entities: [],
    limits: outcome?.state === "cut" ? (envelope.errors ?? []).map((error) => error.message) : [],
  };
  model.asked.push(asked);
  // Lists and sources that judgements stem from are indicators too, but not rules.
  const collections = new Set(docs("relationships").filter((edge) => edge.relationship_type === "element-of").map((edge) => edge.target_ref));
  const rules = docs("indicators").filter((doc) => !collections.has(doc.id));
  const names = new Map();
  const here = [...docs("sightings").map(sighting), ...rules.map(indicator)].map((thing) => {
    const known = model.byId.get(thing.key) ?? { ...thing, id: thing.key };
    model.byId.set(thing.key, known);
    names.set(thing.id, thing.key);
    return known;
  });
  const edges = docs("relationships")
    .filter((edge) => names.has(edge.source_ref) && names.has(edge.target_ref))
    .map((edge) => ({ from: names.get(edge.source_ref), to: names.get(edge.target_ref), kind: edge.relationship_type }));
  const inside = new Set(edges.filter((edge) => edge.kind === "based-on").map((edge) => edge.to));
  const roots = here.filter((thing) => thing.kind === "insight" || (thing.kind === "signal" && !inside.has(thing.id)));
  const found = roots.map((thing) => ({ from: asked.id, to: thing.id, kind: "found-in" }));
  for (const edge of [...found, ...edges]) model.edgesByName.set(`${edge.from}\n${edge.kind}\n${edge.to}`, edge);
  const { verdicts, judgements } = judged(docs);
  model.verdicts.push(...verdicts);
  model.judgements.push(...judgements);
};

/** The number of things and verdicts in a reply. */
export const countOf = (envelope) => ["sightings", "indicators", "verdicts", "judgements"].reduce((sum, list) => sum + docsOf(envelope)(list).length, 0);

/** Gives signals the tactics of their rules, and insights those of their rules and signals. */
const addTactics = (things, edges, byId) => {
  const isBehind = (kind, thing) => edges.filter((edge) => edge.kind === kind && edge.from === thing.id).map((edge) => byId.get(edge.to));
  for (const kind of ["signal", "insight"]) {
    for (const thing of things.filter((one) => one.kind === kind)) {
      const behind = [...isBehind("sighting-of", thing), ...isBehind("based-on", thing)];
      thing.tactics = [...new Set(behind.flatMap((one) => one.tactics))];
    }
  }
};

/** The things of replies (each with its observable), and the edges between them. */
export const read = (replies) => {
  const model = { asked: [], byId: new Map(), edgesByName: new Map(), verdicts: [], judgements: [] };
  replies.forEach((reply, place) => add(model, reply, place));
  const order = ["insight", "signal", "rule"];
  const things = [...model.byId.values()];
  addTactics(things, [...model.edgesByName.values()], model.byId);
  return { ...model, things: order.flatMap((kind) => things.filter((thing) => thing.kind === kind)), edges: [...model.edgesByName.values()] };
};

/** The observables that share a thing, by their labels. */
export const sharedBy = (model, thing) => {
  const above = (id) => model.edges.filter((edge) => edge.to === id && edge.kind !== "sighting-of").map((edge) => edge.from);
  const found = above(thing.id).flatMap((id) => (id.startsWith("observable-") ? [id] : above(id).filter((one) => one.startsWith("observable-"))));
  return [...new Set(found)].map((id) => model.asked.find((one) => one.id === id).label);
};

/** The labels of what a thing belongs to: the insights of a signal, and the rules. */
export const belongsTo = (model, thing) => {
  const insights = model.edges.filter((edge) => edge.kind === "based-on" && edge.to === thing.id).map((edge) => edge.from);
  const rules = model.edges.filter((edge) => edge.kind === "sighting-of" && edge.from === thing.id).map((edge) => edge.to);
  return [...insights, ...rules].map((id) => model.byId.get(id).label);
};

const count = (number, name) => `${number} ${name}${number === 1 ? "" : "s"}`;

/** What was found, in words. */
export const summary = (model, state, took) => {
  const of = (kind) => model.things.filter((thing) => thing.kind === kind).length;
  const [first] = model.asked;
  const name = model.asked.length === 1 ? `${first.note} ${first.label}` : count(model.asked.length, "observable");
  if (state === "not-searched") return `It is not known what Cloud SIEM holds about ${name}.`;
  if (state === "refused") return `The question about ${name} was refused.`;
  const what = model.things.length > 0
    ? `${count(of("insight"), "insight")}, ${count(of("signal"), "signal")} and ${count(of("rule"), "rule")} for`
    : model.verdicts.length > 0 ? "No insight or signal, but a verdict is there for" : "Nothing is known about";
  return `${what} ${name}, answered in ${took} ms.`;
};

/** The severities of CTIM, the worst first. */
export const SEVERITIES = ["Critical", "High", "Medium", "Low", "Info", "None", "Unknown"];

/** A number by which severities sort, the worst first. */
export const rank = (severity) => {
  const place = SEVERITIES.indexOf(severity);
  return place < 0 ? SEVERITIES.length : place;
};

/** The number of insights and signals of each severity, the worst first, and of insights that are open or closed. */
export const counts = (model) => {
  const sightings = model.things.filter((thing) => thing.kind !== "rule");
  const of = (severity) => [severity, sightings.filter((thing) => thing.severity === severity).length];
  const number = (isOpen) => model.things.filter((thing) => thing.isOpen === isOpen).length;
  return { severities: SEVERITIES.map(of).filter(([, all]) => all > 0), open: number(true), closed: number(false) };
};
