/**
 * The doodle that is edited: what tools paint on, and who hears of it.
 *
 * @typedef {import("../engine/operations.js").Operation} Operation
 * @typedef {import("../engine/operations.js").Sample} Sample
 * @typedef {import("../engine/layers.js").Layer} Layer
 * @typedef {import("../state.js").Store} Store
 * @typedef {{ d: string, label: number, width?: number, shape?: import("../state.js").BrushShape }} Preview
 *   an SVG path in doodle pixels: filled, or stroked with a width
 */
import { Doodle } from "../engine/doodle.js";
import { SEE_THROUGH } from "../engine/layers.js";
import { apply, segment } from "../engine/operations.js";

/** @typedef {{ name: string, label: number }} Step of undo, as the page puts it in words */

/** @typedef {{ doodle: Doodle, step: Step }} Turn to another doodle */

const MAX_EXCHANGES = 8;

export class Editor extends EventTarget {
  /** @type {Sample | undefined} */ #last;
  /** Doodles of other sizes, to which undo goes back and redo forward. @type {Turn[]} */
  #before = [];
  /** @type {Turn[]} */ #after = [];
  /** @type {Preview | null} */ preview = null;
  /** Whether the last edit was made by touch. */
  touch = false;

  /** @param {Store} store @param {Doodle} doodle */
  constructor(store, doodle) {
    super();
    this.store = store;
    this.doodle = doodle;
  }

  /** Put another doodle in the editor; the steps of the one before are gone. @param {Doodle} doodle */
  replace(doodle) {
    this.#before = [];
    this.#after = [];
    this.#put(doodle);
  }

  /** Put a doodle of another size in the editor, as one step of undo. @param {Doodle} doodle @param {string} [name] of the step */
  exchange(doodle, name = "size") {
    this.doodle.forgetRedo();
    this.#after = [];
    this.#before.push({ doodle: this.doodle, step: { name, label: -1 } });
    if (this.#before.length > MAX_EXCHANGES) this.#before.shift();
    this.#put(doodle);
  }

  /** The step that undo would take back. @returns {Step | null} */
  get undoable() {
    return this.doodle.undoable ?? this.#before.at(-1)?.step ?? null;
  }

  /** The step that redo would do again. @returns {Step | null} */
  get redoable() {
    return this.doodle.redoable ?? this.#after.at(-1)?.step ?? null;
  }

  /** Put layers of the doodle's size in the place of its own, as one step. @param {readonly Layer[]} layers @param {number} chosen @param {string} name */
  load(layers, chosen, name) {
    const { label } = this.store.now;
    const [{ labels }] = layers;
    if (layers.length === 1) this.paint({ kind: "all", label, labels }, name);
    else this.paint({ kind: "layers", label, layers, chosen }, name);
  }

  /** What the eraser leaves: on the lowest layer the base material, on the others nothing. */
  get erased() {
    const { layer, layers } = this.doodle;
    return layer === layers[0] ? this.store.now.baseLabel : SEE_THROUGH;
  }

  /** Change the layers. @param {(doodle: Doodle) => boolean} change one of engine/layerEdits.js @returns {boolean} whether they changed */
  restack(change) {
    const changed = !this.doodle.painting && change(this.doodle);
    if (changed) this.#repainted();
    return changed;
  }

  /** Paint on another layer from now on. @param {number} id @returns {boolean} whether it can be */
  choose(id) {
    if (id === this.doodle.chosen) return true;
    const chosen = this.doodle.choose(id);
    if (chosen) {
      this.store.set({ layer: id });
      this.dispatchEvent(new Event("chosen"));
    }
    return chosen;
  }

  /** @param {Operation} operation @param {string} [name] */
  paint(operation, name) {
    const { mirror } = this.store.now;
    const changed = apply(this.doodle, { mirror, ...operation }, name);
    if (changed) this.#repainted();
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
    if (!this.doodle.painting) return; // cancelled, with the pointer still down
    const { shape, mirror } = this.store.now;
    segment(this.doodle, shape, label, this.#last, sample, mirror);
    this.#last = sample;
    this.#show();
  }

  endStroke() {
    if (!this.doodle.painting) return;
    if (this.doodle.commit()) this.#painted();
    else this.dispatchEvent(new Event("dropped"));
  }

  cancelStroke() {
    if (!this.doodle.painting) return;
    this.doodle.rollback();
    this.#show();
    this.dispatchEvent(new Event("dropped"));
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

  /** @param {Turn[]} from @param {Turn[]} to @returns {Step | null} */
  #turn(from, to) {
    const turn = this.doodle.painting ? undefined : from.pop();
    if (!turn) return null;
    to.push({ doodle: this.doodle, step: turn.step });
    this.#put(turn.doodle);
    return turn.step;
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

  #repainted() {
    this.#show();
    this.#painted();
  }

  #show() {
    this.dispatchEvent(new Event("painted"));
  }

  #edited() {
    this.store.set({ edits: this.store.now.edits + 1, layer: this.doodle.chosen });
    this.dispatchEvent(new Event("edited"));
  }
}
