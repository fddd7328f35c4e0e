import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, open, relay, screenshot, token, visit } from "./browser.mjs";

before(open);
after(close);

const address = (type, value) => `/#${new URLSearchParams({ type, value })}`;

/** What the relay itself answers, to compare the page with. */
const observe = async (type, value) => {
  const answer = await fetch(`${relay}/observe/observables`, {
    method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify([{ type, value }]),
  });
  return answer.json();
};

/** The indicators that stand for rules, and not for what judgements stem from. */
const rulesOf = (data) => {
  const collections = new Set(data.relationships.docs.filter((edge) => edge.relationship_type === "element-of").map((edge) => edge.target_ref));
  return data.indicators.docs.filter((indicator) => !collections.has(indicator.id));
};

test("an observable that is judged shows its verdict and the judgements behind it", () =>
  visit(address("domain", "update-check.example.net"), async (page) => {
    await page.locator("#judged").waitFor();
    const { data } = await observe("domain", "update-check.example.net");
    assert.ok(data.judgements.count > 1);
    assert.match(await page.locator("#verdict").textContent(), /^Verdict: Malicious Threat intelligence source soc_indicators$/);
    assert.equal(await page.locator("#judgements tbody tr").count(), data.judgements.count);
    assert.match(await page.locator("#judgements tbody tr").first().textContent(), /90/);
    await page.goto(`${relay}${address("domain", "intranet.corp.example.com")}`);
    await page.locator("#verdict", { hasText: "Clean" }).waitFor();
    await page.goto(`${relay}${address("domain", "quiet.example.org")}`);
    await page.locator("#summary", { hasText: "Nothing is known" }).waitFor();
    assert.ok(await page.locator("#judged").isHidden());
  }));

test("an observable that is found is shown as graph, table and JSON", () =>
  visit("/", async (page) => {
    await page.getByRole("button", { name: /^srv-files01/ }).click();
    await page.locator("#summary", { hasText: "srv-files01.corp.example.com" }).waitFor();
    const { data } = await observe("hostname", "srv-files01.corp.example.com");
    assert.ok(data.sightings.count > 5);
    assert.deepEqual(JSON.parse(await page.locator("#json").textContent()), { data });
    assert.equal(await page.locator("#table tbody tr").count(), data.sightings.count + data.indicators.count);
    assert.equal(await page.locator("#graph .node").count(), 1 + data.sightings.count + data.indicators.count);
    const relationships = page.locator("#graph .edge:not(.found-in)");
    assert.equal(await relationships.count(), data.relationships.count);
    assert.ok(await page.locator("#errors").isHidden());
    await page.locator("#graph .node.insight").first().click();
    await page.locator("#details", { hasText: "INSIGHT-" }).waitFor();
    assert.ok(await page.locator("#graph .edge.strong").count() > 1);
    await page.locator("#explorer").scrollIntoViewIfNeeded();
    await page.locator("#explorer").screenshot({ path: `${process.env.SCREENSHOTS ?? "target/screenshots"}/explorer.png` });
  }));

test("links lead into the stand-in's console", () =>
  visit(address("domain", "update-check.example.net"), async (page) => {
    await page.locator("#answer").waitFor();
    for (const kind of ["Insight", "Signal", "Rule"]) {
      const row = page.locator("#table tbody tr", { has: page.getByRole("cell", { name: kind, exact: true }) }).first();
      const [console_] = await Promise.all([page.waitForEvent("popup"), row.getByRole("link").click()]);
      await console_.waitForLoadState();
      assert.match(await console_.locator("h1").textContent(), new RegExp(`^${kind}: `));
      assert.match(await console_.locator("header").textContent(), /Stand-in of Cloud SIEM/);
      if (kind === "Insight") await screenshot(console_, "console");
      await console_.close();
    }
  }, { context: { ignoreHTTPSErrors: true }, elsewhere: (url) => url.startsWith("https://127.0.0.1:") }));

/** A reply with an insight of ten alike signals behind one rule, and a second insight. */
const scans = () => {
  const sighting = (id, changes) => ({
    type: "sighting", id, observed_time: { start_time: "2026-11-01T10:00:00.000Z" }, severity: "Low", external_ids: [id, id],
    title: "A Sumo Logic Cloud SIEM Insight contains observable in a Signal", description: "Scan", ...changes,
  });
  const signals = Array.from({ length: 10 }, (_, n) => sighting(`s-${n}`, {
    title: "A signal", short_description: "Signal: Port scan from outside for entity web01 contains the observable.",
    observed_time: { start_time: `2026-11-01T10:0${n}:00.000Z` },
  }));
  const edge = (relationship_type, source_ref, target_ref) => ({ relationship_type, source_ref, target_ref });
  const relationships = signals.flatMap(({ id }) => [edge("based-on", "INSIGHT-212", id), edge("sighting-of", id, "rule-1")]);
  const rule = { type: "indicator", id: "rule-1", title: "Port scan from outside", severity: "Low", valid_time: {}, external_references: [{ external_id: "R-1" }] };
  const lists = { sightings: [sighting("INSIGHT-213"), sighting("INSIGHT-212"), ...signals], indicators: [rule], relationships };
  return { data: Object.fromEntries(Object.entries(lists).map(([name, docs]) => [name, { count: docs.length, docs }])) };
};

const stubScans = (page) => page.context().route("**/observe/observables", (route) => route.fulfill({ json: scans() }));

test("the busy scanner comes with warnings", () =>
  visit(address("ip", "203.0.113.66"), async (page) => {
    await page.locator("#answer").waitFor();
    const warnings = await page.locator("#errors li.warning").allTextContents();
    const { data, errors } = await observe("ip", "203.0.113.66");
    assert.equal(warnings.length, errors.length);
    assert.ok(warnings.some((text) => text.includes("More than 10 Insights found")), warnings.join());
    const before = await page.locator("#graph .node").count();
    assert.ok(before < 40, `${before} nodes are too many to see`);
    assert.equal(await page.locator("#table tbody tr").count(), data.sightings.count + rulesOf(data).length);
    assert.equal(await page.locator("#outcome").getAttribute("data-state"), "cut");
    await screenshot(page, "explorer-busy", { fullPage: true });
  }));

test("signals that belong together are a group that opens", () =>
  visit(address("domain", "quiet.example.org"), async (page) => {
    await stubScans(page);
    await page.getByRole("button", { name: "Observe", exact: true }).click();
    await page.locator("#graph .node.signal").waitFor();
    assert.equal(await page.locator("#graph .node").count(), 5);
    await page.locator("#graph .node.signal").click();
    await page.locator("#details").getByRole("button", { name: "Show all 10" }).click();
    assert.equal(await page.locator("#graph .node.signal").count(), 10);
  }));

test("nothing is said of what Cloud SIEM does not know", () =>
  visit(address("domain", "quiet.example.org"), async (page) => {
    await page.locator("#summary", { hasText: "Nothing is known about domain quiet.example.org" }).waitFor();
    assert.ok(await page.locator("#answer").isHidden());
    assert.deepEqual(JSON.parse(await page.locator("#json").textContent()), { data: {} });
  }));

test("what is typed is asked, and stays text", () =>
  visit("/", async (page) => {
    await page.locator("#answer").waitFor();
    await page.getByLabel("Type").fill("user");
    await page.getByLabel("Value").fill("<img src=x onerror=alert(1)>");
    await page.getByRole("button", { name: "Observe", exact: true }).click();
    await page.locator("#summary", { hasText: "Nothing is known about user <img src=x" }).waitFor();
    assert.equal(await page.locator("#explorer img").count(), 0);
    assert.match(page.url(), /#type=user&value=/);
    await page.reload();
    await page.locator("#summary", { hasText: "Nothing is known about user <img src=x" }).waitFor();
  }));

test("the relay's errors are shown", () =>
  visit("/", async (page) => {
    await page.locator("#answer").waitFor();
    await page.getByLabel("Type").fill("ip");
    await page.getByLabel("Value").fill("   ");
    await page.getByRole("button", { name: "Observe", exact: true }).click();
    await page.locator("#errors li.fatal", { hasText: "Field may not be blank" }).waitFor();
  }));

test("the graph is used with the keyboard alone", () =>
  visit(address("domain", "quiet.example.org"), async (page) => {
    await stubScans(page);
    await page.getByRole("button", { name: "Observe", exact: true }).click();
    await page.locator("#graph .node.signal").waitFor();
    const here = () => page.evaluate(() => document.activeElement.querySelector("title")?.textContent);
    await page.getByRole("button", { name: "Observe", exact: true }).focus();
    for (let step = 0; step < 20 && !(await here())?.startsWith("quiet.example.org, observable"); step++) await page.keyboard.press("Tab");
    assert.match(await here(), /^quiet\.example\.org, observable/);
    await page.getByRole("button", { name: /^quiet\.example\.org, observable/ }).waitFor();
    await page.keyboard.press("ArrowRight");
    assert.match(await here(), /^INSIGHT-212, insight/);
    await page.keyboard.press("ArrowDown");
    assert.match(await here(), /^INSIGHT-213, insight/);
    await page.keyboard.press("ArrowUp");
    assert.match(await here(), /^INSIGHT-212, insight/);
    await page.keyboard.press("ArrowRight");
    assert.match(await here(), /^10 × Port scan from outside, group of signals/);
    assert.match(await page.locator("#details").textContent(), /10 × Port scan/);
    await page.keyboard.press("Enter");
    assert.match(await here(), /^Port scan from outside, signal/);
    await page.keyboard.press("ArrowRight");
    assert.match(await here(), /^Port scan from outside, rule/);
    await page.keyboard.press("ArrowLeft");
    assert.match(await here(), /signal/);
    assert.equal(await page.locator("#graph [tabindex='0']").count(), 1);
  }));
