/**
 * From a photo to its label map: one job, followed until it has ended.
 *
 * @typedef {import("./job.js").Parts} Parts
 */
import { drawScaled, encoded } from "../files/pictures.js";
import { runJob } from "./job.js";
import { withRetries } from "./polling.js";

/** Photos are sent no larger than this, in pixels a side: the server scales them down anyway. */
const LONGEST = 1024;
const QUALITY = 0.92;

/** The server took the photo and could not trace it. */
export class TraceError extends Error {}

/**
 * Bring a photo to a size worth sending, upright as the camera held it.
 *
 * @param {File} file
 * @returns {Promise<{ photo: File, height: number, width: number }>} a JPEG, and its size in pixels
 * @throws if it is no picture that this browser can read
 */
export async function scaledPhoto(file) {
  const canvas = await drawScaled(file, LONGEST, true);
  const blob = await encoded(canvas, "image/jpeg", QUALITY);
  const photo = new File([blob], file.name || "photo.jpg", { type: "image/jpeg" });
  return { photo, height: canvas.height, width: canvas.width };
}

/**
 * Have a photo traced. When `signal` aborts, the job is cancelled.
 *
 * @param {Parts} parts @param {File} photo @param {string} model @param {AbortSignal} signal
 * @param {(tidings: import("./job.js").Tidings) => void} tell
 * @returns {Promise<Blob>} a label map PNG
 */
export async function trace(parts, photo, model, signal, tell) {
  const form = new FormData();
  form.set("photo", photo, photo.name);
  form.set("model", model);
  const job = await runJob(parts, form, signal, tell);
  if (job.status !== "succeeded") throw new TraceError(job.error?.message ?? job.status);
  const { api, sleep } = parts;
  return withRetries(() => api.labelMap(job.id), signal, { sleep, tell });
}
