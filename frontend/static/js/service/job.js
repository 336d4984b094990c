/**
 * A job beside the live painting: sent, followed until it has ended, cancelled when it is no longer wanted.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {{ job?: Job } & Partial<import("./polling.js").News>} Tidings how it goes
 * @typedef {{ api: import("./api.js").Api, newId: () => string,
 *   sleep: import("./polling.js").Sleep }} Parts
 */
import { followJob, withRetries } from "./polling.js";

/**
 * Run a job to its end, whichever that is. When `signal` aborts, the job is cancelled: once its
 * sending is answered, for a DELETE that overtook the PUT would find nothing, and the job be painted
 * for nobody.
 *
 * @param {Parts} parts @param {FormData} form @param {AbortSignal} signal
 * @param {(tidings: Tidings) => void} [tell]
 * @returns {Promise<Job>}
 */
export async function runJob({ api, newId, sleep }, form, signal, tell = () => {}) {
  signal.throwIfAborted();
  const id = newId();
  /** @type {<T>(call: () => Promise<T>) => Promise<T>} */
  const ask = (call) => withRetries(call, signal, { sleep, tell });
  try {
    await ask(() => api.submit(id, form));
    const job = await followJob(id, signal, {
      ask: (...query) => ask(() => api.job(...query)),
      sleep,
      tell: (now) => tell({ job: now }),
    });
    tell({ job });
    return job;
  } catch (error) {
    if (signal.aborted) await api.cancel(id).catch(() => {}); // it is over, or out of reach
    throw error;
  }
}
