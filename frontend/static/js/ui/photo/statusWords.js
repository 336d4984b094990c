/**
 * The state of the painting, and the photo, in plain words.
 *
 * @typedef {import("../../service/photo.js").Phase} Phase
 * @typedef {{ phase: Phase, online: boolean, ready: boolean, network: boolean }} State
 * @typedef {object} Status
 * @property {string} text
 * @property {"quiet" | "busy" | "done" | "trouble"} tone
 * @property {"cancel" | "retry" | null} action
 * @property {boolean} progress whether the bar runs
 * @property {number | null} eta_s that the bar runs for
 * @property {boolean} late whether the estimate has run out
 */
import { t } from "../../strings/index.js";

/** An estimate is over when it has run out by so much: its share, or so many seconds at least. */
const GRACE = 0.5;
const GRACE_S = 2;
/** Refusals that one's own haste brings. */
const OWN_LIMITS = ["rate-limited", "quota-exceeded"];

/**
 * @param {State} state
 * @param {{ told_s: number, waited_s: number }} [time] since the estimate was given, and since
 *   the picture was asked for
 * @returns {Status}
 */
export function statusOf({ phase, online, ready, network }, { told_s, waited_s } = NO_TIME) {
  if (!online) {
    if (network) return trouble(ready ? t.status.unanswered : t.status.away);
    return trouble(t.status.offline);
  }
  switch (phase.kind) {
    case "idle":
      return quiet(t.status.idle);
    case "example":
      return quiet(t.status.example);
    case "sending":
      return busy(t.status.sending, null);
    case "queued":
    case "running": {
      const { eta_s } = phase;
      if (eta_s !== null && told_s > eta_s + Math.max(GRACE_S, GRACE * eta_s))
        return { ...busy(t.status.late(place(phase), waited_s), null), late: true };
      const left_s = eta_s && Math.max(1, eta_s - told_s);
      const about = phase.kind === "queued" && left_s !== null ? `, ${t.status.about(left_s)}` : "";
      return busy(place(phase) + about, eta_s);
    }
    case "waiting": {
      const words = OWN_LIMITS.includes(phase.code) ? t.status.limit : t.status.full;
      return busy(words(Math.max(1, phase.retry_s - told_s)), phase.retry_s);
    }
    case "done":
      return { ...quiet(doneWords(phase)), tone: "done" };
    case "cancelled":
      return { ...quiet(t.status.cancelled), action: "retry" };
    case "failed":
      return {
        ...trouble(t.errors[phase.code] ?? t.status.failed(phase.message)),
        action: "retry",
      };
  }
}

/** A picture that is smaller than it is shown says so. @param {Extract<Phase, { kind: "done" }>} phase */
function doneWords({ took_s, soft, sharper }) {
  if (!soft) return t.status.done(took_s);
  return sharper ? t.status.sharper(took_s) : t.status.soft(took_s, soft.width, soft.height);
}

const NO_TIME = { told_s: 0, waited_s: 0 };

/** @param {Extract<Phase, { kind: "queued" | "running" }>} phase */
function place(phase) {
  if (phase.kind === "running")
    return phase.attempt > 1 ? t.status.again(phase.attempt) : t.status.running;
  if (phase.position === null) return t.status.noWorker;
  return phase.position <= 1 ? t.status.next : t.status.line(phase.position);
}

/** @param {string} text @returns {Status} */
const quiet = (text) => ({
  text,
  tone: "quiet",
  action: null,
  progress: false,
  eta_s: null,
  late: false,
});

/** @param {string} text @returns {Status} */
const trouble = (text) => ({ ...quiet(text), tone: "trouble" });

/** @param {string} text @param {number | null} eta_s @returns {Status} */
const busy = (text, eta_s) => ({
  ...quiet(text),
  tone: "busy",
  action: "cancel",
  progress: true,
  eta_s,
});

/**
 * Since when an estimate holds. One that is given again, or hardly grows, is the same one, so that
 * it can run out; another place in line begins anew.
 */
export class Estimate {
  #phase = /** @type {Phase} */ ({ kind: "idle" });
  #told_ms = 0;
  #begun_ms = 0;

  /** @param {Phase} phase @param {number} now_ms @returns {Phase} with the estimate that holds */
  hear(phase, now_ms) {
    const before = this.#phase;
    const waits = phase.kind === "queued" || phase.kind === "running";
    if (phase.kind === "sending") this.#begun_ms = now_ms;
    if (waits && samePlace(phase, before) && !grown(phase, before))
      return { ...phase, eta_s: /** @type {typeof phase} */ (before).eta_s };
    if (phase !== before) this.#told_ms = now_ms;
    this.#phase = phase;
    return phase;
  }

  /** @param {number} now_ms */
  at(now_ms) {
    return {
      told_s: (now_ms - this.#told_ms) / 1000,
      waited_s: (now_ms - this.#begun_ms) / 1000,
    };
  }
}

/** @param {Phase} a @param {Phase} b */
const samePlace = (a, b) =>
  a.kind === b.kind &&
  /** @type {any} */ (a).position === /** @type {any} */ (b).position &&
  /** @type {any} */ (a).attempt === /** @type {any} */ (b).attempt;

/** Whether the service has learned that it takes longer. @param {any} phase @param {any} before */
const grown = ({ eta_s }, before) =>
  (eta_s === null) !== (before.eta_s === null) || eta_s > (1 + GRACE) * before.eta_s;

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
