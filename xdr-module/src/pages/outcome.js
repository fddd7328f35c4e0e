// The outcome of a question: found, nothing, not searched, cut or refused, and the next step for each.

const MORE_THAN_SHOWN = "too-many-messages-warning";
const REFUSED = new Set(["authorization error", "invalid argument", "Unauthorized", "Forbidden", "400", "401", "403", "404", "405", "413", "415"]);
const OLD_TOKEN = new Set(["authorization error", "401"]);
export const TROUBLESHOOTING = "https://github.com/CiscoSecurity/tr-05-sumo-logic-cloud-siem/blob/main/docs/troubleshooting.md";

/** States with the words that name them. */
export const STATES = { found: "Found", nothing: "Nothing known", cut: "Cut", "not-searched": "Not searched", refused: "Refused" };

const STEPS = {
  found: { advice: "", steps: [] },
  nothing: { advice: "Cloud SIEM was searched in full and holds nothing about it.", steps: [] },
  more: { advice: "More was found than is shown. The links below lead to the rest in the console.", steps: [] },
  partly: { advice: "Not everything was searched: more may exist than is shown.", steps: ["retry", "help"] },
  "not-searched": { advice: "This says nothing about the observable: it was not searched, or not in full.", steps: ["retry", "help"] },
  old: { advice: "The relay does not accept the token of this page. If the demo was restarted, reload the page to get its new token.", steps: ["reload", "help"] },
  refused: { advice: "The question was refused, so nothing was searched. Correct it, or look up the error.", steps: ["retry", "help"] },
};

/** The outcome of a reply in which `count` things were found. */
export const outcomeOf = (envelope, count) => {
  const errors = envelope.errors ?? [];
  const codes = errors.map((error) => error.code);
  const isCut = errors.some((error) => error.code === MORE_THAN_SHOWN);
  const isWhole = errors.every((error) => error.code === MORE_THAN_SHOWN);
  if (count > 0) return !isWhole ? { state: "cut", ...STEPS.partly } : isCut ? { state: "cut", ...STEPS.more } : { state: "found", ...STEPS.found };
  if (codes.some((code) => OLD_TOKEN.has(code))) return { state: "refused", ...STEPS.old };
  if (codes.some((code) => REFUSED.has(code))) return { state: "refused", ...STEPS.refused };
  // Nothing is known only where data came without any complaint.
  const isNothing = errors.length === 0 && typeof envelope.data === "object" && envelope.data !== null;
  return isNothing ? { state: "nothing", ...STEPS.nothing } : { state: "not-searched", ...STEPS["not-searched"] };
};

const fatal = (code, message) => ({ errors: [{ type: "fatal", code, message }] });

/** The reply in an HTTP answer. A proxy's error page is not one of the relay's. */
const replyOf = async (answer) => {
  const text = await answer.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return fatal(String(answer.status), `HTTP status ${answer.status} came without a reply of the relay: a proxy before it answered in its place.`);
  }
  if (!answer.ok) return fatal(String(answer.status), body?.message ?? body?.errors?.[0]?.message ?? `HTTP status ${answer.status}`);
  return body !== null && typeof body === "object" ? body : fatal("unreadable", "The reply is not one of the relay.");
};

/** Asks the relay about one observable; every failure is a reply with an error. */
export const ask = async (observable, token, signal) => {
  const request = {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify([observable]),
    signal,
  };
  try {
    return await replyOf(await fetch("/observe/observables", request));
  } catch {
    return signal.aborted
      ? fatal("cancelled", "Cancelled before the relay answered.")
      : fatal("no answer", "The relay cannot be reached. Is the demo still running?");
  }
};
