/**
 * Layers as they are kept: in the browser's database and in project files.
 *
 * @typedef {import("../engine/layers.js").Layer} Layer
 * @typedef {Omit<Layer, "labels"> & { runs: Uint8Array | null }} KeptLayer null runs: as they are
 * @typedef {{ layers: KeptLayer[], chosen: number }} KeptStack lowest first
 */
import { MAX_LAYERS, compose } from "../engine/layers.js";
import { packRuns, unpackRuns } from "./runs.js";

/** @param {{ layers: readonly import("../engine/history.js").Held[], chosen: number }} stack @returns {KeptStack} */
export const packStack = ({ layers, chosen }) => ({
  chosen,
  layers: layers.map(({ labels, ...layer }) => ({ ...layer, runs: labels && packRuns(labels) })),
});

/**
 * Read the layers of a kept drawing.
 *
 * @param {KeptStack} stack @param {Uint8Array} seen of them from above
 * @returns {{ layers: Layer[], chosen: number } | null} null when they
 *   are damaged
 */
export function readStack({ layers: kept, chosen }, seen) {
  try {
    const layers = unpackLayers(kept, chosen, ({ runs }) =>
      unpackRuns(runs ?? new Uint8Array(), seen.length),
    );
    return makes(layers, seen) ? { layers, chosen } : null;
  } catch {
    return null;
  }
}

/** Whether layers give what was seen of them. @param {Layer[]} layers @param {Uint8Array} seen */
export function makes(layers, seen) {
  const made = new Uint8Array(seen.length);
  compose(layers, made, 0, made.length);
  return made.every((label, i) => label === seen[i]);
}

/**
 * Check that layers make a stack, and read them.
 *
 * @template {Uint8Array | null} T
 * @param {KeptLayer[]} layers @param {number} chosen @param {(layer: KeptLayer) => T} read
 * @returns {(Omit<KeptLayer, "runs"> & { labels: T })[]}
 * @throws {TypeError} when they make none
 */
export function unpackLayers(layers, chosen, read) {
  const ids = new Set(layers.map(({ id }) => id));
  const whole = ids.size === layers.length && layers.length <= MAX_LAYERS && layers[0].id === 0;
  if (!whole || !layers[0].shown || !layers.find(({ id }) => id === chosen)?.shown) {
    throw new TypeError("these layers make no stack");
  }
  return layers.map((layer) => {
    const { id, name, shown } = layer;
    return {
      id,
      name: name === null ? null : String(name),
      shown: Boolean(shown),
      labels: read(layer),
    };
  });
}
