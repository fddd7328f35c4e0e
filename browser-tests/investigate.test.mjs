// Pasted text, one merged graph, pivots, layout and exports of the explorer.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { assertAccessible, assertNoSidewaysScroll, assertNoSidewaysScrollbars, assertReadable, close, open, relay, screenshot, visit } from "./browser.mjs";

before(open);
after(close);

const address = (...observables) => `/#${new URLSearchParams(observables.flatMap(([type, value]) => [["type", type], ["value", value]]))}`;
const QUIET = ["domain", "quiet.example.org"];
const HASH = "11eff8be496aa811a06cc0f7d0903c35c277891879fa21322b5a69078d093263";
const PATH = "**/observe/observables";

const paste = async (page, text) => {
  await page.locator("#paste summary").click();
  await page.locator("#text").fill(text);
  await page.getByRole("button", { name: "Find observables" }).click();
};

test("observables are found in free text, edited, and shown in one graph", () => visit(address(QUIET), async (page) => {
  await page.locator("#outcome[data-state=nothing]").waitFor();
  await paste(page, `Mail from billing[at]invoices.example.org, host update-check[.]example[.]net, ${HASH};
    account tom.okafor and 10.99.99.99 (quiet.example.org)`);
  await page.locator("#found-count", { hasText: "6 observables found" }).waitFor();
  const types = await page.locator("#found select").evaluateAll((all) => all.map((one) => one.value));
  assert.deepEqual(types, ["email", "domain", "sha256", "domain", "ip", "domain"]);
  await page.locator("#found select").nth(3).selectOption("user");
  await page.getByRole("button", { name: "Remove 10.99.99.99" }).click();
  await page.getByRole("button", { name: "Observe all 5" }).click();
  await page.locator("#result:not([aria-busy])").waitFor();
  await page.locator("#values tbody tr").nth(4).waitFor();
  const rows = await page.locator("#values tbody tr").allTextContents();
  assert.match(rows[4], /quiet\.example\.org.*Nothing known/);
  assert.match(rows[3], /tom\.okafor.*user.*Found/);
  assert.equal(await page.locator("#graph .node.observable").count(), 5);
  // An insight that several of them are found in is one node.
  const ids = await page.locator("#graph .node").evaluateAll((nodes) => nodes.map((node) => node.dataset.id));
  assert.equal(new Set(ids).size, ids.length);
  const shared = await page.locator("#graph .edge.found-in").count();
  assert.ok(shared > await page.locator("#graph .node.insight").count(), "values share insights");
  assert.match(page.url(), /type=email.*type=domain.*type=sha256/);
  await page.reload();
  await page.locator("#values tbody tr").nth(4).waitFor();
  await assertNoSidewaysScroll(page);
  await page.locator("#explorer").screenshot({ path: `${process.env.SCREENSHOTS ?? "target/screenshots"}/explorer-merged.png` });
}));

test("60 pasted values are asked about with progress, and cancelled", () => visit(address(QUIET), async (page) => {
  await page.locator("#outcome[data-state=nothing]").waitFor();
  let asked = 0;
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route(PATH, async (route) => {
    asked++;
    if (asked > 12) await held;
    await route.fulfill({ status: 200, contentType: "application/json", body: '{"data":{}}' }).catch(() => undefined);
  });
  await paste(page, Array.from({ length: 60 }, (_, n) => `192.0.2[.]${n}`).join("\n"));
  await page.getByRole("button", { name: "Observe all 60" }).click();
  await page.locator("#seconds", { hasText: "12/60" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#outcome[data-state=cut]", { hasText: "48 observables were not searched" }).waitFor();
  assert.equal(await page.locator("#values .state.nothing").count(), 12);
  assert.equal(await page.locator("#values .state.not-searched").count(), 48);
  assert.ok(asked <= 15, `${asked} were asked although it was cancelled`);
  release();
  asked = -1000;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("#outcome[data-state=nothing]").waitFor();
  assert.equal(asked, -1000 + 48, "what was searched is not asked again");
}, { expected: (problem) => /Failed to load resource/.test(problem) }));

test("a list that is pasted into the field is not joined to one value", () => visit(address(QUIET), async (page) => {
  await page.locator("#outcome[data-state=nothing]").waitFor();
  await page.locator("#value").evaluate((field) => {
    const data = new DataTransfer();
    data.setData("text/plain", "203.0.113.66\n198.51.100.23\n");
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await page.locator("#found-count", { hasText: "2 observables found" }).waitFor();
  assert.equal(await page.locator("#value").inputValue(), QUIET[1]);
}));

test("an entity is a button that asks about it and adds to the graph", () => visit(address(["domain", "update-check.example.net"]), async (page) => {
  await page.locator("#answer").waitFor();
  const before = await page.locator("#table tbody tr").count();
  await page.locator("#table tbody tr").first().getByRole("button", { name: /ws-ana/ }).click();
  await page.locator("#values tbody tr").nth(1).waitFor();
  assert.equal(await page.locator("#graph .node.observable").count(), 2);
  assert.ok(await page.locator("#table tbody tr").count() > before);
  assert.deepEqual(await page.locator("#trail button").allTextContents(), ["update-check.example.net", "ws-ana.corp.example.com"]);
  await page.goBack();
  await page.locator("#summary", { hasText: "domain update-check.example.net" }).waitFor();
  assert.equal(await page.locator("#graph .node.observable").count(), 1);
}));

test("rows and nodes select each other; rows are sorted and filtered", () => visit(address(["domain", "update-check.example.net"]), async (page) => {
  await page.locator("#answer").waitFor();
  const node = page.locator("#graph .node.insight").nth(1);
  await node.click();
  const chosen = await page.locator("#table tr.chosen").getAttribute("data-id");
  assert.equal(chosen, await node.getAttribute("data-id"));
  const row = page.locator("#table tbody tr").first();
  await row.locator("th button").click();
  assert.equal(await page.locator("#graph .node[aria-pressed=true]").getAttribute("data-id"), await row.getAttribute("data-id"));
  await page.locator("#table thead").getByRole("button", { name: "Severity" }).click();
  assert.equal(await page.locator("#table th[aria-sort=ascending]").textContent(), "Severity");
  assert.match(await page.locator("#table tbody tr").first().textContent(), /Critical/);
  await page.locator("#counts").getByRole("button", { name: /^High/ }).click();
  const severities = await page.locator("#table tbody tr td:nth-child(3)").allTextContents();
  assert.ok(severities.length > 0 && severities.every((one) => one === "High"), severities.join());
  await page.locator("#filter-severity").selectOption("");
  await page.locator("#filter-kind").selectOption("rule");
  const kinds = await page.locator("#table tbody tr td:first-child").allTextContents();
  assert.ok(kinds.length > 0 && kinds.every((one) => one === "Rule"), kinds.join());
}));

test("counts say how bad it is and what is open", () => visit(address(["domain", "update-check.example.net"]), async (page) => {
  await page.locator("#answer").waitFor();
  const texts = await page.locator("#counts button").allTextContents();
  const sum = texts.reduce((all, text) => all + Number(text.split(" ")[1]), 0);
  assert.equal(sum, await page.locator("#table tbody tr").filter({ hasNot: page.getByRole("cell", { name: "Rule", exact: true }) }).count());
  assert.match(await page.locator("#states").textContent(), /Open \d+Closed \d+/);
}));

test("what was found is taken away as a file", () => visit(address(["domain", "update-check.example.net"]), async (page) => {
  await page.locator("#answer").waitFor();
  const taken = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#exports").getByRole("button", { name, exact: true }).click()]);
    return readFileSync(await download.path(), "utf8");
  };
  const { data } = JSON.parse(await taken("JSON"));
  const rows = (await taken("CSV")).trim().split("\r\n");
  assert.equal(rows[0], "Kind,What,Severity,When (UTC),Entity,Belongs to,Link");
  assert.equal(rows.length, 1 + await page.locator("#table tbody tr").count());
  const mermaid = await taken("Mermaid");
  assert.match(mermaid, /^flowchart LR\n {4}n0\["domain: update-check\.example\.net"\]\n/);
  assert.equal(mermaid.match(/-->/g).length, await page.locator("#graph .edge").count());
  const ticket = await taken("Markdown");
  assert.match(ticket, /^## update-check\.example\.net\n/);
  assert.match(ticket, /Verdict on update-check\.example\.net: \*\*Malicious\*\*/);
  assert.match(ticket, /\| Insight \| \[INSIGHT-\d+\]\(http/);
  const line = await taken("curl line");
  assert.ok(line.includes("$TOKEN") && line.includes(`${relay}/observe/observables`) && !line.includes("eyJ"), line);
  assert.ok(data.sightings.count > 0);
}));

test("every example fits into the page, without scrollbars that are not needed", async () => {
  await visit("/", async (page) => {
    for (const width of [1024, 1280, 1440, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      for (const example of await page.locator(".examples button[data-type]").all()) {
        await example.click();
        await page.locator("#result:not([aria-busy])").waitFor();
        await assertNoSidewaysScroll(page);
        if (width > 1120) await assertNoSidewaysScrollbars(page, "#explorer .scroll:not(pre)");
      }
    }
  });
});

test("on a phone the details stay in sight, and every example fits", () => visit(address(["ip", "203.0.113.66"]), async (page) => {
  await page.locator("#answer").waitFor();
  for (const example of await page.locator(".examples button[data-type]").all()) {
    await example.click();
    await page.locator("#result:not([aria-busy])").waitFor();
    await assertNoSidewaysScroll(page);
  }
  await page.goto(`${relay}${address(["hostname", "srv-files01.corp.example.com"])}`);
  await page.locator("#graph .node.insight").first().tap();
  const box = await page.locator("#details").boundingBox();
  assert.ok(box.y >= 0 && box.y + box.height <= 641, `details from ${box.y} px, ${box.height} px high`);
  assert.match(await page.locator("#details").textContent(), /INSIGHT-/);
  await screenshot(page, "explorer-phone");
}, { context: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } }));

test("lines are seen, severity is not told by colour alone, and names begin with what is seen", () => visit(address(["domain", "update-check.example.net"]), async (page) => {
  await page.locator("#answer").waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const contrast = await page.evaluate(() => {
      const light = (color) => {
        const [x, y, z] = color.match(/[\d.]+/g).map(Number).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
      };
      const edge = light(getComputedStyle(document.querySelector("#graph .edge:not(.strong)")).stroke);
      const behind = light(getComputedStyle(document.querySelector("figure.graph")).backgroundColor);
      return (Math.max(edge, behind) + 0.05) / (Math.min(edge, behind) + 0.05);
    });
    assert.ok(contrast >= 3, `${contrast} in ${colorScheme} mode`);
    await assertReadable(page);
  }
  for (const node of await page.locator("#graph .node:not(.observable)").all()) {
    const [name, texts] = [await node.locator("title").textContent(), await node.locator("> text").allTextContents()];
    assert.match(texts.at(-1), /^(Critical|High|Medium|Low|Info|None|Unknown)/);
    assert.ok(name.startsWith(texts[0].replace(/…$/, "").trimEnd()), `${name} | ${texts[0]}`);
  }
}, { context: { reducedMotion: "reduce" } }));

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in ${colorScheme} mode`, async () => {
    for (const path of [address(["domain", "update-check.example.net"]), address(QUIET, ["user", "tom.okafor"]), "/#type=", "/dashboard"]) {
      await visit(path, async (page) => {
        if (path.startsWith("/#")) await page.locator("#result:not([aria-busy])").waitFor();
        if (path.startsWith("/#")) await page.locator("#paste summary").click();
        await assertAccessible(page);
      }, { context: { colorScheme } });
    }
  });
}
