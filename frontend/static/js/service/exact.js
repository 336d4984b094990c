/**
 * Live painting shows small previews. The pictures themselves take their place once the brush
 * rests, and are what is taken along.
 *
 * @typedef {Pick<import("./photo.js").Parts, "api" | "store">} Parts
 */
import { pictureOf } from "./photo.js";

const REST_MS = 2000;
const UNDER_WAY = new Set(["sending", "queued", "running", "waiting"]);

/**
 * The picture itself, or its preview where the service has it no longer.
 *
 * @param {import("./api.js").Api} api @param {import("./photo.js").Picture} picture @returns {Promise<Blob>}
 */
export const exactly = async (api, { blob, exact }) =>
  exact ? api.blob(exact).catch(() => blob) : blob;

export class Exact {
  #parts;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {AbortController | null} */ #current = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Fetch what is shown soon, unless another picture is on its way. */
  soon() {
    this.stop();
    const { photo, phase } = this.#parts.store.now;
    const goesOn = UNDER_WAY.has(phase.kind) || (phase.kind === "done" && phase.sharper);
    if (photo?.pictures.some(({ exact }) => exact) && !goesOn)
      this.#timer = setTimeout(() => void this.#fetch(photo), REST_MS);
  }

  /** A stroke begins: what the line bears is for the next preview. */
  stop() {
    clearTimeout(this.#timer);
    this.#current?.abort();
  }

  /** @param {import("./photo.js").Photo} photo */
  async #fetch(photo) {
    const { api, store } = this.#parts;
    const { signal } = (this.#current = new AbortController());
    try {
      const pictures = await Promise.all(
        photo.pictures.map(async ({ exact, ...picture }) =>
          exact ? pictureOf({ ...picture, blob: await api.blob(exact, signal) }) : picture,
        ),
      );
      if (store.now.photo === photo) store.set({ photo: { ...photo, pictures } });
    } catch {
      // The preview stays: the picture was dropped, or is out of reach.
    }
  }
}
