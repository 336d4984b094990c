/**
 * From a photo to its label map: one job, followed until it has ended.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./patience.js").News} News
 * @typedef {{ api: import("./api.js").Api, newId: () => string,
 *   sleep: import("./patience.js").Sleep }} Parts
 */
import { patiently } from "./patience.js";

/** Photos are sent no larger than this, in pixels a side: the server scales them down anyway. */
const LONGEST = 1024;
const QUALITY = 0.92;
const WAIT_S = 20;
const QUEUE_POLL_S = 0.5;

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
  const ask = (call) => patiently(call, signal, { sleep, tell });
  try {
    await ask(() => api.submit(id, form, signal));
    for (let wait_s = 0; ;) {
      const job = await ask(() => api.job(id, wait_s, signal));
      tell({ job });
      if (job.status === "succeeded") return await ask(() => api.labelMap(id));
      if (job.status !== "queued" && job.status !== "running")
        throw new TraceError(job.error?.message ?? job.status);
      const inLine = job.status === "queued" && (job.position ?? 2) > 1;
      wait_s = inLine ? 0 : WAIT_S;
      await sleep(inLine ? QUEUE_POLL_S : 0.1, signal);
    }
  } catch (error) {
    if (signal.aborted) await api.cancel(id).catch(() => {}); // it is over, or out of reach
    throw error;
  }
}
