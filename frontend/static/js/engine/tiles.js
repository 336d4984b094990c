/**
 * A sheet cut into tiles of 64×64 pixels, smaller at its right and lower edge.
 *
 * @typedef {{ x0: number, y0: number, x1: number, y1: number }} Rect in pixels, ends exclusive
 */

const TILE = 64;

export class Tiles {
  #across;

  /** @param {number} height @param {number} width of the sheet */
  constructor(height, width) {
    this.height = height;
    this.width = width;
    this.#across = Math.ceil(width / TILE);
    this.count = this.#across * Math.ceil(height / TILE);
  }

  /** Call back with every tile under a run of pixels. @param {number} y @param {number} start @param {number} end @param {(index: number) => void} visit */
  under(y, start, end, visit) {
    const row = Math.floor(y / TILE) * this.#across;
    const last = row + Math.floor((end - 1) / TILE);
    for (let index = row + Math.floor(start / TILE); index <= last; index++) visit(index);
  }

  /** @param {number} index @returns {Rect} */
  rect(index) {
    const x0 = (index % this.#across) * TILE;
    const y0 = Math.floor(index / this.#across) * TILE;
    return { x0, y0, x1: Math.min(x0 + TILE, this.width), y1: Math.min(y0 + TILE, this.height) };
  }

  /** How many pixels a tile has. @param {number} index */
  size(index) {
    const { x0, y0, x1, y1 } = this.rect(index);
    return (x1 - x0) * (y1 - y0);
  }

  /** @param {Uint8Array} labels of the sheet @param {number} index @returns {Uint8Array} a copy */
  read(labels, index) {
    const { x0, y0, x1, y1 } = this.rect(index);
    const tile = new Uint8Array((x1 - x0) * (y1 - y0));
    for (let y = y0, at = 0; y < y1; y++, at += x1 - x0) {
      tile.set(labels.subarray(y * this.width + x0, y * this.width + x1), at);
    }
    return tile;
  }

  /** @param {Uint8Array} labels of the sheet @param {number} index @param {Uint8Array} tile */
  write(labels, index, tile) {
    const { x0, y0, x1, y1 } = this.rect(index);
    for (let y = y0, at = 0; y < y1; y++, at += x1 - x0) {
      labels.set(tile.subarray(at, at + x1 - x0), y * this.width + x0);
    }
  }
}
