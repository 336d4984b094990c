/**
 * Pointers on the doodle: which of them paint, pan or pinch.
 *
 * One finger paints until a pen was seen; then fingers only move the sheet, so a resting palm
 * leaves no mark. A second finger takes back what the first began and pinches.
 *
 * @typedef {import("./touch.js").Tool} Tool
 * @typedef {import("./touch.js").Touch} Touch
 * @typedef {{ x: number, y: number }} Place on the screen, in CSS pixels
 * @typedef {{ view: HTMLElement, viewport: import("../view/viewport.js").Viewport,
 *   editor: import("./editor.js").Editor, tool: (name?: import("../state.js").ToolName) => Tool,
 *   held: { space: boolean }, covered: (at: Place) => boolean, onHover: (touch: Touch | null, event: PointerEvent) => void,
 *   onTwoFingerTap: () => void }} Parts
 */
import { pick } from "./tools.js";

const TAP_MS = 300;
const TAP_REACH = 12;
const PEN_ERASER = 32;

export class PointerInput {
  #parts;
  /** @type {Map<number, Place>} */ #down = new Map();
  /** @type {"none" | "tool" | "pan" | "pinch"} */ #mode = "none";
  /** @type {Tool | null} */ #tool = null;
  #painter = -1;
  #tap = { since: 0, moved: 0, fingers: 0 };

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { view } = parts;
    view.addEventListener("pointerenter", () => parts.viewport.remeasure(view));
    view.addEventListener("pointerdown", (event) => this.#press(event));
    view.addEventListener("pointermove", (event) => this.#move(event));
    view.addEventListener("pointerup", (event) => this.#release(event));
    view.addEventListener("pointercancel", (event) => this.#cancel(event));
    view.addEventListener("pointerleave", (event) => parts.onHover(null, event));
    // The ring of the focus is for the keyboard; the pointer has its own.
    for (const type of ["blur", "keydown"])
      view.addEventListener(type, () => view.classList.remove("pointed"));
    view.addEventListener("contextmenu", (event) => event.preventDefault());
    view.addEventListener("dblclick", () => parts.tool().finish?.());
  }

  /** Whether a tool is at work: it ends what it began, whichever is chosen meanwhile. */
  get working() {
    return this.#mode === "tool";
  }

  /** Stop what is being done with the pointer. */
  abandon() {
    if (this.#mode === "tool") this.#tool?.cancel();
    this.#mode = "none";
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const { view, viewport, editor, held } = this.#parts;
    const { store } = editor;
    viewport.remeasure(view);
    const touch = event.pointerType === "touch";
    if (event.pointerType === "pen" && !store.now.penSeen) store.set({ penSeen: true });
    if (event.button === 2) return;
    // Focus as a click would, but without scrolling a phone's page.
    view.classList.add("pointed");
    view.focus({ preventScroll: true });
    view.setPointerCapture(event.pointerId);
    this.#down.set(event.pointerId, placeOf(event));
    editor.touch = touch;
    if (touch && this.#down.size > 1) return this.#startPinch();
    if (touch) this.#tap = { since: event.timeStamp, moved: 0, fingers: 1 };
    const { tool, ready } = store.now;
    const hidden = this.#parts.covered(this.#touchOf(event));
    const pans = event.button === 1 || held.space || tool === "hand" || !ready || hidden;
    if (pans || (touch && store.now.penSeen)) this.#mode = "pan";
    else this.#startTool(event);
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #startTool(event) {
    const { editor, tool } = this.#parts;
    const at = this.#touchOf(event);
    if (event.altKey) return pick(editor, Math.floor(at.x), Math.floor(at.y));
    this.#mode = "tool";
    this.#painter = event.pointerId;
    this.#tool = event.buttons & PEN_ERASER ? tool("eraser") : tool();
    this.#tool.down(at);
    this.#parts.onHover(at, event);
  }

  #startPinch() {
    if (this.#mode === "tool") this.#tool?.cancel();
    this.#mode = "pinch";
    this.#tap.fingers = this.#down.size;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#down.get(event.pointerId);
    const at = this.#touchOf(event);
    if (!before) {
      if (this.#mode === "none" && !this.#parts.covered(at)) this.#parts.tool().hover?.(at);
    } else if (this.#mode === "tool" && event.pointerId === this.#painter) {
      for (const part of samplesOf(event)) this.#tool?.move(this.#touchOf(part));
    } else if (this.#mode === "pan" || this.#mode === "pinch") this.#moveSheet(event, before);
    this.#parts.onHover(at, event);
  }

  /** @param {PointerEvent} event @param {Place} before */
  #moveSheet(event, before) {
    const { view, viewport } = this.#parts;
    const now = placeOf(event);
    this.#tap.moved += Math.hypot(now.x - before.x, now.y - before.y);
    const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
    this.#down.set(event.pointerId, now);
    if (this.#mode === "pinch" && other) {
      const spread = gap(now, other) / Math.max(1, gap(before, other));
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      viewport.pan(view, (now.x - before.x) / 2, (now.y - before.y) / 2);
      viewport.zoomTo(viewport.zoom * spread, view, middle);
    } else viewport.pan(view, now.x - before.x, now.y - before.y);
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (!this.#down.delete(event.pointerId)) return;
    if (this.#mode === "tool" && event.pointerId === this.#painter) {
      this.#mode = "none";
      this.#tool?.up(this.#touchOf(event));
    }
    if (this.#down.size > 0) return;
    const { since, moved, fingers } = this.#tap;
    const quick = event.timeStamp - since < TAP_MS && moved < TAP_REACH;
    if (this.#mode === "pinch" && quick && fingers === 2) this.#parts.onTwoFingerTap();
    this.#mode = "none";
  }

  /** @param {PointerEvent} event */
  #cancel(event) {
    if (event.pointerId === this.#painter) this.abandon();
    this.#down.delete(event.pointerId);
    if (this.#down.size === 0) this.#mode = "none";
  }

  /** @param {PointerEvent} event @returns {Touch} */
  #touchOf(event) {
    const { view, viewport } = this.#parts;
    return {
      ...viewport.toDoodle(view, placeOf(event)),
      pressure: event.pressure,
      pen: event.pointerType === "pen",
      shift: event.shiftKey,
    };
  }
}

/** Let the wheel zoom. @param {HTMLElement} view @param {import("../view/viewport.js").Viewport} viewport */
export function addWheel(view, viewport) {
  view.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      // A trackpad's pinch comes as small steps with Ctrl, a mouse wheel as steps of about 100.
      const speed = event.ctrlKey ? 0.01 : 0.0015;
      viewport.zoomTo(viewport.zoom * Math.exp(-event.deltaY * speed), view, placeOf(event));
    },
    { passive: false },
  );
}

/** Let any drag pan, where nothing is painted. @param {HTMLElement} view @param {import("../view/viewport.js").Viewport} viewport */
export function addDragPan(view, viewport) {
  view.addEventListener("pointerdown", (event) => {
    // Capturing would take the click from a button that floats over the photo.
    if (/** @type {Element} */ (event.target).closest("button")) return;
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    if (view.hasPointerCapture(event.pointerId))
      viewport.pan(view, event.movementX, event.movementY);
  });
}

/** @param {MouseEvent} event @returns {Place} */
const placeOf = (event) => ({ x: event.clientX, y: event.clientY });

/** @param {Place} a @param {Place} b */
const gap = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** All positions since the last event, as far as the browser tells. @param {PointerEvent} event */
function samplesOf(event) {
  const samples = event.getCoalescedEvents?.() ?? [];
  return samples.length > 0 ? samples : [event];
}
