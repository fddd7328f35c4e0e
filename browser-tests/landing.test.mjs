import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertNoSidewaysScroll, assertReadable, close, open, production, relay, screenshot, visit } from "./browser.mjs";

before(open);
after(close);

test("the landing page says what the relay is and how it is", () =>
  visit("/", async (page) => {
    assert.match(await page.title(), /Cloud SIEM relay/);
    await page.locator("#state-relay.good").waitFor();
    await page.locator("#state-product.good").waitFor();
    assert.equal(await page.locator("h1").count(), 1);
    assert.equal(await page.locator("table").last().locator("tbody tr").count(), 11);
    for (const link of ["/swagger-ui", "/openapi.json"]) {
      const answer = await page.request.get(relay + link);
      assert.equal(answer.status(), 200, link);
    }
    await page.getByRole("link", { name: "Try it in Swagger UI" }).click();
    await page.locator(".swagger-ui .info .title").waitFor();
  }));

test("everything has a name for those who do not see it", () =>
  visit("/", async (page) => {
    const nameless = await page.$$eval("a, button, input, table, img, [role=region]", (elements) => elements.filter((element) => {
      const labelled = element.labels?.length || element.getAttribute("aria-label") || element.getAttribute("aria-labelledby");
      return !labelled && !element.textContent.trim() && !element.hasAttribute("alt");
    }).map((element) => element.outerHTML));
    assert.deepEqual(nameless, []);
    const levels = await page.$$eval("h1, h2, h3", (headings) => headings.filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1])));
    levels.forEach((level, index) => assert.ok(index === 0 ? level === 1 : level <= levels[index - 1] + 1, String(levels)));
    assert.equal(await page.locator("main").count(), 1);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
  }));

test("the keyboard reaches everything, first of all a way past the links", () =>
  visit("/", async (page) => {
    await page.locator("#answer").waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    const reached = new Set();
    for (let step = 0; step < 400; step++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
    }
    for (const wanted of ["type", "value", "Observe", "Try it in Swagger UI", "Raw JSON"]) {
      assert.ok(reached.has(wanted), `${wanted} is not among ${[...reached].join(" | ")}`);
    }
  }));

for (const colorScheme of ["light", "dark"]) {
  test(`the page is readable in ${colorScheme} mode`, () =>
    visit("/", async (page) => {
      await page.locator("#answer").waitFor();
      await page.locator("#state-product.good").waitFor();
      await assertReadable(page);
      await screenshot(page, `landing-${colorScheme}`, { fullPage: true });
    }, { context: { colorScheme } }));
}

test("a narrow screen shows all without sideways scrolling", () =>
  visit("/#type=ip&value=203.0.113.66", async (page) => {
    await page.locator("#answer").waitFor();
    await assertNoSidewaysScroll(page);
    await screenshot(page, "landing-narrow", { fullPage: true });
  }, { context: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true } }));

test("programs get JSON, and copies are asked for only when they changed", async () => {
  const about = await (await fetch(`${relay}/`, { headers: { Accept: "application/json" } })).json();
  assert.equal(about.openapi, "/openapi.json");
  const first = await fetch(`${relay}/assets/page.css`);
  assert.match(first.headers.get("content-security-policy"), /default-src 'none'/);
  const again = await fetch(`${relay}/assets/page.css`, { headers: { "If-None-Match": first.headers.get("etag") } });
  assert.equal(again.status, 304);
});

test("a relay in production offers no token and no explorer", async () => {
  await visit("/", async (page) => {
    await page.locator("#state-relay.good").waitFor();
    assert.equal(await page.locator("#explorer").count(), 0);
    await screenshot(page, "landing-production");
  }, { base: production });
  await visit("/swagger-ui", async (page) => {
    await page.locator(".authorize.unlocked").waitFor();
    assert.ok(await page.locator("#token").isHidden());
    assert.ok(await page.locator("#authorize").isHidden());
  }, { base: production });
});
