// Redoc, RapiDoc and Scalar, when they are compiled in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, open, relay, screenshot, visit } from "./browser.mjs";

before(open);
after(close);

for (const viewer of ["redoc", "rapidoc", "scalar"]) {
  test(`${viewer} shows the document`, async (context) => {
    const found = await fetch(`${relay}/${viewer}`, { method: "GET" });
    if (found.status === 404) return context.skip(`built without the feature ${viewer}`);
    await visit(`/${viewer}`, async (page) => {
      await page.getByText("/observe/observables").filter({ visible: true }).first().waitFor();
      await screenshot(page, viewer);
      assert.match(await page.title(), /Cloud SIEM relay/);
    });
  });
}
