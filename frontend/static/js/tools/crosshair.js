/**
 * Painting with the keyboard: the arrows move a crosshair, Space presses and releases the tool
 * there (held while moving, it drags), Enter closes a polygon or fills, Escape stops.
 *
 * @typedef {import("./touch.js").Tool} Tool
 * @typedef {{ view: HTMLElement, editor: import("./editor.js").Editor,
 *   tool: (name?: import("../state.js").ToolName) => Tool,
 *   onMove: (x: number, y: number) => void }} Parts
 */

const STEPS_ACROSS = 64;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Crosshair {
  #parts;
  #x = -1;
  #y = -1;
  #pressed = false;
  /** Whether the keyboard, not the pointer, was used last. */
  active = false;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { view } = parts;
    view.addEventListener("keydown", (event) => this.#keyDown(event));
    view.addEventListener("keyup", (event) => this.#keyUp(event));
    view.addEventListener("blur", () => this.#stop());
    view.addEventListener("pointermove", () => (this.active = false));
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const { ready } = this.#parts.editor.store.now;
    if (event.ctrlKey || event.metaKey || event.altKey || !ready) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.#step(arrow, event.shiftKey);
    else if (event.key === "Enter") this.#enter();
    else if (event.key === " " && this.active) this.#press(event);
    else if (event.key === "Escape" && this.active) this.#stop();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {[number, number]} arrow @param {boolean} fine one pixel at a time */
  #step([dx, dy], fine) {
    const { editor, tool, onMove } = this.#parts;
    const { width, height } = editor.doodle;
    if (this.#x < 0) [this.#x, this.#y] = [width / 2, height / 2];
    const step = fine ? 1 : Math.max(1, Math.round(width / STEPS_ACROSS));
    this.active = true;
    this.#x = Math.min(width - 0.5, Math.max(0.5, this.#x + dx * step));
    this.#y = Math.min(height - 0.5, Math.max(0.5, this.#y + dy * step));
    if (this.#pressed) tool().move(this.#touch());
    else tool().hover?.(this.#touch());
    onMove(this.#x, this.#y);
  }

  #enter() {
    const { tool } = this.#parts;
    if (tool().finish?.() || !this.active) return;
    tool("fill").down(this.#touch());
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.repeat || this.#pressed) return;
    this.#pressed = true;
    this.#parts.tool().down(this.#touch());
  }

  /** @param {KeyboardEvent} event */
  #keyUp(event) {
    if (event.key !== " " || !this.#pressed) return;
    this.#pressed = false;
    this.#parts.tool().up(this.#touch());
    event.preventDefault();
  }

  #stop() {
    const { tool, editor } = this.#parts;
    if (this.#pressed || editor.preview) tool().cancel();
    this.#pressed = false;
  }

  #touch() {
    return { x: this.#x, y: this.#y, pressure: 1, pen: false, shift: false };
  }
}
