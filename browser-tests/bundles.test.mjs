// The bundles that the explorer makes are those of the crates: `relay-server/tests/page_exports.rs` holds the crates to the same files.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ctimBundle, entitiesOf, sourceOf } from "../xdr-module/src/pages/bundle.js";
import { objectsOf, patternOf } from "../xdr-module/src/pages/stix-observables.js";
import { stixBundle } from "../xdr-module/src/pages/stix.js";
import { sha1, uuid5 } from "../xdr-module/src/pages/uuid.js";

const fixture = (name) => JSON.parse(readFileSync(new URL(`../relay-server/tests/page_exports/${name}`, import.meta.url), "utf8"));
const answer = fixture("answer.json");
const replies = [{ envelope: answer }];
const SOURCE = "Sumo Logic Cloud SIEM Enterprise";

test("STIX is that of the crate, object by object", () => {
  const { now, bundle: expected } = fixture("stix.json");
  const { bundle } = stixBundle(entitiesOf(replies), sourceOf(entitiesOf(replies)), now);
  const byId = (one) => new Map(one.objects.map((object) => [object.id, object]));
  const [here, there] = [byId(bundle), byId(expected)];
  assert.ok(there.size > 50);
  for (const [id, object] of there) assert.deepEqual(here.get(id), object, id);
  assert.deepEqual([...here.keys()].sort(), [...there.keys()].sort());
  assert.deepEqual(bundle, expected);
});

test("what STIX cannot express is named as the crate names it", () => {
  const { now, left_out: expected } = fixture("stix.json");
  const { leftOut } = stixBundle(entitiesOf(replies), sourceOf(entitiesOf(replies)), now);
  const sorted = (all) => all.map(({ id, reason }) => `${id ?? null} ${reason}`).sort();
  assert.deepEqual(sorted(leftOut), sorted(expected));
});

test("the CTIM bundle is that of the relay", () => {
  const expected = { type: "bundle", id: "transient:bundle-ea8b2efc-3e09-521d-a72f-47e471862b14", source: SOURCE, valid_time: {} };
  const { schema_version: version, ...bundle } = ctimBundle(entitiesOf(replies));
  assert.match(version, /^\d+\.\d+\.\d+$/);
  for (const [list, { docs }] of Object.entries(answer.data)) expected[list] = docs;
  assert.deepEqual(bundle, expected);
});

test("an entity in several replies is in the bundle once", () => {
  const once = entitiesOf(replies);
  assert.deepEqual(entitiesOf([...replies, ...replies, { envelope: { errors: [] } }, { envelope: { data: null } }]), once);
  assert.deepEqual(stixBundle({}, SOURCE, "2026-11-29T12:00:00.000Z").bundle.objects, undefined);
});

test("SHA-1 is that of the standard library, and UUIDs are those of RFC 9562", () => {
  for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 127, 128, 1000]) {
    const bytes = new Uint8Array(length).map((_, at) => at * 7);
    assert.equal(Buffer.from(sha1(bytes)).toString("hex"), createHash("sha1").update(bytes).digest("hex"), String(length));
  }
  assert.equal(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
});

/** Ids that the reference implementation of the OASIS committee gives, as in the crate's own test. */
test("ids of observables are those of every producer", () => {
  for (const [type, value, expected] of [
    ["ip", "198.51.100.3", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"],
    ["domain", "example.com", "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"],
    ["url", "https://example.com/?a=b&c", "url--45d2cf59-6eb9-5f1b-b685-32427262b498"],
    ["md5", "d41d8cd98f00b204e9800998ecf8427e", "file--02fff920-f614-527c-81d1-6353633a6d21"],
    ["file_path", "/tmp/a.sh", "file--42c45abb-7cb1-58b4-ae1e-e5681e2fbada"],
    ["file_path", "/tmp/", "directory--9d5142ea-3041-5292-b76f-5b9091552621"],
    ["mac_address", "00-1B-44-11-3A-B7", "mac-addr--8ea8ba43-a4e7-5069-b0d2-78f3def129bf"],
    ["mutex", "m", "mutex--07f2b411-b577-5759-885d-c3058bce0b29"],
    ["registry_key", "HKLM\\Software", "windows-registry-key--298c8dd6-a508-5635-933c-412ff653cd7c"],
    ["pki_serial", "01:ab", "x509-certificate--bd4d0df1-1b03-56ca-bb4c-ee3097df8c02"],
    ["email_subject", "Hello", "email-message--5a02a207-7683-56d8-8397-d8b22faeccb5"],
    ["user", "J\u{f6}rg \"x\" \\ \u{7f}\t", "user-account--b44b676e-b1c2-5f25-9b30-eb1a01b24d89"],
  ]) assert.equal(objectsOf({ type, value }).at(-1).id, expected, value);
});

test("patterns name the value, and what STIX cannot hold has none", () => {
  for (const [type, value, expected] of [
    ["ip", "198.51.100.7", "[ipv4-addr:value = '198.51.100.7']"], ["mutex", "it's\\mine", "[mutex:name = 'it\\'s\\\\mine']"],
    ["md5", "D41D8CD98F00B204E9800998ECF8427E", "[file:hashes.'MD5' = 'd41d8cd98f00b204e9800998ecf8427e']"],
    ["file_path", "/tmp/a.sh", "[file:name = 'a.sh' AND file:parent_directory_ref.path = '/tmp']"],
    ["file_path", "/a.sh", "[file:name = 'a.sh' AND file:parent_directory_ref.path = '/']"],
    ["file_path", "/tmp/", "[directory:path = '/tmp']"], ["email_subject", "Hello", "[email-message:subject = 'Hello']"],
    ["md5", "no hash", undefined], ["mac_address", "00:1b", undefined], ["ip", "2001:db8::/32", "[ipv6-addr:value = '2001:db8::/32']"],
    ["ip", "198.51.100.0/33", undefined], ["ip", "", undefined], ["user_agent", "curl", undefined], ["constructor", "x", undefined],
  ]) assert.equal(patternOf({ type, value }), expected, value);
});
