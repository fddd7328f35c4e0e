// The web console of the stand-in, where the links of the demo lead.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertNoSidewaysScroll, assertReadable, close, open, relay, screenshot, token, visit } from "./browser.mjs";

before(open);
after(close);

/** The address of an insight, as the relay tells it to a caller who knows it by another host. */
const insightAt = async (base) => {
  const answer = await fetch(`${base}/observe/observables`, {
    method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify([{ type: "hostname", value: "ws-ana.corp.example.com" }]),
  });
  const { data } = await answer.json();
  return data.sightings.docs.map((sighting) => sighting.source_uri).find((uri) => uri.includes("/sec/insight/"));
};

const elsewhere = relay.replace("localhost", "127.0.0.1");

test("links of an answer begin with the host that was asked", async () => {
  assert.notEqual(elsewhere, relay);
  for (const base of [relay, elsewhere]) {
    const address = await insightAt(base);
    assert.ok(address.startsWith(`${base}/sec/insight/`), `${address} for ${base}`);
    assert.equal((await fetch(address)).status, 200);
  }
});

test("from an insight to its signals, its rule, and back to the explorer", () =>
  visit(new URL(`${relay}/`).pathname, async (page) => {
    await page.goto(await insightAt(elsewhere));
    assert.match(await page.locator("h1").textContent(), /^Insight: INSIGHT-101/);
    await page.locator("h2", { hasText: "Signals" }).locator("+ ul a").first().click();
    assert.match(await page.locator("h1").textContent(), /^Signal: /);
    await page.locator("h2", { hasText: "Rule" }).locator("+ ul a").first().click();
    assert.match(await page.locator("h1").textContent(), /^Rule: /);
    await page.getByRole("link", { name: "Console" }).click();
    assert.equal(await page.locator("h1").textContent(), "Console");
    assert.ok(page.url().startsWith(elsewhere), page.url());
    await page.getByRole("link", { name: "Explorer" }).click();
    await page.locator("#explorer").waitFor();
    assert.equal(page.url(), `${elsewhere}/`);
    await page.locator("#answer").waitFor();
  }, { elsewhere: (url) => url.startsWith(`${elsewhere}/`) }));

test("lists show severities and times", () =>
  visit("/sec/content", async (page) => {
    const insights = page.locator("h2", { hasText: "Newest insights" }).locator("+ ul");
    const items = await insights.locator("li").allTextContents();
    assert.ok(items.length >= 20, `${items.length} insights`);
    for (const item of items) assert.match(item, /^INSIGHT-\d+ .+ (low|medium|high|critical) .+ \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    assert.equal(await insights.locator("time[datetime]").count(), items.length);
    await screenshot(page, "console");
    await page.goto(`${relay}/sec/search?q=svc-backup`);
    const signals = await page.locator("h2", { hasText: "Signals" }).locator("+ ul li").allTextContents();
    for (const signal of signals) assert.match(signal, /severity \d+ .*\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
  }));

test("the JSON is folded, and opens with the keyboard", () =>
  visit("/", async (page) => {
    await page.goto(await insightAt(relay));
    assert.ok(await page.locator("details pre").isHidden());
    await page.locator("summary").focus();
    await page.keyboard.press("Enter");
    assert.equal(JSON.parse(await page.locator("details pre").textContent()).readableId, "INSIGHT-101");
    assert.ok(await page.locator("details pre").isVisible());
    assert.equal(await page.locator("script").count(), 0);
  }));

for (const colorScheme of ["light", "dark"]) {
  for (const [name, options] of [["wide", {}], ["narrow", { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }]]) {
    test(`all kinds of pages are accessible in ${colorScheme} mode on a ${name} screen`, () =>
      visit("/sec/content", async (page) => {
        const list = await page.locator("a[href*='/match-lists/']").first().getAttribute("href");
        const source = await page.locator("a[href*='/threat-intel-sources/']").first().getAttribute("href");
        const insight = new URL(await insightAt(relay)).pathname;
        await page.goto(relay + insight);
        const [entity, signal] = await Promise.all(["/entity/", "/signal/"].map((part) => page.locator(`a[href*='${part}']`).first().getAttribute("href")));
        for (const path of ["/sec/content", insight, entity, signal, list, source, "/sec/search?q=svch0st.exe", "/sec/search?q=nothing-at-all"]) {
          await page.goto(relay + path);
          for (const summary of await page.locator("summary").all()) await summary.click();
          await assertAccessible(page);
          await assertReadable(page);
          await assertNoSidewaysScroll(page);
        }
        await page.goto(relay + insight);
        await screenshot(page, `console-insight-${colorScheme}-${name}`, { fullPage: true });
      }, { context: { colorScheme, ...options } }));
  }
}
