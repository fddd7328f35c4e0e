// Observables from pasted text: found, shown with their types, editable before they are asked about.

import { distinct, extract } from "./extract.js";
import { html } from "./element.js";

const place = (id) => document.getElementById(id);
const types = [...document.querySelectorAll("#types option")].map((option) => option.value);

/** More observables than this are not asked about at once. */
const MOST = 200;

const items = () => [...document.querySelectorAll("#found li")];

const chosen = () => distinct(items().map((item) => ({
  type: item.querySelector("select").value, value: item.querySelector("input").value.trim(),
})).filter((one) => one.value)).slice(0, MOST);

const tell = () => {
  const number = items().length;
  place("ask-all").textContent = number === 1 ? "Observe it" : `Observe all ${Math.min(number, MOST)}`;
  place("found-actions").hidden = number === 0;
  place("found-count").textContent = number === 0
    ? "No observable was found in this text. Nothing was asked."
    : `${number === 1 ? "1 observable" : `${number} observables`} found. Check types and values before you ask.${number > MOST ? ` The first ${MOST} are asked about.` : ""}`;
};

const item = ({ type, value }) => {
  const options = types.map((name) => html("option", { value: name, selected: name === type ? "" : undefined }, name));
  const line = html("li", {},
    html("select", { "aria-label": `Type of ${value}` }, ...options),
    html("input", { value, "aria-label": `Value ${value}`, spellcheck: "false", autocapitalize: "none" }));
  const remove = html("button", { type: "button", class: "button plain", "aria-label": `Remove ${value}` }, "Remove");
  remove.addEventListener("click", () => {
    const next = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
    tell();
    (next?.querySelector("button") ?? place("text")).focus();
  });
  line.append(remove);
  return line;
};

/** Shows what is found in `text`, for the reader to check. */
export const propose = (text) => {
  place("paste").open = true;
  place("text").value = text;
  place("found").replaceChildren(...extract(text).map(item));
  tell();
};

/** Hands the chosen observables to `onAsk`. */
export const watchPaste = (onAsk) => {
  place("find").addEventListener("click", () => propose(place("text").value));
  // What is pasted is in the field once the event is over.
  place("text").addEventListener("paste", () => setTimeout(() => propose(place("text").value)));
  place("ask-all").addEventListener("click", () => chosen().length > 0 && onAsk(chosen()));
};
