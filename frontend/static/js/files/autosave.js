/**
 * Keeps this tab's drawing after every stroke, and brings it back.
 *
 * A drawing is never written over by another one: whatever replaces the whole sheet, and every
 * further tab, begins a new drawing, and the one before stays among the recent ones.
 *
 * @typedef {import("./drawings.js").Drawing} Drawing
 * @typedef {import("./drawings.js").KeptPhoto} KeptPhoto
 * @typedef {import("./drawings.js").Kept} Kept
 * @typedef {import("../engine/doodle.js").Doodle} Doodle
 * @typedef {Omit<Drawing, "id" | "changed" | "steps">
 *   & { photo: KeptPhoto | null, steps: import("../engine/history.js").Steps }} Sheet what is on the easel
 * @typedef {Pick<import("./drawings.js").Drawings, "save" | "load" | "list" | "remove">} Shelf
 * @typedef {Pick<import("./claim.js").Claim, "take" | "taken">} Claims
 * @typedef {Pick<Storage, "getItem" | "setItem">} TabStorage
 * @typedef {{ drawings: Shelf, claim: Claims, tab: TabStorage | null, newId: () => string,
 *   read: () => Sheet | null, onKept: (kept: boolean) => void }} Parts
 *   `tab` is storage that only this tab sees; `read` gives null while there is nothing to keep
 */

import { StepLog, readSteps } from "./steps.js";

/** A page that is reloaded may come to life before the one before it has let go. */
const RELOAD_MS = 1000;
const TAB_KEY = "doodlescape.drawing";
/** How many drawings are kept; the oldest make room. */
export const MAX_DRAWINGS = 24;

export class Autosave {
  #parts;
  #id;
  /** Whether anything was written under this id. */
  #begun = false;
  #stale = { doodle: false, photo: false };
  #log = new StepLog();
  #saves = 0;
  /** @type {Promise<void> | null} */ #writing = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#id = parts.newId();
  }

  /** Id of the drawing on the easel. */
  get id() {
    return this.#id;
  }

  /** Find the drawing to go on with: this tab's, else the newest that no other tab has open. @returns {Promise<Kept | null>} */
  async restore() {
    const own = this.#parts.tab?.getItem(TAB_KEY);
    const mine = own ? await this.open(own, RELOAD_MS) : null;
    if (mine) return mine;
    const [newest] = await this.#parts.drawings.list();
    const taken = await this.#parts.claim.taken();
    return newest && !taken.has(newest.id) ? this.open(newest.id) : null;
  }

  /**
   * Go on with a kept drawing; with a copy of it, if another tab has it open.
   *
   * @param {string} id
   * @param {number} [patience_ms] to wait for that tab
   * @returns {Promise<Kept | null>} null when it is gone
   */
  async open(id, patience_ms) {
    this.flush();
    const { drawings, claim } = this.#parts;
    const found = await drawings.load(id);
    if (!found) return null;
    if (id !== this.#id) {
      const mine = await claim.take(id, patience_ms);
      if (mine) this.#turnTo(id);
      else this.branch();
      this.#begun = mine;
    }
    return found;
  }

  /**
   * Let a doodle that was just made of a kept drawing go on with its steps of undo, as far as they
   * are whole.
   *
   * @param {Doodle} doodle @param {Kept} kept @param {(label: number) => boolean} knows
   */
  recall(doodle, { id, steps: listed, kept }, knows) {
    const { steps, keys, whole } = readSteps(listed, kept, doodle, knows);
    doodle.recall(steps);
    if (id === this.#id && whole) this.#log.adopt(keys);
  }

  /** Begin a new drawing with what comes next; what was kept so far stays as it is. */
  branch() {
    this.flush();
    if (!this.#begun) return;
    const id = this.#parts.newId();
    this.#turnTo(id);
    this.#begun = false;
  }

  /** Keep the doodle: it has changed. */
  doodleChanged() {
    this.#stale.doodle = true;
    if (!this.#writing) this.flush();
  }

  /** Keep the photo: another one is shown. */
  photoChanged() {
    this.#stale.doodle = this.#stale.photo = true;
    if (!this.#writing) this.flush();
  }

  /** Write what is not written yet. The request goes out before this returns. */
  flush() {
    if (!this.#stale.doodle) return;
    const sheet = this.#parts.read();
    if (!sheet) return;
    const { claim, tab, onKept } = this.#parts;
    const first = !this.#begun;
    if (first) void claim.take(this.#id);
    const writing = this.#save(sheet, first || this.#stale.photo);
    this.#stale = { doodle: false, photo: false };
    this.#begun = true;
    tab?.setItem(TAB_KEY, this.#id);
    // A browser that keeps nothing (private mode, full disk) still paints, but must say so.
    const done = writing
      .then(() => onKept(true))
      .then(() => (first ? this.#makeRoom() : undefined))
      .catch(() => onKept(false))
      .finally(() => {
        if (this.#writing !== done) return;
        this.#writing = null;
        this.flush();
      });
    this.#writing = done;
  }

  /** Where there is no room for the steps of undo, the drawing is kept without them. @param {Sheet} sheet @param {boolean} withPhoto */
  async #save({ photo, steps, ...doodle }, withPhoto) {
    const { drawings } = this.#parts;
    const drawing = { ...doodle, id: this.#id, changed: Date.now() };
    const picture = withPhoto ? photo : undefined;
    const { keys, ...changes } = this.#log.turnTo(steps);
    const turn = ++this.#saves;
    try {
      await drawings.save({ ...drawing, steps: keys }, picture, changes);
    } catch (error) {
      this.#log.forget();
      if (turn !== this.#saves) throw error;
      await drawings.save(drawing, picture, { all: true, put: [], drop: [] });
    }
  }

  /** @returns {Promise<(Drawing & { elsewhere: boolean })[]>} newest first; `elsewhere`: open in another tab */
  async recent() {
    this.flush();
    const { drawings, claim } = this.#parts;
    const [all, taken] = [await drawings.list(), await claim.taken()];
    return all.map((one) => ({ ...one, elsewhere: one.id !== this.#id && taken.has(one.id) }));
  }

  /** @param {string} id of a drawing that is not on the easel */
  async remove(id) {
    await this.#parts.drawings.remove(id);
  }

  async #makeRoom() {
    const old = (await this.recent()).slice(MAX_DRAWINGS);
    for (const { id, elsewhere } of old) if (!elsewhere && id !== this.#id) await this.remove(id);
  }

  /** @param {string} id */
  #turnTo(id) {
    this.#id = id;
    this.#log.forget();
    this.#parts.tab?.setItem(TAB_KEY, id);
  }
}
