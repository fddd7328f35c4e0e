// Response actions beside an observable of the explorer: asks which fit, and carries one out once it is confirmed.

import { html } from "./element.js";

const place = (id) => document.getElementById(id);
const token = place("explorer").dataset.token;

/** The latest question; what an earlier one gets is dropped. */
let asked = 0;
let observable;
let chosen;

const post = async (path, body) => {
  const request = {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  try {
    const answer = await fetch(path, request);
    return await answer.json();
  } catch {
    return { errors: [{ message: "The relay cannot be reached. Is the demo still running?" }] };
  }
};

const say = (text) => { place("actions-state").textContent = text; };

const errorsOf = (reply) => (reply.errors ?? []).map((error) => error.message).join(" ");

const confirm = (action) => {
  chosen = action;
  place("actions-confirm-title").textContent = action.title;
  place("actions-confirm-text").textContent = `${action.description}.`;
  place("actions-confirm").showModal();
};

const button = (action) => {
  const one = html("button", { type: "button", title: action.description, "data-action": action.id }, html("b", {}, action.title));
  one.addEventListener("click", () => confirm(action));
  return html("li", {}, one);
};

const show = async () => {
  const question = ++asked;
  const reply = await post("/respond/observables", [observable]);
  if (question !== asked) return undefined;
  const actions = Array.isArray(reply.data) ? reply.data : [];
  place("actions-list").replaceChildren(...actions.map(button));
  return errorsOf(reply) || (actions.length === 0 ? "No action fits this observable." : "");
};

const carryOut = async () => {
  const { id, title, "query-params": params } = chosen;
  place("actions-confirm").close();
  say(`${title}: under way…`);
  document.querySelectorAll("#actions-list button").forEach((one) => { one.disabled = true; });
  const reply = await post("/respond/trigger", { "action-id": id, ...params });
  const outcome = reply.data?.status === "success" ? "done." : `failed. ${errorsOf(reply)}`;
  await show();
  say(`${title}: ${outcome}`);
};

place("actions-do").addEventListener("click", carryOut);
place("actions-cancel").addEventListener("click", () => place("actions-confirm").close());
const ask = async (asking) => {
  observable = asking;
  place("actions-list").replaceChildren();
  say("Asking for actions…");
  const text = await show();
  if (text !== undefined) say(text);
};
document.addEventListener("observable", ({ detail }) => ask(detail));
// The explorer may have asked before this script was there.
const current = { type: place("type").value, value: place("value").value };
if (current.value) ask(current);
