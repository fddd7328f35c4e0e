// Elements made by script: text stays text, whatever it holds.

const SVG = "http://www.w3.org/2000/svg";

const filled = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
};

/** An HTML element; children are elements or text. */
export const html = (name, attributes = {}, ...children) => filled(document.createElement(name), attributes, children);

/** An SVG element. */
export const svg = (name, attributes = {}, ...children) => filled(document.createElementNS(SVG, name), attributes, children);

/** A link into the console, when `address` is one that a browser may follow. */
export const consoleLink = (address, text) =>
  /^https?:\/\//.test(address ?? "") ? html("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text) : undefined;

/** A button with a text. */
export const button = (text, onClick, attributes = {}) => {
  const one = html("button", { type: "button", class: "button plain", ...attributes }, text);
  one.addEventListener("click", onClick);
  return one;
};

/** A severity in words and colour; undefined without one. */
export const severityBadge = (severity) => (severity ? html("span", { class: `severity ${severity.toLowerCase()}` }, severity) : undefined);
