// What the explorer hands out, opened and looked at: pictures, tables, bundles, texts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { inflateSync } from "node:zlib";
import { address, assertNoSidewaysScroll, close, edge, insight, open, relay, replyOf, rule, signal, token, visit, visitAnswer } from "./browser.mjs";

before(open);
after(close);

const JUDGED = address(["domain", "update-check.example.net"]);

/** The bytes and the name of the file that a format gives. */
const taken = async (page, name) => {
  const button = page.locator("#exports").getByRole("button", { name, exact: true });
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { bytes: readFileSync(await download.path()), name: download.suggestedFilename() };
};
const text = async (page, name) => (await taken(page, name)).bytes.toString("utf8");

/** Width, height and the colours of every seventh pixel of a PNG with 8 bits a channel. */
const readPng = (bytes) => {
  assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const parts = [];
  let [width, height, channels] = [0, 0, 0];
  for (let at = 8; at < bytes.length;) {
    const [length, type] = [bytes.readUInt32BE(at), bytes.toString("latin1", at + 4, at + 8)];
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") [width, height, channels] = [body.readUInt32BE(0), body.readUInt32BE(4), { 2: 3, 6: 4 }[body[9]]];
    if (type === "IDAT") parts.push(body);
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  assert.equal(raw.length, (stride + 1) * height);
  const rows = [];
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    const row = Buffer.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    const above = rows[y - 1] ?? Buffer.alloc(stride);
    for (let x = 0; x < stride; x++) {
      const [a, b, c] = [row[x - channels] ?? 0, above[x], above[x - channels] ?? 0];
      const near = [a, b, c].sort((one, other) => Math.abs(a + b - c - one) - Math.abs(a + b - c - other))[0];
      row[x] += [0, a, b, (a + b) >> 1, near][filter];
    }
    rows.push(row);
  }
  const colours = new Set();
  for (const row of rows) for (let x = 0; x < stride; x += 7 * channels) colours.add(row.toString("hex", x, x + 3));
  return { width, height, colours };
};

const sizeOf = (page) => page.locator("#graph .content").evaluate((content) => {
  const { width, height } = content.getBBox();
  return { width, height };
});

test("PNG is a picture of the whole graph", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  // The picture does not depend on what is in sight.
  await page.locator("#zoom-in").click();
  await page.locator("#zoom-in").click();
  const { bytes, name } = await taken(page, "PNG");
  assert.equal(name, "observables.png");
  const { width, height, colours } = readPng(bytes);
  const size = await sizeOf(page);
  assert.ok(width >= 2 * size.width && width < 2 * size.width + 120 && height >= 2 * size.height && height < 2 * size.height + 120, JSON.stringify({ width, height, size }));
  for (const colour of ["ffffff", "e7f0fa", "a01b1b", "bf4a0c"]) assert.ok(colours.has(colour), `background, observable, Critical and High: ${colour}`);
  assert.ok(colours.size > 20, "text is there, with its smooth edges");
}));

test("pictures have the colours of the page's theme", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  const { colours } = readPng((await taken(page, "PNG")).bytes);
  assert.ok(colours.has("171e27") && !colours.has("ffffff"));
}, { context: { colorScheme: "dark" } }));

test("SVG stands alone and shows each node", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  const { bytes, name } = await taken(page, "SVG");
  assert.equal(name, "observables.svg");
  const source = bytes.toString("utf8");
  assert.match(source, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.ok(!/var\(|class=|style=|tabindex|role="button"|<script|href/.test(source), "it needs no style sheet, and does nothing");
  // The page's own policy lets no text become a document.
  const blank = await page.context().newPage();
  const parsed = await blank.evaluate((code) => {
    const { documentElement: root } = new DOMParser().parseFromString(code, "image/svg+xml");
    return {
      name: root.localName, size: ["width", "height"].map((key) => Number(root.getAttribute(key))), title: root.querySelector("title").textContent,
      titles: [...root.querySelectorAll("g title")].map((one) => one.textContent), paths: root.querySelectorAll("path").length,
      bare: [...root.querySelectorAll("rect, path, text")].filter((one) => !one.getAttribute("fill")).length,
    };
  }, source);
  assert.equal(parsed.name, "svg");
  assert.ok(parsed.size.every((one) => one > 100));
  assert.match(parsed.title, /2 insights, 2 signals and 1 rule/);
  assert.deepEqual(parsed.titles, await page.locator("#graph .node title").allTextContents());
  assert.equal(parsed.paths, await page.locator("#graph .edge").count());
  assert.equal(parsed.bare, 0);
}));

test("pictures show the graph as it is filtered and collapsed", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  await page.locator("#counts").getByRole("button", { name: /^Critical/ }).click();
  const source = await text(page, "SVG");
  assert.match(source, /INSIGHT-101/);
  assert.ok(!source.includes("INSIGHT-112"));
}));

/** The rows of a CSV file (RFC 4180). */
const parseCsv = (source) => source.split(/\r\n(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter(Boolean)
  .map((line) => line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g).slice(0, 7).map((cell) => cell.replace(/,$/, "").replace(/^"([\s\S]*)"$/, "$1").replaceAll('""', '"')));

test("CSV has a row for each thing, and text of strangers stays text", () => visitAnswer(() => replyOf({
  sightings: [insight("INSIGHT-1"), signal("s-1", '=HYPERLINK("http://evil.example")'), signal("s-2", "comma, \"quote\"\nline")],
  indicators: [rule("r-1", "Rule")], relationships: [edge("based-on", "INSIGHT-1", "s-1"), edge("sighting-of", "s-1", "r-1")],
}), async (page) => {
  await page.locator("#graph .node.rule").waitFor();
  const rows = parseCsv(await text(page, "CSV"));
  assert.equal(rows.length, 5);
  assert.ok(rows.every((row) => row.length === 7), JSON.stringify(rows));
  assert.deepEqual(rows.map(([kind]) => kind), ["Kind", "Insight", "Signal", "Signal", "Rule"]);
  assert.equal(rows[2][1], "'=HYPERLINK(\"http://evil.example\")");
  assert.equal(rows[3][1], "comma, \"quote\"\nline");
  assert.equal(rows[2][5], "INSIGHT-1; Rule");
}));

test("JSON and the CTIM bundle hold what the relay answered", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  const answer = await fetch(`${relay}/observe/observables`, {
    method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify([{ type: "domain", value: "update-check.example.net" }]),
  });
  const { data } = await answer.json();
  assert.deepEqual(JSON.parse(await text(page, "JSON")), { data });
  const { bytes, name } = await taken(page, "CTIM bundle");
  assert.equal(name, "observables.ctim.json");
  const bundle = JSON.parse(bytes);
  assert.equal(bundle.type, "bundle");
  for (const [list, { docs }] of Object.entries(data)) assert.deepEqual(bundle[list], docs, list);
}));

const assertIsStix = (bundle) => {
  assert.equal(bundle.type, "bundle");
  assert.match(bundle.id, /^bundle--[0-9a-f-]{36}$/);
  const ids = new Set(bundle.objects.map((object) => object.id));
  assert.equal(ids.size, bundle.objects.length);
  for (const object of bundle.objects) {
    assert.equal(object.spec_version, "2.1");
    assert.match(object.id, new RegExp(`^${object.type}--[0-9a-f]{8}-[0-9a-f]{4}-5|^marking-definition--`));
    const refs = Object.entries(object).flatMap(([key, value]) => (key.endsWith("_ref") ? [value] : key.endsWith("_refs") ? value : []));
    for (const ref of refs) assert.ok(ids.has(ref), `${object.id} refers to ${ref}`);
  }
};

test("STIX is a bundle in which every reference leads to an object", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  const { bytes, name } = await taken(page, "STIX 2.1");
  assert.equal(name, "observables.stix.json");
  const bundle = JSON.parse(bytes);
  assertIsStix(bundle);
  const number = (type) => bundle.objects.filter((object) => object.type === type).length;
  const { data } = JSON.parse(await text(page, "JSON"));
  assert.equal(number("indicator"), data.indicators.count + data.judgements.count);
  assert.equal(number("observed-data"), data.sightings.count);
  assert.equal(number("sighting"), data.relationships.docs.filter((one) => one.relationship_type === "sighting-of").length);
  assert.ok(bundle.objects.some((object) => object.type === "domain-name" && object.value === "update-check.example.net"));
  await page.locator("#exports").getByRole("button", { name: "STIX 2.1" }).click();
  await page.locator("#exported", { hasText: "STIX cannot express 1 part" }).waitFor();
}));

test("several answers are one bundle in which each entity stands once", () => visit(address(["hostname", "srv-files01.corp.example.com"], ["user", "tom.okafor"]), async (page) => {
  await page.locator("#values tbody tr").nth(1).waitFor();
  const bundle = JSON.parse(await text(page, "CTIM bundle"));
  const ids = ["sightings", "indicators", "relationships"].flatMap((list) => bundle[list].map((one) => one.id));
  assert.equal(new Set(ids).size, ids.length);
  assertIsStix(JSON.parse(await text(page, "STIX 2.1")));
  assert.equal(JSON.parse(await text(page, "JSON")).length, 2);
  assert.match(await text(page, "Markdown"), /^## srv-files01\.corp\.example\.com, tom\.okafor\n/);
}));

test("Markdown, Mermaid and the curl line are there, and the line asks the same again", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  assert.match(await text(page, "Markdown"), /^## update-check\.example\.net\n[\s\S]*\| Kind \| What \| Severity \|/);
  assert.match(await text(page, "Mermaid"), /^flowchart LR\n {4}n0\["domain: update-check/);
  const line = await text(page, "curl line");
  const [, address_, body] = /^curl -s -H "Authorization: Bearer \$TOKEN" -H 'Content-Type: application\/json' (\S+) -d '(.*)'\n$/.exec(line);
  const answer = await fetch(address_, { method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, body });
  assert.deepEqual(await answer.json(), JSON.parse(await text(page, "JSON")));
}));

test("nothing is taken away that would claim what was not searched", () => visitAnswer(() => ({
  errors: [{ type: "fatal", code: "connection error", message: "Unable to connect" }],
}), async (page) => {
  await page.locator("#outcome[data-state=not-searched]").waitFor();
  assert.deepEqual(await page.locator("#exports button:visible").allTextContents(), ["JSON", "Markdown", "curl line"]);
  assert.match(await text(page, "Markdown"), /It is not known what Cloud SIEM holds/);
}));

test("everything is taken away with the keyboard alone, on a phone too", () => visit(JUDGED, async (page) => {
  await page.locator("#answer").waitFor();
  await page.locator("#filter-kind").focus();
  const found = [];
  for (let step = 0; step < 60 && found.length < 9; step++) {
    await page.keyboard.press("Tab");
    const format = await page.evaluate(() => document.activeElement.dataset.export);
    if (!format) continue;
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    found.push(download.suggestedFilename());
  }
  assert.deepEqual(found, ["png", "svg", "csv", "json", "ctim.json", "stix.json", "md", "mmd", "sh"].map((ending) => `observables.${ending}`));
  await assertNoSidewaysScroll(page);
}, { context: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } }));
