// The answer at a glance: severities, states, verdicts, tactics and the timeline, which filter graph and table.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  address, assertAccessible, assertNoSidewaysScroll, assertReadable, close, edge, insight, open, relay, replyOf, rule, screenshot, signal, token, visit, visitAnswer,
} from "./browser.mjs";

before(open);
after(close);

const phase = (phase_name) => ({ kill_chain_name: "mitre-attack", phase_name });
const technique = (id) => ({ source_name: "mitre-attack", external_id: id, url: `https://attack.mitre.org/techniques/${id}` });
const at = (day) => ({ observed_time: { start_time: `2026-11-${day}T10:00:00.000Z` } });

/** Signals of two tactics on four days, in an open insight, a closed one, and alone. */
const days = () => replyOf({
  sightings: [
    insight("INSIGHT-1", { ...at("01"), severity: "Critical", external_references: [technique("T1046")] }),
    insight("INSIGHT-2", { ...at("03"), resolution: "Resolved" }),
    signal("s-1", "Scan", at("01")), signal("s-2", "Beacon", { ...at("02"), severity: "High" }), signal("s-3", "Scan", at("03")), signal("s-4", "Odd", at("06")),
  ],
  indicators: [
    rule("r-scan", "Scans", { kill_chain_phases: [phase("discovery")] }),
    rule("r-beacon", "Beacons", { severity: "High", kill_chain_phases: [phase("command-and-control"), phase("of-another-matrix")], external_references: [{ source_name: "s", external_id: "r" }, technique("T1071.001")] }),
  ],
  relationships: [
    edge("based-on", "INSIGHT-1", "s-1"), edge("based-on", "INSIGHT-1", "s-2"), edge("based-on", "INSIGHT-2", "s-3"),
    edge("sighting-of", "s-1", "r-scan"), edge("sighting-of", "s-3", "r-scan"), edge("sighting-of", "s-2", "r-beacon"),
  ],
});

const withDays = (use, options) => visitAnswer(days, async (page) => {
  await page.locator("#timeline .time").first().waitFor();
  await use(page);
}, options);

const rows = async (page) => (await page.locator("#table tbody tr").evaluateAll((all) => all.map((one) => one.dataset.id))).sort();
const nodes = async (page) => (await page.locator("#graph .node:not(.observable)").evaluateAll((all) => all.map((one) => one.dataset.id))).sort();
const ALL = ["insight INSIGHT-1", "insight INSIGHT-2", "rule r-beacon", "rule r-scan", "signal s-1", "signal s-2", "signal s-3", "signal s-4"];
const bar = (page, name) => page.locator("#timeline .time", { has: page.locator("title", { hasText: name }) });
/** The rule of beacons has another first reference. */
const named = (ids) => ids.map((id) => (id === "rule r" ? "rule r-beacon" : id)).sort();

const assertShown = async (page, expected, message) => {
  assert.deepEqual(named(await rows(page)), expected, message);
  assert.deepEqual(named(await nodes(page)), expected, message);
};

test("severities and states filter graph and table, and are cleared", () => withDays(async (page) => {
  await assertShown(page, ALL);
  assert.deepEqual(await page.locator("#counts button").allTextContents(), ["Critical 1", "High 1", "Low 4"]);
  await page.getByRole("button", { name: "High 1" }).click();
  await assertShown(page, ["rule r-beacon", "signal s-2"]);
  assert.equal(await page.getByRole("button", { name: "High 1" }).getAttribute("aria-pressed"), "true");
  assert.equal(await page.locator("#filter-severity").inputValue(), "High");
  assert.equal(await page.locator("#filter-count").textContent(), "2 of 8");
  await page.getByRole("button", { name: "High 1" }).click();
  await assertShown(page, ALL);
  assert.equal(await page.locator("#filter-count").textContent(), "");
  assert.deepEqual(await page.locator("#states button").allTextContents(), ["Open 1", "Closed 1"]);
  await page.getByRole("button", { name: "Closed 1" }).click();
  await assertShown(page, ["insight INSIGHT-2", "rule r-scan", "signal s-3"]);
  await page.locator("#filter-severity").selectOption("Critical");
  await assertShown(page, []);
  assert.equal(await page.locator("#graph .node.observable").count(), 1);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await assertShown(page, ALL);
  assert.equal(await page.locator("#glance [aria-pressed=true]").count(), 0);
  assert.ok(await page.locator("#filter-clear").isHidden());
}));

test("a signal hangs on the observable when its insight is filtered out", () => withDays(async (page) => {
  await page.getByRole("button", { name: "High 1" }).click();
  assert.equal(await page.locator("#graph .edge.found-in").count(), 1);
  assert.equal(await page.locator("#graph .edge.sighting-of").count(), 1);
}));

test("tactics stand in the order of the matrix with what shows them, and filter", () => withDays(async (page) => {
  const shown = await page.locator("#tactics .tactics li").allTextContents();
  assert.equal(shown.length, 15);
  assert.deepEqual([shown[0], shown[13]], ["Reconnaissance 0", "Impact 0"]);
  assert.ok(shown.includes("Discovery 4") && shown.includes("Command and Control 2"), shown.join());
  assert.ok(!shown.join().includes("another-matrix 0"));
  assert.deepEqual(await page.locator("#tactics button").allTextContents(), ["Discovery 4", "Command and Control 2", "of-another-matrix 2"]);
  const tactic = page.getByRole("button", { name: "Command and Control 2" });
  await tactic.focus();
  await page.keyboard.press("Enter");
  await assertShown(page, ["insight INSIGHT-1", "rule r-beacon", "signal s-2"]);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.tactic), "command-and-control", "the focus stays");
  assert.equal(await tactic.getAttribute("aria-pressed"), "true");
  await page.keyboard.press("Enter");
  await assertShown(page, ALL);
  const links = await page.locator("#tactics .techniques a").evaluateAll((all) => all.map((one) => [one.textContent, one.href]));
  assert.deepEqual(links, [["T1046", "https://attack.mitre.org/techniques/T1046"], ["T1071.001", "https://attack.mitre.org/techniques/T1071.001"]]);
}));

test("the demo's tactics and techniques are those of its answer", () => visit(address(["hostname", "srv-files01.corp.example.com"]), async (page) => {
  await page.locator("#answer").waitFor();
  const answer = await fetch(`${relay}/observe/observables`, {
    method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify([{ type: "hostname", value: "srv-files01.corp.example.com" }]),
  });
  const { data } = await answer.json();
  const phases = new Set(data.indicators.docs.flatMap((doc) => doc.kill_chain_phases ?? []).map((one) => one.phase_name));
  assert.ok(phases.size > 1);
  const shown = await page.locator("#tactics button").evaluateAll((all) => all.map((one) => one.dataset.tactic));
  assert.deepEqual(shown.sort(), [...phases].sort());
  const ids = new Set([...data.indicators.docs, ...data.sightings.docs].flatMap((doc) => doc.external_references ?? [])
    .filter((one) => one.source_name === "mitre-attack").map((one) => one.external_id));
  assert.deepEqual((await page.locator("#tactics .techniques li").allTextContents()).sort(), [...ids].sort());
}));

test("verdicts are counted by disposition", () => visit(address(["domain", "update-check.example.net"], ["ip", "198.51.100.77"]), async (page) => {
  await page.locator("#answer").waitFor();
  const texts = await page.locator("#dispositions li").allTextContents();
  assert.deepEqual(texts.slice(0, -1).sort(), ["Clean 1", "Malicious 1"]);
  assert.match(texts.at(-1), new RegExp(`by ${await page.locator("#judgements tbody tr").count()} judgements`));
}));

test("a bar of the timeline filters graph and table", () => withDays(async (page) => {
  const titles = await page.locator("#timeline .time title").allTextContents();
  const sum = titles.reduce((all, title) => all + Number(/: (\d+),/.exec(title)?.[1] ?? 0), 0);
  assert.equal(sum, 6);
  assert.match(titles[0], /^2026-11-01.*: 2, worst Critical$/);
  await bar(page, /worst Critical/).click();
  await assertShown(page, ["insight INSIGHT-1", "rule r-scan", "signal s-1"]);
  assert.match(await page.locator("#timeline [role=status]").textContent(), /^2026-11-01 .* UTC: 2$/);
  assert.equal(await page.locator("#timeline .time[aria-pressed=true]").count(), 1);
  await bar(page, /worst Critical/).click();
  await assertShown(page, ALL);
}));

test("a drag over the timeline filters by a span, and all times come back", () => withDays(async (page) => {
  await page.locator("#timeline").scrollIntoViewIfNeeded();
  const [from, to] = [await bar(page, /^2026-11-01 .*worst Critical/).boundingBox(), await bar(page, /worst High/).boundingBox()];
  await page.mouse.move(from.x + from.width / 2, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width / 2, to.y + 20, { steps: 5 });
  await page.mouse.up();
  await assertShown(page, ["insight INSIGHT-1", "rule r-beacon", "rule r-scan", "signal s-1", "signal s-2"]);
  await page.getByRole("button", { name: "All times" }).click();
  await assertShown(page, ALL);
}));

test("the timeline is used with the keyboard alone", () => withDays(async (page) => {
  assert.equal(await page.locator("#timeline .time[tabindex='0']").count(), 1);
  await page.locator("#timeline .time[tabindex='0']").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await assertShown(page, ["signal s-4"]);
  await page.keyboard.press("Escape");
  await assertShown(page, ALL);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await assertShown(page, ["insight INSIGHT-1", "rule r-scan", "signal s-1"]);
  await page.keyboard.press("Shift+End");
  await assertShown(page, ALL, "the span reaches over all bars");
  assert.equal(await page.locator("#timeline .time[aria-pressed=false]").count(), 0);
  await page.keyboard.press("Shift+Home");
  await assertShown(page, ["insight INSIGHT-1", "rule r-scan", "signal s-1"]);
}));

test("filters of several kinds hold together", () => withDays(async (page) => {
  await page.getByRole("button", { name: "Open 1" }).click();
  await page.getByRole("button", { name: "Discovery 4" }).click();
  await assertShown(page, ["insight INSIGHT-1", "rule r-scan", "signal s-1"]);
  await page.locator("#filter-kind").selectOption("signal");
  assert.deepEqual(await rows(page), ["signal s-1"]);
  assert.deepEqual(await nodes(page), ["insight INSIGHT-1", "rule r-scan", "signal s-1"], "the kind filters rows alone");
}));

test("one moment has no timeline, and an answer without tactics still shows the matrix", () => visitAnswer(() => replyOf({ sightings: [insight("INSIGHT-1")] }), async (page) => {
  await page.locator("#graph .node.insight").waitFor();
  assert.ok(await page.locator("#timeline").isHidden());
  assert.equal(await page.locator("#tactics .tactics li").count(), 14);
  assert.equal(await page.locator("#tactics button").count(), 0);
}));

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing with filters set in ${colorScheme} mode, on a phone too`, async () => {
    const check = async (page) => {
      await page.getByRole("button", { name: "Open 1" }).click();
      await page.getByRole("button", { name: "Discovery 4" }).click();
      await bar(page, /worst Critical/).click();
      await assertAccessible(page);
      await assertReadable(page, "#glance *");
      await assertNoSidewaysScroll(page);
    };
    await withDays(async (page) => {
      await check(page);
      await screenshot(page, `explorer-glance-${colorScheme}`, { fullPage: true });
    }, { context: { colorScheme, reducedMotion: "reduce" } });
    await withDays(check, { context: { colorScheme, reducedMotion: "reduce", viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } });
  });
}
