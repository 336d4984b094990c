/**
 * From doodle to photo: decides when a doodle goes out, follows its job, brings the pictures back.
 *
 * Live sends go into one slot of this tab, where the server replaces what still waits; explicit
 * ones queue. Only the newest job is followed, and the last photo stays until the next is there.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./request.js").PaintRequest} PaintRequest
 *
 * @typedef {object} Picture
 * @property {string} url of the blob, for <img>
 * @property {Blob} blob
 * @property {number} seed
 *
 * @typedef {object} Photo
 * @property {string | null} job whose pictures these are; null for a starter scene's
 * @property {Picture[]} pictures
 * @property {number} picked index
 * @property {string} key of the request that it answers
 *
 * @typedef {(
 *   | { kind: "idle" } | { kind: "example" } | { kind: "sending" }
 *   | { kind: "queued", position: number | null, eta_s: number | null }
 *   | { kind: "running", attempt: number, eta_s: number | null }
 *   | { kind: "done", took_s: number }
 *   | { kind: "cancelled" }
 *   | { kind: "waiting", code: string, retry_s: number }
 *   | { kind: "failed", code: string, message: string }
 * )} Phase of the painting that the status line tells of
 *
 * @typedef {{ live: boolean, visiting: string | null, online: boolean, phase: Phase,
 *   photo: Photo | null }} State what the painter reads and sets of the page's state
 * @typedef {{ readonly now: Readonly<State>, set: (patch: Partial<State>) => void }} Store
 * @typedef {{ api: Api, store: Store, makeRequest: () => PaintRequest, slot: string,
 *   newId: () => string, sleep: (s: number, signal: AbortSignal) => Promise<void> }} Parts
 */
import { ApiError } from "./api.js";
import { followJob, withRetries } from "./polling.js";

/** Pause after an edit before it is sent, in seconds: longer where a finger lifts to look. */
const PAUSE_S = { mouse: 0.3, touch: 0.5 };

export class Painter {
  #parts;
  /** @type {AbortController | null} */ #current = null;
  /** @type {string | null} */ #job = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #lastKey = "";
  #lastCount = 1;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Send the doodle soon, if live painting is on. @param {boolean} touch */
  edited(touch = false) {
    clearTimeout(this.#timer);
    const { live, visiting } = this.#parts.store.now;
    if (!live || visiting) return;
    const pause_s = touch ? PAUSE_S.touch : PAUSE_S.mouse;
    this.#timer = setTimeout(() => this.#send(1, true), pause_s * 1000);
  }

  /** Hold back a send that is due: a stroke has begun. */
  hold() {
    clearTimeout(this.#timer);
  }

  /** Send the doodle now. @param {number} count of variations */
  generate(count = 1) {
    clearTimeout(this.#timer);
    return this.#send(count, false);
  }

  /** Send the last request again. */
  retry() {
    return this.generate(this.#lastCount);
  }

  /** Cancel the job that is followed. */
  async cancel() {
    clearTimeout(this.#timer);
    const job = this.#job;
    this.#current?.abort();
    this.#finish({ kind: "cancelled" });
    if (!job) return;
    try {
      await this.#parts.api.cancel(job);
    } catch {
      // It is over, unknown or out of reach; in all three cases nobody follows it any more.
    }
  }

  /** Take what is shown as the picture of the present doodle, so that live does not send it. */
  settle() {
    this.#lastKey = this.key;
  }

  /** Of the request that would go out now. */
  get key() {
    return this.#parts.makeRequest().key;
  }

  /** Show pictures that were painted before, and follow no job any more. @param {Photo | null} photo */
  show(photo) {
    clearTimeout(this.#timer);
    this.#current?.abort();
    this.#job = null;
    this.#lastKey = photo?.key ?? "";
    this.#parts.store.set({ photo, phase: { kind: "idle" } });
  }

  /** @param {number} count @param {boolean} live */
  async #send(count, live) {
    const { store, makeRequest, newId } = this.#parts;
    const control = new AbortController();
    try {
      const { key, form } = makeRequest();
      if (live && key === this.#lastKey) return;
      this.#lastKey = key;
      this.#lastCount = count;
      this.#current?.abort();
      this.#current = control;
      const id = (this.#job = newId());
      store.set({ phase: { kind: "sending" } });
      await this.#submit(id, key, await form(count), count, control.signal);
    } catch (error) {
      if (!control.signal.aborted) this.#fail(error);
    }
  }

  /** @param {string} id @param {string} key @param {FormData} form @param {number} count @param {AbortSignal} signal */
  async #submit(id, key, form, count, signal) {
    const { api, slot } = this.#parts;
    signal.throwIfAborted();
    if (count === 1) form.set("slot", slot);
    const begun = performance.now();
    await this.#retrying(() => api.submit(id, form, signal), signal);
    const job = await this.#follow(id, signal);
    await this.#arrive(job, key, (performance.now() - begun) / 1000, signal);
  }

  /** @param {string} id @param {AbortSignal} signal */
  #follow(id, signal) {
    const { api, store, sleep } = this.#parts;
    return followJob(id, signal, {
      ask: (...query) => this.#retrying(() => api.job(...query), signal),
      sleep,
      tell: (job) => store.set({ phase: phaseOf(job) }),
    });
  }

  /**
   * Repeat a call while the server is away or asks to be asked again later.
   *
   * @template T
   * @param {() => Promise<T>} call @param {AbortSignal} signal @returns {Promise<T>}
   */
  #retrying(call, signal) {
    const { store, sleep } = this.#parts;
    return withRetries(call, signal, { sleep, tell: (news) => store.set(news) });
  }

  /** @param {Job} job @param {string} key @param {number} took_s @param {AbortSignal} signal */
  async #arrive(job, key, took_s, signal) {
    if (job.status !== "succeeded") {
      this.#lastKey = "";
      if (job.status === "cancelled") return this.#finish({ kind: "cancelled" });
      const { code, message } = job.error ?? { code: job.status, message: "" };
      return this.#finish({ kind: "failed", code, message });
    }
    const pictures = await this.#fetchPictures(job, signal);
    this.#parts.store.set({ photo: { job: job.id, pictures, picked: 0, key } });
    this.#finish({ kind: "done", took_s });
  }

  /** @param {Job} job @param {AbortSignal} signal */
  async #fetchPictures(job, signal) {
    const { api } = this.#parts;
    return Promise.all(
      job.images.map(async ({ url, seed }) => {
        const blob = await this.#retrying(() => api.blob(url, signal), signal);
        return pictureOf({ blob, seed });
      }),
    );
  }

  /** Show the pictures of an earlier job, as those of the present doodle. @param {Job} job */
  async open(job) {
    clearTimeout(this.#timer);
    this.#current?.abort();
    const { signal } = (this.#current = new AbortController());
    const { key } = this;
    this.#lastKey = key;
    try {
      const pictures = await this.#fetchPictures(job, signal);
      this.show({ job: job.id, pictures, picked: 0, key });
    } catch (error) {
      // Whoever paints on meanwhile wants the new picture, not the old one.
      if (signal.aborted) return;
      this.#lastKey = "";
      this.#finish({ kind: "idle" });
      throw error;
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#lastKey = "";
    const code = error instanceof ApiError ? error.code : "page-error";
    const message = error instanceof Error ? error.message : String(error);
    this.#finish({ kind: "failed", code, message });
  }

  /** @param {Phase} phase */
  #finish(phase) {
    if (phase.kind !== "done" && phase.kind !== "idle") this.#lastKey = "";
    this.#job = null;
    this.#parts.store.set({ phase });
  }
}

/** @param {{ blob: Blob, seed: number }} kept @returns {Picture} */
export const pictureOf = ({ blob, seed }) => ({ blob, seed, url: URL.createObjectURL(blob) });

/** @param {Job} job @returns {Phase} */
function phaseOf({ status, position, eta_s, attempt }) {
  return status === "queued" && attempt <= 1
    ? { kind: "queued", position, eta_s }
    : { kind: "running", attempt, eta_s };
}
