/** Following a job, on a server that may be away for a while or ask to be asked again later. */
import { ApiError, OfflineError } from "./api.js";

/**
 * @typedef {import("./api.js").Job} Job
 * @typedef {{ online: boolean, phase?: { kind: "waiting", code: string, retry_s: number } }} News
 *   `phase` while the server is there but wants to be asked again later
 * @typedef {(s: number, signal: AbortSignal) => Promise<void>} Sleep
 */

const WAIT_S = 20;
const QUEUE_POLL_S = 0.5;
/** Keeps the page polite with a server that answers a long poll at once. */
const MIN_POLL_S = 0.1;
const MAX_BACK_OFF_S = 15;
/** Answers that mean "later", not "never". */
const LATER = new Set([429, 502, 503, 504]);

/**
 * Repeat a call that is safe to repeat until it is answered, or refused for good.
 *
 * @template T
 * @param {() => Promise<T>} call @param {AbortSignal} signal ends it at once
 * @param {{ sleep: Sleep, tell: (news: News) => void }} parts `tell` hears how it goes
 * @returns {Promise<T>}
 */
export async function withRetries(call, signal, { sleep, tell }) {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await call();
      signal.throwIfAborted();
      tell({ online: true });
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      const pause_s = Math.min(MAX_BACK_OFF_S, 2 ** tries / 2);
      if (error instanceof OfflineError) {
        tell({ online: false });
        await sleep(pause_s, signal);
      } else if (error instanceof ApiError && LATER.has(error.status) && tries < 20) {
        const retry_s = error.retryAfter_s ?? pause_s;
        tell({ online: true, phase: { kind: "waiting", code: error.code, retry_s } });
        await sleep(retry_s, signal);
      } else throw error;
    }
  }
}

/**
 * Poll a job until it has ended.
 *
 * @param {string} id @param {AbortSignal} signal ends it at once
 * @param {object} parts
 * @param {(id: string, wait_s: number, signal: AbortSignal) => Promise<Job>} parts.ask a long poll
 * @param {Sleep} parts.sleep
 * @param {(job: Job) => void} parts.tell hears of every answer but the last
 * @returns {Promise<Job>}
 */
export async function followJob(id, signal, { ask, sleep, tell }) {
  for (let wait_s = 0; ;) {
    const job = await ask(id, wait_s, signal);
    if (job.status !== "queued" && job.status !== "running") return job;
    tell(job);
    // Others' jobs move this one's place without news of its own, so a place is asked for often.
    const inLine = job.status === "queued" && (job.position ?? 2) > 1;
    wait_s = inLine ? 0 : WAIT_S;
    await sleep(inLine ? QUEUE_POLL_S : MIN_POLL_S, signal);
  }
}

/** Wait, unless the signal ends it. @param {number} s @param {AbortSignal} signal @returns {Promise<void>} */
export function sleep(s, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, s * 1000);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
