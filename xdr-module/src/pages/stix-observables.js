// Observables as cyber-observable objects and patterns of STIX 2.1, as the crate `ctim` makes them (`ctim/src/stix/observable.rs`).

import { uuid5 } from "./uuid.js";

/** The namespace that the standard (section 2.9) sets for ids of cyber-observable objects. */
const NAMESPACE = "00abedb4-aa42-466c-9c01-fed23315a9b7";

/** The canonical JSON of properties: sorted members, no blanks. */
const canonical = (properties) => JSON.stringify(Object.fromEntries(Object.entries(properties).sort(([one], [other]) => (one < other ? -1 : 1))));

/** An object all of whose properties contribute to its id. */
const simple = (type, properties) => ({ type, spec_version: "2.1", id: `${type}--${uuid5(NAMESPACE, canonical(properties))}`, ...properties });

const one = (type, name) => (value) => [simple(type, { [name]: value })];

const hashed = (algorithm, length) => (value) =>
  (value.length === length && /^[0-9a-f]+$/i.test(value) ? [simple("file", { hashes: { [algorithm]: value.toLowerCase() } })] : undefined);

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const isIpv6 = (text) => /^[0-9a-f:.]+$/i.test(text) && text.includes(":") && URL.canParse(`http://[${text}]/`);

/** An address or a network in CIDR notation. */
const address = (value) => {
  const [host, length, ...rest] = value.split("/");
  const [type, most] = IPV4.test(host) ? ["ipv4-addr", 32] : isIpv6(host) ? ["ipv6-addr", 128] : [];
  const isRight = type && rest.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= most));
  return isRight ? [simple(type, { value })] : undefined;
};

const macAddress = (value) => {
  const digits = value.replace(/[:.-]/g, "");
  return /^[0-9a-f]{12}$/i.test(digits) ? [simple("mac-addr", { value: digits.match(/../g).join(":").toLowerCase() })] : undefined;
};

/** The directory and the file that a path names; the file alone if the path has no directory. */
const fileInDirectory = (value) => {
  const [, front, name] = /^([\s\S]*)[/\\]([^/\\]*)$/.exec(value) ?? [];
  if (front === undefined) return [simple("file", { name: value })];
  // What remains of `/name` is the root directory.
  const directory = simple("directory", { path: front || value[0] });
  return name ? [directory, simple("file", { name, parent_directory_ref: directory.id })] : [directory];
};

/** A message of which the subject alone is known; what is required beside it is not a part of the id. */
const message = (value) => [{ ...simple("email-message", { subject: value }), is_multipart: false }];

const MAKERS = {
  ip: address, ipv6: address, domain: one("domain-name", "value"), hostname: one("domain-name", "value"), url: one("url", "value"),
  email: one("email-addr", "value"), mac_address: macAddress, md5: hashed("MD5", 32), sha1: hashed("SHA-1", 40), sha256: hashed("SHA-256", 64),
  file_name: one("file", "name"), process_name: one("file", "name"), file_path: fileInDirectory, process_path: fileInDirectory,
  mutex: one("mutex", "name"), registry_key: one("windows-registry-key", "key"), user: one("user-account", "account_login"),
  process_username: one("user-account", "account_login"), pki_serial: one("x509-certificate", "serial_number"), email_subject: message,
};

/** The objects for an observable, the one that stands for it last; undefined if STIX cannot hold it. */
export const objectsOf = ({ type, value }) => (value && Object.hasOwn(MAKERS, type) ? MAKERS[type](value) : undefined);

const quoted = (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** The comparison for one property that says something of the observable. */
const term = (type, name, value) => {
  if (typeof value === "string") return `${type}:${name} = ${quoted(value)}`;
  const [[algorithm, hash]] = Object.entries(value);
  return `${type}:${name}.${quoted(algorithm)} = ${quoted(hash)}`;
};

/** The pattern that matches the value of an observable; undefined without an object for it. */
export const patternOf = (observable) => {
  const objects = objectsOf(observable);
  if (!objects) return undefined;
  const { type, spec_version: _version, id: _id, is_multipart: _parts, ...properties } = objects.at(-1);
  const terms = type === "file" && objects.length > 1
    ? [`file:name = ${quoted(properties.name)}`, `file:parent_directory_ref.path = ${quoted(objects[0].path)}`]
    : Object.entries(properties).map(([name, value]) => term(type, name, value));
  return `[${terms.join(" AND ")}]`;
};
