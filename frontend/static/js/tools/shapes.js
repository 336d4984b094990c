/**
 * The tools that paint outlines: what they are about to paint is shown until they have.
 *
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("./touch.js").Tool} Tool
 * @typedef {import("./touch.js").Touch} Touch
 */
import { snap } from "../engine/raster.js";
import { STAMPS } from "./stamps.js";
import { dab, distance, point } from "./touch.js";

/** How far a pointer may move, in doodle pixels, and still have clicked. */
const CLICK_REACH = 2;

/** @param {number[][]} points */
const pathOf = (points) => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;

/** @param {Editor} editor @returns {Tool} */
export function stamp(editor) {
  /** @param {Touch} touch */
  const outline = ({ x, y }) => {
    const { stamp: name, sizes } = editor.store.now;
    return STAMPS[name].map(([dx, dy]) => [x + dx * sizes.stamp, y + dy * sizes.stamp]);
  };
  /** @param {Touch} touch */
  const show = (touch) =>
    editor.setPreview({ d: pathOf(outline(touch)), label: editor.store.now.label });
  return {
    down: show,
    move: show,
    hover: show,
    up(touch) {
      editor.setPreview(null);
      const points = /** @type {import("../engine/raster.js").Point[]} */ (
        outline(touch).map(([x, y]) => [snap(x), snap(y)])
      );
      editor.paint({ kind: "polygon", label: editor.store.now.label, points }, "stamp");
    },
    cancel: () => editor.setPreview(null),
  };
}

/**
 * A tool between two places: dragged, or clicked at one and then at the other.
 *
 * @param {Editor} editor
 * @param {(from: Touch, to: Touch) => void} paint
 * @param {(from: Touch, to: Touch) => import("./editor.js").Preview} preview
 * @returns {Tool}
 */
function between(editor, paint, preview) {
  /** @type {Touch | null} */ let from = null;
  let second = false;
  /** @param {Touch} touch */
  const show = (touch) => from && editor.setPreview(preview(from, touch));
  const stop = () => {
    from = null;
    second = false;
    editor.setPreview(null);
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

/** @param {Editor} editor */
export function line(editor) {
  const state = () => editor.store.now;
  return between(
    editor,
    (from, to) => {
      const { sizes, shape, label } = state();
      const points = [dab(from, sizes.line), dab(to.shift ? straighten(from, to) : to, sizes.line)];
      editor.paint({ kind: "stroke", shape, label, points }, "line");
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

/** @param {Editor} editor @param {"rectangle" | "ellipse"} kind */
export function box(editor, kind) {
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
    editor,
    (from, to) => {
      const { label } = editor.store.now;
      editor.paint({ kind, label, from: point(from), to: point(corner(from, to)) });
    },
    (from, to) => ({
      d: (kind === "rectangle" ? boxPath : ellipsePath)(from, corner(from, to)),
      label: editor.store.now.label,
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

/** @param {Editor} editor @returns {Tool} */
export function polygon(editor) {
  /** @type {Touch[]} */ let corners = [];
  /** @param {Touch} touch */
  const show = (touch) => {
    if (corners.length === 0) return;
    const points = [...corners, touch].map(({ x, y }) => [x, y]);
    editor.setPreview({ d: `${pathOf(points)}Z`, label: editor.store.now.label });
  };
  const stop = () => {
    corners = [];
    editor.setPreview(null);
  };
  const finish = () => {
    const points = corners.map(point);
    if (points.length === 0) return false;
    stop();
    if (points.length > 2) {
      editor.paint({ kind: "polygon", label: editor.store.now.label, points });
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

/** @param {Editor} editor @returns {Tool} */
export function lasso(editor) {
  /** @type {Touch[]} */ let trail = [];
  /** @param {Touch} touch */
  const extend = (touch) => {
    trail.push(touch);
    const points = trail.map(({ x, y }) => [x, y]);
    editor.setPreview({ d: `${pathOf(points)}Z`, label: editor.store.now.label });
  };
  const stop = () => {
    trail = [];
    editor.setPreview(null);
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
      editor.paint({ kind: "polygon", label: editor.store.now.label, points }, "lasso");
    },
    cancel: stop,
  };
}
