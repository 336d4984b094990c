/**
 * What is chosen of a layer, and what can be done with it: each act is one step of undo.
 *
 * A piece that was moved or pasted floats as long as nothing else is painted: moved on, it leaves
 * what lay below it as it was.
 *
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("./touch.js").Touch} Touch
 * @typedef {import("../engine/pieces.js").Piece} Piece
 */
import {
  cut,
  flip,
  grow,
  holds,
  put,
  rectanglePiece,
  regionPiece,
  shrink,
} from "../engine/pieces.js";
import { distance } from "./touch.js";

/** How far a pointer may move, in doodle pixels, and still have clicked. */
const CLICK_REACH = 1;

/** @type {WeakMap<Editor, Selection>} */
const ALL = new WeakMap();

/** The selection of an editor. @param {Editor} editor @returns {Selection} */
export function selectionOf(editor) {
  const found = ALL.get(editor) ?? new Selection(editor);
  ALL.set(editor, found);
  return found;
}

/** What was copied; it outlives the drawing. @type {Piece | null} */
let copied = null;

/** Tells of every change by a "changed" event. */
export class Selection extends EventTarget {
  #editor;
  /** @type {Piece | null} */ piece = null;
  /** The layer without the piece. @type {Uint8Array | null} */ #below = null;
  #layer = -1;
  /** @type {Touch | null} */ #from = null;
  #moves = false;

  /** @param {Editor} editor */
  constructor(editor) {
    super();
    this.#editor = editor;
    for (const type of ["edited", "chosen"])
      editor.addEventListener(type, () => this.#layer < 0 || this.#drop());
  }

  /** @param {Touch} touch */
  down(touch) {
    this.#from = touch;
    this.#moves = this.piece !== null && holds(this.piece, pixel(touch));
    if (!this.#moves) this.#choose(null);
  }

  /** @param {Touch} touch */
  move(touch) {
    const from = this.#from;
    if (!from) return;
    if (this.#moves) return this.#tell(this.#shifted(from, touch));
    this.#tell(rectanglePiece(this.#sheet, pixel(from), pixel(touch)));
  }

  /** @param {Touch} touch */
  up(touch) {
    const from = this.#from;
    this.#from = null;
    if (!from) return;
    const clicked = distance(from, touch) < CLICK_REACH;
    if (this.#moves) {
      if (!clicked) this.#place(this.#shifted(from, touch), "move");
    } else if (!clicked) this.#choose(rectanglePiece(this.#sheet, pixel(from), pixel(touch)));
    else if (this.#editor.doodle.at(...ends(touch)) !== null)
      this.#choose(regionPiece(this.#sheet, this.#editor.doodle, pixel(touch)));
  }

  cancel() {
    this.#from = null;
    this.#drop();
  }

  /** Choose the whole layer. */
  all() {
    const { height, width } = this.#editor.doodle;
    this.#choose(rectanglePiece(this.#sheet, { x: 0, y: 0 }, { x: width - 1, y: height - 1 }));
  }

  copy() {
    copied = this.piece;
    return copied !== null;
  }

  /** @returns {boolean} whether there was something to paste */
  paste() {
    if (!copied) return false;
    const { height, width } = this.#editor.doodle;
    const x = Math.max(0, Math.min(copied.x, width - copied.width));
    const y = Math.max(0, Math.min(copied.y, height - copied.height));
    this.#below = this.#sheet.labels.slice();
    this.#layer = this.#editor.doodle.chosen;
    this.#place({ ...copied, x, y }, "paste");
    return true;
  }

  /** Take what is chosen off the layer. */
  erase() {
    const { piece } = this;
    if (!piece) return;
    this.#lift(piece);
    this.#write(/** @type {Uint8Array} */ (this.#below), "erase");
    this.#drop();
  }

  /** Turn over what is chosen, or the layer. @param {boolean} upDown or left to right */
  flip(upDown) {
    this.#change((piece) => flip(piece, upDown), "flip");
  }

  /** @param {number} times */
  grow(times) {
    this.#change((piece) => grow(piece, times), "scale");
  }

  /** @param {number} times */
  shrink(times) {
    this.#change((piece) => shrink(piece, times), "scale");
  }

  /** Move by whole pixels. @param {number} dx @param {number} dy */
  nudge(dx, dy) {
    this.#change((piece) => ({ ...piece, x: piece.x + dx, y: piece.y + dy }), "move");
  }

  /** @param {(piece: Piece) => Piece} act @param {string} step */
  #change(act, step) {
    if (!this.piece) this.all();
    if (this.piece) this.#place(act(this.piece), step);
  }

  get #sheet() {
    const { height, width, layer } = this.#editor.doodle;
    return { height, width, labels: layer.labels };
  }

  /** @param {Touch} from @param {Touch} to @returns {Piece} */
  #shifted(from, to) {
    const piece = /** @type {Piece} */ (this.piece);
    const [a, b] = [pixel(from), pixel(to)];
    return { ...piece, x: piece.x + b.x - a.x, y: piece.y + b.y - a.y };
  }

  /** @param {Piece} piece */
  #lift(piece) {
    if (this.#below) return;
    this.#below = cut(this.#sheet, piece, this.#editor.erased);
    this.#layer = this.#editor.doodle.chosen;
  }

  /** @param {Piece} piece @param {string} step */
  #place(piece, step) {
    if (this.piece) this.#lift(this.piece);
    const labels = /** @type {Uint8Array} */ (this.#below);
    this.#write(put({ ...this.#sheet, labels }, piece), step);
    this.piece = piece;
    this.#tell(piece);
  }

  /** Write a layer's labels as one step of undo. @param {Uint8Array} labels @param {string} step */
  #write(labels, step) {
    const layer = this.#layer;
    this.#layer = -1; // it is no stranger who edits
    this.#editor.restack((doodle) => {
      const { height, width, layer: target } = doodle;
      doodle.begin(step, -1);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const label = labels[y * width + x];
          const start = x;
          while (
            x < width &&
            labels[y * width + x] === label &&
            target.labels[y * width + x] !== label
          )
            x++;
          if (x > start) doodle.paintRow(y, start, x--, label);
        }
      }
      return doodle.commit();
    });
    this.#layer = layer;
  }

  /** @param {Piece | null} piece */
  #choose(piece) {
    this.#below = null;
    this.#layer = this.#editor.doodle.chosen;
    this.piece = piece;
    this.#tell(piece);
  }

  #drop() {
    this.#choose(null);
    this.#layer = -1;
  }

  /** @param {Piece | null} piece as it is shown */
  #tell(piece) {
    this.dispatchEvent(new CustomEvent("changed", { detail: piece }));
  }
}

/** @param {Touch} touch @returns {[number, number]} */
const ends = ({ x, y }) => [Math.floor(x), Math.floor(y)];

/** @param {Touch} touch */
const pixel = ({ x, y }) => ({ x: Math.floor(x), y: Math.floor(y) });
