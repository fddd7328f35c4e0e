import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertNoSidewaysScroll, close, open, screenshot, visit } from "./browser.mjs";

before(open);
after(close);

/** Opens an endpoint, lets `fill` change its fields, executes it, and gives the body of the answer. */
const execute = async (page, operation, fill = async () => {}) => {
  const block = page.locator(`.opblock[id$="-${operation}"]`);
  await block.locator(".opblock-summary-control").click();
  await block.locator(".execute").waitFor();
  await fill(block);
  await block.locator(".execute").click();
  await block.locator(".live-responses-table .response-col_status").filter({ hasText: "200" }).waitFor();
  return JSON.parse(await block.locator(".live-responses-table .highlight-code code").first().textContent());
};

const ready = (page) => page.locator(".opblock[id$='-health']").waitFor();

test("the first page view is authorized with the demo's token", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    await page.locator("#token", { hasText: "authorized with its token" }).waitFor();
    await page.locator(".authorize.locked").waitFor();
    await screenshot(page, "swagger-ui");
    assert.equal((await execute(page, "health")).data.status, "ok");
  }));

test("after logout the token is one click away", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    await page.locator(".authorize.locked").click();
    await page.getByRole("button", { name: "Remove authorization" }).or(page.locator(".auth-btn-wrapper button", { hasText: "Logout" })).first().click();
    await page.locator(".btn-done").click();
    await page.locator("#token", { hasText: "not authorized" }).waitFor();
    const refused = await execute(page, "health");
    assert.equal(refused.errors[0].code, "authorization error");
    await page.getByRole("button", { name: "Use the demo’s token" }).click();
    await page.locator("#token", { hasText: "authorized with its token" }).waitFor();
    await page.locator(".opblock[id$='-health'] .execute").click();
    await page.locator(".opblock[id$='-health'] .live-responses-table code", { hasText: '"ok"' }).waitFor();
  }));

test("observables are observed as the example has them", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    const { data } = await execute(page, "observeObservables");
    assert.ok(data.sightings.count > 0, "the document's example finds something in the demo");
    await screenshot(page, "swagger-ui-observe");
  }));

test("observables are observed as typed", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    const body = JSON.stringify([{ type: "ip", value: "198.51.100.23" }]);
    const { data } = await execute(page, "observeObservables", (block) => block.locator("textarea").first().fill(body));
    assert.ok(data.sightings.count > 0 && data.indicators.count > 0);
  }));

test("observables are referred to the console", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    const body = JSON.stringify([{ type: "ip", value: "198.51.100.23" }]);
    const { data } = await execute(page, "referObservables", (block) => block.locator("textarea").first().fill(body));
    assert.match(data[0].url, /\/sec\/search\?q=198\.51\.100\.23$/);
  }));

test("a success is shown first, of requests and of responses", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    for (const operation of ["health", "observeObservables", "deliberateObservables", "referObservables", "tileData", "respondTrigger", "watchdog"]) {
      const block = page.locator(`.opblock[id$="-${operation}"]`);
      await block.locator(".opblock-summary-control").click();
      const text = await block.locator("tr.response[data-code='200'] .highlight-code code").first().textContent();
      const { data, errors } = JSON.parse(text);
      assert.ok(data && !errors, `${operation}: ${text.slice(0, 200)}`);
      await block.locator(".opblock-summary-control").click();
    }
  }));

test("headers and errors of every operation are told", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    const block = page.locator(".opblock[id$='-observeObservables']");
    await block.locator(".opblock-summary-control").click();
    await block.locator("tr.response[data-code='503']").waitFor();
    const codes = await block.locator("tr.response").evaluateAll((rows) => rows.map((row) => row.dataset.code));
    assert.deepEqual(codes, ["200", "400", "404", "405", "500", "503"]);
    for (const [code, header] of [["200", "x-request-id"], ["405", "Allow"], ["503", "Retry-After"]]) {
      await block.locator(`tr.response[data-code='${code}'] .headers-wrapper`, { hasText: header }).waitFor();
    }
  }));

test("schemas are folded until somebody opens them", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    assert.equal(await page.locator(".model-container").count(), 0);
    await page.locator("section.models h4 button").click();
    await page.locator("#model-About").waitFor();
  }));

test("version, watchdog and the root need no token", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    assert.match((await execute(page, "version")).version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(await execute(page, "watchdog"), { data: "hello" }, "the first Execute, with nothing filled in");
    assert.equal((await execute(page, "about")).swagger_ui, "/swagger-ui");
  }));

test("a narrow screen shows all without sideways scrolling", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    await assertNoSidewaysScroll(page);
    await execute(page, "health");
    await assertNoSidewaysScroll(page);
    await screenshot(page, "swagger-ui-narrow");
  }, { context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } }));

test("endpoints open and execute with the keyboard alone", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    await page.locator(".opblock[id$='-version'] .opblock-summary-control").focus();
    await page.keyboard.press("Enter");
    await page.locator(".opblock[id$='-version'] .execute").focus();
    await page.keyboard.press("Enter");
    await page.locator(".opblock[id$='-version'] .live-responses-table code", { hasText: '"version"' }).waitFor();
  }));

test("a dark screen keeps it readable", () =>
  visit("/swagger-ui", async (page) => {
    await ready(page);
    await screenshot(page, "swagger-ui-dark");
  }, { context: { colorScheme: "dark" } }));
