import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertNoSidewaysScroll, assertReadable, close, open, production, relay, screenshot, token, visit } from "./browser.mjs";

before(open);
after(close);

/** What the relay itself answers, to compare the page with. */
const ask = async (path, body) => {
  const answer = await fetch(relay + path, {
    method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify(body),
  });
  return answer.json();
};

const drawn = (page) => page.locator("#summary", { hasText: /tiles, drawn in/ }).waitFor({ timeout: 60_000 });

/** The tile with this id, once it is drawn. */
const tile = async (page, id) => {
  await page.locator(`#tile-${id}[aria-busy=false]`).waitFor();
  return page.locator(`#tile-${id}`);
};

const options = { elsewhere: (url) => url.startsWith("https://127.0.0.1:") };

test("every tile is drawn", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    const { data: tiles } = await ask("/tiles", {});
    assert.equal(tiles.length, 10);
    assert.deepEqual(await page.locator("#tiles h2").allTextContents(), tiles.map((one) => one.title));
    const shapes = { metric_group: "dl.metrics > div", donut_graph: "svg path.part", vertical_bar_chart: "svg rect.part",
      horizontal_bar_chart: "svg rect.part", line_chart: "svg circle.dot", data_table: "tbody tr", markdown: "tbody tr" };
    for (const { id, type, default_period } of tiles) {
      const card = await tile(page, id);
      assert.deepEqual(await card.locator(".errors li").allTextContents(), [], id);
      assert.ok(await card.locator(shapes[type]).count() > 0, `${id} shows no ${shapes[type]}`);
      assert.equal(await card.getByRole("combobox").inputValue(), default_period);
    }
    await screenshot(page, "dashboard", { fullPage: true });
  }));

test("drawings show the numbers of the relay, and a table says the same", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    const ring = await tile(page, "insights-by-severity");
    const { data } = await ask("/tiles/tile-data", { tile_id: "insights-by-severity", period: "last_7_days" });
    const segments = data.data.flatMap((part) => part.segments);
    assert.equal(await ring.locator("svg path.part").count(), data.data.length + segments.length);
    assert.equal(await ring.locator("svg .middle").textContent(), String(data.data.reduce((sum, part) => sum + part.value, 0)));
    await ring.getByText("As a table").click();
    assert.equal(await ring.locator("details tbody tr").count(), segments.length);
    assert.equal(await ring.locator("svg").getAttribute("role"), "img");
    assert.equal(await ring.locator("svg").getAttribute("aria-label"), "Insights by severity and status");
    const line = await tile(page, "signals-over-time");
    const points = (await ask("/tiles/tile-data", { tile_id: "signals-over-time", period: "last_7_days" })).data.data;
    await line.getByText("As a table").click();
    assert.deepEqual((await line.locator("details td").allTextContents()).map(Number), points.map((point) => point.value));
  }));

test("a period is chosen for one tile, and for all", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    const bars = await tile(page, "insights-over-time");
    assert.equal(await bars.locator("details tbody tr").count(), 7);
    await bars.getByRole("combobox").selectOption("last_30_days");
    await bars.locator("details tbody tr:nth-child(30)").waitFor({ state: "attached" });
    await page.getByLabel("Period of all tiles").selectOption("last_24_hours");
    await bars.locator("details tbody tr:nth-child(24):last-child").waitFor({ state: "attached" });
    await drawn(page);
    const times = await tile(page, "insight-times");
    assert.equal(await times.getByRole("combobox").inputValue(), "last_30_days", "a tile keeps to its own periods");
  }));

test("text of Cloud SIEM stays text", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    const health = await tile(page, "sumo-health");
    const row = health.locator("tbody tr", { hasText: "ScriptSourceFailed" });
    assert.equal(await row.count(), 1);
    assert.match(await row.textContent(), /a\|b <img src=x onerror=alert\(1\)>: exit code 1 \| `rm -rf` \[click\]\(javascript:alert\(1\)\)/);
    assert.match(await row.textContent(), /web-01 <b>\*lab\*<\/b> \| `x`/);
    assert.equal(await row.locator("td").count(), 4);
    assert.equal(await page.locator("#tiles img, #tiles b, #tiles code, #tile-sumo-health a").count(), 0);
  }));

test("links lead into the stand-in's console", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    for (const [id, heading] of [["newest-insights", /^Insight: /], ["insights-summary", /^Console/]]) {
      const card = await tile(page, id);
      const [console_] = await Promise.all([page.waitForEvent("popup"), card.getByRole("link").first().click()]);
      await console_.waitForLoadState();
      assert.match(await console_.locator("h1").textContent(), heading);
      await console_.close();
    }
  }, { context: { ignoreHTTPSErrors: true }, ...options }));

test("the relay's errors are shown in the tile that they belong to", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    const error = { type: "fatal", code: "Forbidden", message: "<b>no right</b>" };
    await page.route("**/tiles/tile-data", async (route) => {
      const isFunnel = route.request().postDataJSON().tile_id === "funnel";
      return isFunnel ? route.fulfill({ json: { errors: [error] } }) : route.fallback();
    });
    await page.getByRole("button", { name: "Draw anew" }).click();
    const funnel = page.locator("#tile-funnel");
    await funnel.locator("li.fatal", { hasText: "Error (Forbidden): <b>no right</b>" }).waitFor();
    assert.equal(await funnel.locator(".content > *").count(), 0);
    await drawn(page);
    assert.equal(await page.locator("#tiles .errors li").count(), 1);
  }));

test("tiles of nothing are drawn", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    const empty = {
      "insights-summary": { data: [] }, "insight-times": { data: [{ label: "Mean", value: "–" }] },
      "insights-by-severity": { labels: [["High"], ["New"]], data: [] },
      "insights-over-time": { keys: [{ key: "high", label: "High" }], data: [] },
      "signals-over-time": { key_type: "timestamp", data: [] }, funnel: { data: [] },
      tactics: { keys: [{ key: "insights", label: "Insights" }], data: [] },
      "newest-insights": { data: { columns: [{ key: "id", label: "Insight", content_type: "linked_text" }], rows: [] } },
      "active-entities": { data: { columns: [], rows: [] } }, "sumo-health": { data: ["Nothing \\| here."] },
    };
    const observed_time = { start_time: "2024-09-07T09:00:00.000Z", end_time: "2024-09-14T09:00:00.000Z" };
    await page.route("**/tiles/tile-data", (route) => {
      const { tile_id } = route.request().postDataJSON();
      return route.fulfill({ json: { data: { tile_id, observed_time, ...empty[tile_id] } } });
    });
    await page.getByRole("button", { name: "Draw anew" }).click();
    await page.locator("#tile-sumo-health", { hasText: "Nothing | here." }).waitFor();
    await drawn(page);
    assert.equal(await page.locator("#tile-insights-by-severity svg .middle").textContent(), "0");
    assert.equal(await page.locator("#tile-funnel .quiet").textContent(), "2024-09-07 09:00 to 2024-09-14 09:00 UTC");
    for (const id of ["signals-over-time", "tactics", "newest-insights", "active-entities"]) {
      assert.match(await page.locator(`#tile-${id} .content`).textContent(), /Nothing to show/, id);
    }
  }));

test("everything has a name, and the keyboard reaches it", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    const nameless = await page.$$eval("a, button, select, svg[role=img], article, [role=region], ul.errors", (elements) => elements.filter((element) => {
      const labelled = element.labels?.length || element.getAttribute("aria-label") || document.getElementById(element.getAttribute("aria-labelledby"));
      return !labelled && !element.textContent.trim();
    }).map((element) => element.outerHTML));
    assert.deepEqual(nameless, []);
    assert.equal(await page.locator("h1").count(), 1);
    const ids = await page.$$eval("[id]", (elements) => elements.map((element) => element.id));
    assert.equal(new Set(ids).size, ids.length, "ids are unique");
    const headless = await page.$$eval("table", (tables) => tables.filter((table) => !table.querySelector("th[scope=col]")).length);
    assert.equal(headless, 0);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
    const reached = new Set();
    for (let step = 0; step < 80; step++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
    }
    for (const wanted of ["period", "Draw anew", "tile-funnel-period", "tile-sumo-health-period", "As a table"]) {
      assert.ok(reached.has(wanted), `${wanted} is not among ${[...reached].join(" | ")}`);
    }
  }));

for (const colorScheme of ["light", "dark"]) {
  test(`the dashboard is readable in ${colorScheme} mode`, () =>
    visit("/dashboard", async (page) => {
      await drawn(page);
      for (const summary of await page.getByText("As a table").all()) await summary.click();
      await assertReadable(page);
      await screenshot(page, `dashboard-${colorScheme}`, { fullPage: true });
    }, { context: { colorScheme } }));
}

test("a narrow screen shows all without sideways scrolling", () =>
  visit("/dashboard", async (page) => {
    await drawn(page);
    await assertNoSidewaysScroll(page);
    await screenshot(page, "dashboard-narrow", { fullPage: true });
  }, { context: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true } }));

test("the landing page leads to the dashboard; a relay in production has none", async () => {
  await visit("/", async (page) => {
    await page.getByRole("link", { name: "Dashboard" }).click();
    await drawn(page);
  });
  assert.equal((await fetch(`${production}/dashboard`)).status, 404);
  const { headers } = await fetch(`${relay}/dashboard`);
  assert.match(headers.get("content-security-policy"), /default-src 'none'.*trusted-types 'none'/);
});
