// Filters of graph and table: by kind, severity, state, tactic and time.

/** Filters that let everything through. */
export const noFilters = () => ({ kind: "", severity: "", state: "", tactic: "", span: undefined });

/** Returns true if any filter is set. */
export const isFiltered = (filters) => Object.values(filters).some(Boolean);

const isWithin = (thing, { from, to }) => thing.start >= from && thing.start < to;

const isOfState = (thing, state) => thing.isOpen === (state === "open");

/** Sets a filter to a value, or clears it when it has that value. */
export const toggle = (filters, name, value) => { filters[name] = filters[name] === value ? noFilters()[name] : value; };

/**
 * The test for things that pass the filters. State and time are those of insights and signals: a signal passes the state of an
 * insight that it belongs to, and a rule passes with a signal or insight behind which it stands.
 */
export const matcher = (model, filters) => {
  const { kind, severity, state, tactic, span } = filters;
  const linked = (thing, edgeKind, here, there) => model.edges.filter((edge) => edge.kind === edgeKind && edge[here] === thing.id)
    .map((edge) => model.byId.get(edge[there]));
  const isInState = (thing) => !state || (thing.kind === "insight" ? isOfState(thing, state) : linked(thing, "based-on", "to", "from").some((one) => isOfState(one, state)));
  const isSeen = (thing) => isInState(thing) && (!span || isWithin(thing, span));
  return (thing) => (!kind || thing.kind === kind) && (!severity || thing.severity === severity) && (!tactic || thing.tactics.includes(tactic))
    && (thing.kind === "rule" ? !(state || span) || linked(thing, "sighting-of", "to", "from").some(isSeen) : isSeen(thing));
};
