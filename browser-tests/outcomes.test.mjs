// Five outcomes, told apart, each with the next step; nothing is claimed that was not searched.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertReadable, close, open, relay, screenshot, visit } from "./browser.mjs";

before(open);
after(close);

const address = (type, value) => `/#${new URLSearchParams({ type, value })}`;
const PATH = "**/observe/observables";
const QUIET = address("domain", "quiet.example.org");
/** What Chromium says of an answer that a test made itself. */
const expected = (problem) => /Failed to load resource|\/observe\/observables$/.test(problem);

const envelope = (body) => ({ status: 200, contentType: "application/json", body: JSON.stringify(body) });
const error = (type, code, message) => ({ type, code, message });
const unfinished = error("warning", "search job did not finish", "The search did not finish for: 203.0.113.66 (signals)");
const sighting = {
  type: "sighting", id: "transient:sighting-1", title: "A signal", short_description: "Signal: Odd query for entity ws-17 contains the observable.",
  observed_time: { start_time: "2026-11-01T10:00:00.000Z" }, severity: "High", external_ids: ["s-1"],
  observables: [{ type: "domain", value: "quiet.example.org" }],
};
const found = { sightings: { count: 1, docs: [sighting] } };

/** Opens the page with a stubbed answer, and gives the state that it shows. */
const withAnswer = (answer, use) => visit(QUIET, async (page) => {
  await page.route(PATH, (route) => (answer === undefined ? route.abort() : route.fulfill(answer)));
  await page.getByRole("button", { name: "Observe", exact: true }).click();
  await page.locator("#result:not([aria-busy])").waitFor();
  await use(page, {
    state: await page.locator("#outcome").getAttribute("data-state"),
    text: await page.locator("#outcome").textContent(),
    steps: await page.locator("#steps").locator("button, a").allTextContents(),
  });
}, { expected });

for (const [name, answer, state, said, steps] of [
  ["found", envelope({ data: found }), "found", /^\s*Found 0 insights, 1 signal/, []],
  ["nothing", envelope({ data: {} }), "nothing", /Nothing known.*Nothing is known about domain quiet.*searched in full/s, []],
  ["more than is shown", envelope({ data: found, errors: [error("warning", "too-many-messages-warning", "More Signals found")] }), "cut", /More was found than is shown/, []],
  ["partly searched with findings", envelope({ data: found, errors: [unfinished] }), "cut", /Not everything was searched/, ["Try again", "Troubleshooting"]],
  ["partly searched without findings", envelope({ data: {}, errors: [unfinished] }), "not-searched", /It is not known/, ["Try again", "Troubleshooting"]],
  ["errors without data", envelope({ errors: [error("fatal", "connection error", "Unable to connect")] }), "not-searched", /It is not known/, ["Try again", "Troubleshooting"]],
  ["certificate", envelope({ errors: [error("fatal", "unknown", "Unable to verify SSL certificate")] }), "not-searched", /It is not known/, ["Try again", "Troubleshooting"]],
  ["a proxy's 502", { status: 502, contentType: "text/html", body: "<h1>Bad Gateway</h1>" }, "not-searched", /It is not known/, ["Try again", "Troubleshooting"]],
  ["a page instead of a reply", { status: 200, contentType: "text/html", body: "<h1>Log in</h1>" }, "not-searched", /It is not known/, ["Try again", "Troubleshooting"]],
  ["a reply of another shape", envelope([]), "not-searched", /It is not known/, ["Try again", "Troubleshooting"]],
  ["no answer", undefined, "not-searched", /It is not known/, ["Try again", "Troubleshooting"]],
  ["an old token", envelope({ errors: [error("fatal", "authorization error", "Authorization failed: wrong key")] }), "refused", /restarted, reload the page/, ["Reload the page", "Troubleshooting"]],
  ["wrong credentials", envelope({ errors: [error("fatal", "Unauthorized", "wrong access_id or access_key")] }), "refused", /nothing was searched/, ["Try again", "Troubleshooting"]],
  ["a refused question", envelope({ errors: [error("fatal", "invalid argument", "Field may not be blank.")] }), "refused", /nothing was searched/, ["Try again", "Troubleshooting"]],
]) {
  test(`outcome: ${name}`, () => withAnswer(answer, async (page, outcome) => {
    assert.equal(outcome.state, state);
    assert.match(outcome.text, said);
    assert.deepEqual(outcome.steps, steps);
    assert.equal(outcome.text.includes("Nothing is known"), state === "nothing");
    if (name === "a proxy's 502") assert.match(await page.locator("#errors").textContent(), /HTTP status 502 .*proxy/);
    if (name === "no answer") assert.match(await page.locator("#errors").textContent(), /cannot be reached/);
    await assertReadable(page, "#outcome *, #errors *");
    if (name === "an old token") await screenshot(page, "explorer-refused");
  }));
}

test("try again asks again", () => withAnswer(undefined, async (page) => {
  await page.unroute(PATH);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("#outcome[data-state=nothing]").waitFor();
}));

test("an old answer is dimmed while a new one is under way, with seconds, and can be cancelled", () =>
  visit(address("hostname", "srv-files01.corp.example.com"), async (page) => {
    await page.locator("#outcome[data-state=found]").waitFor();
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await page.route(PATH, async (route) => {
      await held;
      await route.continue().catch(() => undefined);
    });
    await page.locator(".examples").getByRole("button", { name: /^198\.51\.100\.23/ }).click();
    await page.locator("#progress").waitFor();
    assert.equal(await page.locator("#result").getAttribute("aria-busy"), "true");
    assert.ok(Number(await page.locator("#result").evaluate((one) => getComputedStyle(one).opacity)) < 0.6);
    assert.match(await page.locator("#progress-text").textContent(), /Asking about ip 198\.51\.100\.23/);
    await page.locator("#seconds", { hasText: /[1-9]\d* s/ }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator("#outcome[data-state=not-searched]").waitFor();
    assert.ok(await page.locator("#progress").isHidden());
    assert.match(await page.locator("#errors").textContent(), /Cancelled/);
    release();
    await page.unroute(PATH);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("#outcome[data-state=found]").waitFor();
  }, { expected }));

for (const [typed, note] of [
  [["ip", "203.0.113.66, 198.51.100.23"], /nothing was asked/],
  [["domain", "see update-check.example.net"], /nothing was asked/],
  [["sha256", "not a hash"], /Nothing was asked/],
]) {
  test(`${typed.join(" ")} is not asked as it stands`, () => visit(QUIET, async (page) => {
    await page.locator("#outcome[data-state=nothing]").waitFor();
    let asked = 0;
    page.on("request", (request) => { asked += request.url() === `${relay}/observe/observables` ? 1 : 0; });
    await page.getByLabel("Type", { exact: true }).fill(typed[0]);
    await page.getByLabel("Value", { exact: true }).fill(typed[1]);
    await page.getByRole("button", { name: "Observe", exact: true }).click();
    await page.locator("#note", { hasText: note }).waitFor();
    assert.equal(asked, 0);
  }));
}

test("a defanged value is asked about as the value that it stands for", () => visit(QUIET, async (page) => {
  await page.locator("#outcome[data-state=nothing]").waitFor();
  await page.getByLabel("Type", { exact: true }).fill("domain");
  await page.getByLabel("Value", { exact: true }).fill("update-check[.]example(dot)net");
  await page.getByRole("button", { name: "Observe", exact: true }).click();
  await page.locator("#note", { hasText: "Read as update-check.example.net." }).waitFor();
  await page.locator("#outcome[data-state=found]").waitFor();
}));

test("back and forward go through questions, and the title names the observable", () => visit(address("user", "tom.okafor"), async (page) => {
  await page.locator("#summary", { hasText: "tom.okafor" }).waitFor();
  await page.locator(".examples").getByRole("button", { name: /^198\.51\.100\.23/ }).click();
  await page.locator("#summary", { hasText: "198.51.100.23" }).waitFor();
  assert.match(await page.title(), /^198\.51\.100\.23 – /);
  await page.goBack();
  await page.locator("#summary", { hasText: "tom.okafor" }).waitFor();
  assert.match(await page.title(), /^tom\.okafor – /);
  await page.goForward();
  await page.locator("#summary", { hasText: "198.51.100.23" }).waitFor();
}));

for (const unreadable of ["#value=203.0.113.66", "#type=ip&value=%20", "#type=ip&value=a&type=ip", "#=", "#nonsense=1"]) {
  test(`the address ${unreadable} is told to be unreadable`, () => visit(`/${unreadable}`, async (page) => {
    await page.locator("#outcome[data-state=refused]", { hasText: "names no observable that can be read" }).waitFor();
    assert.ok(await page.locator("#answer").isHidden());
  }));
}
