/**
 * What can be done to a doodle, as plain data: one operation is one step of undo, and a list of
 * operations replays to the same bytes.
 *
 * Points are in sub-pixels (see raster.js); a stroke's points carry the radius there.
 *
 * @typedef {import("./raster.js").Point} Point
 * @typedef {import("./raster.js").BrushShape} BrushShape
 * @typedef {[number, number, number]} Sample x, y, radius in sub-pixels
 * @typedef {(
 *   | { kind: "stroke", shape: BrushShape, label: number, points: Sample[] }
 *   | { kind: "polygon", label: number, points: Point[] }
 *   | { kind: "rectangle" | "ellipse", label: number, from: Point, to: Point }
 *   | { kind: "fill", label: number, x: number, y: number }
 *   | { kind: "replace", label: number, target: number }
 *   | { kind: "all", label: number, labels: Uint8Array }
 * )} Operation `fill` and `replace` work on pixels and labels, not on sub-pixels
 */
import { everywhere, flood } from "./fill.js";
import { ellipse, polygon, rectangle, sweep } from "./raster.js";

/**
 * Paint an operation as one step of undo.
 *
 * @param {import("./doodle.js").Doodle} doodle
 * @param {Operation} operation
 * @param {string} [name] what the step is called; the kind if left out
 * @returns {boolean} whether any pixel changed
 */
export function apply(doodle, operation, name = operation.kind) {
  doodle.begin(name, operation.label);
  paint(doodle, operation);
  return doodle.commit();
}

/** @param {import("./doodle.js").Doodle} doodle @param {Operation} op */
function paint(doodle, op) {
  /** @type {import("./raster.js").PaintRow} */
  const row = (y, start, end) => doodle.paintRow(y, start, end, op.label);
  switch (op.kind) {
    case "stroke":
      op.points.forEach((point, i) => segment(doodle, op.shape, op.label, op.points[i - 1], point));
      break;
    case "polygon":
      polygon(op.points, row);
      break;
    case "rectangle":
      rectangle(op.from, op.to, row);
      break;
    case "ellipse":
      ellipse(op.from, op.to, row);
      break;
    case "fill":
      flood(doodle, op.x, op.y, op.label, row);
      break;
    case "replace":
      everywhere(doodle, op.target, row);
      break;
    case "all":
      doodle.paintAll(op.labels);
  }
}

/**
 * Paint a stroke's next piece, with the radius of its end.
 *
 * @param {import("./doodle.js").Doodle} doodle
 * @param {BrushShape} shape @param {number} label
 * @param {Sample | undefined} from none for the first dab
 * @param {Sample} to
 */
export function segment(doodle, shape, label, from, to) {
  const [x, y, radius] = to;
  const start = from ?? to;
  sweep(shape, [start[0], start[1]], [x, y], radius, (row, first, end) =>
    doodle.paintRow(row, first, end, label),
  );
}
