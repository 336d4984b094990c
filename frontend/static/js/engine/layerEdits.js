/**
 * What can be done with the layers of a doodle, each as one step of undo.
 *
 * @typedef {import("./doodle.js").Doodle} Doodle
 * @typedef {import("./layers.js").Layer} Layer
 */
import { MAX_LAYERS, SEE_THROUGH } from "./layers.js";

/** What can be done with the chosen layer. @param {Doodle} doodle */
export function possible({ layers, layer }) {
  const at = layers.indexOf(layer);
  return {
    add: layers.length < MAX_LAYERS,
    remove: at > 0,
    raise: at > 0 && at < layers.length - 1,
    lower: at > 1,
    // A shown layer merged into a hidden one would vanish.
    merge: at > 0 && layers[at - 1].shown,
  };
}

/**
 * Put a layer above the chosen one.
 *
 * @param {Doodle} doodle @param {Uint8Array} [content] see-through all over if left out
 * @param {string | null} [name] @param {string} [step] its name
 */
export function addLayer(doodle, content, name = null, step = "addLayer") {
  const { layers, layer, height, width } = doodle;
  if (!possible(doodle).add) return false;
  let id = 1;
  while (layers.some((one) => one.id === id)) id++;
  const labels = content?.slice() ?? new Uint8Array(height * width).fill(SEE_THROUGH);
  const added = { id, name, shown: true, labels };
  return doodle.restack(step, layers.toSpliced(layers.indexOf(layer) + 1, 0, added), id);
}

/** @param {Doodle} doodle */
export function removeLayer(doodle) {
  const { layers, layer } = doodle;
  if (!possible(doodle).remove) return false;
  const left = layers.filter((one) => one !== layer);
  return doodle.restack("removeLayer", left, below(layers, layer));
}

/** @param {Doodle} doodle @param {1 | -1} by 1 towards the top */
export function moveLayer(doodle, by) {
  const { layers, layer } = doodle;
  if (!possible(doodle)[by > 0 ? "raise" : "lower"]) return false;
  const at = layers.indexOf(layer);
  return doodle.restack(
    "moveLayer",
    layers.toSpliced(at, 1).toSpliced(at + by, 0, layer),
    layer.id,
  );
}

/** Paint the chosen layer onto the one below it, which is chosen then. @param {Doodle} doodle */
export function mergeLayer(doodle) {
  const { layers, layer, height, width } = doodle;
  if (!possible(doodle).merge) return false;
  const under = layers[layers.indexOf(layer) - 1];
  const left = layers.filter((one) => one !== layer);
  return doodle.restack("mergeLayer", left, under.id, () => {
    for (let y = 0; y < height; y++) pressRow(doodle, layer.labels, y, width);
  });
}

/** Paint a row of labels where they are not see-through. @param {Doodle} doodle @param {Uint8Array} labels @param {number} y @param {number} width */
function pressRow(doodle, labels, y, width) {
  const base = y * width;
  for (let x = 0; x < width; x++) {
    const label = labels[base + x];
    if (label === SEE_THROUGH) continue;
    const start = x;
    while (x + 1 < width && labels[base + x + 1] === label) x++;
    doodle.paintRow(y, start, x + 1, label);
  }
}

/**
 * Show or hide a layer. The chosen layer is always one that is shown: hiding it chooses the next
 * one below.
 *
 * @param {Doodle} doodle @param {number} id @param {boolean} shown @returns {boolean} whether it changed
 */
export function showLayer(doodle, id, shown) {
  const { layers, layer } = doodle;
  const one = layers.find((candidate) => candidate.id === id);
  if (!one || one === layers[0] || one.shown === shown) return false;
  const changed = layers.map((each) => (each === one ? { ...one, shown } : each));
  const chosen = shown || one !== layer ? layer.id : below(layers, layer);
  return doodle.restack(shown ? "showLayer" : "hideLayer", changed, chosen);
}

/** @param {Doodle} doodle @param {number} id @param {string | null} name null for the page's own */
export function renameLayer(doodle, id, name) {
  const { layers, layer } = doodle;
  if (!layers.some((one) => one.id === id && one.name !== name)) return false;
  const changed = layers.map((one) => (one.id === id ? { ...one, name } : one));
  return doodle.restack("renameLayer", changed, layer.id);
}

/** The next shown layer below one. @param {readonly Layer[]} layers @param {Layer} layer @returns {number} its id */
function below(layers, layer) {
  const under = layers.slice(0, layers.indexOf(layer)).filter(({ shown }) => shown);
  return /** @type {Layer} */ (under.at(-1)).id;
}
