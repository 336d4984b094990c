/** Label maps of one size made into another, by taking pixel centres: labels never mix. */

import { lowest } from "./layers.js";

/**
 * @typedef {import("./layers.js").Layer} Layer
 * @typedef {object} LabelMap
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} labels `[height * width]`, seen from above
 * @property {readonly Layer[]} [layers] that make it, lowest first; it is one if left out
 * @property {number} [chosen] id of the layer that is painted on
 */

/**
 * Resize what is seen of a map.
 *
 * @param {LabelMap} map @param {number} height @param {number} width
 * @returns {LabelMap}
 */
export function resize(map, height, width) {
  const labels = new Uint8Array(height * width);
  const columns = Array.from({ length: width }, (_, x) =>
    Math.floor(((2 * x + 1) * map.width) / (2 * width)),
  );
  for (let y = 0; y < height; y++) {
    const base = Math.floor(((2 * y + 1) * map.height) / (2 * height)) * map.width;
    for (let x = 0; x < width; x++) labels[y * width + x] = map.labels[base + columns[x]];
  }
  return { height, width, labels };
}

/**
 * Cut the middle out of a map so that it has the aspect of (height, width), then resize.
 *
 * @param {LabelMap} map @param {number} height @param {number} width
 * @returns {LabelMap}
 */
export function cover(map, height, width) {
  const scale = Math.min(map.width / width, map.height / height);
  const cutWidth = Math.max(1, Math.round(width * scale));
  const cutHeight = Math.max(1, Math.round(height * scale));
  const left = Math.floor((map.width - cutWidth) / 2);
  const top = Math.floor((map.height - cutHeight) / 2);
  const labels = new Uint8Array(cutWidth * cutHeight);
  for (let y = 0; y < cutHeight; y++) {
    const at = (top + y) * map.width + left;
    labels.set(map.labels.subarray(at, at + cutWidth), y * cutWidth);
  }
  return resize({ height: cutHeight, width: cutWidth, labels }, height, width);
}

/** Do so with every layer of a map: what is seen of them is then the same as of the map. @param {LabelMap} map @param {number} height @param {number} width @returns {Layer[]} */
export function coverLayers(map, height, width) {
  const layers = map.layers ?? [lowest(map.labels)];
  return layers.map((layer) => {
    const whole = { height: map.height, width: map.width, labels: layer.labels };
    return { ...layer, labels: cover(whole, height, width).labels };
  });
}
