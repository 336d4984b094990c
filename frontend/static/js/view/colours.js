/**
 * Labels as colours: tables from label to pixel, for a theme, with patterns if wished.
 *
 * @typedef {{ id: number, colours: Record<string, string> }} Label "#rrggbb" by theme
 * @typedef {[number, number, number]} Rgb
 * @typedef {{ flat: Uint32Array, ink: Uint32Array, patterns: Uint8Array[] | null }} Look
 *   pixel values as `ImageData` holds them (little-endian RGBA), by label id; `patterns` holds
 *   eight rows of eight bits by label id, and a set bit takes the ink
 */

/** Eight-by-eight bitmaps, easy to tell apart when small: the rows of each as bytes. */
const BITMAPS = [
  [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01],
  [0x00, 0x22, 0x00, 0x00, 0x00, 0x22, 0x00, 0x00],
  [0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10],
  [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80],
  [0x18, 0x24, 0x42, 0x81, 0x00, 0x00, 0x00, 0x00],
  [0x00, 0x3c, 0x3c, 0x3c, 0x3c, 0x00, 0x00, 0x00],
  [0xff, 0x80, 0x80, 0x80, 0xff, 0x08, 0x08, 0x08],
  [0x81, 0x42, 0x24, 0x18, 0x18, 0x24, 0x42, 0x81],
  [0xaa, 0x00, 0x55, 0x00, 0xaa, 0x00, 0x55, 0x00],
  [0x10, 0x38, 0x7c, 0x38, 0x10, 0x00, 0x00, 0x00],
  [0xcc, 0xcc, 0x33, 0x33, 0xcc, 0xcc, 0x33, 0x33],
];

/** @param {string} hex "#rrggbb" @returns {Rgb} */
function parseColour(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** @param {Rgb} rgb */
const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

/** Relative lightness, 0 to 255. @param {Rgb} rgb */
const lightness = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b;

/** A shade of a colour that shows on it. @param {Rgb} rgb @returns {Rgb} */
function inkOn(rgb) {
  const target = lightness(rgb) > 110 ? 0 : 255;
  return /** @type {Rgb} */ (rgb.map((value) => Math.round(value + (target - value) * 0.42)));
}

/** A label's colour in a theme, or in the theme every label has. @param {Label} label @param {string} theme @returns {Rgb} */
export const colourOf = (label, theme) =>
  parseColour(label.colours[theme] ?? label.colours.natural ?? "#ff00ff");

/** @param {Label[]} labels @param {string} theme @param {boolean} patterned @returns {Look} */
export function lookOf(labels, theme, patterned) {
  const flat = new Uint32Array(256).fill(pixel([255, 0, 255]));
  const ink = flat.slice();
  const patterns = Array.from({ length: 256 }, () => new Uint8Array(8));
  labels.forEach((label, i) => {
    const colour = colourOf(label, theme);
    flat[label.id] = pixel(colour);
    ink[label.id] = pixel(inkOn(colour));
    patterns[label.id].set(BITMAPS[i % BITMAPS.length]);
  });
  return { flat, ink, patterns: patterned ? patterns : null };
}

/** Whether the pattern of a label puts ink on a pixel. @param {Uint8Array} rows @param {number} x @param {number} y */
const inked = (rows, x, y) => (rows[y & 7] >> (7 - (x & 7))) & 1;

/**
 * Write the colours of a rectangle of labels.
 *
 * @param {Look} look @param {Uint8Array} labels @param {number} width of a row of both
 * @param {Uint32Array} pixels @param {import("../engine/tiles.js").Rect} rect
 */
export function colourise({ flat, ink, patterns }, labels, width, pixels, { x0, y0, x1, y1 }) {
  for (let y = y0; y < y1; y++) {
    for (let at = y * width + x0, x = x0; x < x1; at++, x++) {
      const label = labels[at];
      pixels[at] = patterns && inked(patterns[label], x, y) ? ink[label] : flat[label];
    }
  }
}
