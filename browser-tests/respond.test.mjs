import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, open, relay, screenshot, token, visit } from "./browser.mjs";

before(open);
after(close);

const address = (type, value) => `/#${new URLSearchParams({ type, value })}`;

/** The actions that the relay itself offers, to compare the page with. */
const offered = async (type, value) => {
  const answer = await fetch(`${relay}/respond/observables`, {
    method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify([{ type, value }]),
  });
  return (await answer.json()).data;
};

const button = (page, title) => page.locator("#actions-list").getByRole("button", { name: title, exact: true });

/** The text of the page of a list in the stand-in's console. */
const consoleList = async (page, name) => {
  const tab = await page.context().newPage();
  await tab.goto(`${relay}/sec/content`);
  await tab.getByRole("link", { name }).first().click();
  const text = await tab.locator("main, body").first().textContent();
  await tab.close();
  return text;
};

const carryOut = async (page, title) => {
  await button(page, title).click();
  const dialog = page.locator("#actions-confirm");
  await dialog.waitFor();
  assert.equal(await page.locator("#actions-confirm-title").textContent(), title);
  assert.ok((await page.locator("#actions-confirm-text").textContent()).length > title.length / 2);
  await dialog.getByRole("button", { name: "Do it" }).click();
  await page.locator("#actions-state", { hasText: `${title}: done.` }).waitFor();
};

test("the actions of the relay stand beside the observable", () =>
  visit(address("ip", "203.0.113.140"), async (page) => {
    await page.locator("#actions-list button").first().waitFor();
    const actions = await offered("ip", "203.0.113.140");
    assert.deepEqual(await page.locator("#actions-list button").allTextContents(), actions.map((action) => action.title));
    await page.locator("#actions").scrollIntoViewIfNeeded();
    await screenshot(page, "explorer-actions");
  }));

test("nothing is changed without a confirmation that names what will change", () =>
  visit(address("ip", "192.0.2.201"), async (page) => {
    await button(page, "Add to match list blocked_ips").click();
    const text = await page.locator("#actions-confirm-text").textContent();
    assert.match(text, /^Adds this IP to match list blocked_ips for 30 days/);
    await page.getByRole("button", { name: "Cancel" }).click();
    assert.ok(await page.locator("#actions-confirm").isHidden());
    assert.ok(!(await consoleList(page, "blocked_ips")).includes("192.0.2.201"));
  }));

test("an action is carried out, offered in reverse, and undone", () =>
  visit(address("ip", "192.0.2.202"), async (page) => {
    await carryOut(page, "Add to match list blocked_ips");
    const list = await consoleList(page, "blocked_ips");
    assert.ok(list.includes("192.0.2.202") && list.includes("Added from Cisco XDR (request "), list);
    assert.equal(await button(page, "Add to match list blocked_ips").count(), 0);
    await carryOut(page, "Remove from match list blocked_ips");
    assert.ok(!(await consoleList(page, "blocked_ips")).includes("192.0.2.202"));
    await button(page, "Add to match list blocked_ips").waitFor();
  }));

test("an insight is commented on and set in progress", () =>
  visit(address("hostname", "srv-files01.corp.example.com"), async (page) => {
    await page.locator("#actions-list button").first().waitFor();
    const titles = await page.locator("#actions-list button").allTextContents();
    const comment = titles.find((title) => title.startsWith("Comment on INSIGHT-"));
    assert.ok(comment, titles.join());
    await carryOut(page, comment);
    const id = /INSIGHT-\d+/.exec(comment)[0];
    const tab = await page.context().newPage();
    await tab.goto(`${relay}/sec/insight/${id}`);
    assert.match(await tab.locator("body").textContent(), /Seen in Cisco XDR: hostname srv-files01/);
    await tab.close();
  }));
