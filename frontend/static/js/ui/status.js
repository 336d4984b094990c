/** The state of the painting in plain words. */
import { t } from "../strings/index.js";

/**
 * @typedef {{ text: string, tone: "quiet" | "busy" | "done" | "trouble", action: "cancel" | "retry" | null,
 *   progress: boolean, eta_s: number | null }} Status
 *
 * @param {Pick<import("../state.js").State, "phase" | "online" | "ready">} state
 * @returns {Status}
 */
export function statusOf({ phase, online, ready }) {
  if (!online && !ready) return { ...quiet(t.status.away), tone: "trouble" };
  if (!online) return { ...quiet(t.status.offline), tone: "trouble" };
  switch (phase.kind) {
    case "idle":
      return quiet(t.status.idle);
    case "example":
      return quiet(t.status.example);
    case "sending":
      return busy(t.status.sending, null);
    case "queued":
      return busy(inLine(phase.position, phase.eta_s), phase.eta_s);
    case "running":
      return busy(
        phase.attempt > 1 ? t.status.again(phase.attempt) : t.status.running,
        phase.eta_s,
      );
    case "waiting":
      return busy(t.status.full(phase.retry_s), phase.retry_s);
    case "done":
      return { ...quiet(t.status.done(phase.took_s)), tone: "done" };
    case "cancelled":
      return { ...quiet(t.status.cancelled), action: "retry" };
    case "failed": {
      const text = t.errors[phase.code] ?? t.status.failed(phase.message);
      return { ...quiet(text), tone: "trouble", action: "retry" };
    }
  }
}

/** @param {number | null} position @param {number | null} eta_s */
function inLine(position, eta_s) {
  if (position === null) return t.status.noWorker;
  return position <= 1 ? t.status.next(eta_s) : t.status.line(position, eta_s);
}

/** @param {string} text @returns {Status} */
const quiet = (text) => ({ text, tone: "quiet", action: null, progress: false, eta_s: null });

/** @param {string} text @param {number | null} eta_s @returns {Status} */
const busy = (text, eta_s) => ({ text, tone: "busy", action: "cancel", progress: true, eta_s });

/**
 * Describe a doodle for those who do not see its photo, by its largest materials.
 *
 * @param {Uint8Array} labels @param {(id: number) => string} nameOf
 */
export function describe(labels, nameOf) {
  const counts = new Map();
  for (const id of labels) counts.set(id, (counts.get(id) ?? 0) + 1);
  const largest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const shares = largest
    .map(([id, count]) => [nameOf(id), Math.round((100 * count) / labels.length)])
    .filter(([, percent]) => Number(percent) > 0)
    .map(([name, percent]) => t.photo.share(String(name), Number(percent)));
  return t.photo.alt(shares.join(", "));
}
