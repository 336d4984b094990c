/**
 * How long the service takes for a picture, from how long it took for this browser's latest ones,
 * and before there are any, from what it says itself.
 *
 * @typedef {Pick<import("./api.js").Job, "model" | "width" | "height" | "images" | "started_at"
 *   | "finished_at">} Timed
 */

/** Jobs that are looked at, so that a machine that was busy once is forgotten. */
const LATEST = 5;
/** A picture of twice the pixels takes less than twice as long (docs/engine.md). */
const GROWTH = 0.85;

/**
 * @param {Timed[]} jobs newest first @param {string} model @param {number} pixels of one picture
 * @returns {number | null} seconds; null where nothing was painted yet
 */
export function expected_s(jobs, model, pixels) {
  const timed = jobs
    .filter((job) => job.model === model && job.images.length > 0 && took_s(job) > 0)
    .map((job) => ({ pixels: job.width * job.height, picture_s: took_s(job) / job.images.length }));
  // The nearest size tells best.
  const far = (/** @type {{ pixels: number }} */ one) => Math.abs(Math.log(one.pixels / pixels));
  const least = Math.min(...timed.map(far));
  const seconds = timed
    .filter((one) => far(one) === least)
    .slice(0, LATEST)
    .map((one) => one.picture_s * (pixels / one.pixels) ** GROWTH)
    .sort((a, b) => a - b);
  return seconds[seconds.length >> 1] ?? null;
}

/** A picture may take so long for the next to be painted like it while one draws on, in seconds. */
const PROMPT_S = 0.5;

/**
 * Whether a picture comes soon enough to follow the brush; not while nobody knows.
 *
 * @param {Timed[]} jobs newest first @param {Pick<import("./api.js").Model, "name" | "paint_s">} model
 * @param {import("./sizes.js").Size} size
 */
export function isPrompt(jobs, model, { height, width }) {
  const pixels = height * width;
  const seconds = expected_s(jobs, model.name, pixels) ?? told_s(model, pixels);
  return seconds !== null && seconds <= PROMPT_S;
}

/** What the service says of the nearest size, in proportion. @param {Pick<import("./api.js").Model, "paint_s">} model @param {number} pixels */
function told_s({ paint_s = {} }, pixels) {
  const known = Object.entries(paint_s).map(([name, seconds]) => {
    const [height, width] = name.split("x").map(Number);
    return { far: Math.abs(Math.log(pixels / (height * width))), each: seconds / (height * width) };
  });
  const [nearest] = known.sort((a, b) => a.far - b.far);
  return nearest ? nearest.each * pixels : null;
}

/** @param {Timed} job */
const took_s = ({ started_at, finished_at }) =>
  started_at && finished_at ? (Date.parse(finished_at) - Date.parse(started_at)) / 1000 : 0;
