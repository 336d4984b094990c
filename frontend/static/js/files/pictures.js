/** Pictures from outside: brought to a size worth sending, and told apart, drawings from photos. */

/** Colours that a drawing is made of, at most. */
const MOST_COLOURS = 32;
/** Two colours that differ by less in every channel are shades of one. */
const APART = 20;
/** What a camera's or a JPEG's noise does to a flat area, in every channel. */
const NOISE = 4;
/** A drawing has at least this share of its pixels in its few colours. */
const FLAT = 0.7;
/** Pixels a side that are looked at. */
const LOOK = 160;

/**
 * Draw a picture upright, no longer than `longest` pixels a side, on white.
 *
 * @param {Blob} file @param {number} longest
 * @param {boolean} smooth false keeps the colours as they are
 * @returns {Promise<HTMLCanvasElement>}
 * @throws if it is no picture that this browser can read
 */
export async function drawScaled(file, longest, smooth) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "white"; // what is see-through becomes this
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = smooth;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {string} type @param {number} [quality] @returns {Promise<Blob>} */
export async function encoded(canvas, type, quality) {
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, quality));
  if (!blob) throw new Error("the picture cannot be scaled down");
  return blob;
}

/** Whether a picture is drawn, not photographed. @param {Blob} file */
export async function looksDrawn(file) {
  const canvas = await drawScaled(file, LOOK, false);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  return isFlat(pen.getImageData(0, 0, canvas.width, canvas.height).data);
}

/**
 * Whether most of a picture lies in few colours far apart, as flat areas do, through noise too.
 *
 * @param {Uint8ClampedArray} pixels RGBA
 */
export function isFlat(pixels) {
  /** @type {Map<number, { count: number, sum: number[] }>} */ const bins = new Map();
  for (let at = 0; at < pixels.length; at += 4) {
    const rgb = pixels.subarray(at, at + 3);
    const key = ((rgb[0] >> 2) << 12) | ((rgb[1] >> 2) << 6) | (rgb[2] >> 2);
    const bin = bins.get(key) ?? { count: 0, sum: [0, 0, 0] };
    bin.count++;
    rgb.forEach((value, i) => (bin.sum[i] += value));
    bins.set(key, bin);
  }
  const colours = [...bins.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ count, sum }) => ({ count, colour: sum.map((value) => value / count) }));
  /** @type {number[][]} */ const few = [];
  let flat = 0;
  for (const { count, colour } of colours) {
    const near = Math.min(Infinity, ...few.map((one) => distance(one, colour)));
    if (near <= NOISE) flat += count;
    else if (near > APART && few.length < MOST_COLOURS) {
      few.push(colour);
      flat += count;
    }
  }
  return 4 * flat >= FLAT * pixels.length;
}

/** @param {number[]} a @param {number[]} b */
const distance = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
