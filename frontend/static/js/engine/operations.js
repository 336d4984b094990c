/**
 * What can be done to a doodle, as plain data: one operation is one step of undo, and a list of
 * operations replays to the same bytes.
 *
 * Points are in sub-pixels (see raster.js); a stroke's points carry the radius there.
 *
 * @typedef {import("./raster.js").Point} Point
 * @typedef {import("./raster.js").BrushShape} BrushShape
 * @typedef {import("./layers.js").Layer} Layer
 * @typedef {[number, number, number]} Sample x, y, radius in sub-pixels
 * @typedef {(
 *   | { kind: "stroke", shape: BrushShape, label: number, points: Sample[] }
 *   | { kind: "polygon", label: number, points: Point[] }
 *   | { kind: "rectangle" | "ellipse", label: number, from: Point, to: Point }
 *   | { kind: "fill", label: number, x: number, y: number }
 *   | { kind: "replace", label: number, target: number }
 *   | { kind: "all", label: number, labels: Uint8Array }
 *   | { kind: "layers", label: number, layers: readonly Layer[], chosen: number }
 * ) & { mirror?: boolean }} Operation with `mirror` whatever is painted is painted on the other side
 *   of the middle too, but for `replace`, `all` and `layers`. `fill` and `replace` work on pixels and labels, not on sub-pixels. All of them paint
 *   on the chosen layer, but for `all`, which leaves one layer, and `layers`, which brings its own.
 *   `fill` takes the region that is seen, through all layers; `replace` looks at the chosen one.
 */
import { everywhere, flood } from "./fill.js";
import { SEE_THROUGH } from "./layers.js";
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
  if (operation.kind === "layers") {
    const layers = operation.layers.map((layer) => ({ ...layer, labels: layer.labels.slice() }));
    return doodle.restack(name, layers, operation.chosen);
  }
  doodle.begin(name, operation.label);
  paint(doodle, operation);
  return doodle.commit();
}

/** @param {import("./doodle.js").Doodle} doodle @param {Exclude<Operation, { kind: "layers" }>} op */
function paint(doodle, op) {
  const row = rowsOf(doodle, op.label, op.mirror);
  switch (op.kind) {
    case "stroke":
      op.points.forEach((to, i) =>
        segment(doodle, op.shape, op.label, op.points[i - 1], to, op.mirror),
      );
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
      fill(doodle, op, row);
      break;
    case "replace":
      everywhere(mapOf(doodle), op.target, rowsOf(doodle, op.label));
      break;
    case "all":
      doodle.paintAll(op.labels);
  }
}

/** What paints runs of pixels, on both sides of the middle if wished. @param {import("./doodle.js").Doodle} doodle @param {number} label @param {boolean} [mirror] @returns {import("./raster.js").PaintRow} */
function rowsOf(doodle, label, mirror) {
  return (y, start, end) => {
    doodle.paintRow(y, start, end, label);
    if (mirror) doodle.paintRow(y, doodle.width - end, doodle.width - start, label);
  };
}

/** The chosen layer as a map. @param {import("./doodle.js").Doodle} doodle */
const mapOf = ({ height, width, layer }) => ({ height, width, labels: layer.labels });

/**
 * Fill what is seen as one region. A layer above may hide what is painted there, and the other side
 * may be of the region too, so then a copy remembers where the fill has been.
 *
 * @param {import("./doodle.js").Doodle} doodle @param {{ x: number, y: number, label: number, mirror?: boolean }} op
 * @param {import("./raster.js").PaintRow} row
 */
function fill(doodle, { x, y, label, mirror }, row) {
  if (doodle.layers.length === 1 && !mirror) return flood(doodle, x, y, label, row);
  const { height, width } = doodle;
  const labels = doodle.labels.slice();
  // The other side is painted even where this one has the label already.
  const mark = mirror ? SEE_THROUGH : label;
  flood({ height, width, labels }, x, y, mark, (at, start, end) => {
    labels.fill(mark, at * width + start, at * width + end);
    row(at, start, end);
  });
}

/**
 * Paint a stroke's next piece, with the radius of its end.
 *
 * @param {import("./doodle.js").Doodle} doodle
 * @param {BrushShape} shape @param {number} label
 * @param {Sample | undefined} from none for the first dab
 * @param {Sample} to @param {boolean} [mirror]
 */
export function segment(doodle, shape, label, from, to, mirror) {
  const [x, y, radius] = to;
  const start = from ?? to;
  sweep(shape, [start[0], start[1]], [x, y], radius, rowsOf(doodle, label, mirror));
}
