/**
 * Small things that the browser remembers by name. One that forbids it, or whose storage is full,
 * forgets them, and nothing else comes of it.
 *
 * @typedef {Pick<Storage, "getItem" | "setItem">} SmallStorage
 */

/** @implements {SmallStorage} */
export class BrowserStorage {
  /** @type {Storage | null} */ #storage = null;

  /** @param {"localStorage" | "sessionStorage"} name */
  constructor(name) {
    try {
      this.#storage = globalThis[name];
    } catch {
      // Forbidden: nothing is remembered.
    }
  }

  /** @param {string} key @returns {string | null} */
  getItem(key) {
    try {
      return this.#storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    try {
      this.#storage?.setItem(key, value);
    } catch {
      // Full: what was there before stays.
    }
  }
}
