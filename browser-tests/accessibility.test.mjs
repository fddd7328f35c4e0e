// Every page by the rules of axe, in both themes, and by keyboard alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, close, open, production, relay, visit } from "./browser.mjs";

before(open);
after(close);

const answered = (page) => page.locator("#answer").waitFor();
const drawn = (page) => page.locator("#summary", { hasText: /tiles, drawn in/ }).waitFor();
const listed = (page) => page.locator(".opblock[id$='-health']").waitFor();

/** The rules that the markup of Swagger UI itself breaks: links inside of buttons, headings that leave a level out, equal landmarks. */
const SWAGGER_UI = ["nested-interactive", "heading-order", "landmark-unique"];

/** The rule that the markup of Redoc itself breaks: headings that leave levels out. */
const REDOC = ["heading-order"];

const PAGES = [
  ["the landing page with the explorer", "/", { ready: answered }],
  ["the landing page in production", "/", { base: production, ready: (page) => page.locator("#state-relay.good").waitFor() }],
  ["the dashboard", "/dashboard", { ready: drawn }],
  ["Swagger UI", "/swagger-ui", { ready: listed, without: SWAGGER_UI }],
];

for (const colorScheme of ["light", "dark"]) {
  for (const [name, path, { base = relay, ready, without = [] }] of PAGES) {
    test(`${name} breaks no rule of axe in ${colorScheme} mode`, () =>
      visit(path, async (page) => {
        await ready(page);
        await assertAccessible(page, without);
      }, { base, context: { colorScheme } }));
  }

  test(`Redoc breaks no rule of axe in ${colorScheme} mode`, async (context) => {
    if ((await fetch(`${relay}/redoc`)).status === 404) return context.skip("built without the feature redoc");
    await visit("/redoc", async (page) => {
      await page.locator("h2").last().waitFor();
      await assertAccessible(page, REDOC);
    }, { context: { colorScheme } });
  });

  test(`endpoints of Swagger UI break no rule of axe in ${colorScheme} mode`, () =>
    visit("/swagger-ui", async (page) => {
      await listed(page);
      for (const operation of ["version", "tileData", "observeObservables"]) {
        const block = page.locator(`.opblock[id$='-${operation}']`);
        await block.locator(".opblock-summary-control").click();
        await block.locator(".execute").click();
        await block.locator(".live-responses-table").waitFor();
      }
      await assertAccessible(page, SWAGGER_UI);
    }, { context: { colorScheme } }));
}

/** What has the focus after each press of Tab, until it comes round again. */
const tabStops = async (page, most = 400) => {
  const stops = [];
  for (let step = 0; step < most; step++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const one = document.activeElement;
      const box = one.getBoundingClientRect();
      return one === document.body ? undefined
        : { name: (one.getAttribute("aria-label") ?? one.textContent ?? "").trim() || one.id, isShown: box.width > 0 && box.height > 0, isMarked: one.closest("svg") !== null || getComputedStyle(one).outlineStyle !== "none" };
    });
    if (!stop) break;
    stops.push(stop);
  }
  return stops;
};

test("the dashboard is used with the keyboard alone", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    for (const stop of await tabStops(page)) assert.ok(stop.isShown && stop.isMarked, JSON.stringify(stop));
    await page.getByLabel("Period of all tiles").focus();
    await page.keyboard.press("ArrowUp");
    await drawn(page);
    await page.locator("#tiles summary").first().focus();
    await page.keyboard.press("Enter");
    await page.locator("#tiles details[open]").first().waitFor();
  }));

test("the landing page and the explorer are used with the keyboard alone", () =>
  visit("/", async (page) => {
    await answered(page);
    for (const stop of await tabStops(page)) assert.ok(stop.isShown && stop.isMarked, JSON.stringify(stop));
    await page.locator("#value").focus();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("quiet.example.org");
    await page.keyboard.press("Enter");
    await page.locator("#outcome[data-state=nothing]").waitFor();
  }));

test("Swagger UI sends a request with the keyboard alone", () =>
  visit("/swagger-ui", async (page) => {
    await listed(page);
    await page.locator(".opblock[id$='-watchdog'] .opblock-summary-control").focus();
    await page.keyboard.press("Enter");
    await page.locator(".opblock[id$='-watchdog'] .execute").focus();
    await page.keyboard.press("Enter");
    await page.locator(".opblock[id$='-watchdog'] .live-responses-table code", { hasText: "hello" }).waitFor();
  }));

test("the console of the stand-in is used with the keyboard alone", () =>
  visit("/sec/search?q=INSIGHT-101", async (page) => {
    for (const stop of await tabStops(page)) assert.ok(stop.isShown && stop.isMarked, JSON.stringify(stop));
    await page.locator("main a").first().focus();
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "Insight: INSIGHT-101" }).waitFor();
  }));
