// Makes the pictures of README and docs from the running demo: `bash .ci/pictures`.

import { join } from "node:path";
import { chromium } from "playwright-core";

const relay = process.env.RELAY_URL;
const folder = process.env.PICTURES;
const QUESTION = "/#type=domain&value=update-check.example.net";

const pictures = [
  { name: "explorer", path: QUESTION, colorScheme: "light", ready: "#outcome[data-state=found]", part: "#result" },
  { name: "explorer-dark", path: QUESTION, colorScheme: "dark", ready: "#outcome[data-state=found]", part: "#result" },
  { name: "swagger-ui", path: "/swagger-ui", colorScheme: "light", ready: ".authorize.locked" },
];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  for (const { name, path, colorScheme, ready, part } of pictures) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme, reducedMotion: "reduce" });
    await page.goto(relay + path, { waitUntil: "networkidle" });
    await page.locator(ready).first().waitFor();
    // Asked again, the demo's rate limit does not show.
    await page.reload({ waitUntil: "networkidle" });
    await page.locator(ready).first().waitFor();
    const box = part && await page.locator(part).boundingBox();
    const clip = box ? { x: 0, y: box.y - 16, width: 1280, height: 1250 } : undefined;
    await page.screenshot({ path: join(folder, `${name}.png`), clip, fullPage: Boolean(clip) });
    await page.close();
  }
} finally {
  await browser.close();
}
