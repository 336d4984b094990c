/**
 * A composed layout on the sheet: the scene anew, or a layer over what is there.
 *
 * @typedef {import("./studio.js").Studio} Studio
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {import("../service/layouts.js").Wish} Wish
 * @typedef {{ name: string, wish: Wish, asLayer: boolean }} Manner `name` is for the layer
 */
import { addLayer } from "../engine/layerEdits.js";
import { SEE_THROUGH, lowest } from "../engine/layers.js";

const STEP = "words";
const LONGEST_NAME = 40;

/**
 * What the words ask for, and nothing else: the ground and the sky that a layout has besides are
 * see-through, so that a layer of it covers no more than it must.
 *
 * @param {Uint8Array} labels @param {Wish} wish @param {{ id: number, name: string }[]} known
 * @returns {Uint8Array} all of it, if it has nothing that the words name
 */
export function onlyWished(labels, { things }, known) {
  const names = new Set(things.map(({ material }) => material));
  const wished = new Set(known.filter(({ name }) => names.has(name)).map(({ id }) => id));
  if (!labels.some((label) => wished.has(label))) return labels;
  return labels.map((label) => (wished.has(label) ? label : SEE_THROUGH));
}

export class LayoutOnSheet {
  #studio;
  /** Count of edits after the last layout was put: nothing was painted since if it is the same. */
  #edits = -1;
  /** The preset that the last layout's words called for. @type {string | null} */ #light = null;

  /** @param {Studio} studio */
  constructor(studio) {
    this.#studio = studio;
  }

  /** Put a layout on the sheet, in the place of the last one as long as that is as it was put: trying several is one step of undo. @param {LabelMap} map of the doodle's size @param {Manner} manner */
  put(map, { name, wish, asLayer }) {
    const { editor, fit, store } = this.#studio;
    const again = store.now.edits === this.#edits && editor.undoable?.name === STEP;
    if (again) editor.undo();
    fit.adopt(map.labels);
    this.#shed(wish.style);
    editor.touch = false;
    const short = name.slice(0, LONGEST_NAME);
    const wished = asLayer ? onlyWished(map.labels, wish, this.#studio.labels) : map.labels;
    if (asLayer) editor.restack((doodle) => addLayer(doodle, wished, short, STEP));
    else if (again) editor.load([lowest(map.labels)], 0, STEP);
    else fit.load(STEP, map);
    this.#edits = store.now.edits;
  }

  /** Take the light of the words; one that other words brought goes with them. @param {string | null} light */
  #shed(light) {
    const { store, model } = this.#studio;
    const preset = model.styles.find(({ name }) => name === light)?.name ?? null;
    const isOurs = this.#light !== null && store.now.style === this.#light;
    if (preset || isOurs) store.set({ style: preset, stylePhoto: null, look: null });
    this.#light = preset;
  }
}
