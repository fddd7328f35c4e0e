// What is seen of a drawing: zoomed and moved with keys, buttons, wheel, fingers and mouse.

const CLOSEST = 4;
const FARTHEST = 0.1;
/** Text that is drawn smaller than this share of its size cannot be read; a first view does not go below it. */
export const READABLE = 0.62;
const STEP = 1.25;
/** The pointer moves so many pixels before it is a drag and not a click. */
const SLACK = 5;

const between = (least, value, most) => Math.max(least, Math.min(value, most));

/**
 * Lets `content`, a group inside of `frame` (an SVG element), be zoomed and moved. `width` and `height` are the size of the
 * drawing, and `onChange` is told the zoom.
 */
export const watchView = (frame, content, { width, height, onChange }) => {
  const view = { x: 0, y: 0, zoom: 1 };
  const pointers = new Map();
  let dragged = false;
  const room = () => ({ width: frame.clientWidth || width, height: frame.clientHeight || height });
  const fitting = () => Math.min(room().width / width, room().height / height);
  const least = () => Math.min(READABLE, Math.max(FARTHEST, fitting()));

  /** Keeps the drawing in sight: it fills the frame, or stands inside of it. */
  const inside = (at, size, space) => (size <= space ? between(0, at, space - size) : between(space - size, at, 0));

  const apply = () => {
    const { width: w, height: h } = room();
    view.x = inside(view.x, width * view.zoom, w);
    view.y = inside(view.y, height * view.zoom, h);
    content.setAttribute("transform", `translate(${view.x.toFixed(2)} ${view.y.toFixed(2)}) scale(${view.zoom.toFixed(4)})`);
    onChange(view.zoom);
  };

  const zoomTo = (zoom, at = { x: room().width / 2, y: room().height / 2 }) => {
    const next = between(least(), zoom, CLOSEST);
    view.x = at.x - (at.x - view.x) * next / view.zoom;
    view.y = at.y - (at.y - view.y) * next / view.zoom;
    view.zoom = next;
    apply();
  };

  const moveBy = (x, y) => {
    view.x += x;
    view.y += y;
    apply();
  };

  /** Shows all of the drawing, in its middle. */
  const fit = () => {
    const { width: w, height: h } = room();
    view.zoom = between(FARTHEST, fitting(), 1);
    view.x = (w - width * view.zoom) / 2;
    view.y = (h - height * view.zoom) / 2;
    apply();
  };

  /** Shows all of the drawing where it can be read so, or else as much as can; with the zoom that an earlier drawing had. */
  const start = (earlier) => {
    const { width: w, height: h } = room();
    view.zoom = earlier ?? between(READABLE, fitting() >= READABLE ? fitting() : w / width, 1);
    view.x = Math.max(0, (w - width * view.zoom) / 2);
    view.y = Math.max(0, (h - height * view.zoom) / 2);
    apply();
  };

  /** Moves a part of the drawing into sight. */
  const reveal = (box) => {
    const { width: w, height: h } = room();
    const margin = 12;
    const moved = (at, from, size, space) => {
      const [begin, end] = [at + from * view.zoom, at + (from + size) * view.zoom];
      if (begin < margin) return at + margin - begin;
      return end > space - margin ? at + Math.max(space - margin - end, margin - begin) : at;
    };
    view.x = moved(view.x, box.x, box.width, w);
    view.y = moved(view.y, box.y, box.height, h);
    apply();
  };

  const pointOf = (event) => {
    const { left, top } = frame.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const spread = ([one, other]) => ({
    x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, length: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
  });

  frame.addEventListener("wheel", (event) => {
    // The wheel alone scrolls the page. A pinch on a touchpad comes as a wheel with Ctrl.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomTo(view.zoom * Math.exp(-between(-60, event.deltaY, 60) / 200), pointOf(event));
  }, { passive: false });
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (pointers.size === 0) dragged = false;
    pointers.set(event.pointerId, { ...pointOf(event), from: pointOf(event) });
  });
  frame.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = pointOf(event);
    if (!dragged && pointers.size === 1 && Math.hypot(now.x - before.from.x, now.y - before.from.y) < SLACK) return;
    if (!dragged) frame.setPointerCapture(event.pointerId);
    dragged = true;
    const old = pointers.size > 1 ? spread([...pointers.values()]) : before;
    pointers.set(event.pointerId, { ...now, from: before.from });
    if (pointers.size === 1) return moveBy(now.x - old.x, now.y - old.y);
    const next = spread([...pointers.values()]);
    zoomTo(view.zoom * next.length / old.length, next);
    return moveBy(next.x - old.x, next.y - old.y);
  });
  for (const name of ["pointerup", "pointercancel"]) frame.addEventListener(name, (event) => pointers.delete(event.pointerId));
  // The end of a drag is not a click on what happens to be there.
  frame.addEventListener("click", (event) => {
    if (!dragged) return;
    dragged = false;
    event.stopPropagation();
  }, true);

  const keys = {
    "+": () => zoomTo(view.zoom * STEP), "=": () => zoomTo(view.zoom * STEP), "-": () => zoomTo(view.zoom / STEP), 0: fit,
    "Shift ArrowLeft": () => moveBy(60, 0), "Shift ArrowRight": () => moveBy(-60, 0),
    "Shift ArrowUp": () => moveBy(0, 60), "Shift ArrowDown": () => moveBy(0, -60),
  };
  /** Does what a key stands for, and returns true if it stands for anything. */
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const act = keys[event.shiftKey && event.key.startsWith("Arrow") ? `Shift ${event.key}` : event.key];
    if (!act) return false;
    event.preventDefault();
    act();
    return true;
  };

  return { zoom: () => view.zoom, fit, start, reveal, press, zoomIn: () => zoomTo(view.zoom * STEP), zoomOut: () => zoomTo(view.zoom / STEP) };
};
