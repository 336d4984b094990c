/**
 * Where the doodle lies in its pane: zoom and pan, shared by both panes, on whole device pixels.
 *
 * @typedef {{ x: number, y: number }} Place
 * @typedef {{ left: number, top: number, width: number, height: number, scale: number }} Box
 */

const MAX_ZOOM = 32;
/** At most so much is left free above the doodle, in CSS pixels: whatever comes and goes below it
 * does not move it, and it lies at the same place in every pane. */
const ABOVE = 16;

/** Tells of every change by a "moved" event. */
export class Viewport extends EventTarget {
  zoom = 1;
  /** Middle of the pane, as a share of the doodle's size. */
  centre = { x: 0.5, y: 0.5 };
  /** @type {{ view: HTMLElement, layers: HTMLElement[] }[]} */ #panes = [];
  #size = { height: 1, width: 1 };
  #observer = new ResizeObserver(() => this.apply());
  /** Where the doodle was last laid. A pane may have changed its size since, but what one presses
   * is what one sees. @type {Map<HTMLElement, Box>} */
  #boxes = new Map();
  /** Measuring makes the browser lay out the page, too slow for every sample of a stroke.
   * @type {Map<HTMLElement, DOMRect>} */
  #areas = new Map();

  constructor() {
    super();
    addEventListener("resize", () => this.apply());
  }

  /** Keep some layers of a pane in place. @param {HTMLElement} view @param {HTMLElement[]} layers */
  add(view, layers) {
    this.#panes.push({ view, layers });
    this.#observer.observe(view);
  }

  /** @param {number} height @param {number} width of the doodle */
  setSize(height, width) {
    this.#size = { height, width };
    this.apply();
  }

  /** The doodle's box inside a pane, in CSS pixels. @param {HTMLElement} view @returns {Box} */
  box(view) {
    return this.#boxes.get(view) ?? this.#place(view);
  }

  /** Look where a pane lies: something may have moved it. @param {HTMLElement} view */
  remeasure(view) {
    this.#areas.delete(view);
  }

  /** @param {HTMLElement} view @returns {DOMRect} */
  #area(view) {
    let area = this.#areas.get(view);
    if (!area) this.#areas.set(view, (area = view.getBoundingClientRect()));
    return area;
  }

  /** @param {HTMLElement} view @returns {Box} */
  #place(view) {
    const { clientWidth, clientHeight } = view;
    const { height, width } = this.#size;
    const fit = Math.min(clientWidth / width, clientHeight / height) || 1;
    const ratio = devicePixelRatio || 1;
    /** @param {number} value */
    const whole = (value) => Math.round(value * ratio) / ratio;
    const boxWidth = whole(width * fit * this.zoom);
    const boxHeight = whole(height * fit * this.zoom);
    const middle = Math.min(clientHeight / 2, boxHeight / 2 + ABOVE);
    return {
      left: whole(clientWidth / 2 - this.centre.x * boxWidth),
      top: whole(middle - this.centre.y * boxHeight),
      width: boxWidth,
      height: boxHeight,
      scale: boxWidth / width,
    };
  }

  apply() {
    this.#areas.clear();
    this.#boxes.clear();
    this.#keepInside();
    for (const { view, layers } of this.#panes) {
      if (!view.clientWidth) continue;
      const box = this.#place(view);
      this.#boxes.set(view, box);
      const { left, top, width, height } = box;
      for (const { style } of layers) {
        style.transform = `translate(${left}px, ${top}px)`;
        style.width = `${width}px`;
        style.height = `${height}px`;
      }
    }
    this.dispatchEvent(new Event("moved"));
  }

  /** Turn a place on the screen into doodle pixels. @param {HTMLElement} view @param {Place} at @param {Box} [box] @returns {Place} */
  toDoodle(view, at, { left, top, scale } = this.box(view)) {
    const area = this.#area(view);
    return { x: (at.x - area.left - left) / scale, y: (at.y - area.top - top) / scale };
  }

  /** Zoom and keep what is under a place there. @param {number} zoom @param {HTMLElement} view @param {Place} [at] the middle if left out @param {number} [least] 1: the whole doodle fills the pane */
  zoomTo(zoom, view, at, least = 1) {
    const area = view.getBoundingClientRect();
    const place = at ?? { x: area.left + area.width / 2, y: area.top + area.height / 2 };
    const before = this.toDoodle(view, place);
    this.zoom = Math.min(MAX_ZOOM, Math.max(least, zoom));
    const after = this.toDoodle(view, place, this.#place(view));
    this.centre.x += (before.x - after.x) / this.#size.width;
    this.centre.y += (before.y - after.y) / this.#size.height;
    this.apply();
  }

  /** Pixels of the screen for each of the doodle. @param {HTMLElement} view */
  realScale(view) {
    return this.box(view).scale * (devicePixelRatio || 1);
  }

  /** One doodle pixel on one of the screen. @param {HTMLElement} view */
  actualSize(view) {
    const zoom = this.zoom / this.realScale(view);
    this.zoomTo(zoom, view, undefined, Math.min(1, zoom));
  }

  fit() {
    this.zoom = 1;
    this.apply();
  }

  /** @param {HTMLElement} view @param {number} dx @param {number} dy in CSS pixels */
  pan(view, dx, dy) {
    const { width, height } = this.box(view);
    this.centre.x -= dx / width;
    this.centre.y -= dy / height;
    this.apply();
  }

  #keepInside() {
    const margin = Math.min(0.5, 0.5 / this.zoom);
    /** @param {number} value */
    const keep = (value) => Math.min(1 - margin, Math.max(margin, value));
    this.centre = { x: keep(this.centre.x), y: keep(this.centre.y) };
  }
}
