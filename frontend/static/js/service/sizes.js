/**
 * Which sizes a model paints, and which of them the page offers.
 *
 * @typedef {Pick<import("./api.js").Model, "native_size" | "size_multiple" | "max_size" | "max_pixels">} Sizes
 * @typedef {{ height: number, width: number }} Size in pixels
 * @typedef {"square" | "landscape" | "portrait" | "wide" | "tall"} Shape
 */

/** Width by height of what is offered beside the model's own shape. */
const SHAPES = [1, 3 / 2, 2 / 3, 2];
/** Short sides, in short sides of the model's own size. */
const SCALES = [1, 2];
/** Long sides of exported pictures, in pixels; the largest that a model paints is one too. */
const EXPORTED = [512, 1024, 2048];
/** Short side of pictures that are looked at, and of those that keep up with the brush, in pixels. */
const FINE = 512;
const QUICK = 256;

/** @param {Sizes} model @param {Size} size */
export function paints({ native_size, size_multiple, max_size, max_pixels }, { height, width }) {
  if (height * width > (max_pixels ?? Infinity)) return false;
  if (height === native_size[0] && width === native_size[1]) return true;
  if (!size_multiple) return false;
  return [height, width].every(
    (side, i) => side > 0 && side % size_multiple === 0 && side <= max_size[i],
  );
}

/** @param {Sizes} model @returns {Size[]} its own size first, then other shapes, then larger ones */
export function offered(model) {
  const own = ownSize(model);
  if (!model.size_multiple) return [own];
  const short = Math.min(own.height, own.width);
  const sizes = SCALES.flatMap((scale) =>
    [own.width / own.height, ...SHAPES].map((aspect) => nearest(model, scale * short, aspect)),
  );
  const all = new Map([own, ...sizes].map((size) => [nameOf(size), size]));
  return [...all.values()].filter((size) => paints(model, size));
}

/** The size of a doodle's small copy, whose short side is at most `short`. @param {Sizes} model @param {Size} doodle @param {number} short @returns {Size} */
export function smaller(model, doodle, short) {
  const scale = short / Math.min(doodle.height, doodle.width);
  const size = scaled(model, doodle, scale);
  return scale < 1 && paints(model, size) ? size : doodle;
}

/** The size that a doodle is seen at in the end: so many times as large, by a whole number. @param {Sizes} model @param {Size} doodle @returns {Size} */
export function fine(model, doodle) {
  // A model that was trained at less than half of it paints no better there.
  if (2 * Math.min(...model.native_size) < FINE) return doodle;
  const times = Math.floor(FINE / Math.min(doodle.height, doodle.width));
  const size = { height: doodle.height * times, width: doodle.width * times };
  return times > 1 && paints(model, size) ? size : doodle;
}

/** The size that keeps up with the brush where the doodle's own does not: smaller by a whole number. @param {Sizes} model @param {Size} doodle @returns {Size} */
export function quick(model, doodle) {
  const times = Math.floor(Math.min(doodle.height, doodle.width) / QUICK);
  const size = { height: doodle.height / times, width: doodle.width / times };
  return times > 1 && paints(model, size) ? size : doodle;
}

/** The sizes at which a picture may be exported: its own, then longer ones of its shape. @param {Sizes} model @param {Size} own @returns {Size[]} */
export function exported(model, own) {
  const long = Math.max(own.height, own.width);
  const sides = [...new Set([...EXPORTED, ...model.max_size])].sort((a, b) => a - b);
  const larger = sides
    .filter((side) => side > long)
    .map((side) => scaled(model, own, side / long))
    .filter((size) => paints(model, size));
  return [own, ...larger];
}

/** @param {Sizes} model @param {Size} size @param {number} scale @returns {Size} */
function scaled({ size_multiple }, { height, width }, scale) {
  const multiple = size_multiple ?? 1;
  const [h, w] = [height, width].map(
    (side) => multiple * Math.max(1, Math.round((side * scale) / multiple)),
  );
  return { height: h, width: w };
}

/** The size that a model was trained at. @param {Sizes} model @returns {Size} */
export function ownSize({ native_size: [height, width] }) {
  return { height, width };
}

/**
 * The offered size that has the shape of a picture best, as large as the doodle.
 *
 * @param {Sizes} model @param {Size} doodle @param {Size} picture @returns {Size}
 */
export function sizeLike(model, doodle, picture) {
  const shape = (/** @type {Size} */ size) => Math.log(size.width / size.height);
  const short = (/** @type {Size} */ size) => Math.min(size.height, size.width);
  const far = (/** @type {Size} */ size) => Math.abs(shape(size) - shape(picture));
  const alike = offered(model).filter((size) => short(size) === short(doodle));
  return alike.sort((a, b) => far(a) - far(b))[0] ?? doodle;
}

/** The size of this short side and shape, as large as the model allows. @param {Sizes} model @param {number} short @param {number} aspect @returns {Size} */
function nearest({ size_multiple, max_size }, short, aspect) {
  const multiple = size_multiple ?? 1;
  const wanted = [short * Math.max(1, 1 / aspect), short * Math.max(1, aspect)];
  const shrink = Math.min(1, ...wanted.map((side, i) => max_size[i] / side));
  const [height, width] = wanted.map(
    (side) => multiple * Math.max(1, Math.round((side * shrink) / multiple)),
  );
  return { height, width };
}

/** Name a size as the command line does. @param {Size} size */
export const nameOf = ({ height, width }) => `${height}x${width}`;

/** @param {Size} size @returns {Shape} */
export function shapeOf({ height, width }) {
  const aspect = width / height;
  if (aspect > 1.8) return "wide";
  if (aspect > 1.05) return "landscape";
  if (aspect > 0.95) return "square";
  return aspect > 0.55 ? "portrait" : "tall";
}

/** How many times the pixels a model was trained at; 1 where no side is longer. @param {Sizes} model @param {Size} size */
export function growth(model, { height, width }) {
  const own = ownSize(model);
  if (height <= own.height && width <= own.width) return 1;
  return Math.max(1, (height * width) / (own.height * own.width));
}

/** Whether both sides are longer than those that a model was trained at. @param {Sizes} model @param {Size} size */
export function isLarge(model, { height, width }) {
  const own = ownSize(model);
  return Math.min(height, width) > Math.min(own.height, own.width);
}
