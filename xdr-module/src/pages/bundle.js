// The entities of an answer as one bundle of CTIM, as `relay-server observe --format ctim` writes them.

import { uuid5 } from "./uuid.js";

const LISTS = ["indicators", "judgements", "relationships", "sightings", "verdicts"];
const X500 = "6ba7b814-9dad-11d1-80b4-00c04fd430c8";

/** The entities of several data, each once: by its id, or by all of it where it has none. */
const merged = (datas, list) => {
  const found = new Map();
  for (const doc of datas.flatMap((data) => data?.[list]?.docs ?? [])) {
    const key = doc.id ?? JSON.stringify(doc);
    if (!found.has(key)) found.set(key, doc);
  }
  return [...found.values()];
};

/** The entities of all replies in lists by their names, those that are not empty. */
export const entitiesOf = (replies) => {
  const datas = replies.map(({ envelope }) => envelope.data);
  return Object.fromEntries(LISTS.map((list) => [list, merged(datas, list)]).filter(([, docs]) => docs.length > 0));
};

/** The source of the bundle of these lists: the one that their entities name. */
export const sourceOf = (entities) => Object.values(entities).flat().find((one) => one.source)?.source ?? "relay";

/** The bundle of these lists; its id stands for this answer alone. */
export const ctimBundle = (entities) => ({
  type: "bundle", id: `transient:bundle-${uuid5(X500, "answer")}`, schema_version: Object.values(entities)[0]?.[0]?.schema_version,
  source: sourceOf(entities), valid_time: {}, ...entities,
});
