/**
 * A photo of the doodle, and how its painting stands.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./request.js").PaintRequest} PaintRequest
 *
 * @typedef {object} Picture
 * @property {string} url of the blob, for <img>
 * @property {Blob} blob
 * @property {string} [exact] address of the PNG, where this is but a preview of it
 * @property {number} seed
 * @property {string | null} [look] id of the one that it was painted with
 *
 * @typedef {object} Photo
 * @property {string | null} job whose pictures these are; null for a starter scene's
 * @property {Picture[]} pictures
 * @property {number} picked index
 * @property {string} key of the request that it answers
 * @property {boolean} [soft] whether it was painted smaller than it is looked at
 *
 * @typedef {(
 *   | { kind: "idle" } | { kind: "example" } | { kind: "sending" }
 *   | { kind: "queued", position: number | null, eta_s: number | null }
 *   | { kind: "running", attempt: number, eta_s: number | null }
 *   | { kind: "done", took_s: number, soft?: import("./sizes.js").Size, sharper?: boolean }
 *   | { kind: "cancelled" }
 *   | { kind: "waiting", code: string, retry_s: number }
 *   | { kind: "failed", code: string, message: string }
 * )} Phase of the painting that the status line tells of
 *
 * @typedef {{ live: boolean, visiting: string | null, online: boolean, phase: Phase,
 *   photo: Photo | null, look: string | null }} State what the painter reads and sets of the page's state
 * @typedef {{ readonly now: Readonly<State>, set: (patch: Partial<State>) => void }} Store
 * @typedef {{ api: Api, store: Store, makeRequest: (quick?: boolean) => PaintRequest, slot: string,
 *   newId: () => string, sleep: (s: number, signal: AbortSignal) => Promise<void>,
 *   onLive?: (id: string) => void }} Parts `quick`: as soon as it can be had; `onLive` hears of jobs
 *   that nobody asked for
 */

/** @param {Omit<Picture, "url">} kept @returns {Picture} */
export const pictureOf = ({ blob, seed, look = null, exact }) => ({
  blob,
  seed,
  look,
  ...(exact && { exact }),
  url: URL.createObjectURL(blob),
});

/** Say that a request is of live painting. @param {FormData} form @param {string} slot */
export function asLive(form, slot) {
  form.set("slot", slot);
  form.set("preview", "true");
}

/** @param {Job} job @returns {Phase} */
export function phaseOf({ status, position, eta_s, attempt }) {
  return status === "queued" && attempt <= 1
    ? { kind: "queued", position, eta_s }
    : { kind: "running", attempt, eta_s };
}
