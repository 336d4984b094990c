/**
 * Painting with the keyboard: the arrows move a crosshair, Space presses and releases the tool
 * there (held while moving, it drags), Enter closes a polygon or fills, Escape stops.
 *
 * @typedef {import("./touch.js").Tool} Tool
 * @typedef {{ view: HTMLElement, editor: import("./editor.js").Editor,
 *   tool: (name?: import("../state.js").ToolName) => Tool,
 *   onMove: (x: number, y: number) => void,
 *   covered: (at: { x: number, y: number }) => boolean, onCovered: () => void }} Parts
 *   what is covered by the photo takes no paint
 */

const STEPS_ACROSS = 64;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Crosshair {
  #parts;
  #x = -1;
  #y = -1;
  /** The tool that Space holds down; it stays the same while it does. @type {Tool | null} */ #held =
    null;
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
    view.addEventListener("focus", () => this.#appear());
  }

  /** Whether a tool is at work. */
  get working() {
    return this.#held !== null;
  }

  /** Whoever comes to the sheet by keyboard paints with the first Space. @param {boolean} [moved] by an arrow */
  #appear(moved = false) {
    const { view, editor, onMove } = this.#parts;
    const byKeyboard = view.matches(":focus-visible") && !view.classList.contains("pointed");
    if ((!byKeyboard && !moved) || !editor.store.now.ready) return;
    this.active = true;
    if (this.#x < 0) [this.#x, this.#y] = [editor.doodle.width / 2, editor.doodle.height / 2];
    onMove(this.#x, this.#y);
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
    const step = fine ? 1 : Math.max(1, Math.round(width / STEPS_ACROSS));
    this.#appear(true);
    this.#x = Math.min(width - 0.5, Math.max(0.5, this.#x + dx * step));
    this.#y = Math.min(height - 0.5, Math.max(0.5, this.#y + dy * step));
    if (this.#held) this.#held.move(this.#touch());
    else tool().hover?.(this.#touch());
    onMove(this.#x, this.#y);
  }

  #enter() {
    const { tool } = this.#parts;
    if (tool().finish?.() || !this.active || this.#covered()) return;
    tool("fill").down(this.#touch());
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.repeat || this.#held || this.#covered()) return;
    this.#held = this.#parts.tool();
    this.#held.down(this.#touch());
  }

  /** @param {KeyboardEvent} event */
  #keyUp(event) {
    if (event.key !== " " || !this.#held) return;
    this.#held.up(this.#touch());
    this.#held = null;
    event.preventDefault();
  }

  #stop() {
    const { tool, editor } = this.#parts;
    if (this.#held || editor.preview) (this.#held ?? tool()).cancel();
    this.#held = null;
  }

  /** Whether nothing can be painted where the crosshair is, which is then said. */
  #covered() {
    const covered = this.#parts.covered(this.#touch());
    if (covered) this.#parts.onCovered();
    return covered;
  }

  #touch() {
    return { x: this.#x, y: this.#y, pressure: 1, pen: false, shift: false };
  }
}
