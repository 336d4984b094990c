/** How a job beside the live painting is doing: words and a bar. */
import { h } from "../../dom.js";
import { wording } from "../../strings/wording.js";

/** @typedef {import("../../service/job.js").Tidings} Tidings */

/** The bar stops short of its end, for an estimate may be wrong and a full bar must not lie. */
const NEARLY = 0.95;
const EVERY_MS = 200;

/** @param {Tidings} tidings @param {string} before what was said @param {string} running words for work that has begun */
export function standing({ job, online, phase }, before, running) {
  if (job) {
    const place = job.status === "queued" ? (job.position ?? 1) : 1;
    return place > 1 ? wording().progress.queued(place) : running;
  }
  if (online === false) return wording().progress.offline;
  return phase ? wording().progress.later : before;
}

/** A bar that follows a job's estimates; it stops when it leaves the page. @param {string} words */
export function progressBar(words) {
  const bar = h("progress", { max: 1, "aria-label": words });
  const begun = performance.now();
  let total_ms = 0;
  const timer = setInterval(() => {
    if (!bar.isConnected) return clearInterval(timer);
    if (total_ms > 0) bar.value = Math.min(NEARLY, (performance.now() - begun) / total_ms);
  }, EVERY_MS);
  return {
    bar,
    /** @param {Tidings} tidings */
    tell({ job }) {
      if (job?.eta_s) total_ms = performance.now() - begun + job.eta_s * 1000;
    },
  };
}
