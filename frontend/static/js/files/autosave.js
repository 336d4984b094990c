/**
 * Keeps this tab's drawing after every stroke, and brings it back.
 *
 * A drawing is never written over by another one: whatever replaces the whole sheet, and every
 * further tab, begins a new drawing, and the one before stays among the recent ones.
 *
 * @typedef {import("./database.js").Drawing} Drawing
 * @typedef {import("./database.js").KeptPhoto} KeptPhoto
 * @typedef {import("./database.js").Kept} Kept
 * @typedef {import("../engine/doodle.js").Doodle} Doodle
 * @typedef {Omit<Drawing, "id" | "changed" | "steps">
 *   & { photo: KeptPhoto | null, steps: import("../engine/undo.js").Steps }} Snapshot of the studio
 * @typedef {Pick<import("./database.js").DrawingDatabase, "save" | "load" | "list" | "remove">} Database
 * @typedef {Pick<import("./drawingLock.js").DrawingLock, "acquire" | "held">} Locking
 * @typedef {{ database: Database, lock: Locking, tab: import("./browserStorage.js").SmallStorage, newId: () => string,
 *   read: () => Snapshot | null, onKept: (kept: boolean) => void }} Parts
 *   `tab` is storage that only this tab sees; `read` gives null while there is nothing to keep
 */

import { StepLog, readSteps } from "./undoSteps.js";

/** A page that is reloaded may come to life before the one before it has let go. */
const RELOAD_MS = 1000;
/** A write that takes longer counts as none, until it is done. */
const PATIENCE_MS = 4000;
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

  /** Id of the drawing in the editor. */
  get id() {
    return this.#id;
  }

  /** Find the drawing to go on with: this tab's, else the newest that no other tab has open. @returns {Promise<Kept | null>} */
  async restore() {
    const own = this.#parts.tab.getItem(TAB_KEY);
    const mine = own ? await this.open(own, RELOAD_MS) : null;
    if (mine) return mine;
    const [newest] = await this.#parts.database.list();
    const taken = await this.#parts.lock.held();
    return newest && !taken.has(newest.id) ? this.open(newest.id) : null;
  }

  /**
   * Go on with a kept drawing; with a copy of it, if another tab has it open.
   *
   * @param {string} id
   * @param {number} [timeout_ms] to wait for that tab
   * @returns {Promise<Kept | null>} null when it is gone
   */
  async open(id, timeout_ms) {
    this.flush();
    const { database, lock } = this.#parts;
    const found = await database.load(id);
    if (!found) return null;
    if (id !== this.#id) {
      const mine = await lock.acquire(id, timeout_ms);
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
    const snapshot = this.#parts.read();
    if (!snapshot) return;
    const { lock, tab, onKept } = this.#parts;
    const first = !this.#begun;
    if (first) void lock.acquire(this.#id);
    const writing = this.#save(snapshot, first || this.#stale.photo);
    this.#stale = { doodle: false, photo: false };
    this.#begun = true;
    tab.setItem(TAB_KEY, this.#id);
    // A browser that keeps nothing (private mode, full disk) still paints, but must say so.
    const late = setTimeout(onKept, PATIENCE_MS, false);
    const done = writing
      .finally(() => clearTimeout(late))
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

  /** Where there is no room for the steps of undo, the drawing is kept without them. @param {Snapshot} snapshot @param {boolean} withPhoto */
  async #save({ photo, steps, ...doodle }, withPhoto) {
    const { database } = this.#parts;
    const drawing = { ...doodle, id: this.#id, changed: Date.now() };
    const picture = withPhoto ? photo : undefined;
    const { keys, ...changes } = this.#log.turnTo(steps);
    const turn = ++this.#saves;
    try {
      await database.save({ ...drawing, steps: keys }, picture, changes);
    } catch (error) {
      this.#log.forget();
      if (turn !== this.#saves) throw error;
      await database.save(drawing, picture, { all: true, put: [], drop: [] });
    }
  }

  /** @returns {Promise<(Drawing & { elsewhere: boolean })[]>} newest first; `elsewhere`: open in another tab */
  async recent() {
    this.flush();
    const { database, lock } = this.#parts;
    const [all, taken] = [await database.list(), await lock.held()];
    return all.map((one) => ({ ...one, elsewhere: one.id !== this.#id && taken.has(one.id) }));
  }

  /** @param {string} id of a drawing that is not in the editor */
  async remove(id) {
    await this.#parts.database.remove(id);
  }

  async #makeRoom() {
    const old = (await this.recent()).slice(MAX_DRAWINGS);
    for (const { id, elsewhere } of old) if (!elsewhere && id !== this.#id) await this.remove(id);
  }

  /** @param {string} id */
  #turnTo(id) {
    this.#id = id;
    this.#log.forget();
    this.#parts.tab.setItem(TAB_KEY, id);
  }
}
