// Observables in free text: refanged, their types detected. `relay-server observe` does the same.

const DEFANGED = [
  [/\[:\/\/\]/g, "://"], [/\[:\]\/\//g, "://"], [/\[\.\]|\(\.\)|\{\.\}|[[({]dot[\])}]/gi, "."], [/\[:\]/g, ":"],
  [/\[@\]|\(@\)|[[({]at[\])}]/gi, "@"], [/\[\/\]/g, "/"], [/h(?:xx|\*\*)p/gi, "http"], [/\bfxp:\/\//gi, "ftp://"],
];

/** Endings of names that are files, although some are top-level domains. */
const FILE = /^[\p{L}\p{N}._-]+\.(?:7z|bat|bin|cmd|csv|dat|dll|docm?|docx|exe|hta|html?|img|iso|jar|js|json|lnk|log|msi|pdf|pptx?|ps1|rar|scr|tmp|txt|vbs|xls[mx]?|xml|zip)$/iu;
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IP = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const HASHES = { 32: "md5", 40: "sha1", 64: "sha256" };
const LABEL = "(?!-)[\\p{L}\\p{N}_-]{1,63}(?<!-)";
const DOMAIN = new RegExp(`^(?=.{4,253}$)(?:${LABEL}\\.)+(?:\\p{L}{2,63}|xn--[a-z0-9-]+)$`, "iu");
const MAC = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

const parsed = (text) => (URL.canParse(text) ? new URL(text) : undefined);
const isUrl = (value) => ["http:", "https:", "ftp:"].includes(parsed(value)?.protocol) && Boolean(parsed(value).host);
const isIpv6 = (value) => value.length > 2 && /^[0-9a-f:.]+$/i.test(value) && value.includes(":") && URL.canParse(`http://[${value}]/`);
const isDomain = (value) => DOMAIN.test(value);
const isEmail = (value) => {
  const [user, host, ...rest] = value.split("@");
  return rest.length === 0 && /^[\p{L}\p{N}._%+-]+$/u.test(user) && isDomain(host ?? "");
};

/** The type that the shape of a value shows. Names of users or hosts have no such shape. */
export const typeOf = (value) => {
  if (value.includes("://")) return isUrl(value) ? "url" : undefined;
  if (IP.test(value)) return "ip";
  if (isIpv6(value)) return "ipv6";
  if (HASHES[value.length] && /^[0-9a-f]+$/i.test(value)) return HASHES[value.length];
  if (MAC.test(value)) return "mac_address";
  if (value.includes("@")) return isEmail(value) ? "email" : undefined;
  if (FILE.test(value)) return "file_name";
  return isDomain(value) ? "domain" : undefined;
};

/** `text` with defanged values made whole again: `hxxp://evil[.]example` is `http://evil.example`. */
export const refang = (text) => DEFANGED.reduce((whole, [defanged, plain]) => whole.replace(defanged, plain), text);

/** The value in a word: without punctuation around it, the name of a field before it or a port behind it. */
const inWord = (word) => {
  const value = word.replace(/[.,:!?[\]*]+$/, "").replace(/^[.,!?[\]*]+/, "");
  const type = typeOf(value);
  if (type) return { type, value };
  const [, host] = /^(.+?)\]?:\d{1,5}$/.exec(value) ?? [];
  if (host && typeOf(host)) return { type: typeOf(host), value: host };
  const at = value.indexOf("=");
  return at > -1 && !value.slice(0, at).includes("://") ? inWord(value.slice(at + 1)) : undefined;
};

const same = (one, other) => one.type === other.type && one.value === other.value;

/** `observables`, each once, in their order. */
export const distinct = (observables) => observables.filter((one, place) => observables.findIndex((other) => same(one, other)) === place);

/** The observables in free text, such as a mail or a log, each once, in their order. */
export const extract = (text) => {
  const found = new Map();
  for (const word of refang(text).split(/[\s<>"'`|;,(){}]+/)) {
    const one = inWord(word);
    if (one) found.set(`${one.type} ${one.value}`, one);
  }
  return [...found.values()];
};

/** The types whose values have a shape that can be checked. */
const SHAPED = new Set(["domain", "email", "ip", "ipv6", "mac_address", "md5", "sha1", "sha256", "url"]);

/** True if `value` can be of `type`. */
export const fits = ({ type, value }) => !SHAPED.has(type) || typeOf(value) === type || (type === "domain" && /^[\p{L}\p{N}._-]+$/u.test(value));
