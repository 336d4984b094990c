/**
 * Labels and layers as they are kept, in the browser's database and in project files: packed as
 * runs, which are pairs of a label and one less than how often it follows.
 *
 * @typedef {import("../engine/layers.js").Layer} Layer
 * @typedef {Omit<Layer, "labels"> & { runs: Uint8Array | null }} KeptLayer null runs: as they are
 * @typedef {{ layers: KeptLayer[], chosen: number }} KeptStack lowest first
 */
import { MAX_LAYERS, compose } from "../engine/layers.js";

const LONGEST = 256;

/** Room for the runs of the largest map so far: making it anew costs more than packing. */
let room = new Uint8Array();

/** @param {Uint8Array} labels @returns {Uint8Array} */
export function packRuns(labels) {
  const { length } = labels;
  if (room.length < 2 * length) room = new Uint8Array(2 * length);
  let out = 0;
  for (let at = 0; at < length;) {
    const label = labels[at];
    const last = at + LONGEST < length ? at + LONGEST : length;
    let end = at + 1;
    while (end < last && labels[end] === label) end++;
    room[out++] = label;
    room[out++] = end - at - 1;
    at = end;
  }
  return room.slice(0, out);
}

/**
 * @param {Uint8Array} runs @param {number} length in labels
 * @param {(label: number) => boolean} [knows] whether a label may be there
 * @returns {Uint8Array}
 * @throws {TypeError} when they are not runs of so many labels, or of others
 */
export function unpackRuns(runs, length, knows = () => true) {
  const labels = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i + 1 < runs.length; i += 2) {
    if (!knows(runs[i])) throw new TypeError(`label ${runs[i]} has no place here`);
    labels.fill(runs[i], at, at + runs[i + 1] + 1);
    at += runs[i + 1] + 1;
  }
  if (at !== length || runs.length % 2) throw new TypeError(`${at} labels instead of ${length}`);
  return labels;
}

/** @param {{ layers: readonly import("../engine/undo.js").Held[], chosen: number }} stack @returns {KeptStack} */
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
    return composesTo(layers, seen) ? { layers, chosen } : null;
  } catch {
    return null;
  }
}

/** Whether layers give what was seen of them. @param {Layer[]} layers @param {Uint8Array} seen */
export function composesTo(layers, seen) {
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
