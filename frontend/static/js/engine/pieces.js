/**
 * Pieces of a layer: cut out, turned over, made larger by whole numbers, put elsewhere. Each pixel
 * holds a label that was there before, or nothing.
 *
 * @typedef {object} Piece
 * @property {number} x @property {number} y of its upper left corner on the sheet, in pixels; it
 *   may reach outside
 * @property {number} height @property {number} width
 * @property {Uint8Array} mask 1 where it is chosen, `[height * width]`
 * @property {Uint8Array} labels what it holds there; elsewhere, and where its layer held nothing,
 *   see-through
 *
 * @typedef {{ height: number, width: number, labels: Uint8Array }} Sheet one layer
 * @typedef {{ x: number, y: number }} Pixel
 */
import { flood } from "./fill.js";
import { SEE_THROUGH } from "./layers.js";

/** Choose a rectangle, cut to the sheet. @param {Sheet} sheet @param {Pixel} a @param {Pixel} b pixels in opposite corners @returns {Piece | null} null outside */
export function rectanglePiece(sheet, a, b) {
  const x = Math.max(0, Math.min(a.x, b.x));
  const y = Math.max(0, Math.min(a.y, b.y));
  const width = Math.min(sheet.width - 1, Math.max(a.x, b.x)) + 1 - x;
  const height = Math.min(sheet.height - 1, Math.max(a.y, b.y)) + 1 - y;
  if (width < 1 || height < 1) return null;
  return lift(sheet, { x, y, height, width, mask: new Uint8Array(height * width).fill(1) });
}

/** Choose what hangs together with a pixel. @param {Sheet} sheet that it is cut from @param {Sheet} seen in which it hangs together @param {Pixel} at @returns {Piece} */
export function regionPiece(sheet, seen, at) {
  const { height, width } = seen;
  const marked = { height, width, labels: seen.labels.slice() };
  const mask = new Uint8Array(height * width);
  const box = { x0: width, y0: height, x1: 0, y1: 0 };
  // A label of no set marks what was visited.
  flood(marked, at.x, at.y, SEE_THROUGH, (y, start, end) => {
    marked.labels.fill(SEE_THROUGH, y * width + start, y * width + end);
    mask.fill(1, y * width + start, y * width + end);
    box.x0 = Math.min(box.x0, start);
    box.x1 = Math.max(box.x1, end);
    box.y0 = Math.min(box.y0, y);
    box.y1 = Math.max(box.y1, y + 1);
  });
  const part = { x: box.x0, y: box.y0, height: box.y1 - box.y0, width: box.x1 - box.x0 };
  return lift(sheet, { ...part, mask: partOf(mask, width, part) });
}

/** @param {Uint8Array} values of a sheet @param {number} across @param {{ x: number, y: number, height: number, width: number }} part */
function partOf(values, across, { x, y, height, width }) {
  const out = new Uint8Array(height * width);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * across + x;
    out.set(values.subarray(from, from + width), row * width);
  }
  return out;
}

/** Fill a mask with what lies below it. @param {Sheet} sheet @param {Omit<Piece, "labels">} where inside the sheet @returns {Piece} */
function lift(sheet, where) {
  const labels = partOf(sheet.labels, sheet.width, where);
  where.mask.forEach((chosen, i) => {
    if (!chosen) labels[i] = SEE_THROUGH;
  });
  return { ...where, labels };
}

/** Whether a piece holds a pixel. @param {Piece} piece @param {Pixel} at */
export function holds({ x, y, height, width, mask }, at) {
  const [column, row] = [at.x - x, at.y - y];
  const inside = column >= 0 && row >= 0 && column < width && row < height;
  return inside && mask[row * width + column] === 1;
}

/** Put a piece on a layer. @param {Sheet} sheet @param {Piece} piece @returns {Uint8Array} its labels then */
export function put(sheet, piece) {
  return overlay(sheet, piece, (i) => piece.labels[i]);
}

/** Take a piece off a layer. @param {Sheet} sheet @param {Piece} piece @param {number} left what is left there @returns {Uint8Array} its labels then */
export function cut(sheet, piece, left) {
  return overlay(sheet, piece, (i) => (piece.mask[i] ? left : SEE_THROUGH), left === SEE_THROUGH);
}

/** @param {Sheet} sheet @param {Piece} piece @param {(i: number) => number} labelAt @param {boolean} [holes] whether see-through is written where the mask is */
function overlay({ height, width, labels }, piece, labelAt, holes = false) {
  const out = labels.slice();
  for (let i = 0; i < piece.mask.length; i++) {
    const x = piece.x + (i % piece.width);
    const y = piece.y + Math.floor(i / piece.width);
    const label = labelAt(i);
    const writes = label !== SEE_THROUGH || (holes && piece.mask[i] === 1);
    if (writes && x >= 0 && y >= 0 && x < width && y < height) out[y * width + x] = label;
  }
  return out;
}

/** Turn a piece over where it lies. @param {Piece} piece @param {boolean} upDown or left to right @returns {Piece} */
export const flip = (piece, upDown) =>
  resample(piece, piece.height, piece.width, (y, x) =>
    upDown ? [piece.height - 1 - y, x] : [y, piece.width - 1 - x],
  );

/** Make a piece larger by a whole number, around its middle. @param {Piece} piece @param {number} times @returns {Piece} */
export const grow = (piece, times) =>
  resample(piece, piece.height * times, piece.width * times, (y, x) => [
    Math.floor(y / times),
    Math.floor(x / times),
  ]);

/** Make a piece smaller by a whole number: one pixel of so many in a row stays. @param {Piece} piece @param {number} times @returns {Piece} */
export const shrink = (piece, times) =>
  resample(
    piece,
    Math.max(1, Math.floor(piece.height / times)),
    Math.max(1, Math.floor(piece.width / times)),
    (y, x) => [y * times, x * times],
  );

/** @param {Piece} piece @param {number} height @param {number} width @param {(y: number, x: number) => [number, number]} from @returns {Piece} */
function resample(piece, height, width, from) {
  const mask = new Uint8Array(height * width);
  const labels = new Uint8Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [row, column] = from(y, x);
      mask[i] = piece.mask[row * piece.width + column];
      labels[i] = piece.labels[row * piece.width + column];
    }
  }
  return {
    x: piece.x + Math.trunc((piece.width - width) / 2),
    y: piece.y + Math.trunc((piece.height - height) / 2),
    height,
    width,
    mask,
    labels,
  };
}

/** The outline of what is chosen, as an SVG path in pixels of the sheet. @param {Piece} piece */
export function outline({ x, y, height, width, mask }) {
  const at = (/** @type {number} */ row, /** @type {number} */ column) =>
    row >= 0 && column >= 0 && row < height && column < width ? mask[row * width + column] : 0;
  let path = "";
  for (let row = 0; row <= height; row++) {
    for (let column = 0; column < width; column++) {
      const start = column;
      while (column < width && at(row - 1, column) !== at(row, column)) column++;
      if (column > start) path += `M${x + start} ${y + row}H${x + column}`;
    }
  }
  for (let column = 0; column <= width; column++) {
    for (let row = 0; row < height; row++) {
      const start = row;
      while (row < height && at(row, column - 1) !== at(row, column)) row++;
      if (row > start) path += `M${x + column} ${y + start}V${y + row}`;
    }
  }
  return path;
}
