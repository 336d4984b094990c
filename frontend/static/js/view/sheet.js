/** The canvas that shows the doodle. Nothing is ever read back from it. */
import { colourise } from "./colours.js";

/** @typedef {import("../engine/doodle.js").Doodle} Doodle */

export class Sheet {
  #context;
  /** @type {ImageData} */ #image;
  /** @type {Uint32Array} */ #pixels;
  #due = false;

  /**
   * @param {HTMLCanvasElement} canvas @param {Doodle} doodle
   * @param {import("./colours.js").Look} look @param {() => void} [onDraw]
   */
  constructor(canvas, doodle, look, onDraw) {
    this.canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext("2d", { alpha: false })
    );
    this.doodle = doodle;
    this.look = look;
    this.onDraw = onDraw;
    [this.#image, this.#pixels] = this.#resize();
  }

  /** Show another doodle. @param {Doodle} doodle */
  show(doodle) {
    this.doodle = doodle;
    [this.#image, this.#pixels] = this.#resize();
    this.redraw();
  }

  /** Show the same in other colours. @param {import("./colours.js").Look} look */
  recolour(look) {
    this.look = look;
    this.redraw();
  }

  /** Draw what has changed, once, before the next frame. */
  update() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      const dirty = this.doodle.takeDirty();
      if (dirty) this.#draw(dirty);
    });
  }

  redraw() {
    this.doodle.takeDirty();
    this.#draw({ x0: 0, y0: 0, x1: this.doodle.width, y1: this.doodle.height });
  }

  /** @param {import("../engine/tiles.js").Rect} rect */
  #draw(rect) {
    const { labels, width } = this.doodle;
    colourise(this.look, labels, width, this.#pixels, rect);
    const { x0, y0, x1, y1 } = rect;
    this.#context.putImageData(this.#image, 0, 0, x0, y0, x1 - x0, y1 - y0);
    this.onDraw?.();
  }

  /** @returns {[ImageData, Uint32Array]} */
  #resize() {
    const { height, width } = this.doodle;
    this.canvas.width = width;
    this.canvas.height = height;
    const image = new ImageData(width, height);
    return [image, new Uint32Array(image.data.buffer)];
  }
}
