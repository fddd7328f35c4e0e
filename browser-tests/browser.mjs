// A real browser for tests, and a page that fails the test when anything is wrong on it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** Where the demo is. */
export const relay = process.env.RELAY_URL ?? assert.fail("RELAY_URL must name the running demo");
/** Where a relay is that serves as in production, with no token to offer. */
export const production = process.env.PRODUCTION_URL ?? assert.fail("PRODUCTION_URL must name the relay that serves");
export const token = process.env.RELAY_TOKEN ?? assert.fail("RELAY_TOKEN must be the demo's token");

const axeSource = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const screenshots = process.env.SCREENSHOTS ?? "target/screenshots";

/** Far more than any page needs, for machines that do much else at the same time. */
const PATIENCE = 90_000;

/** Chromium asks for nothing that a page does not ask for. */
const SWITCHES = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

let browser;

export const open = async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: SWITCHES, ignoreDefaultArgs: ["--hide-scrollbars"] });
};

export const close = () => browser.close();

/**
 * Opens `path` of the relay at `base`, hands the page to `use`, and fails when a script failed, the console shows an error, the
 * content-security policy was violated, an answer has an HTTP error, or anything was asked of another host. Problems that
 * a test makes itself are `expected`.
 */
export const visit = async (path, use, { base = relay, context: options = {}, elsewhere = () => false, expected = () => false } = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const problems = [];
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`violates ${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(`${base}/`) || url.startsWith("data:") || elsewhere(url)) return route.continue();
    problems.push(`asks for ${url}`);
    return route.abort();
  });
  const watch = (page) => {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`script: ${error.stack}`));
    page.on("response", (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
    });
  };
  context.on("page", watch);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(base + path, { waitUntil: "networkidle" });
    await use(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(problems.filter((problem) => !expected(problem)), []);
};

export const screenshot = (page, name, options = {}) => {
  mkdirSync(screenshots, { recursive: true });
  return page.screenshot({ path: join(screenshots, `${name}.png`), ...options });
};

/** No part of the page makes it wider than the window. */
export const assertNoSidewaysScroll = async (page) => {
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(widths[0] <= widths[1], `the page is ${widths[0]} px wide in a window of ${widths[1]} px`);
};

/** No part of the page that scrolls sideways has less room than it needs. */
export const assertNoSidewaysScrollbars = async (page, selector = ".scroll") => {
  const cut = await page.$$eval(selector, (elements) => elements.filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth)
    .map((one) => `${one.id || one.getAttribute("aria-label") || one.getAttribute("aria-labelledby")}: ${one.scrollWidth} px in ${one.clientWidth} px`));
  assert.deepEqual(cut, []);
};

/** No rule of axe is violated, but those in `without`. */
export const assertAccessible = async (page, without = []) => {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.filter((one) => !without.includes(one.id)).map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 150)).join(" | ")}`), []);
};

/** Contrast of text with what is behind it, by the formula of WCAG 2, for all elements that hold text of their own. */
export const assertReadable = async (page, selector = "body *") => {
  const faint = await page.$$eval(selector, (elements) => {
    const numbers = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = numbers(getComputedStyle(at).backgroundColor);
        if (color.length === 3 || color[3] > 0.99) return color;
      }
      return [255, 255, 255];
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return elements.filter((element) => hasText(element) && element.checkVisibility() && !element.closest("svg")).flatMap((element) => {
      const [one, other] = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
      const contrast = (one + 0.05) / (other + 0.05);
      return contrast < 4.5 ? [`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 120)}`] : [];
    });
  });
  assert.deepEqual(faint, []);
};

/** The address of the explorer's answer about observables, each a type and a value. */
export const address = (...observables) => `/#${new URLSearchParams(observables.flatMap(([type, value]) => [["type", type], ["value", value]]))}`;

/** Opens the explorer on an answer that a test made itself, a reply for each observable that is asked about. */
export const visitAnswer = (replyTo, use, options = {}) => visit("/", async (page) => {
  await page.locator("#result:not([aria-busy])").waitFor();
  await page.route("**/observe/observables", (route) => route.fulfill({ json: replyTo(route.request().postDataJSON()[0]) }));
  await page.goto(`${relay}${address(["domain", "stub.example.org"])}`);
  await page.locator("#summary", { hasText: "stub.example.org" }).waitFor();
  await use(page);
}, options);

/** A reply with these entities and errors. */
export const replyOf = ({ errors, ...lists }) => ({
  data: Object.fromEntries(Object.entries(lists).map(([name, docs]) => [name, { count: docs.length, docs }])), ...(errors ? { errors } : {}),
});

/** A sighting of an insight, as the relay makes it. */
export const insight = (id, changes = {}) => ({
  type: "sighting", id, schema_version: "1.3.29", confidence: "High", count: 1, observed_time: { start_time: "2026-11-01T10:00:00.000Z" }, severity: "Low",
  resolution: "Unresolved", external_ids: [id, id], title: "A Sumo Logic Cloud SIEM Insight contains observable in a Signal", description: "Scan",
  observables: [{ type: "domain", value: "stub.example.org" }], ...changes,
});

/** A sighting of a signal, as the relay makes it. */
export const signal = (id, name, changes = {}) => insight(id, {
  resolution: undefined, title: "A signal", short_description: `Signal: ${name} for entity web01 contains the observable.`, ...changes,
});

/** An indicator of a rule. */
export const rule = (id, title, changes = {}) => ({
  type: "indicator", id, schema_version: "1.3.29", producer: "Sumo Logic", title, severity: "Low", valid_time: {}, external_references: [{ source_name: "s", external_id: id }], ...changes,
});

/** A relationship between two ids. */
export const edge = (relationship_type, source_ref, target_ref) => ({
  type: "relationship", id: `${relationship_type} ${source_ref} ${target_ref}`, schema_version: "1.3.29", relationship_type, source_ref, target_ref,
});
