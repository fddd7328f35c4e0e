// The graph as a picture: SVG that stands alone, and PNG painted from the same shapes.
//
// The content-security policy lets no picture be loaded from data, so the canvas is painted shape by shape.

import { svg } from "./element.js";

const PADDING = 12;
/** Properties of shapes and texts that a style sheet sets, and that a picture must carry itself. */
const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor"];
const SHAPES = "rect, path, text";
/** The most pixels of a side, and of all, that browsers paint. */
const LONGEST = 16_000;
const MOST_PIXELS = 120_000_000;

/** The looks of a shape; groups above it share their opacity with it. */
const looksOf = (shape, root) => {
  const style = getComputedStyle(shape);
  const looks = Object.fromEntries(LOOKS.map((name) => [name, style.getPropertyValue(name)]));
  for (let at = shape.parentElement; at && at !== root.parentElement; at = at.parentElement) {
    looks.opacity = String(Number(looks.opacity) * Number(getComputedStyle(at).opacity));
  }
  return looks;
};

/** Returns true if a shape is part of a picture: signs to press do not, unless they say how much is hidden. */
const isSeen = (shape) => getComputedStyle(shape).display !== "none" && !shape.closest(".knob:not(.closed)");

const background = (content) => getComputedStyle(content.closest("figure")).backgroundColor;

/** Where a shape stands in the drawing: the sum of the moves of the groups around it. */
const originOf = (shape, root) => {
  const origin = { x: 0, y: 0 };
  for (let at = shape.parentElement; at && at !== root; at = at.parentElement) {
    const [, x, y] = /^translate\(([-\d.]+)[ ,]([-\d.]+)\)$/.exec(at.getAttribute("transform") ?? "") ?? [undefined, 0, 0];
    origin.x += Number(x);
    origin.y += Number(y);
  }
  return origin;
};

const number = (shape, name) => Number(shape.getAttribute(name) ?? 0);

/** The drawing as the text of an SVG file with the title `title`. */
export const svgText = ({ content, width, height }, title) => {
  const copy = content.cloneNode(true);
  const originals = content.querySelectorAll(SHAPES);
  copy.querySelectorAll(SHAPES).forEach((shape, index) => {
    const original = originals[index];
    if (!isSeen(original)) return shape.remove();
    for (const [name, value] of Object.entries(looksOf(original, content))) shape.setAttribute(name, value);
    return shape.removeAttribute("class");
  });
  copy.removeAttribute("transform");
  // A picture has nothing to press.
  for (const group of [copy, ...copy.querySelectorAll("g")]) {
    for (const name of ["role", "tabindex", "aria-pressed", "aria-expanded", "aria-hidden", "data-id", "class"]) group.removeAttribute(name);
  }
  const [wide, high] = [width + 2 * PADDING, height + 2 * PADDING];
  const whole = svg("svg", { width: wide, height: high, viewBox: `${-PADDING} ${-PADDING} ${wide} ${high}`, role: "img" },
    svg("title", {}, title),
    svg("rect", { x: -PADDING, y: -PADDING, width: wide, height: high, fill: background(content) }), copy);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(whole)}\n`;
};

const SHAPE_PATHS = {
  rect: (shape) => {
    const path = new Path2D();
    path.roundRect(number(shape, "x"), number(shape, "y"), number(shape, "width"), number(shape, "height"), number(shape, "rx"));
    return path;
  },
  path: (shape) => new Path2D(shape.getAttribute("d")),
};

const ALIGN = { start: "start", middle: "center", end: "end" };

const paint = (brush, shape, root) => {
  const looks = looksOf(shape, root);
  const { x, y } = originOf(shape, root);
  brush.save();
  brush.translate(x, y);
  brush.globalAlpha = Number(looks.opacity);
  brush.fillStyle = looks.fill === "none" ? "transparent" : looks.fill;
  if (shape.localName === "text") {
    brush.font = `${looks["font-weight"]} ${looks["font-size"]} ${looks["font-family"]}`;
    brush.textAlign = ALIGN[looks["text-anchor"]] ?? "start";
    brush.fillText(shape.textContent, number(shape, "x"), number(shape, "y"));
  } else {
    const path = SHAPE_PATHS[shape.localName](shape);
    brush.fill(path);
    if (looks.stroke !== "none") {
      brush.strokeStyle = looks.stroke;
      brush.lineWidth = parseFloat(looks["stroke-width"]);
      brush.setLineDash(looks["stroke-dasharray"] === "none" ? [] : looks["stroke-dasharray"].split(/[\s,]+/).map(parseFloat));
      brush.stroke(path);
    }
  }
  brush.restore();
};

/** The drawing as a PNG file, twice as large as on the screen where browsers can paint that. */
export const png = ({ content, width, height }) => {
  const [wide, high] = [width + 2 * PADDING, height + 2 * PADDING];
  const scale = Math.min(2, LONGEST / wide, LONGEST / high, Math.sqrt(MOST_PIXELS / (wide * high)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(wide * scale);
  canvas.height = Math.ceil(high * scale);
  const brush = canvas.getContext("2d");
  brush.scale(scale, scale);
  brush.fillStyle = background(content);
  brush.fillRect(0, 0, wide, high);
  brush.translate(PADDING, PADDING);
  for (const shape of content.querySelectorAll(SHAPES)) if (isSeen(shape)) paint(brush, shape, content);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
};
