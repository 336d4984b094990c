/**
 * The doodle on the easel: what tools paint on, and who hears of it.
 *
 * @typedef {import("../engine/operations.js").Operation} Operation
 * @typedef {import("../engine/operations.js").Sample} Sample
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {import("../state.js").Store} Store
 * @typedef {{ d: string, label: number, width?: number, shape?: import("../state.js").BrushShape }} Preview
 *   an SVG path in doodle pixels: filled, or stroked with a width
 */
import { Doodle } from "../engine/doodle.js";
import { apply, segment } from "../engine/operations.js";
import { cover } from "../engine/resize.js";

/** @typedef {{ name: string, label: number }} Step of undo, as the page puts it in words */

/** @type {Step} */
const EXCHANGE = { name: "size", label: -1 };
const MAX_EXCHANGES = 8;

export class Easel extends EventTarget {
  /** @type {Sample | undefined} */ #last;
  /** Doodles of other sizes, to which undo goes back and redo forward. @type {Doodle[]} */
  #before = [];
  /** @type {Doodle[]} */ #after = [];
  /** @type {Preview | null} */ preview = null;
  /** Whether the last edit was made by touch. */
  touch = false;

  /** @param {Store} store @param {Doodle} doodle */
  constructor(store, doodle) {
    super();
    this.store = store;
    this.doodle = doodle;
  }

  /** Put another doodle on the easel; the steps of the one before are gone. @param {Doodle} doodle */
  replace(doodle) {
    this.#before = [];
    this.#after = [];
    this.#put(doodle);
  }

  /** Put a doodle of another size on the easel, as one step of undo. @param {Doodle} doodle */
  exchange(doodle) {
    this.doodle.forgetRedo();
    this.#after = [];
    this.#before.push(this.doodle);
    if (this.#before.length > MAX_EXCHANGES) this.#before.shift();
    this.#put(doodle);
  }

  /** The step that undo would take back. @returns {Step | null} */
  get undoable() {
    return this.doodle.undoable ?? (this.#before.length > 0 ? EXCHANGE : null);
  }

  /** The step that redo would do again. @returns {Step | null} */
  get redoable() {
    return this.doodle.redoable ?? (this.#after.length > 0 ? EXCHANGE : null);
  }

  /** Make a map fit the doodle and paint it over everything, as one step. @param {LabelMap} map @param {string} name */
  load(map, name) {
    const { height, width } = this.doodle;
    const { labels } = cover(map, height, width);
    this.paint({ kind: "all", label: this.store.now.label, labels }, name);
  }

  /** @param {Operation} operation @param {string} [name] */
  paint(operation, name) {
    const changed = apply(this.doodle, operation, name);
    this.#show();
    if (changed) this.#painted();
    return changed;
  }

  /** Begin a stroke with its first dab. @param {string} name @param {number} label @param {Sample} sample @param {Sample} [from] a straight piece from here comes first */
  beginStroke(name, label, sample, from) {
    this.doodle.begin(name, label);
    this.#last = from;
    this.dispatchEvent(new Event("begun"));
    this.extendStroke(label, sample);
  }

  /** @param {number} label @param {Sample} sample */
  extendStroke(label, sample) {
    segment(this.doodle, this.store.now.shape, label, this.#last, sample);
    this.#last = sample;
    this.#show();
  }

  endStroke() {
    if (this.doodle.commit()) this.#painted();
  }

  cancelStroke() {
    if (!this.doodle.painting) return;
    this.doodle.rollback();
    this.#show();
  }

  /** @returns {Step | null} the step that was undone */
  undo() {
    return this.#step(this.doodle.undo()) ?? this.#turn(this.#before, this.#after);
  }

  /** @returns {Step | null} the step that was done again */
  redo() {
    return this.#step(this.doodle.redo()) ?? this.#turn(this.#after, this.#before);
  }

  /** Show what a tool is about to do. @param {Preview | null} preview */
  setPreview(preview) {
    this.preview = preview;
    this.dispatchEvent(new Event("preview"));
  }

  /** @template {object | null} T @param {T} edit */
  #step(edit) {
    if (edit) {
      this.#show();
      this.#edited();
    }
    return edit;
  }

  /** @param {Doodle[]} from @param {Doodle[]} to @returns {Step | null} */
  #turn(from, to) {
    const doodle = this.doodle.painting ? undefined : from.pop();
    if (!doodle) return null;
    to.push(this.doodle);
    this.#put(doodle);
    return EXCHANGE;
  }

  /** @param {Doodle} doodle */
  #put(doodle) {
    this.doodle = doodle;
    this.dispatchEvent(new Event("replaced"));
    this.#edited();
  }

  /** A new step: what was undone before cannot be done again. */
  #painted() {
    this.#after = [];
    this.#edited();
  }

  #show() {
    this.dispatchEvent(new Event("painted"));
  }

  #edited() {
    this.store.set({ edits: this.store.now.edits + 1 });
    this.dispatchEvent(new Event("edited"));
  }
}
