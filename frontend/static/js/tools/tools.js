/**
 * The tools. Each hears of the pointer in doodle pixels and paints with the editor.
 *
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("./touch.js").Tool} Tool
 * @typedef {import("./touch.js").Touch} Touch
 */
import { box, lasso, line, polygon, stamp } from "./shapes.js";
import { dab, distance } from "./touch.js";

/** Share of the way to the pointer that a smoothed stroke goes with each sample. */
const FOLLOW = 0.55;

/** Does nothing by itself. @type {Tool} */
const IDLE = { down() {}, move() {}, up() {}, cancel() {} };

/** @param {Editor} editor @returns {Record<import("../state.js").ToolName, Tool>} */
export function makeTools(editor) {
  const now = () => editor.store.now;
  return {
    brush: brush(editor, "brush", () => now().label),
    eraser: brush(editor, "eraser", () => editor.erased),
    fill: clicks(({ x, y }) => {
      if (editor.doodle.at(x, y) !== null) {
        editor.paint({ kind: "fill", label: now().label, x, y });
      }
    }),
    replace: clicks(({ x, y }) => {
      const target = editor.doodle.at(x, y);
      if (target !== null && target !== now().label) {
        editor.paint({ kind: "replace", label: now().label, target });
      }
    }),
    pick: clicks(({ x, y }) => pick(editor, x, y)),
    stamp: stamp(editor),
    line: line(editor),
    rectangle: box(editor, "rectangle"),
    ellipse: box(editor, "ellipse"),
    polygon: polygon(editor),
    lasso: lasso(editor),
    select: IDLE, // until what it needs is read: ui/doodle/selectionBar.js
    hand: IDLE,
  };
}

/** Make the label under the pointer the current one. @param {Editor} editor @param {number} x @param {number} y whole pixels */
export function pick(editor, x, y) {
  const label = editor.doodle.at(x, y);
  const { label: current } = editor.store.now;
  if (label !== null && label !== current) editor.store.set({ label, otherLabel: current });
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
 * @param {Editor} editor @param {"brush" | "eraser"} name @param {() => number} label @returns {Tool}
 */
function brush(editor, name, label) {
  /** @type {Touch | null} */ let smooth = null;
  /** @type {import("./editor.js").Sample | undefined} */ let last;
  /** A stroke keeps the label that it began with, whatever is chosen meanwhile. */
  let painted = 0;

  /** @param {Touch} touch @returns {import("./editor.js").Sample} */
  const sample = (touch) => {
    const { sizes, pressure } = editor.store.now;
    const size = sizes[name] * (touch.pen && pressure ? Math.max(0.1, touch.pressure) : 1);
    return dab(touch, Math.max(1, size));
  };
  /** @param {Touch} touch */
  const extend = (touch) => {
    last = sample(touch);
    editor.extendStroke(painted, last);
  };
  return {
    down(touch) {
      const from = touch.shift ? last : undefined;
      smooth = touch;
      last = sample(touch);
      painted = label();
      editor.beginStroke(name, painted, last, from);
    },
    move(touch) {
      const follow = editor.store.now.smoothing ? FOLLOW : 1;
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
      editor.endStroke();
    },
    cancel: () => editor.cancelStroke(),
  };
}
