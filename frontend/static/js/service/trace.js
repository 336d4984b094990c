/**
 * From a photo to its label map: one job, followed until it has ended.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./polling.js").News} News
 * @typedef {{ api: import("./api.js").Api, newId: () => string,
 *   sleep: import("./polling.js").Sleep }} Parts
 */
import { followJob, withRetries } from "./polling.js";

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
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "white"; // what is see-through becomes this
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new Error("the photo cannot be scaled down");
  const photo = new File([blob], file.name || "photo.jpg", { type: "image/jpeg" });
  return { photo, height: canvas.height, width: canvas.width };
}

/**
 * Have a photo traced. When `signal` aborts, the job is cancelled.
 *
 * @param {Parts} parts @param {File} photo @param {string} model @param {AbortSignal} signal
 * @param {(news: { job?: Job } & Partial<News>) => void} tell how it goes
 * @returns {Promise<Blob>} a label map PNG
 */
export async function trace({ api, newId, sleep }, photo, model, signal, tell) {
  const id = newId();
  const form = new FormData();
  form.set("photo", photo, photo.name);
  form.set("model", model);
  /** @type {<T>(call: () => Promise<T>) => Promise<T>} */
  const ask = (call) => withRetries(call, signal, { sleep, tell });
  try {
    await ask(() => api.submit(id, form, signal));
    const job = await followJob(id, signal, {
      ask: (...query) => ask(() => api.job(...query)),
      sleep,
      tell: (now) => tell({ job: now }),
    });
    tell({ job });
    if (job.status !== "succeeded") throw new TraceError(job.error?.message ?? job.status);
    return await ask(() => api.labelMap(id));
  } catch (error) {
    if (signal.aborted) await api.cancel(id).catch(() => {}); // it is over, or out of reach
    throw error;
  }
}
