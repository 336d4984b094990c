/**
 * From doodle to photo: decides when a doodle goes out, follows its job, brings the pictures back.
 *
 * Live sends go into one slot of this tab, where the server replaces what still waits; explicit
 * ones queue. Only the newest job is followed, and the last photo stays until the next is there.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./request.js").PaintRequest} PaintRequest
 * @typedef {import("./photo.js").Photo} Photo
 * @typedef {import("./photo.js").Phase} Phase
 * @typedef {import("./photo.js").Parts} Parts
 */
import { ApiError } from "./api.js";
import { asLive, phaseOf, pictureOf } from "./photo.js";
import { followJob, withRetries } from "./polling.js";
import { Sharpener } from "./sharpener.js";

/** Pause after an edit before it is sent, in seconds: longer where a finger lifts to look. */
const PAUSE_S = { mouse: 0.3, touch: 0.5 };
/** Answers that mean that the look which was held is none of the model's any more. */
const GONE = new Set(["unknown-look", "looks-unsupported"]);

export class Painter {
  #parts;
  #sharpener;
  /** @type {AbortController | null} */ #current = null;
  /** @type {string | null} */ #job = null;
  /** Cuts a sending that a newer one makes needless. */ #cut = new AbortController();
  /** @type {Promise<unknown> | null} the answer to what was sent last */ #sent = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #lastKey = "";
  #lastCount = 1;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#sharpener = new Sharpener(parts, (...job) => this.#fetchPictures(...job));
  }

  /** Send the doodle soon, if live painting is on. @param {boolean} touch */
  edited(touch = false) {
    this.hold();
    const { live, visiting } = this.#parts.store.now;
    if (!live || visiting) return;
    const pause_s = touch ? PAUSE_S.touch : PAUSE_S.mouse;
    this.#timer = setTimeout(() => this.#send(1, true), pause_s * 1000);
  }

  /** Hold back a send that is due, and give up a sharper picture: a stroke has begun. */
  hold() {
    clearTimeout(this.#timer);
    this.#sharpener.stop();
  }

  /** Send the doodle now. @param {number} count of variations */
  generate(count = 1) {
    this.hold();
    return this.#send(count, false);
  }

  /** Send the last request again. */
  retry() {
    return this.generate(this.#lastCount);
  }

  /** Cancel the job that is followed. */
  async cancel() {
    this.hold();
    const [job, sent] = [this.#job, this.#sent];
    this.#current?.abort();
    this.#finish({ kind: "cancelled" });
    if (!job || !sent) return;
    await sent.catch(() => {}); // else the DELETE could overtake the PUT, and the job be painted for nobody
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
    this.hold();
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
      const request = makeRequest(live);
      if (live && request.key === this.#lastKey) return this.#sharpener.soon();
      this.#lastKey = request.key;
      this.#lastCount = count;
      this.#current?.abort();
      this.#current = control;
      this.#cut.abort();
      this.#cut = new AbortController();
      this.#sent = null;
      const id = (this.#job = newId());
      if (live) this.#parts.onLive?.(id);
      store.set({ phase: { kind: "sending" } });
      const body = await request.form(count);
      if (live) asLive(body, this.#parts.slot);
      await this.#submit(id, request, body, control.signal);
    } catch (error) {
      if (control.signal.aborted) return;
      const isGone = error instanceof ApiError && GONE.has(error.code) && store.now.look;
      if (!isGone) return this.#fail(error);
      store.set({ look: null });
      await this.#send(count, live);
    }
  }

  /** @param {string} id @param {PaintRequest} request @param {FormData} form @param {AbortSignal} signal */
  async #submit(id, request, form, signal) {
    const { api } = this.#parts;
    signal.throwIfAborted();
    const begun = performance.now();
    const cut = this.#cut.signal;
    await this.#retrying(() => (this.#sent = api.submit(id, form, cut)), signal);
    const job = await this.#follow(id, signal);
    await this.#arrive(job, request, (performance.now() - begun) / 1000, signal);
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

  /** @param {Job} job @param {PaintRequest} request @param {number} took_s @param {AbortSignal} signal */
  async #arrive(job, request, took_s, signal) {
    if (job.status !== "succeeded") {
      this.#lastKey = "";
      if (job.status === "cancelled") return this.#finish({ kind: "cancelled" });
      const { code, message } = job.error ?? { code: job.status, message: "" };
      return this.#finish({ kind: "failed", code, message });
    }
    const pictures = await this.#fetchPictures(job, signal);
    const key = this.#hold(request, pictures[0]?.look);
    const { soft } = request;
    const photo = { job: job.id, pictures, picked: 0, key, ...(soft && { soft: true }) };
    this.#parts.store.set({ photo });
    this.#finish({
      kind: "done",
      took_s,
      ...(soft && { soft, sharper: this.#sharpener.on }),
    });
    this.#sharpener.soon();
  }

  /**
   * Hold the look that the service chose, so that painting on does not change it.
   *
   * @param {PaintRequest} request that was answered @param {string | null} [look]
   * @returns {string} key of the request that would bring the same picture
   */
  #hold({ key, free }, look) {
    const { store, makeRequest } = this.#parts;
    const now = makeRequest();
    if (!look || !free || now.free !== free) return key;
    store.set({ look });
    return now.key === key ? (this.#lastKey = this.key) : key;
  }

  /** @param {Job} job @param {AbortSignal} signal */
  async #fetchPictures(job, signal) {
    const { api } = this.#parts;
    return Promise.all(
      job.images.map(async ({ url, preview, seed, look }) => {
        const blob = await this.#retrying(() => api.blob(preview ?? url, signal), signal);
        return pictureOf({ blob, seed, look, ...(preview && { exact: url }) });
      }),
    );
  }

  /** Show the pictures of an earlier job, as those of the present doodle. @param {Job} job */
  async open(job) {
    this.hold();
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
