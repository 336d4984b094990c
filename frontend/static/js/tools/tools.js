/**
 * The tools. Each hears of the pointer in doodle pixels and paints on the easel.
 *
 * @typedef {import("./easel.js").Easel} Easel
 * @typedef {import("../engine/raster.js").Point} Point
 * @typedef {{ x: number, y: number, pressure: number, pen: boolean, shift: boolean }} Touch
 *   a pointer in doodle pixels; pressure in [0, 1]
 *
 * @typedef {object} Tool
 * @property {(touch: Touch) => void} down
 * @property {(touch: Touch) => void} move while down
 * @property {(touch: Touch) => void} up
 * @property {(touch: Touch) => void} [hover] while up
 * @property {() => void} cancel
 * @property {() => boolean} [finish] close what was begun by clicks; false if nothing was
 */
import { SUB, snap } from "../engine/raster.js";
import { STAMPS } from "./stamps.js";

/** How far a pointer may move, in doodle pixels, and still have clicked. */
const CLICK_REACH = 2;
/** Share of the way to the pointer that a smoothed stroke goes with each sample. */
const FOLLOW = 0.55;

/** @param {Touch} touch @returns {Point} */
const point = ({ x, y }) => [snap(x), snap(y)];

/** @param {Touch} a @param {Touch} b */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** @param {Easel} easel @returns {Record<import("../state.js").ToolName, Tool>} */
export function makeTools(easel) {
  const now = () => easel.store.now;
  return {
    brush: brush(easel, "brush", () => now().label),
    eraser: brush(easel, "eraser", () => easel.erased),
    fill: clicks(({ x, y }) => {
      if (easel.doodle.at(x, y) !== null) {
        easel.paint({ kind: "fill", label: now().label, x, y });
      }
    }),
    replace: clicks(({ x, y }) => {
      const target = easel.doodle.at(x, y);
      if (target !== null && target !== now().label) {
        easel.paint({ kind: "replace", label: now().label, target });
      }
    }),
    pick: clicks(({ x, y }) => pick(easel, x, y)),
    stamp: stamp(easel),
    line: line(easel),
    rectangle: box(easel, "rectangle"),
    ellipse: box(easel, "ellipse"),
    polygon: polygon(easel),
    lasso: lasso(easel),
    hand: { down() {}, move() {}, up() {}, cancel() {} },
  };
}

/** Make the label under the pointer the current one. @param {Easel} easel @param {number} x @param {number} y whole pixels */
export function pick(easel, x, y) {
  const label = easel.doodle.at(x, y);
  const { label: current } = easel.store.now;
  if (label !== null && label !== current) easel.store.set({ label, otherLabel: current });
}

/** A tool that acts where it is pressed. @param {(pixel: { x: number, y: number }) => void} act @returns {Tool} */
function clicks(act) {
  return {
    down: ({ x, y }) => act({ x: Math.floor(x), y: Math.floor(y) }),
    move() {},
    up() {},
    cancel() {},
  };
}

/**
 * @param {Easel} easel @param {"brush" | "eraser"} name @param {() => number} label @returns {Tool}
 */
function brush(easel, name, label) {
  /** @type {Touch | null} */ let smooth = null;
  /** @type {import("./easel.js").Sample | undefined} */ let last;

  /** @param {Touch} touch @returns {import("./easel.js").Sample} */
  const sample = (touch) => {
    const { sizes, pressure } = easel.store.now;
    const size = sizes[name] * (touch.pen && pressure ? Math.max(0.1, touch.pressure) : 1);
    return dab(touch, Math.max(1, size));
  };
  /** @param {Touch} touch */
  const extend = (touch) => {
    last = sample(touch);
    easel.extendStroke(label(), last);
  };
  return {
    down(touch) {
      const from = touch.shift ? last : undefined;
      smooth = touch;
      last = sample(touch);
      easel.beginStroke(name, label(), last, from);
    },
    move(touch) {
      const follow = easel.store.now.smoothing ? FOLLOW : 1;
      const before = smooth ?? touch;
      smooth = {
        ...touch,
        x: before.x + (touch.x - before.x) * follow,
        y: before.y + (touch.y - before.y) * follow,
      };
      extend(smooth);
    },
    up(touch) {
      // A pen that leaves reports no pressure: end with the width the stroke had.
      if (smooth && distance(smooth, touch) > 0) extend({ ...touch, pressure: smooth.pressure });
      easel.endStroke();
    },
    cancel: () => easel.cancelStroke(),
  };
}

/** One dab of a brush. The thinnest one is centred on a pixel, or it might miss them all.
 * @param {{ x: number, y: number }} at @param {number} size in pixels across
 * @returns {import("./easel.js").Sample} */
function dab({ x, y }, size) {
  const radius = Math.round((size * SUB) / 2);
  if (size >= 2) return [snap(x), snap(y), radius];
  return [snap(Math.floor(x) + 0.5), snap(Math.floor(y) + 0.5), radius];
}

/** @param {Easel} easel @returns {Tool} */
function stamp(easel) {
  /** @param {Touch} touch */
  const outline = ({ x, y }) => {
    const { stamp: name, sizes } = easel.store.now;
    return STAMPS[name].map(([dx, dy]) => [x + dx * sizes.stamp, y + dy * sizes.stamp]);
  };
  /** @param {Touch} touch */
  const show = (touch) =>
    easel.setPreview({ d: pathOf(outline(touch)), label: easel.store.now.label });
  return {
    down: show,
    move: show,
    hover: show,
    up(touch) {
      easel.setPreview(null);
      const points = /** @type {Point[]} */ (outline(touch).map(([x, y]) => [snap(x), snap(y)]));
      easel.paint({ kind: "polygon", label: easel.store.now.label, points }, "stamp");
    },
    cancel: () => easel.setPreview(null),
  };
}

/**
 * A tool between two places: dragged, or clicked at one and then at the other.
 *
 * @param {Easel} easel
 * @param {(from: Touch, to: Touch) => void} paint
 * @param {(from: Touch, to: Touch) => import("./easel.js").Preview} preview
 * @returns {Tool}
 */
function between(easel, paint, preview) {
  /** @type {Touch | null} */ let from = null;
  let second = false;
  /** @param {Touch} touch */
  const show = (touch) => from && easel.setPreview(preview(from, touch));
  const stop = () => {
    from = null;
    second = false;
    easel.setPreview(null);
  };
  return {
    down(touch) {
      second = from !== null;
      from ??= touch;
      show(touch);
    },
    move: show,
    hover: show,
    up(touch) {
      if (!from || (!second && distance(from, touch) < CLICK_REACH)) return;
      const start = from;
      stop();
      paint(start, touch);
    },
    cancel: stop,
  };
}

/** @param {Easel} easel */
function line(easel) {
  const state = () => easel.store.now;
  return between(
    easel,
    (from, to) => {
      const { sizes, shape, label } = state();
      const points = [dab(from, sizes.line), dab(to.shift ? straighten(from, to) : to, sizes.line)];
      easel.paint({ kind: "stroke", shape, label, points }, "line");
    },
    (from, to) => ({
      d: pathOf([
        [from.x, from.y],
        Object.values(to.shift ? straighten(from, to) : { x: to.x, y: to.y }),
      ]),
      label: state().label,
      width: state().sizes.line,
      shape: state().shape,
    }),
  );
}

/** Turn a line to the nearest eighth of a circle. @param {Touch} from @param {Touch} to */
function straighten(from, to) {
  const angle =
    (Math.round(Math.atan2(to.y - from.y, to.x - from.x) / (Math.PI / 4)) * Math.PI) / 4;
  const length = distance(from, to);
  return { x: from.x + length * Math.cos(angle), y: from.y + length * Math.sin(angle) };
}

/** @param {Easel} easel @param {"rectangle" | "ellipse"} kind */
function box(easel, kind) {
  /** @param {Touch} from @param {Touch} to @returns {Touch} */
  const corner = (from, to) => {
    if (!to.shift) return to;
    const side = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    return {
      ...to,
      x: from.x + side * Math.sign(to.x - from.x),
      y: from.y + side * Math.sign(to.y - from.y),
    };
  };
  return between(
    easel,
    (from, to) => {
      const { label } = easel.store.now;
      easel.paint({ kind, label, from: point(from), to: point(corner(from, to)) });
    },
    (from, to) => ({
      d: (kind === "rectangle" ? boxPath : ellipsePath)(from, corner(from, to)),
      label: easel.store.now.label,
    }),
  );
}

/** @param {Touch} a @param {Touch} b */
const boxPath = (a, b) => `M${a.x} ${a.y}H${b.x}V${b.y}H${a.x}Z`;

/** @param {Touch} a @param {Touch} b */
function ellipsePath(a, b) {
  const [rx, ry] = [Math.abs(b.x - a.x) / 2, Math.abs(b.y - a.y) / 2];
  const y = (a.y + b.y) / 2;
  return `M${a.x} ${y}A${rx} ${ry} 0 0 0 ${b.x} ${y}A${rx} ${ry} 0 0 0 ${a.x} ${y}Z`;
}

/** @param {number[][]} points */
export const pathOf = (points) => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;

/** @param {Easel} easel @returns {Tool} */
function polygon(easel) {
  /** @type {Touch[]} */ let corners = [];
  /** @param {Touch} touch */
  const show = (touch) => {
    if (corners.length === 0) return;
    const points = [...corners, touch].map(({ x, y }) => [x, y]);
    easel.setPreview({ d: `${pathOf(points)}Z`, label: easel.store.now.label });
  };
  const stop = () => {
    corners = [];
    easel.setPreview(null);
  };
  const finish = () => {
    const points = corners.map(point);
    if (points.length === 0) return false;
    stop();
    if (points.length > 2) {
      easel.paint({ kind: "polygon", label: easel.store.now.label, points });
    }
    return true;
  };
  return {
    down(touch) {
      const closes =
        (corners.length > 2 && distance(corners[0], touch) < 3 * CLICK_REACH) ||
        (corners.length > 1 && distance(corners[corners.length - 1], touch) < CLICK_REACH);
      if (closes) finish();
      else corners.push(touch);
      show(touch);
    },
    move: show,
    hover: show,
    up() {},
    cancel: stop,
    finish,
  };
}

/** @param {Easel} easel @returns {Tool} */
function lasso(easel) {
  /** @type {Touch[]} */ let trail = [];
  /** @param {Touch} touch */
  const extend = (touch) => {
    trail.push(touch);
    const points = trail.map(({ x, y }) => [x, y]);
    easel.setPreview({ d: `${pathOf(points)}Z`, label: easel.store.now.label });
  };
  const stop = () => {
    trail = [];
    easel.setPreview(null);
  };
  return {
    down(touch) {
      trail = [];
      extend(touch);
    },
    move: extend,
    up() {
      const points = trail.map(point);
      stop();
      easel.paint({ kind: "polygon", label: easel.store.now.label, points }, "lasso");
    },
    cancel: stop,
  };
}
