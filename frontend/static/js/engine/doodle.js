/**
 * The doodle: a label map that can be painted on, with undo.
 *
 * Undo keeps the 64×64 tiles that an edit touched, as they were before; undoing swaps them with
 * what is there, which makes the same record serve redo.
 *
 * @typedef {{ x0: number, y0: number, x1: number, y1: number }} Rect in pixels, ends exclusive
 * @typedef {{ name: string, label: number, tiles: Map<number, Uint8Array>, bytes: number }} Edit
 *   `name` and `label` say what was done ("brush", 123) so that the page can put it in words
 */

const TILE = 64;
const MAX_STEPS = 200;
/** A hundred fills of a sheet of 1024×1024, with room to spare. */
const MAX_BYTES = 128 * 2 ** 20;

export class Doodle {
  /** @type {Edit[]} */ #past = [];
  /** @type {Edit[]} */ #future = [];
  /** @type {Edit | null} */ #edit = null;
  /** @type {Rect | null} */ #dirty = null;
  #tilesAcross;

  /**
   * @param {number} height @param {number} width in pixels
   * @param {number | Uint8Array} content one label for all of it, or `[height * width]` labels
   */
  constructor(height, width, content) {
    this.height = height;
    this.width = width;
    this.labels = new Uint8Array(height * width);
    if (typeof content === "number") this.labels.fill(content);
    else this.labels.set(content);
    this.#tilesAcross = Math.ceil(width / TILE);
    this.#markDirty(0, 0, width, height);
  }

  /** @param {number} x @param {number} y @returns {number | null} label, or null outside */
  at(x, y) {
    const inside = x >= 0 && y >= 0 && x < this.width && y < this.height;
    return inside ? this.labels[y * this.width + x] : null;
  }

  get painting() {
    return this.#edit !== null;
  }

  /** Open an edit: everything until `commit` is one step of undo. @param {string} name @param {number} label */
  begin(name, label) {
    if (this.#edit) throw new Error(`edit "${this.#edit.name}" is still open`);
    this.#edit = { name, label, tiles: new Map(), bytes: 0 };
  }

  /** Write one label to a run of pixels, clipped to the doodle. @param {number} y @param {number} start @param {number} end exclusive @param {number} label */
  paintRow(y, start, end, label) {
    const from = Math.max(0, start);
    const to = Math.min(this.width, end);
    if (y < 0 || y >= this.height || from >= to) return;
    this.#keepTiles(y, from, to);
    this.labels.fill(label, y * this.width + from, y * this.width + to);
    this.#markDirty(from, y, to, y + 1);
  }

  /** Write all labels. @param {Uint8Array} labels of the same size */
  paintAll(labels) {
    for (let y = 0; y < this.height; y++) this.#keepTiles(y, 0, this.width);
    this.labels.set(labels);
    this.#markDirty(0, 0, this.width, this.height);
  }

  /** Close the edit. @returns {boolean} whether any pixel changed */
  commit() {
    const edit = this.#takeEdit();
    for (const [index, before] of edit.tiles) {
      if (this.#sameAsNow(index, before)) edit.tiles.delete(index);
      else edit.bytes += before.length;
    }
    if (edit.tiles.size === 0) return false;
    this.#past.push(edit);
    this.#future.length = 0;
    this.#forgetOldest();
    return true;
  }

  /** Drop the open edit and put back what it painted over. */
  rollback() {
    this.#swap(this.#takeEdit());
  }

  get undoable() {
    return this.#past.at(-1) ?? null;
  }

  get redoable() {
    return this.#future.at(-1) ?? null;
  }

  /** How many steps can be undone. */
  get depth() {
    return this.#past.length;
  }

  /** @returns {Edit | null} the edit that was undone */
  undo() {
    return this.#move(this.#past, this.#future);
  }

  /** @returns {Edit | null} the edit that was done again */
  redo() {
    return this.#move(this.#future, this.#past);
  }

  /** Drop the steps that were undone. */
  forgetRedo() {
    this.#future.length = 0;
  }

  /** Take the area that changed since the last call. @returns {Rect | null} */
  takeDirty() {
    const dirty = this.#dirty;
    this.#dirty = null;
    return dirty;
  }

  /** @param {Edit[]} from @param {Edit[]} to */
  #move(from, to) {
    if (this.#edit) return null;
    const edit = from.pop();
    if (!edit) return null;
    this.#swap(edit);
    to.push(edit);
    return edit;
  }

  #takeEdit() {
    const edit = this.#edit;
    if (!edit) throw new Error("no edit is open");
    this.#edit = null;
    return edit;
  }

  /** @param {number} y @param {number} start @param {number} end */
  #keepTiles(y, start, end) {
    const edit = this.#edit;
    if (!edit) throw new Error("painting needs an open edit");
    const row = Math.floor(y / TILE) * this.#tilesAcross;
    const last = row + Math.floor((end - 1) / TILE);
    for (let index = row + Math.floor(start / TILE); index <= last; index++) {
      if (!edit.tiles.has(index)) edit.tiles.set(index, this.#readTile(index));
    }
  }

  /** @param {number} index @returns {Rect} */
  #tileRect(index) {
    const x0 = (index % this.#tilesAcross) * TILE;
    const y0 = Math.floor(index / this.#tilesAcross) * TILE;
    return { x0, y0, x1: Math.min(x0 + TILE, this.width), y1: Math.min(y0 + TILE, this.height) };
  }

  /** @param {number} index */
  #readTile(index) {
    const { x0, y0, x1, y1 } = this.#tileRect(index);
    const tile = new Uint8Array((x1 - x0) * (y1 - y0));
    for (let y = y0, at = 0; y < y1; y++, at += x1 - x0) {
      tile.set(this.labels.subarray(y * this.width + x0, y * this.width + x1), at);
    }
    return tile;
  }

  /** @param {number} index @param {Uint8Array} before */
  #sameAsNow(index, before) {
    const now = this.#readTile(index);
    return now.every((label, i) => label === before[i]);
  }

  /** Exchange an edit's tiles with the doodle's. @param {Edit} edit */
  #swap(edit) {
    for (const [index, before] of edit.tiles) {
      const { x0, y0, x1, y1 } = this.#tileRect(index);
      edit.tiles.set(index, this.#readTile(index));
      for (let y = y0, at = 0; y < y1; y++, at += x1 - x0) {
        this.labels.set(before.subarray(at, at + x1 - x0), y * this.width + x0);
      }
      this.#markDirty(x0, y0, x1, y1);
    }
  }

  #forgetOldest() {
    let bytes = this.#past.reduce((sum, edit) => sum + edit.bytes, 0);
    while (this.#past.length > MAX_STEPS || bytes > MAX_BYTES) {
      bytes -= /** @type {Edit} */ (this.#past.shift()).bytes;
    }
  }

  /** @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
  #markDirty(x0, y0, x1, y1) {
    const d = this.#dirty;
    if (!d) {
      this.#dirty = { x0, y0, x1, y1 };
      return;
    }
    if (x0 < d.x0) d.x0 = x0;
    if (y0 < d.y0) d.y0 = y0;
    if (x1 > d.x1) d.x1 = x1;
    if (y1 > d.y1) d.y1 = y1;
  }
}
