/**
 * From doodle to photo: decides when a doodle goes out, follows its job, brings the pictures back.
 *
 * Live sends go into one slot of this tab, where the server replaces what still waits; explicit
 * ones queue. Only the newest job is followed, and the last photo stays until the next is there.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("../state.js").Store} Store
 * @typedef {import("../state.js").Phase} Phase
 * @typedef {{ key: string, form: (count: number) => Promise<FormData> }} Order `key` is equal for
 *   equal wishes
 * @typedef {{ api: Api, store: Store, makeOrder: () => Order, slot: string,
 *   newId: () => string, sleep: (s: number, signal: AbortSignal) => Promise<void> }} Parts
 */
import { ApiError } from "./api.js";
import { patiently } from "./patience.js";

/** Pause after an edit before it is sent, in seconds: longer where a finger lifts to look. */
export const PAUSE_S = { mouse: 0.3, touch: 0.5 };
const WAIT_S = 20;
const QUEUE_POLL_S = 0.5;
/** Keeps the page polite with a server that answers a long poll at once. */
const MIN_POLL_S = 0.1;

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

  /** Send the last wish again. */
  retry() {
    return this.generate(this.#lastCount);
  }

  /** Take the running wish back. */
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

  /** Of the order that would go out now. */
  get key() {
    return this.#parts.makeOrder().key;
  }

  /** Show pictures that were painted before, and follow no job any more. @param {import("../state.js").Photo | null} photo */
  show(photo) {
    clearTimeout(this.#timer);
    this.#current?.abort();
    this.#job = null;
    this.#lastKey = photo?.key ?? "";
    this.#parts.store.set({ photo, phase: { kind: "idle" } });
  }

  /** @param {number} count @param {boolean} live */
  async #send(count, live) {
    const { store, makeOrder, newId } = this.#parts;
    const control = new AbortController();
    try {
      const { key, form } = makeOrder();
      if (live && key === this.#lastKey) return;
      this.#lastKey = key;
      this.#lastCount = count;
      this.#current?.abort();
      this.#current = control;
      const id = (this.#job = newId());
      store.set({ phase: { kind: "sending" } });
      await this.#carry(id, key, await form(count), count, control.signal);
    } catch (error) {
      if (!control.signal.aborted) this.#fail(error);
    }
  }

  /** @param {string} id @param {string} key @param {FormData} form @param {number} count @param {AbortSignal} signal */
  async #carry(id, key, form, count, signal) {
    const { api, slot } = this.#parts;
    signal.throwIfAborted();
    if (count === 1) form.set("slot", slot);
    const begun = performance.now();
    await this.#patiently(() => api.submit(id, form, signal), signal);
    const job = await this.#follow(id, signal);
    await this.#arrive(job, key, (performance.now() - begun) / 1000, signal);
  }

  /** Poll until the job has ended. @param {string} id @param {AbortSignal} signal @returns {Promise<Job>} */
  async #follow(id, signal) {
    const { api, store, sleep } = this.#parts;
    for (let wait_s = 0; ;) {
      const job = await this.#patiently(() => api.job(id, wait_s, signal), signal);
      if (job.status !== "queued" && job.status !== "running") return job;
      store.set({ phase: phaseOf(job) });
      // Others' jobs move this one's place without news of its own, so a place is asked for often.
      const inLine = job.status === "queued" && (job.position ?? 2) > 1;
      wait_s = inLine ? 0 : WAIT_S;
      await sleep(inLine ? QUEUE_POLL_S : MIN_POLL_S, signal);
    }
  }

  /**
   * Repeat a call while the server is away or asks for patience.
   *
   * @template T
   * @param {() => Promise<T>} call @param {AbortSignal} signal @returns {Promise<T>}
   */
  #patiently(call, signal) {
    const { store, sleep } = this.#parts;
    return patiently(call, signal, { sleep, tell: (news) => store.set(news) });
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
        const blob = await this.#patiently(() => api.blob(url, signal), signal);
        return { blob, seed, url: URL.createObjectURL(blob) };
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

/** @param {Job} job @returns {Phase} */
function phaseOf({ status, position, eta_s, attempt }) {
  return status === "queued" && attempt <= 1
    ? { kind: "queued", position, eta_s }
    : { kind: "running", attempt, eta_s };
}

/** Wait, unless the signal ends it. @param {number} s @param {AbortSignal} signal @returns {Promise<void>} */
export function sleep(s, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, s * 1000);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
