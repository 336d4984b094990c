/**
 * The doodle: layers of labels that can be painted on, with undo.
 *
 * Undo keeps the tiles that an edit touched, and the layers that it took away, as they were before.
 *
 * @typedef {import("./layers.js").Layer} Layer
 * @typedef {import("./undo.js").Edit} Edit
 */
import { History } from "./undo.js";
import { LayerStack } from "./layerStack.js";

export class Doodle extends LayerStack {
  #history = new History();
  /** @type {Edit | null} */ #edit = null;
  /** The layer that the open edit paints on. */
  #target = this.layer;

  get painting() {
    return this.#edit !== null;
  }

  /** Id of the layer that is painted on. */
  get chosen() {
    return this.layer.id;
  }

  /** Paint on another layer from now on. @param {number} id @returns {boolean} whether it is there and shown */
  choose(id) {
    const layer = this.layers.find((one) => one.id === id);
    if (!layer?.shown || this.#edit) return false;
    this.layer = layer;
    return true;
  }

  /** Open an edit: everything until `commit` is one step of undo. @param {string} name @param {number} label @param {Layer} [layer] the chosen one if left out */
  begin(name, label, layer = this.layer) {
    if (this.#edit) throw new Error(`edit "${this.#edit.name}" is still open`);
    this.#edit = { name, label, layer: layer.id, tiles: new Map(), stack: null };
    this.#target = layer;
  }

  /** Write one label to a run of the layer's pixels, clipped to the doodle. @param {number} y @param {number} start @param {number} end exclusive @param {number} label */
  paintRow(y, start, end, label) {
    const from = Math.max(0, start);
    const to = Math.min(this.width, end);
    if (y < 0 || y >= this.height || from >= to) return;
    this.#keepTiles(y, from, to);
    this.fillRow(this.#target, y, from, to, label);
  }

  /** Write all labels, to the lowest layer; the others are gone. @param {Uint8Array} labels of the same size */
  paintAll(labels) {
    const edit = this.#opened();
    const [base] = this.layers;
    if (this.layers.length > 1) edit.stack = this.swapStack({ layers: [base], chosen: base.id });
    this.#target = base;
    edit.layer = base.id;
    for (let index = 0; index < this.tiles.count; index++) {
      const before = this.swapTile(base, index, this.tiles.read(labels, index));
      if (!edit.tiles.has(index)) edit.tiles.set(index, before);
    }
  }

  /**
   * Change the layers as one step of undo.
   *
   * @param {string} name @param {readonly Layer[]} layers @param {number} chosen id of one that is shown
   * @param {() => void} [paint] on the chosen one, which must be there already
   * @returns {true}
   */
  restack(name, layers, chosen, paint) {
    this.begin(
      name,
      -1,
      this.layers.find(({ id }) => id === chosen),
    );
    paint?.();
    this.#opened().stack = this.swapStack({ layers: [...layers], chosen });
    return /** @type {true} */ (this.commit());
  }

  /** Close the edit. @returns {boolean} whether any pixel or layer changed */
  commit() {
    const edit = this.#opened();
    this.#edit = null;
    for (const [index, before] of edit.tiles) {
      if (this.#sameAsNow(index, before)) edit.tiles.delete(index);
    }
    if (edit.tiles.size === 0 && !edit.stack) return false;
    this.#history.push(edit);
    return true;
  }

  /** Drop the open edit and put back what it painted over. */
  rollback() {
    this.#swap(this.#opened());
    this.#edit = null;
  }

  get undoable() {
    return this.steps.past.at(-1) ?? null;
  }

  get redoable() {
    return this.steps.future.at(-1) ?? null;
  }

  /** What can be undone and done again. */
  get steps() {
    return this.#history.steps;
  }

  /** Go on with the steps of an earlier visit, which led to what is there. @param {import("./undo.js").Steps} steps */
  recall(steps) {
    this.#history.recall(steps);
  }

  /** @returns {Edit | null} the edit that was undone */
  undo() {
    return this.#edit ? null : this.#history.undo((edit) => this.#swap(edit));
  }

  /** @returns {Edit | null} the edit that was done again */
  redo() {
    return this.#edit ? null : this.#history.redo((edit) => this.#swap(edit));
  }

  /** Drop the steps that were undone. */
  forgetRedo() {
    this.#history.forgetRedo();
  }

  #opened() {
    if (!this.#edit) throw new Error("no edit is open");
    return this.#edit;
  }

  /** @param {number} y @param {number} start @param {number} end */
  #keepTiles(y, start, end) {
    const { tiles } = this;
    const { labels } = this.#target;
    const edit = this.#opened();
    tiles.under(y, start, end, (index) => {
      if (!edit.tiles.has(index)) edit.tiles.set(index, tiles.read(labels, index));
    });
  }

  /** @param {number} index @param {Uint8Array} before */
  #sameAsNow(index, before) {
    const now = this.tiles.read(this.#target.labels, index);
    return now.every((label, i) => label === before[i]);
  }

  /** Do an edit. @param {Edit} edit @returns {Edit} the opposite one */
  #swap(edit) {
    const layer = this.layers.find(({ id }) => id === edit.layer);
    /** @type {Edit["tiles"]} */ const tiles = new Map();
    for (const [index, tile] of layer ? edit.tiles : []) {
      tiles.set(index, this.swapTile(/** @type {Layer} */ (layer), index, tile));
    }
    return { ...edit, tiles, stack: edit.stack && this.swapStack(edit.stack) };
  }
}
