/**
 * A quick picture painted again at the size that it is looked at, once the brush rests: of the same
 * doodle, with the same look, seed and borders. Given up as soon as the drawing goes on.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./photo.js").Picture} Picture
 * @typedef {import("./photo.js").Parts} Parts
 */
import { runJob } from "./job.js";
import { asLive } from "./photo.js";

const REST_MS = 500;

export class Sharpener {
  #parts;
  #fetch;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {AbortController | null} */ #current = null;

  /** @param {Parts} parts @param {(job: Job, signal: AbortSignal) => Promise<Picture[]>} fetch of a job's pictures */
  constructor(parts, fetch) {
    this.#parts = parts;
    this.#fetch = fetch;
  }

  /** Whether a soft picture is followed by a sharp one. */
  get on() {
    const { live, visiting } = this.#parts.store.now;
    return live && !visiting;
  }

  /** Paint what is shown again soon, if it is soft and there was no other stroke. */
  soon() {
    this.stop();
    const { photo } = this.#parts.store.now;
    if (!this.on || !photo?.soft || photo.key !== this.#parts.makeRequest().key) return;
    this.#timer = setTimeout(() => void this.#run(photo.key), REST_MS);
  }

  /** The drawing goes on. */
  stop() {
    clearTimeout(this.#timer);
    this.#current?.abort();
    this.#current = null;
  }

  /** @param {string} key of what is shown */
  async #run(key) {
    const { api, store, makeRequest, newId, sleep, slot, onLive } = this.#parts;
    const { signal } = (this.#current = new AbortController());
    const id = newId();
    try {
      const form = await makeRequest().form(1);
      asLive(form, slot);
      onLive?.(id);
      const begun = performance.now();
      const job = await runJob({ api, newId: () => id, sleep }, form, signal);
      if (job.status !== "succeeded") throw new Error(job.status);
      const pictures = await this.#fetch(job, signal);
      const took_s = (performance.now() - begun) / 1000;
      const photo = { job: job.id, pictures, picked: 0, key };
      store.set({ photo, phase: { kind: "done", took_s } });
    } catch {
      // The soft one stays, and is said to be one.
      const { phase } = store.now;
      if (!signal.aborted && phase.kind === "done")
        store.set({ phase: { ...phase, sharper: false } });
    }
  }
}
