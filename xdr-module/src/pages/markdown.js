// The Markdown that tiles send: tables and lines of text. Markup of others is escaped in it, and stays text here.

import { html } from "./element.js";

const isRow = (line) => /^\|.*\|$/.test(line.trim());

/** The cells of a row: parted at `|`, unless a backslash stands before it. */
const cells = (line) => line.trim().slice(1, -1).match(/(?:\\[\s\S]|[^|\\])+/g).map((cell) => cell.trim());

/** Text without the backslashes before signs. */
const plain = (text) => text.replace(/\\([!-/:-@[-`{-~])/g, "$1");

const table = (rows) => {
  const [head, , ...body] = rows.map(cells);
  return html("table", {},
    html("thead", {}, html("tr", {}, ...head.map((cell) => html("th", { scope: "col" }, plain(cell))))),
    html("tbody", {}, ...body.map((row) => html("tr", {}, ...row.map((cell) => html("td", {}, plain(cell)))))));
};

/** Elements for the lines of a tile. */
export const drawMarkdown = (lines) => {
  const rows = lines.filter(isRow);
  const texts = lines.filter((line) => !isRow(line) && line.trim() !== "");
  return [...texts.map((line) => html("p", {}, plain(line))), ...(rows.length > 1 ? [table(rows)] : [])];
};
