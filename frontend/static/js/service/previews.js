/**
 * Small pictures of the doodle in looks that fit it: one job, cancelled when it is out of date.
 *
 * @typedef {import("./request.js").PaintRequest} PaintRequest
 * @typedef {{ look: string, url: string }} Preview
 * @typedef {{ key: string, previews: Preview[] }} Found `key` is that of their request
 */
import { runJob } from "./job.js";

export class Previews {
  #parts;
  #tell;
  #key = "";
  /** @type {AbortController | null} */ #current = null;

  /** @param {import("./job.js").Parts} parts @param {(found: Found | null) => void} tell null: they cannot be had */
  constructor(parts, tell) {
    this.#parts = parts;
    this.#tell = tell;
  }

  /** Paint what is asked for, unless that was the last that was. @param {PaintRequest} request @param {number} count @returns {boolean} whether it begins */
  want(request, count) {
    if (request.key === this.#key) return false;
    this.drop();
    this.#key = request.key;
    void this.#paint(request, count, (this.#current = new AbortController()));
    return true;
  }

  /** Cancel what is being painted, unless it is this that is wanted. @param {string} [key] of a request */
  drop(key) {
    if (!this.#current || key === this.#key) return;
    this.#current.abort();
    this.#current = null;
    this.#key = "";
  }

  /** @param {PaintRequest} request @param {number} count @param {AbortController} control */
  async #paint({ key, form }, count, control) {
    const { signal } = control;
    try {
      const job = await runJob(this.#parts, await form(count), signal);
      this.#end(job.status === "succeeded" ? { key, previews: previewsOf(job) } : null);
    } catch {
      if (!signal.aborted) this.#end(null);
    }
  }

  /** @param {Found | null} found */
  #end(found) {
    this.#current = null;
    if (!found) this.#key = "";
    this.#tell(found);
  }
}

/** One for each look: a small bank may have fewer that fit. @param {import("./api.js").Job} job */
function previewsOf({ images }) {
  const byLook = new Map(images.map(({ look, url }) => [look ?? "", url]));
  byLook.delete("");
  return [...byLook].map(([look, url]) => ({ look, url }));
}
