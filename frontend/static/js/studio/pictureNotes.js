/**
 * What this browser knows of its pictures, beside what the server does.
 *
 * @typedef {object} Note
 * @property {string} [live] drawing that it was painted for, if nobody asked for the picture
 * @property {string} [name]
 * @property {boolean} [star]
 *
 * @typedef {Pick<import("../service/api.js").Job, "id" | "created_at">} Picture
 */

const KEY = "doodlescape.pictures";
/** The oldest notes make room. */
const MOST = 600;
/** Whoever comes back after this begins a new sitting, in milliseconds. */
const SITTING_MS = 30 * 60 * 1000;

export class PictureNotes {
  #memory;
  /** @type {Map<string, Note>} */ #notes;

  /** @param {import("../files/browserStorage.js").SmallStorage} memory */
  constructor(memory) {
    this.#memory = memory;
    this.#notes = new Map(read(memory));
  }

  /** @param {string} id of its job @returns {Note} */
  of(id) {
    return this.#notes.get(id) ?? {};
  }

  /** @param {string} id @param {Note} change */
  set(id, change) {
    this.#notes.set(id, { ...this.of(id), ...change });
    for (const oldest of this.#notes.keys())
      if (this.#notes.size > MOST) this.#notes.delete(oldest);
    this.#memory.setItem(KEY, JSON.stringify([...this.#notes]));
  }

  /**
   * Those that are worth keeping in sight: what was asked for, named or starred, and of the others
   * the last of each sitting at a drawing.
   *
   * @template {Picture} T
   * @param {T[]} pictures newest first
   * @returns {T[]}
   */
  worthSeeing(pictures) {
    /** @type {Map<string, number>} */ const earliest = new Map();
    return pictures.filter(({ id, created_at }) => {
      const { live, name, star } = this.of(id);
      if (live === undefined) return true;
      const made = Date.parse(created_at);
      const last = !((earliest.get(live) ?? Infinity) - made < SITTING_MS);
      earliest.set(live, made);
      return last || Boolean(name || star);
    });
  }
}

/** @param {import("../files/browserStorage.js").SmallStorage} memory @returns {any[]} pairs of id and note */
function read(memory) {
  try {
    /** @type {unknown} */ const notes = JSON.parse(memory.getItem(KEY) ?? "[]");
    return Array.isArray(notes) ? notes.filter(Array.isArray) : [];
  } catch {
    return [];
  }
}
