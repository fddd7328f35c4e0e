// The graph of the explorer: layout, zoom, keys, collapse, paths, marks of what is cut, and the sheet of a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  address, assertAccessible, assertNoSidewaysScroll, close, edge, insight, open, replyOf, rule, screenshot, signal, visit, visitAnswer,
} from "./browser.mjs";

before(open);
after(close);

const HOST = address(["hostname", "srv-files01.corp.example.com"]);
const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };

/** Two insights: one with two signals of one rule, one with a signal of another. */
const small = () => replyOf({
  sightings: [insight("INSIGHT-1"), insight("INSIGHT-2", { severity: "High" }), signal("s-1", "Scan of ports"), signal("s-2", "Scan of hosts"), signal("s-3", "Odd login", { severity: "High" })],
  indicators: [rule("r-1", "Scans"), rule("r-2", "Logins", { severity: "High" })],
  relationships: [
    edge("based-on", "INSIGHT-1", "s-1"), edge("based-on", "INSIGHT-1", "s-2"), edge("based-on", "INSIGHT-2", "s-3"),
    edge("sighting-of", "s-1", "r-1"), edge("sighting-of", "s-2", "r-1"), edge("sighting-of", "s-3", "r-2"), edge("sighting-of", "INSIGHT-1", "r-1"),
  ],
});

const withSmall = (use, options) => visitAnswer(small, async (page) => {
  await page.locator("#graph .node.rule").first().waitFor();
  await use(page);
}, options);

const node = (page, id) => page.locator(`#graph .node[data-id="${id}"]`);
const transform = (page) => page.locator("#graph .content").getAttribute("transform");
const zoom = async (page) => parseInt(await page.locator("#zoom").textContent(), 10);
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("data-id"));

test("nodes stand in columns and cover neither one another nor a heading", () => visit(HOST, async (page) => {
  await page.locator("#answer").waitFor();
  const boxes = await page.locator("#graph .node .box, #graph .heading").evaluateAll((all) => all.map((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return { left, right, top, bottom, kind: one.parentElement.classList[1] };
  }));
  assert.ok(boxes.length > 10);
  boxes.forEach((one, at) => boxes.slice(at + 1).forEach((other) => assert.ok(
    one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top, JSON.stringify([one, other]))));
  const lefts = (kind) => [...new Set(boxes.filter((one) => one.kind === kind).map((one) => Math.round(one.left)))];
  const columns = ["observable", "insight", "signal", "rule"].map(lefts);
  assert.ok(columns.every((column) => column.length === 1), JSON.stringify(columns));
  assert.deepEqual([...columns].sort(([one], [other]) => one - other), columns);
  const frame = await page.locator("#graph svg").boundingBox();
  assert.ok(boxes.every(({ left, right }) => left >= frame.x && right <= frame.x + frame.width), "all columns are in sight");
}));

test("an edge that passes a column runs through a gap between its nodes", () => withSmall(async (page) => {
  const crossed = await page.evaluate(() => {
    const boxes = [...document.querySelectorAll("#graph .node.signal")].map((one) => one.querySelector(".box").getBoundingClientRect());
    return [...document.querySelectorAll("#graph .edge.across")].map((path) => {
      const matrix = path.getScreenCTM();
      const points = Array.from({ length: 60 }, (_, at) => path.getPointAtLength(path.getTotalLength() * at / 59).matrixTransform(matrix));
      return points.some(({ x, y }) => boxes.some((box) => x > box.left + 2 && x < box.right - 2 && y > box.top + 2 && y < box.bottom - 2));
    });
  });
  assert.deepEqual(crossed, [false]);
}));

test("the keyboard alone zooms, moves, collapses, and walks", () => withSmall(async (page) => {
  const tab = async (isThere) => {
    for (let step = 0; step < 60 && !(await isThere()); step++) await page.keyboard.press("Tab");
    assert.ok(await isThere());
  };
  await page.locator("#value").focus();
  await tab(() => page.evaluate(() => document.activeElement.id === "zoom-in"));
  const first = await zoom(page);
  await page.keyboard.press("Enter");
  assert.ok(await zoom(page) > first);
  await tab(async () => await focused(page) === "observable-0");
  const before = await zoom(page);
  await page.keyboard.press("+");
  const near = await zoom(page);
  assert.ok(near > before, `${near} after ${before}`);
  await page.keyboard.press("-");
  assert.ok(await zoom(page) < near);
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  const still = await transform(page);
  await page.keyboard.press("Shift+ArrowRight");
  assert.notEqual(await transform(page), still);
  await page.keyboard.press("0");
  assert.equal(await zoom(page), first);
  await page.keyboard.press("ArrowRight");
  const insightId = await focused(page);
  assert.match(insightId, /^insight /);
  await page.keyboard.press("c");
  assert.equal(await focused(page), insightId);
  assert.equal(await node(page, insightId).getAttribute("aria-expanded"), "false");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focused(page), "observable-0");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.match(await focused(page), /^insight /);
  assert.notEqual(await focused(page), insightId);
}));

test("a zoomed graph follows the focus", () => withSmall(async (page) => {
  await node(page, "observable-0").focus();
  for (let step = 0; step < 8; step++) await page.keyboard.press("+");
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight"]) {
    await page.keyboard.press(key);
    const [frame, box] = [await page.locator("#graph svg").boundingBox(), await page.locator("#graph .node:focus .box").boundingBox()];
    assert.ok(box.x < frame.x + frame.width && box.x + box.width > frame.x && box.y < frame.y + frame.height && box.y + box.height > frame.y, `after ${key}`);
  }
  assert.match(await focused(page), /^rule /);
}));

test("what hangs on a node is hidden and shown again", () => withSmall(async (page) => {
  const all = await page.locator("#graph .node").count();
  assert.equal(all, 8);
  await node(page, "insight INSIGHT-1").locator(".knob").click();
  assert.equal(await page.locator("#graph .node").count(), all - 3);
  assert.equal(await node(page, "insight INSIGHT-1").locator(".knob text").textContent(), "+3");
  assert.match(await node(page, "insight INSIGHT-1").locator("title").textContent(), /hides 3/);
  assert.equal(await focused(page), "insight INSIGHT-1");
  // A row leads to its node, wherever that is.
  await page.locator("#table tbody").getByRole("button", { name: "Scan of ports" }).click();
  assert.equal(await page.locator("#graph .node[aria-pressed=true]").getAttribute("data-id"), "signal s-1");
  await node(page, "observable-0").click();
  await page.locator("#details").getByRole("button", { name: "Hide the 7 that hang on it" }).click();
  assert.equal(await page.locator("#graph .node").count(), 1);
  await page.locator("#details").getByRole("button", { name: "Show the 7 that hang on it" }).waitFor();
  await page.getByRole("button", { name: "Reset", exact: true }).click();
  assert.equal(await page.locator("#graph .node").count(), all);
  assert.ok(await page.locator("#unfold").isHidden());
}));

test("what two nodes share stays when one is collapsed", () => visitAnswer(() => replyOf({
  sightings: [insight("INSIGHT-1"), insight("INSIGHT-2"), signal("s-1", "Shared"), signal("s-2", "Alone")],
  relationships: [edge("based-on", "INSIGHT-1", "s-1"), edge("based-on", "INSIGHT-2", "s-1"), edge("based-on", "INSIGHT-1", "s-2")],
}), async (page) => {
  assert.equal(await node(page, "insight INSIGHT-2").locator(".knob").count(), 0, "it holds nothing alone");
  await node(page, "insight INSIGHT-1").locator(".knob").click();
  assert.equal(await node(page, "signal s-2").count(), 0);
  assert.equal(await node(page, "signal s-1").count(), 1);
  assert.equal(await page.locator("#graph .edge.based-on").count(), 2, "an edge is not hidden between nodes that are shown");
}));

test("the way through the selected node stands out", () => withSmall(async (page) => {
  assert.equal(await page.locator("#graph .faded").count(), 0);
  await node(page, "signal s-3").click();
  const bright = await page.locator("#graph .node:not(.faded)").evaluateAll((all) => all.map((one) => one.dataset.id).sort());
  assert.deepEqual(bright, ["insight INSIGHT-2", "observable-0", "rule r-2", "signal s-3"]);
  assert.equal(await page.locator("#graph .edge.strong").count(), 3);
  assert.equal(await page.locator("#graph .edge.faded").count(), 6);
  await node(page, "observable-0").click();
  assert.equal(await page.locator("#graph .faded").count(), 0);
}));

test("nothing is faded before the reader chooses a node", () => visit(address(["user", "tom.okafor"], ["domain", "update-check.example.net"]), async (page) => {
  await page.locator("#values tbody tr").nth(1).waitFor();
  assert.equal(await page.locator("#graph .faded, #graph .strong").count(), 0);
  await node(page, "observable-1").click();
  assert.ok(await page.locator("#graph .node.faded").count() > 0);
}));

test("the wheel zooms with Ctrl alone, and a drag moves the view without a click", () => withSmall(async (page) => {
  await page.locator("#graph").scrollIntoViewIfNeeded();
  const frame = await page.locator("#graph svg").boundingBox();
  const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
  await page.mouse.move(x, y);
  const before = await zoom(page);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.waitForFunction((old) => parseInt(document.getElementById("zoom").textContent, 10) > old, before);
  await page.keyboard.up("Control");
  const [selected, still] = [await page.locator("#graph .node[aria-pressed=true]").getAttribute("data-id"), await transform(page)];
  const from = await node(page, "insight INSIGHT-1").locator(".box").boundingBox();
  await page.mouse.move(from.x + 60, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x + 30, from.y + 12, { steps: 4 });
  await page.mouse.up();
  assert.notEqual(await transform(page), still);
  assert.equal(await page.locator("#graph .node[aria-pressed=true]").getAttribute("data-id"), selected);
  await page.getByRole("button", { name: "Fit", exact: true }).click();
  assert.equal(await zoom(page), before);
  const turned = page.evaluate(() => new Promise((resolve) => { document.getElementById("graph").addEventListener("wheel", () => resolve(true), { once: true }); }));
  const now = await page.locator("#graph svg").boundingBox();
  await page.mouse.move(now.x + now.width / 2, now.y + now.height / 2);
  await page.mouse.wheel(0, -50);
  assert.ok(await turned);
  assert.equal(await zoom(page), before);
}));

test("two fingers zoom on a phone", () => withSmall(async (page) => {
  await page.locator("#graph").scrollIntoViewIfNeeded();
  const frame = await page.locator("#graph svg").boundingBox();
  const [x, y] = [frame.x + frame.width / 2, frame.y + 100];
  const before = await zoom(page);
  const touch = await page.context().newCDPSession(page);
  const fingers = (apart) => [{ x: x - apart, y, id: 1 }, { x: x + apart, y, id: 2 }];
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(30) });
  for (const apart of [40, 50, 60, 70]) await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(apart) });
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await page.waitForFunction((old) => parseInt(document.getElementById("zoom").textContent, 10) > old * 1.5, before);
  await assertNoSidewaysScroll(page);
}, { context: PHONE }));

test("on a phone the details are a sheet that closes", () => withSmall(async (page) => {
  assert.ok(await page.locator("#details").isHidden(), "nothing covers the page before the reader chooses");
  await node(page, "insight INSIGHT-2").tap();
  const box = await page.locator("#details").boundingBox();
  assert.ok(Math.abs(box.y + box.height - 640) <= 1 && box.height <= 321 && box.width === 360, JSON.stringify(box));
  assert.match(await page.locator("#details").textContent(), /INSIGHT-2/);
  await assertNoSidewaysScroll(page);
  await screenshot(page, "explorer-sheet");
  await page.getByRole("button", { name: "Close details" }).tap();
  assert.ok(await page.locator("#details").isHidden());
  assert.equal(await focused(page), "insight INSIGHT-2");
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.locator("#details").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#details").isHidden());
  assert.match(await focused(page), /^signal /, "the focus stays where it was");
  await page.locator("#table tbody").getByRole("button", { name: "Odd login" }).tap();
  await page.locator("#details", { hasText: "Odd login" }).waitFor();
  await assertNoSidewaysScroll(page);
}, { context: PHONE }));

test("what is cut at a limit is marked as cut", () => visit(address(["ip", "203.0.113.66"]), async (page) => {
  await page.locator("#answer").waitFor();
  assert.match(await node(page, "observable-0").getAttribute("class"), /\bcut\b/);
  assert.match(await node(page, "observable-0").locator("title").textContent(), /cut at a limit/);
  const mark = page.locator("#graph .node.more");
  assert.equal(await mark.count(), 1);
  await mark.click();
  await page.locator("#details", { hasText: /More than 10 Insights found.*More Signals found/ }).waitFor();
  await page.goto(page.url().replace(/#.*/, HOST.slice(1)));
  await page.locator("#summary", { hasText: "srv-files01" }).waitFor();
  assert.equal(await page.locator("#graph .cut").count(), 0);
}));

test("a search that did not finish is marked as cut, too", () => visitAnswer(() => replyOf({
  sightings: [insight("INSIGHT-1")], errors: [{ type: "warning", code: "search job did not finish", message: "The search did not finish for: stub.example.org (signals)" }],
}), async (page) => {
  await page.locator("#graph .node.more").click();
  await page.locator("#details", { hasText: "did not finish" }).waitFor();
}));

test("more nodes than can be seen are left out, the least severe first, and it is said", () => visitAnswer(() => replyOf({
  sightings: Array.from({ length: 200 }, (_, at) => insight(`INSIGHT-${at}`, { severity: at < 20 ? "Critical" : "Low" })),
}), async (page) => {
  await page.locator("#left-out", { hasText: "50 less severe nodes are not drawn" }).waitFor();
  assert.equal(await page.locator("#graph .node.insight").count(), 150);
  assert.equal(await page.locator("#graph .node .bar.critical").count(), 20);
  assert.equal(await page.locator("#table tbody tr").count(), 200);
  await page.locator("#counts").getByRole("button", { name: /^Critical/ }).click();
  assert.ok(await page.locator("#left-out").isHidden());
  assert.equal(await page.locator("#graph .node.insight").count(), 20);
}));

test("the legend explains lines, severities and marks", () => withSmall(async (page) => {
  const texts = await page.locator(".legend li").allTextContents();
  assert.deepEqual(texts, ["found in", "based on", "sighting of", "Critical", "High", "Medium", "Low", "Info", "Unknown", "cut at a limit", "group"]);
}));

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing with parts hidden, marked, chosen and open in ${colorScheme} mode`, async () => {
    await visit(address(["ip", "203.0.113.66"]), async (page) => {
      await page.locator("#answer").waitFor();
      await page.locator(".keys summary").click();
      await page.locator("#graph .node.insight").first().click();
      await page.keyboard.press("c");
      await page.locator("#graph .node[aria-expanded=false]").waitFor();
      await assertAccessible(page);
      await screenshot(page, `explorer-collapsed-${colorScheme}`, { fullPage: true });
    }, { context: { colorScheme, reducedMotion: "reduce" } });
    await withSmall(async (page) => {
      await node(page, "signal s-3").tap();
      await page.locator("#details.open").waitFor();
      await assertAccessible(page);
    }, { context: { ...PHONE, colorScheme, reducedMotion: "reduce" } });
  });
}
