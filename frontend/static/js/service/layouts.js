/**
 * From words to layouts: jobs beside the live painting, one for each of several seeds.
 *
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {{ kind: string, to: number[] }} Relation to other things, by their places
 * @typedef {object} Thing
 * @property {string} material name of a label
 * @property {string} words as they were said
 * @property {"small" | "usual" | "big"} size
 * @property {number | null} count
 * @property {string[]} places
 * @property {Relation[]} relations
 * @property {boolean} implied whether it came with a scene or a weather
 *
 * @typedef {object} Wish
 * @property {Thing[]} things
 * @property {string[]} excluded names of labels
 * @property {string | null} style a preset, for the light
 * @property {"en" | "de"} language of the sentence
 * @property {{ word: string, suggestion: string | null }[]} unknown
 * @property {{ code: string, words: string }[]} notes
 *
 * @typedef {{ prompt: string, model: string, height: number, width: number, seed: number,
 *   count: number }} Order `seed` is that of the first
 * @typedef {{ map: LabelMap, wish: Wish }} Layout and what was understood of the words
 */
import { readLabelMap } from "../files/png.js";
import { runJob } from "./job.js";
import { withRetries } from "./polling.js";

/** Layouts that have the same material on so many of their pixels, mirrored or not, are one. */
const ALIKE = 0.8;
/** So often another one is tried. */
const MORE = 2;

/** The service read the words and could make nothing of them. */
export class LayoutError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Have layouts composed. One that is like another is tried again, with another seed. When `signal`
 * aborts, or one of them fails, all jobs are cancelled.
 *
 * @param {import("./job.js").Parts} parts @param {Order} order @param {AbortSignal} signal
 * @param {{ tell: (tidings: import("./job.js").Tidings) => void,
 *   arrive: (index: number, layout: Layout) => void }} listener hears of each as it comes
 * @throws {LayoutError} nothing could be made of the words
 */
export async function composeLayouts(parts, order, signal, { tell, arrive }) {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  /** @type {LabelMap[]} */ const maps = [];
  const one = async (/** @type {unknown} */ _, /** @type {number} */ index) => {
    for (let tries = 0; ; tries++) {
      const seed = order.seed + index + tries * order.count;
      const layout = await compose(parts, order, seed, either, tell);
      if (tries < MORE && maps.some((map) => alike(map, layout.map))) continue;
      maps.push(layout.map);
      return arrive(index, layout);
    }
  };
  try {
    await Promise.all(Array.from({ length: order.count }, one));
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/**
 * @param {import("./job.js").Parts} parts @param {Order} order @param {number} seed
 * @param {AbortSignal} signal @param {(tidings: import("./job.js").Tidings) => void} tell
 * @returns {Promise<Layout>}
 */
async function compose(parts, { prompt, model, height, width }, seed, signal, tell) {
  const form = new FormData();
  const fields = { prompt, model, layout_only: true, height, width, seed };
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  const job = await runJob(parts, form, signal, tell);
  if (job.status !== "succeeded") {
    const { code, message } = job.error ?? { code: job.status, message: "" };
    throw new LayoutError(code, message);
  }
  const { api, sleep } = parts;
  const read = (/** @type {string} */ url) =>
    withRetries(() => api.blob(url, signal), signal, { sleep, tell });
  const [png, told] = await Promise.all([
    read(/** @type {{ url: string }} */ (job.label_map).url),
    read(/** @type {{ url: string }} */ (job.understood).url),
  ]);
  return { map: await readLabelMap(png), wish: JSON.parse(await told.text()) };
}

/** @param {LabelMap} a @param {LabelMap} b of the same size */
function alike(a, b) {
  let [same, mirrored] = [0, 0];
  const { width } = a;
  a.labels.forEach((label, at) => {
    const x = at % width;
    if (b.labels[at] === label) same++;
    if (b.labels[at + width - 1 - 2 * x] === label) mirrored++;
  });
  return Math.max(same, mirrored) > ALIKE * a.labels.length;
}
