/**
 * The steps of undo: what each of them changed, as it was before.
 *
 * An edit is a patch that turns one state of the doodle into the one next to it, and is never
 * changed once it is made: undoing it yields the patch that does it again.
 *
 * @typedef {import("./layers.js").Layer} Layer
 * @typedef {Omit<Layer, "labels"> & { labels: Uint8Array | null }} Held a layer of the state that the
 *   edit leads to; null labels: those that it has already
 * @typedef {{ layers: Held[], chosen: number }} Stack
 *
 * @typedef {object} Edit
 * @property {string} name what was done ("brush"), so that the page can put it in words
 * @property {number} label with which, -1 for none
 * @property {number} layer on which the tiles lie
 * @property {Map<number, Uint8Array>} tiles by index, in the order of painting
 * @property {Stack | null} stack when layers came, went or changed
 *
 * @typedef {{ past: readonly Edit[], future: readonly Edit[] }} Steps oldest first; the next to do
 *   again comes last
 */

const MAX_STEPS = 200;
/** A hundred fills of a sheet of 1024×1024, with room to spare. */
const MAX_BYTES = 128 * 2 ** 20;

export class History {
  /** @type {Edit[]} */ #past = [];
  /** @type {Edit[]} */ #future = [];

  /** @returns {Steps} */
  get steps() {
    return { past: this.#past, future: this.#future };
  }

  /** Take up a new step; what was undone before cannot be done again. @param {Edit} edit */
  push(edit) {
    this.#past.push(edit);
    this.forgetRedo();
    let bytes = this.#past.reduce((sum, one) => sum + bytesOf(one), 0);
    while (this.#past.length > MAX_STEPS || bytes > MAX_BYTES) {
      bytes -= bytesOf(/** @type {Edit} */ (this.#past.shift()));
    }
  }

  forgetRedo() {
    this.#future.length = 0;
  }

  /** Go on with the steps of an earlier visit. @param {Steps} steps */
  recall({ past, future }) {
    this.#past = [...past];
    this.#future = [...future];
  }

  /** @param {(edit: Edit) => Edit} swap does an edit and returns the opposite one @returns {Edit | null} the one undone */
  undo(swap) {
    return move(this.#past, this.#future, swap);
  }

  /** @param {(edit: Edit) => Edit} swap @returns {Edit | null} the one done again */
  redo(swap) {
    return move(this.#future, this.#past, swap);
  }
}

/** @param {Edit[]} from @param {Edit[]} to @param {(edit: Edit) => Edit} swap */
function move(from, to, swap) {
  const edit = from.pop();
  if (!edit) return null;
  to.push(swap(edit));
  return edit;
}

/** @param {Edit} edit */
function bytesOf({ tiles, stack }) {
  let bytes = 0;
  for (const tile of tiles.values()) bytes += tile.length;
  for (const { labels } of stack?.layers ?? []) bytes += labels?.length ?? 0;
  return bytes;
}
