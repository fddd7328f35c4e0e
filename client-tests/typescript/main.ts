// Talks to the running demo with the types that openapi-typescript made from the relay's document.

import createClient from "openapi-fetch";
import type { components, paths } from "./relay.js";

declare const process: { env: Record<string, string | undefined> };

const assert: (condition: unknown, what: string) => asserts condition = (condition, what) => {
  if (!condition) throw new Error(what);
};

const baseUrl = process.env["RELAY_URL"] ?? "";
const stranger = createClient<paths>({ baseUrl });
const caller = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${process.env["RELAY_TOKEN"]}` } });
const body: components["schemas"]["Observable"][] = [{ type: "domain", value: "update-check.example.net" }];

const health = await caller.POST("/health");
assert(health.data?.data?.status === "ok", "health is not ok");
const refused = await stranger.POST("/health");
assert(refused.data?.errors?.[0]?.code === "authorization error", "a stranger is not refused");

const observed = await caller.POST("/observe/observables", { body });
const sightings = observed.data?.data?.sightings?.docs ?? [];
assert(sightings.length > 0, "nothing is observed");
assert(sightings.every((sighting) => sighting.type === "sighting"), "sightings are no sightings");

const referred = await caller.POST("/refer/observables", { body });
assert(referred.data?.data?.[0]?.url.includes("/sec/search?q=update-check"), "there is no link");

const version = (await stranger.POST("/version")).data?.version;
const watched = await stranger.GET("/watchdog", { params: { header: { "Health-Check": "hello" } } });
assert(watched.data?.data === "hello", "the watchdog does not echo");
console.log(`The generated TypeScript client gets ${sightings.length} sightings from relay ${version}.`);
