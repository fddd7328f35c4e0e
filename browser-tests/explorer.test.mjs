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

test("the busy scanner comes with warnings, and its signals in groups that open", () =>
  visit(address("ip", "203.0.113.66"), async (page) => {
    await page.locator("#answer").waitFor();
    const warnings = await page.locator("#errors li.warning").allTextContents();
    const { data, errors } = await observe("ip", "203.0.113.66");
    assert.equal(warnings.length, errors.length);
    assert.ok(warnings.some((text) => text.includes("More than 10 Insights found")), warnings.join());
    const before = await page.locator("#graph .node").count();
    assert.ok(before < 40, `${before} nodes are too many to see`);
    assert.equal(await page.locator("#table tbody tr").count(), data.sightings.count + data.indicators.count);
    await screenshot(page, "explorer-busy", { fullPage: true });
    const group = page.locator("#graph .node[aria-label^='group']").first();
    await group.click();
    await page.locator("#details").getByRole("button", { name: /^Show all/ }).click();
    assert.ok(await page.locator("#graph .node").count() > before);
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
  visit(address("ip", "203.0.113.66"), async (page) => {
    await page.locator("#answer").waitFor();
    const here = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    await page.getByRole("button", { name: "Observe", exact: true }).focus();
    for (let step = 0; step < 5 && !(await here())?.startsWith("observable"); step++) await page.keyboard.press("Tab");
    assert.match(await here(), /^observable, 203\.0\.113\.66/);
    await page.keyboard.press("ArrowRight");
    assert.match(await here(), /^insight, INSIGHT-213/);
    await page.keyboard.press("ArrowDown");
    assert.match(await here(), /^insight, INSIGHT-212/);
    await page.keyboard.press("ArrowRight");
    assert.match(await here(), /^group of signals, 10 × Port scan/);
    assert.match(await page.locator("#details").textContent(), /10 × Port scan/);
    await page.keyboard.press("Enter");
    assert.match(await here(), /^signal, Port scan from outside/);
    await page.keyboard.press("ArrowRight");
    assert.match(await here(), /^rule, Port scan from outside/);
    await page.keyboard.press("ArrowLeft");
    assert.match(await here(), /signal/);
    assert.equal(await page.locator("#graph [tabindex='0']").count(), 1);
  }));
