import assert from "node:assert/strict";
import { test } from "node:test";
import { extract, fits, refang, typeOf } from "../xdr-module/src/pages/extract.js";

test("types are detected by the shape of values", () => {
  for (const [value, type] of [
    ["203.0.113.66", "ip"], ["2001:db8:bad::25", "ipv6"], ["update-check.example.net", "domain"], ["münchen.example", "domain"],
    ["billing@invoices.example.org", "email"], ["http://login.example.org/owa/?next=%2Finbox", "url"],
    ["d41d8cd98f00b204e9800998ecf8427e", "md5"], ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1"],
    ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256"], ["00:1a:2b:3c:4d:5e", "mac_address"],
    ["svch0st.exe", "file_name"], ["12:30:45", undefined], ["10.0.0.0/8", undefined], ["256.1.1.1", undefined],
    ["tom.okafor@", undefined], ["word", undefined], ["::", undefined], ["", undefined],
  ]) assert.equal(typeOf(value), type, value);
});

test("values are found in free text and refanged", () => {
  const mail = `Seen: hxxps://evil[.]example/a?b=1, from bad[at]evil(dot)example (203[.]0[.]113[.]66).
    src=10.0.0.1 dst=10.0.0.2:443 url=http://a.example/x?y=z "[2001:db8::1]:443" at 12:30:45; again 10.0.0.1 and svch0st.exe.`;
  assert.deepEqual(extract(mail).map(({ type, value }) => `${type} ${value}`), [
    "url https://evil.example/a?b=1", "email bad@evil.example", "ip 203.0.113.66", "ip 10.0.0.1", "ip 10.0.0.2",
    "url http://a.example/x?y=z", "ipv6 2001:db8::1", "file_name svch0st.exe",
  ]);
  assert.equal(refang("HXXP[:]//Evil[.]Example"), "http://Evil.Example");
  assert.deepEqual(extract("nothing of note, i.e. words only… ∀x. 1.5 v2.0"), []);
});

test("values that cannot be of a type are told apart", () => {
  assert.ok(fits({ type: "ip", value: "10.0.0.1" }) && fits({ type: "user", value: "any thing" }));
  assert.ok(!fits({ type: "ip", value: "10[.]0.0.1" }) && !fits({ type: "domain", value: "a.example, b.example" }));
  assert.ok(!fits({ type: "sha256", value: "abc" }) && !fits({ type: "ip", value: "10.0.0.1 10.0.0.2" }));
});
