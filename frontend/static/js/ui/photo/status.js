/** The state of the painting: in plain words, on the status line, as a bar and in the tab. */
import { byId } from "../../dom.js";
import { t } from "../../strings/index.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../parts/announcer.js").Announcer} Announcer */

/**
 * @typedef {{ text: string, tone: "quiet" | "busy" | "done" | "trouble", action: "cancel" | "retry" | null,
 *   progress: boolean, eta_s: number | null }} Status
 *
 * @param {Pick<import("../../state.js").State, "phase" | "online" | "ready">} state
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

/** Keep the status line up to date. @param {Studio} studio @param {Announcer} announcer */
export function showStatus(studio, announcer) {
  const { store, painter } = studio;
  const text = byId("status");
  const action = byId("status-action", "button");
  let words = "";
  action.addEventListener("click", () => {
    if (action.dataset.action === "retry") void painter.retry();
    else void painter.cancel();
  });
  store.watch(["phase", "online", "ready", "language"], (state) => {
    const status = statusOf(state);
    text.dataset.tone = status.tone;
    action.hidden = status.action === null;
    action.dataset.action = status.action ?? "";
    action.textContent = status.action ? t.actions[status.action] : "";
    showProgress(status.progress, status.eta_s);
    if (status.text === words) return;
    words = status.text;
    text.textContent = text.title = words;
    if (status.tone === "trouble") announcer.alarm(words);
    else announcer.say(words);
  });
  store.watch(["phase"], ({ phase }) => {
    const ready = document.hidden && phase.kind === "done";
    if (ready) tellTab(true);
  });
  document.addEventListener("visibilitychange", () => !document.hidden && tellTab(false));
}

/** Show in the tab whether a picture came while nobody looked. @param {boolean} ready */
function tellTab(ready) {
  document.title = ready ? `✓ ${t.app.ready} – ${t.app.title}` : t.app.title;
  byId("favicon", "link").href = `/static/favicon${ready ? "-ready" : ""}.svg`;
}

/** When the bar that runs will be full, in milliseconds of the page's clock. */
let barEnds = 0;
/** An estimate that moves by less is the same estimate, a little later. */
const SAME_MS = 2000;

/** @param {boolean} on @param {number | null} eta_s */
function showProgress(on, eta_s) {
  const bar = byId("progress");
  const fillBar = /** @type {HTMLElement} */ (bar.firstElementChild);
  const sure = eta_s !== null && eta_s > 1;
  const ends = performance.now() + (eta_s ?? 0) * 1000;
  const running = fillBar.getAnimations().filter((one) => !(one instanceof CSSAnimation));
  bar.hidden = !on;
  if (on && sure && running.length > 0 && Math.abs(ends - barEnds) < SAME_MS) return;
  bar.classList.toggle("unsure", !sure);
  running.forEach((one) => one.cancel());
  if (!on || !sure) return;
  barEnds = ends;
  // It slows down towards the end, for an estimate may be wrong and a full bar must not lie.
  fillBar.animate([{ transform: "scaleX(0)" }, { transform: "scaleX(0.95)" }], {
    duration: eta_s * 1300,
    easing: "cubic-bezier(0.2, 0.6, 0.4, 1)",
    fill: "forwards",
  });
}
