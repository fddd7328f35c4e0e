// The demo's story in the explorer: six steps, each with an address of its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertNoSidewaysScroll, close, open, production, relay, visit } from "./browser.mjs";

before(open);
after(close);

const steps = (page) => page.locator("#tour li");

/** Waits until the explorer shows the answer about the value of the step that is marked. */
const answered = async (page, value) => {
  await page.locator("#tour li[aria-current=step]").waitFor();
  await page.locator("#outcome[data-state=found], #outcome[data-state=cut]").waitFor();
  await page.waitForFunction((wanted) => document.title.startsWith(wanted) && !document.querySelector("#result").hasAttribute("aria-busy"), value);
};

const valueOf = (link) => new URLSearchParams(link.split("#")[1]).get("value");

test("the story has six steps, each of one sentence, and each finds something", () =>
  visit("/", async (page) => {
    assert.equal(await steps(page).count(), 6);
    assert.equal(await page.locator("#tour li[aria-current]").count(), 0, "no step was asked for");
    for (const step of await steps(page).all()) {
      const [text, title] = [await step.textContent(), await step.locator("a").textContent()];
      assert.match(text.slice(title.length).trim(), /^[A-Z][^.]+(\.\d+[^.]+)*\.$/, text);
      const address = await step.locator("a").getAttribute("href");
      await step.locator("a").click();
      await answered(page, valueOf(address));
      assert.equal(await step.getAttribute("aria-current"), "step");
      assert.equal(new URL(page.url()).hash, address);
    }
  }));

test("an address of a step leads to it, and Back and Next to those beside it", () =>
  visit("/", async (page) => {
    const address = await steps(page).nth(2).locator("a").getAttribute("href");
    await page.goto(`${relay}/${address}`);
    await page.reload();
    await answered(page, valueOf(address));
    assert.equal(await steps(page).nth(2).getAttribute("aria-current"), "step");
    const titles = await page.locator("#tour li a").allTextContents();
    assert.equal(await page.locator("#tour-next").textContent(), `Next: ${titles[3]}`);
    await page.locator("#tour-next").click();
    await page.locator("#tour li:nth-child(4)[aria-current=step]").waitFor();
    assert.equal(await page.locator("#tour-back").textContent(), `Back: ${titles[2]}`);
    await page.goBack();
    await page.locator("#tour li:nth-child(3)[aria-current=step]").waitFor();
    await answered(page, valueOf(address));
    await page.locator(".examples button").last().click();
    await page.locator("#tour-next", { hasText: `Start: ${titles[0]}` }).waitFor();
    assert.equal(await page.locator("#tour li[aria-current]").count(), 0);
    await steps(page).last().locator("a").click();
    await page.locator("#tour-next").waitFor({ state: "hidden" });
    await page.locator("#tour-back").waitFor();
  }));

test("the keyboard alone follows the story", () =>
  visit("/", async (page) => {
    await page.locator("#tour-next").focus();
    for (let step = 1; step <= 3; step++) {
      await page.keyboard.press("Enter");
      await page.locator(`#tour li:nth-child(${step})[aria-current=step]`).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.id), "tour-next");
    }
  }));

for (const colorScheme of ["light", "dark"]) {
  test(`a step is accessible in ${colorScheme} mode, on a phone, too`, () =>
    visit("/", async (page) => {
      await steps(page).first().locator("a").click();
      await answered(page, "billing@");
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
    }, { context: { colorScheme, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } }));
}

test("a relay in production tells no story", () =>
  visit("/", async (page) => {
    assert.equal(await page.locator("#tour").count(), 0);
  }, { base: production }));
