/**
 * The HTTP API, version 1, as the page uses it (docs/http-api.md has all of it).
 *
 * @typedef {object} Label
 * @property {number} id
 * @property {string} name
 * @property {string} group
 * @property {Record<string, string>} colours "#rrggbb" by theme
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {string} title
 * @property {boolean} [default]
 * @property {[number, number]} native_size height, width
 * @property {number | null} size_multiple of both sides; null: only the native size is painted
 * @property {[number, number]} max_size
 * @property {number} [max_pixels] of one job, all its pictures together
 * @property {Record<string, number>} [paint_s] seconds of a picture, by its size
 * @property {{ seed: boolean, style: boolean, style_image?: boolean, instances: boolean,
 *   natural_borders?: boolean, segment?: boolean, compose?: boolean }} abilities
 * @property {{ name: string, title: string }[]} styles
 * @property {number} [looks] how many it has
 * @property {{ name: string, text: string, commercial: boolean }} licence
 * @property {number[]} labels_strong
 * @property {number[]} labels_weak
 * @property {{ name: string, unlabelled_id: number | null, labels: Label[] }} label_set
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {"queued" | "running" | "succeeded" | "failed" | "cancelled" | "expired"} status
 * @property {number | null} position
 * @property {number | null} eta_s
 * @property {number} attempt
 * @property {number} width of a picture, in pixels
 * @property {number} height
 * @property {string} model
 * @property {{ url: string, preview?: string | null, seed: number, look?: string | null,
 *   width: number, height: number }[]} images
 * @property {{ code: string, message: string } | null} error
 * @property {{ token: string, url: string } | null} [share]
 * @property {string | null} [style]
 * @property {string | null} [look] that was asked for
 * @property {"drawn" | "natural"} [borders]
 * @property {{ url: string } | null} [label_map]
 * @property {{ url: string } | null} [understood] of its words
 * @property {string} created_at
 * @property {string | null} [started_at]
 * @property {string | null} [finished_at]
 *
 * @typedef {object} Shared
 * @property {string} model
 * @property {string | null} style
 * @property {"drawn" | "natural"} [borders]
 * @property {{ url: string, seed: number, look?: string | null }[]} images
 * @property {{ url: string }} label_map
 *
 * @typedef {object} Look the style of a real photo
 * @property {string} id
 * @property {{ brightness: number, warmth: number, saturation: number }} colours
 * @property {{ author: string, licence: string, source: string }} credit
 *
 * @typedef {object} Imported
 * @property {string} palette
 * @property {number} width
 * @property {number} height
 * @property {number} unmatched_pixels
 * @property {number} unmatched_share
 * @property {{ colour: string, pixels: number, nearest: { id: number, name: string } }[]} colours
 * @property {string} label_map base64 of a palette PNG
 */

const PREFIX = "/api/v1";
/** Jobs a page of the history. */
const PAGE = 60;

/** The server answered, and it said no. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {number | null} retryAfter_s */
  constructor(status, code, message, retryAfter_s) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter_s = retryAfter_s;
  }
}

/** The server did not answer. */
export class OfflineError extends Error {}

/** @typedef {typeof globalThis.fetch} Fetch */

export class Api {
  #fetch;
  /** @type {{ job: Job, etag: string } | null} the job that was read last */ #seen = null;

  /** @param {Fetch} [fetch] */
  constructor(fetch = (...args) => globalThis.fetch(...args)) {
    this.#fetch = fetch;
  }

  /** @returns {Promise<Model[]>} the default model first */
  async models() {
    const { models } = await this.#json("/models");
    return models;
  }

  /** @param {string} model @returns {Promise<Look[]>} all that it has */
  async looks(model) {
    const found = [];
    /** @type {string | null} */ let page = `${PREFIX}/models/${encodeURIComponent(model)}/looks`;
    while (page) {
      const { looks, next } = await (await this.#send(page)).json();
      found.push(...looks);
      page = next;
    }
    return found;
  }

  /**
   * Send a doodle under an id chosen here, which makes sending twice harmless.
   *
   * @param {string} id @param {FormData} form @param {AbortSignal} [signal]
   * @returns {Promise<Job>}
   */
  submit(id, form, signal) {
    return this.#json(`/jobs/${id}`, { method: "PUT", body: form, signal });
  }

  /**
   * Read a job, waiting up to `wait_s` for news since it was read last.
   *
   * @param {string} id @param {number} wait_s @param {AbortSignal} [signal]
   * @returns {Promise<Job>}
   */
  async job(id, wait_s, signal) {
    const seen = this.#seen?.job.id === id ? this.#seen : null;
    const headers = seen ? { "If-None-Match": seen.etag } : undefined;
    const query = wait_s ? `?wait=${wait_s}` : "";
    const response = await this.#send(`${PREFIX}/jobs/${id}${query}`, { headers, signal });
    if (response.status === 304 && seen) return seen.job;
    const job = await response.json();
    this.#seen = { job, etag: response.headers.get("ETag") ?? "" };
    return job;
  }

  /** @param {string} [page] address of one after the first @returns {Promise<{ jobs: Job[], next: string | null }>} the caller's own, newest first */
  async jobs(page = `${PREFIX}/jobs?limit=${PAGE}`) {
    return (await this.#send(page)).json();
  }

  /** @param {string} id */
  async cancel(id) {
    await this.#send(`${PREFIX}/jobs/${id}`, { method: "DELETE" });
  }

  /** Drop a job with its pictures and its link. @param {string} id */
  async erase(id) {
    await this.#send(`${PREFIX}/jobs/${id}?erase=true`, { method: "DELETE" });
  }

  /** @param {string} id @returns {Promise<{ token: string, url: string }>} */
  share(id) {
    return this.#json(`/jobs/${id}/share`, { method: "POST" });
  }

  /** @param {string} id */
  async unshare(id) {
    await this.#send(`${PREFIX}/jobs/${id}/share`, { method: "DELETE" });
  }

  /** @param {string} token @returns {Promise<Shared>} */
  shared(token) {
    return this.#json(`/shares/${token}`);
  }

  /** @param {FormData} form @returns {Promise<Imported>} */
  importPicture(form) {
    return this.#json("/import", { method: "POST", body: form });
  }

  /** Fetch bytes by an address that the API gave. @param {string} url @param {AbortSignal} [signal] @returns {Promise<Blob>} */
  async blob(url, signal) {
    return (await this.#send(url, { signal })).blob();
  }

  /** @param {string} id @returns {Promise<Blob>} */
  labelMap(id) {
    return this.blob(`${PREFIX}/jobs/${id}/label-map`);
  }

  /** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
  async #json(path, init) {
    const response = await this.#send(PREFIX + path, init);
    return response.json();
  }

  /** @param {string} path @param {RequestInit} [init] */
  async #send(path, init = {}) {
    let response;
    try {
      response = await this.#fetch(path, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new OfflineError("the server does not answer");
    }
    if (!response.ok && response.status !== 304) throw await problem(response);
    return response;
  }
}

/** Turn a problem+json answer (RFC 9457) into an error. @param {Response} response */
async function problem(response) {
  /** @type {Record<string, any>} */
  let body = {};
  try {
    body = await response.json();
  } catch {
    // A proxy's HTML page: its status is all there is to tell.
  }
  const retry = Number(response.headers.get("Retry-After"));
  const text = [body.detail ?? body.title ?? response.statusText, body.remedy];
  return new ApiError(
    response.status,
    String(body.code ?? `http-${response.status}`),
    text.filter(Boolean).join(" "),
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}

/** Make a random UUID (version 4); `crypto.randomUUID` is missing on plain-http hosts. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
