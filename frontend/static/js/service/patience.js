/** Calls to a server that may be away for a while, or ask for patience. */
import { ApiError, OfflineError } from "./api.js";

/**
 * @typedef {{ online: boolean, phase?: { kind: "waiting", code: string, retry_s: number } }} News
 *   `phase` while the server is there but wants to be asked again later
 * @typedef {(s: number, signal: AbortSignal) => Promise<void>} Sleep
 */

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
export async function patiently(call, signal, { sleep, tell }) {
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
