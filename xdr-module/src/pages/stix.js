// An answer as a bundle of STIX 2.1, as the crate `ctim` makes it (`ctim/src/stix`), for the kinds of entities that answers hold.
//
// `relay-server/tests/page_exports.rs` and `browser-tests/stix.test.mjs` hold both to one example, object by object.

import { objectsOf, patternOf } from "./stix-observables.js";
import { byteLength, uuid5 } from "./uuid.js";

const NAMESPACE = uuid5("6ba7b812-9dad-11d1-80b4-00c04fd430c8", "ctim stix");
const MOST_SEEN = 999_999_999;
/** The numbers for confidence, by the scale "None / Low / Med / High" of the standard (appendix A). */
const CONFIDENCE = { High: 85, Medium: 50, Low: 15, None: 0 };
/** The types of indicators for the numbers of dispositions. */
const DISPOSITIONS = { 1: "benign", 2: "malicious-activity", 3: "anomalous-activity", 4: "benign", 5: "unknown" };
/** The markings that the standard (section 7.2.1.4) has for the traffic light protocol. */
const MARKINGS = {
  white: "613f2e26-407d-48c7-9eca-b8e91df99dc9", green: "34098fce-860f-48ae-8e50-ebd3cc5e41da",
  amber: "f88d31f6-486f-44da-b317-01333bde0b82", red: "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
};

/** The id of an object: it depends on the type and on `parts`, in their order. */
const idOf = (type, parts) => `${type}--${uuid5(NAMESPACE, `${type}|${parts.map((part) => `${byteLength(part)}:${part}|`).join("")}`)}`;

/** The properties that say something: not those that are absent, an empty text or an empty list. */
const filled = (properties) => Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null && value.length !== 0));

const severityLabel = (severity) => `severity:${severity.toLowerCase()}`;

const labelsOf = ({ severity }) => (severity ? [severityLabel(severity)] : []);

/** The word for a relationship; undefined if nothing of it is left. */
const hyphenated = (word) => word.replace(/[^A-Za-z0-9]/gu, "-").toLowerCase().replace(/^-+|-+$/g, "") || undefined;

const longestText = ({ description, short_description: short, title }) => description || short || title;

const clamp = (least, value) => Math.max(least, Math.min(MOST_SEEN, value));

const endsOf = ({ start_time: start, end_time: end }) => [start, end && Date.parse(end) >= Date.parse(start) ? end : start];

const validityOf = (span, created) => {
  const start = span?.start_time ?? created;
  const end = span?.end_time;
  return { valid_from: start, valid_until: end && Date.parse(end) > Date.parse(start) ? end : undefined };
};

const referencesOf = (entity, source) => [
  { source_name: "ctim", external_id: entity.id },
  ...(entity.external_ids ?? []).map((id) => ({ source_name: source, external_id: id })),
  ...(entity.source_uri ? [{ source_name: source, url: entity.source_uri }] : []),
  ...(entity.external_references ?? []).map(({ source_name: name, description, url, external_id: id }) => [name, filled({ description, url, external_id: id })])
    .filter(([, reference]) => Object.keys(reference).length > 0).map(([name, reference]) => ({ ...reference, source_name: name })),
];

/** Collects objects, each id once, and the entities that STIX cannot express. */
const converter = (source, now) => {
  const objects = new Map();
  const leftOut = [];
  /** The ids of objects by those of entities. */
  const ids = new Map();
  const sightings = new Map();

  const add = (object) => {
    if (!objects.has(object.id)) objects.set(object.id, object);
    return object.id;
  };
  const leaveOut = (id, reason) => { leftOut.push({ id, reason }); };

  const identity = (name) => add({ type: "identity", spec_version: "2.1", id: idOf("identity", [name]), created: now, modified: now, name });

  const marking = (tlp) => (Object.hasOwn(MARKINGS, tlp ?? "") ? [add({
    type: "marking-definition", spec_version: "2.1", id: `marking-definition--${MARKINGS[tlp]}`, created: "2017-01-20T00:00:00.000Z",
    definition_type: "tlp", name: `TLP:${tlp.toUpperCase()}`, definition: { tlp },
  })] : undefined);

  /** An object with what all entities say. Its id depends on that of the entity and on `parts`. */
  const shared = (type, entity, properties, { by = entity.source ?? source, parts = [] } = {}) => {
    const created = entity.timestamp ?? now;
    return filled({
      type, spec_version: "2.1", id: idOf(type, [entity.id, ...parts]), created, modified: created, created_by_ref: identity(by),
      lang: entity.language, object_marking_refs: marking(entity.tlp), external_references: referencesOf(entity, by), ...properties,
    });
  };

  const addIndicator = (entity) => {
    const created = entity.timestamp ?? now;
    ids.set(entity.id, add(shared("indicator", entity, {
      name: entity.title, description: entity.description,
      // A rule of which only the name is known has its name as pattern, in a language called `ctim`.
      pattern_type: "ctim", pattern: entity.title || entity.id, ...validityOf(entity.valid_time, created),
      kill_chain_phases: (entity.kill_chain_phases ?? []).map(({ kill_chain_name, phase_name }) => ({ kill_chain_name, phase_name })),
      confidence: CONFIDENCE[entity.confidence], labels: [...labelsOf(entity), ...(entity.tags ?? [])],
    }, { by: entity.producer })));
  };

  const addJudgement = (entity) => {
    const pattern = patternOf(entity.observable);
    if (!pattern) return leaveOut(entity.id, `STIX has no object for this observable of the type ${entity.observable.type}`);
    const type = DISPOSITIONS[entity.disposition];
    return ids.set(entity.id, add(shared("indicator", entity, {
      name: entity.observable.value || entity.id, description: entity.reason, indicator_types: type && [type], pattern_type: "stix", pattern,
      ...validityOf(entity.valid_time, entity.timestamp ?? now), confidence: CONFIDENCE[entity.confidence], labels: labelsOf(entity),
    })));
  };

  /** The observed data of a sighting, with the objects of its observables and targets, and its texts as a note. */
  const addObserved = (entity, observables) => {
    const references = [...new Set(observables.flatMap((one) => objectsOf(one) ?? []).map(add))];
    if (references.length === 0) return undefined;
    const [first, last] = endsOf(entity.observed_time);
    const id = add(shared("observed-data", entity, {
      first_observed: first, last_observed: last, number_observed: clamp(1, entity.count ?? 1), object_refs: references,
      confidence: CONFIDENCE[entity.confidence], labels: labelsOf(entity),
    }));
    const content = longestText(entity);
    if (content) add(shared("note", entity, { abstract: entity.title, content, object_refs: [id] }));
    return id;
  };

  const addObservable = (one) => (objectsOf(one) ?? []).map(add).at(-1);

  const ends = (word, from, to) => ({ relationship_type: word, source_ref: from, target_ref: to });

  const addRelation = (entity, { source: from, related, relation }) => {
    const [first, last, word] = [addObservable(from), addObservable(related), hyphenated(relation)];
    if (!first || !last || !word) return leaveOut(entity.id, `STIX cannot express the relation ${relation}`);
    return add(shared("relationship", entity, ends(word, first, last), { parts: [first, word, last] }));
  };

  const addSighting = (entity) => {
    const observables = [...(entity.observables ?? []), ...(entity.targets ?? []).flatMap((target) => target.observables ?? [])];
    const id = addObserved(entity, observables);
    if (id) ids.set(entity.id, id);
    sightings.set(entity.id, { entity, isLoose: !id });
    for (const type of new Set(observables.filter((one) => !objectsOf(one)).map((one) => one.type))) {
      leaveOut(entity.id, `STIX has no object for this observable of the type ${type}`);
    }
    for (const relation of entity.relations ?? []) addRelation(entity, relation);
  };

  const addSeen = (entity, relationship, target) => {
    const [first, last] = endsOf(entity.observed_time);
    const observed = ids.get(entity.id);
    add(shared("sighting", entity, {
      sighting_of_ref: target, observed_data_refs: observed && [observed], first_seen: first, last_seen: last, count: clamp(0, entity.count ?? 1),
      confidence: CONFIDENCE[entity.confidence], labels: labelsOf(entity), description: longestText(entity),
    }, { parts: [relationship.id] }));
  };

  const addRelationship = (entity) => {
    const [from, to] = [ids.get(entity.source_ref), ids.get(entity.target_ref)];
    const seen = sightings.get(entity.source_ref);
    if (["sighting-of", "member-of"].includes(entity.relationship_type) && to && seen) {
      seen.isLoose = false;
      return addSeen(seen.entity, entity, to);
    }
    const word = hyphenated(entity.relationship_type);
    if (!from || !to || !word) return leaveOut(entity.id, "an end of it is not in the bundle");
    return add(shared("relationship", entity, { ...ends(word, from, to), description: entity.description }));
  };

  return {
    addIndicator, addJudgement, addSighting, addRelationship, leaveOut,
    finish: () => {
      for (const { entity, isLoose } of sightings.values()) {
        if (isLoose) leaveOut(entity.id, "STIX has no object for any of its observables, and no relationship names its target");
      }
      return { objects: [...objects.values()], leftOut };
    },
  };
};

/**
 * The entities of an answer (lists by their names) as a bundle of STIX, and what STIX cannot express. `source` is the source
 * of entities that do not name one, and `now` the time of creation of objects whose entity has none.
 */
export const stixBundle = (entities, source, now) => {
  const { addIndicator, addJudgement, addSighting, addRelationship, leaveOut, finish } = converter(source, now);
  entities.indicators?.forEach(addIndicator);
  entities.judgements?.forEach(addJudgement);
  entities.sightings?.forEach(addSighting);
  entities.verdicts?.forEach(() => leaveOut(undefined, "STIX has no object for an entity of the type verdict"));
  entities.relationships?.forEach(addRelationship);
  const { objects, leftOut } = finish();
  const bundle = { type: "bundle", id: idOf("bundle", objects.map((object) => object.id)), ...(objects.length > 0 ? { objects } : {}) };
  return { bundle, leftOut };
};
