/**
 * The steps of undo as they are kept in the browser: each is written once, beside the drawing that
 * it belongs to and in the same transaction, so that a stroke costs its own tiles and no more.
 *
 * Undoing makes another edit of a step, so what was written never changes; it is only dropped.
 *
 * @typedef {import("../engine/undo.js").Edit} Edit
 * @typedef {import("../engine/undo.js").Steps} Steps
 * @typedef {import("../engine/doodle.js").Doodle} Doodle
 *
 * @typedef {object} KeptStep
 * @property {number} key unique in its drawing
 * @property {string} name
 * @property {number} label
 * @property {number} layer
 * @property {number[]} tiles indices
 * @property {Uint8Array} runs of their labels, one tile after the other
 * @property {import("./packing.js").KeptStack | null} stack
 *
 * @typedef {{ past: number[], future: number[] }} StepKeys oldest first, as in `Steps`
 * @typedef {{ all: boolean, put: KeptStep[], drop: number[] }} StepChanges
 *   `all`: nothing that lies there is this page's
 */
import { SEE_THROUGH } from "../engine/layers.js";
import { packRuns, packStack, unpackLayers, unpackRuns } from "./packing.js";

/** Of a drawing's steps, packed; the oldest make room. */
export const MAX_KEPT_BYTES = 4 * 2 ** 20;

/** @type {WeakMap<Edit, Omit<KeptStep, "key">>} */
const packed = new WeakMap();

/** Knows which steps of the tab's drawing are written. */
export class StepLog {
  /** @type {Map<Edit, number>} */ #keys = new Map();
  #next = 1;
  #all = true;

  /** Nothing is known of what lies there: another drawing, or a write that failed. */
  forget() {
    this.#keys = new Map();
    this.#all = true;
  }

  /** Go on where an earlier visit stopped. @param {Map<Edit, number>} keys of all its steps */
  adopt(keys) {
    this.#keys = keys;
    this.#next = Math.max(0, ...keys.values()) + 1;
    this.#all = false;
  }

  /** Say what must be written so that just these steps are kept, as far as they fit. @param {Steps} steps @returns {StepChanges & { keys: StepKeys }} */
  turnTo({ past, future }) {
    const redo = newest(future, MAX_KEPT_BYTES / 2);
    const undo = newest(past, MAX_KEPT_BYTES - redo.reduce((sum, one) => sum + bytesOf(one), 0));
    const before = this.#keys;
    this.#keys = new Map();
    const put = [];
    for (const edit of [...undo, ...redo]) {
      const key = before.get(edit) ?? this.#next++;
      this.#keys.set(edit, key);
      if (!before.delete(edit)) put.push({ ...pack(edit), key });
    }
    const keyOf = (/** @type {Edit} */ edit) => /** @type {number} */ (this.#keys.get(edit));
    const keys = { past: undo.map(keyOf), future: redo.map(keyOf) };
    const all = this.#all;
    this.#all = false;
    return { all, put, drop: [...before.values()], keys };
  }
}

/** The newest of some edits that fit. @param {readonly Edit[]} edits @param {number} bytes */
function newest(edits, bytes) {
  let left = bytes;
  const first = edits.findLastIndex((edit) => (left -= bytesOf(edit)) < 0);
  return edits.slice(first + 1);
}

/** @param {Edit} edit */
function bytesOf(edit) {
  const { runs, stack } = pack(edit);
  return (stack?.layers ?? []).reduce((sum, one) => sum + (one.runs?.length ?? 0), runs.length);
}

/** @param {Edit} edit @returns {Omit<KeptStep, "key">} */
function pack(edit) {
  let found = packed.get(edit);
  if (!found) {
    const { name, label, layer, tiles, stack } = edit;
    found = { name, label, layer, ...packTiles(tiles), stack: stack && packStack(stack) };
    packed.set(edit, found);
  }
  return found;
}

/** @param {Edit["tiles"]} tiles */
function packTiles(tiles) {
  const all = new Uint8Array([...tiles.values()].reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const tile of tiles.values()) {
    all.set(tile, at);
    at += tile.length;
  }
  return { tiles: [...tiles.keys()], runs: packRuns(all) };
}

/**
 * Read the steps that lead to and from a doodle. Those behind a damaged one are of no use.
 *
 * @param {StepKeys | undefined} keys @param {KeptStep[]} kept @param {Doodle} doodle
 * @param {(label: number) => boolean} knows which labels there are
 * @returns {{ steps: Steps, keys: Map<Edit, number>, whole: boolean }} `whole`: all that is kept was read
 */
export function readSteps(keys, kept, doodle, knows) {
  const byKey = new Map(kept.map((step) => [step.key, step]));
  /** @type {Map<Edit, number>} */ const found = new Map();
  const read = (/** @type {number[] | undefined} */ list) => {
    /** @type {Edit[]} */ const edits = [];
    let ids = doodle.layers.map(({ id }) => id);
    try {
      for (const key of [...(list ?? [])].reverse()) {
        const edit = unpack(byKey.get(key), ids, doodle, knows);
        if (edit.stack) ids = edit.stack.layers.map(({ id }) => id);
        edits.unshift(edit);
        found.set(edit, key);
      }
    } catch {
      // What is damaged, or of another program, can be neither undone nor what lies behind it.
    }
    return edits;
  };
  const steps = { past: read(keys?.past), future: read(keys?.future) };
  return { steps, keys: found, whole: found.size === kept.length };
}

/**
 * @param {KeptStep | undefined} step @param {number[]} ids of the layers there are before it
 * @param {Doodle} doodle @param {(label: number) => boolean} knows @returns {Edit}
 * @throws when it does not fit
 */
function unpack(step, ids, { tiles: { count }, tiles, height, width }, knows) {
  if (!step) throw new TypeError("the step is missing");
  const { name, label, layer, stack } = step;
  const on = (/** @type {number} */ id) => (/** @type {number} */ one) =>
    knows(one) || (one === SEE_THROUGH && id !== 0);
  const fits = step.tiles.every((index) => Number.isInteger(index) && index >= 0 && index < count);
  if (!fits || (step.tiles.length > 0 && !ids.includes(layer)))
    throw new TypeError("no such place");
  const sizes = step.tiles.map((index) => tiles.size(index));
  const all = unpackRuns(
    step.runs,
    sizes.reduce((sum, size) => sum + size, 0),
    on(layer),
  );
  let at = 0;
  const cut = step.tiles.map(
    (index, i) => /** @type {[number, Uint8Array]} */ ([index, all.slice(at, (at += sizes[i]))]),
  );
  const size = height * width;
  return {
    name: String(name),
    label: Number(label),
    layer,
    tiles: new Map(cut),
    stack: stack && {
      chosen: stack.chosen,
      layers: unpackLayers(stack.layers, stack.chosen, (one) => {
        if (!one.runs && !ids.includes(one.id)) throw new TypeError("a layer is missing");
        return one.runs && unpackRuns(one.runs, size, on(one.id));
      }),
    },
  };
}
