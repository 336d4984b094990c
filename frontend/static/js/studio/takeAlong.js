/** What few visitors take along: the doodle beside the photo, the layers for picture editors. Loaded when it is wanted. */
import { writePsd } from "../files/psd.js";
import { colourOf, colourise, lookOf } from "../view/colours.js";
import { layerName } from "./layerCommands.js";

/**
 * @typedef {import("./studio.js").Studio} Studio
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 */

/** The doodle's layers in the colours of the theme. @param {Studio} studio @returns {Blob} */
export function layersAsPsd({ editor, labels, store }) {
  const { doodle } = editor;
  const layers = doodle.layers.map((layer) => ({ ...layer, name: layerName(layer) }));
  const colours = new Map(labels.map((label) => [label.id, colourOf(label, store.now.theme)]));
  return writePsd(doodle, layers, colours);
}

/**
 * A doodle with the photo of it to its right, as high as the photo.
 *
 * @param {Studio} studio @param {LabelMap} map @param {Blob} photo @returns {Promise<{ blob: Blob, height: number, width: number }>} image/png
 */
export async function sideBySide({ labels, store }, map, photo) {
  const right = await createImageBitmap(photo);
  const { height, width } = right;
  const canvas = new OffscreenCanvas(2 * width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingEnabled = false; // each pixel of the doodle stays a square of one colour
  const pixels = new ImageData(map.width, map.height);
  const whole = { x0: 0, y0: 0, x1: map.width, y1: map.height };
  const look = lookOf(labels, store.now.theme, false);
  colourise(look, map.labels, map.width, new Uint32Array(pixels.data.buffer), whole);
  context.drawImage(await createImageBitmap(pixels), 0, 0, width, height);
  context.drawImage(right, width, 0);
  return { blob: await canvas.convertToBlob({ type: "image/png" }), height, width: 2 * width };
}
