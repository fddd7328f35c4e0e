// Redoc, when it is compiled in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, open, relay, screenshot, visit } from "./browser.mjs";

before(open);
after(close);

test("Redoc shows the document and its endpoints", async (context) => {
  if ((await fetch(`${relay}/redoc`)).status === 404) return context.skip("built without the feature redoc");
  await visit("/redoc", async (page) => {
    await page.locator("h1", { hasText: "Cloud SIEM relay" }).waitFor();
    const document = await (await fetch(`${relay}/openapi.json`)).json();
    const summaries = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.summary));
    for (const summary of summaries) await page.locator("h2", { hasText: summary }).first().waitFor();
    await screenshot(page, "redoc");
    assert.match(await page.title(), /Cloud SIEM relay/);
  });
});
