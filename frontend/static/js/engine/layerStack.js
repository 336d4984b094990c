/**
 * Layers of labels, and what is seen of them from above. No undo: that is the doodle's.
 *
 * With a single layer, what is seen is that layer itself; with more of them, every run of pixels
 * that changes is composed anew.
 *
 * @typedef {import("./tiles.js").Rect} Rect
 * @typedef {import("./layers.js").Layer} Layer
 * @typedef {import("./undo.js").Stack} Stack
 */
import { SEE_THROUGH, compose, lowest } from "./layers.js";
import { Tiles } from "./tiles.js";

export class LayerStack {
  /** @type {Rect | null} */ #dirty = null;

  /**
   * @param {number} height @param {number} width in pixels
   * @param {number | Uint8Array | readonly Layer[]} content one label for all of it,
   *   `[height * width]` labels, or layers, lowest first; they are copied
   */
  constructor(height, width, content) {
    this.height = height;
    this.width = width;
    this.tiles = new Tiles(height, width);
    const base = new Uint8Array(height * width);
    if (typeof content === "number") base.fill(content);
    else if (content instanceof Uint8Array) base.set(content);
    /** Lowest first. @type {readonly Layer[]} */
    this.layers = Array.isArray(content) ? content.map(copyOf) : [lowest(base)];
    /** What is seen from above, `[height * width]`. */
    this.labels = this.layers[0].labels;
    /** The layer that is painted on; it is shown. */
    this.layer = this.layers[0];
    this.#see();
  }

  /** @param {number} x @param {number} y @returns {number | null} label seen there, or null outside */
  at(x, y) {
    const inside = x >= 0 && y >= 0 && x < this.width && y < this.height;
    return inside ? this.labels[y * this.width + x] : null;
  }

  /** Take the area that changed since the last call. @returns {Rect | null} */
  takeDirty() {
    const dirty = this.#dirty;
    this.#dirty = null;
    return dirty;
  }

  /** Write one label to a run of a layer's pixels. @param {Layer} layer @param {number} y @param {number} from @param {number} to @param {number} label */
  fillRow(layer, y, from, to, label) {
    if (label === SEE_THROUGH && layer === this.layers[0]) {
      throw new RangeError("the lowest layer cannot be see-through");
    }
    const base = y * this.width;
    layer.labels.fill(label, base + from, base + to);
    if (this.layers.length > 1) compose(this.layers, this.labels, base + from, base + to);
    this.#markDirty(from, y, to, y + 1);
  }

  /** Exchange a tile of a layer. @param {Layer} layer @param {number} index @param {Uint8Array} tile @returns {Uint8Array} the one that was there */
  swapTile(layer, index, tile) {
    const before = this.tiles.read(layer.labels, index);
    this.tiles.write(layer.labels, index, tile);
    const { x0, y0, x1, y1 } = this.tiles.rect(index);
    for (let y = y0; y < y1 && this.layers.length > 1; y++) {
      compose(this.layers, this.labels, y * this.width + x0, y * this.width + x1);
    }
    this.#markDirty(x0, y0, x1, y1);
    return before;
  }

  /** Exchange the layers. @param {Stack} stack @returns {Stack} the one that was there */
  swapStack({ layers, chosen }) {
    const old = this.layers;
    const labelsOf = new Map(old.map(({ id, labels }) => [id, labels]));
    this.layers = layers.map((layer) => {
      const labels = layer.labels ?? labelsOf.get(layer.id);
      if (!labels) throw new Error(`the labels of layer ${layer.id} are gone`);
      return { ...layer, labels };
    });
    const kept = new Set(this.layers.map(({ labels }) => labels));
    // Held with its labels only if they are nowhere else.
    const held = old.map((one) => (kept.has(one.labels) ? { ...one, labels: null } : one));
    const before = { chosen: this.layer.id, layers: held };
    this.layer = this.layers.find(({ id }) => id === chosen) ?? this.layers[0];
    this.#see();
    return before;
  }

  /** Compose everything anew. */
  #see() {
    const { layers } = this;
    if (layers.length === 1) this.labels = layers[0].labels;
    else {
      this.labels = new Uint8Array(this.height * this.width);
      compose(layers, this.labels, 0, this.labels.length);
    }
    this.#markDirty(0, 0, this.width, this.height);
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

/** @param {Layer} layer @returns {Layer} */
const copyOf = (layer) => ({ ...layer, labels: layer.labels.slice() });
