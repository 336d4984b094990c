/** The state of the painting: on the status line, as a bar and in the tab. */
import { FILES, byId, fill, h, icon } from "../../dom.js";
import { t } from "../../strings/index.js";
import { narrow } from "../parts/windows.js";
import { Estimate, statusOf } from "./statusWords.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../parts/announcer.js").Announcer} Announcer */

/** Keep the status line up to date. @param {Studio} studio @param {Announcer} announcer */
export function showStatus(studio, announcer) {
  const { store, painter } = studio;
  const text = byId("status");
  const action = byId("status-action", "button");
  placeStatus(studio);
  const estimate = new Estimate();
  let spoken = "";
  action.addEventListener("click", () => {
    if (action.dataset.action === "retry") void painter.retry();
    else void painter.cancel();
  });
  const tell = () => {
    const now_ms = performance.now();
    const phase = estimate.hear(store.now.phase, now_ms);
    const status = statusOf({ ...store.now, phase }, estimate.at(now_ms));
    text.dataset.tone = status.tone;
    action.hidden = status.action === null;
    action.dataset.action = status.action ?? "";
    name(action, status.action);
    if (text.textContent !== status.text) text.textContent = text.title = status.text;
    showProgress(status.progress, status.eta_s);
    return status;
  };
  store.watch(["phase", "online", "network", "ready", "language"], () => {
    const status = tell();
    if (status.text === spoken) return;
    spoken = status.text;
    if (status.tone === "trouble") announcer.alarm(spoken);
    else announcer.say(spoken);
  });
  // Time passes without news. It is seen every second, and heard of once, when it is late.
  let late = false;
  setInterval(() => {
    if (text.dataset.tone !== "busy") return;
    const status = tell();
    if (status.late && !late) announcer.say(status.text);
    late = status.late;
  }, 1000);
  store.watch(["phase"], ({ phase }) => {
    const ready = document.hidden && phase.kind === "done";
    if (ready) tellTab(true);
  });
  document.addEventListener("visibilitychange", () => !document.hidden && tellTab(false));
}

/** On a phone its sign has to do. @param {HTMLButtonElement} button @param {"cancel" | "retry" | null} act */
function name(button, act) {
  const words = act ? t.actions[act] : "";
  if (!act || button.title === words) return;
  button.title = words;
  button.setAttribute("aria-label", words);
  fill(button, icon(act), h("span", {}, words));
}

/** Where only one pane fits, the state is told below the pane that is seen. @param {Studio} studio */
function placeStatus({ store }) {
  const parts = ["progress", "status", "status-action"].map((id) => byId(id));
  const doodleFoot = /** @type {Element} */ (byId("readout").parentElement);
  const photoFoot = /** @type {Element} */ (byId("status").parentElement);
  const move = () => {
    const { view, pane } = store.now;
    const away = narrow.matches && !(view === "side" && pane === "photo");
    if (parts[0].parentElement !== (away ? doodleFoot : photoFoot))
      (away ? doodleFoot : photoFoot).prepend(...parts);
  };
  narrow.addEventListener("change", move);
  store.watch(["view", "pane"], move);
}

/** Show in the tab whether a picture came while nobody looked. @param {boolean} ready */
function tellTab(ready) {
  document.title = ready ? `✓ ${t.app.ready} – ${t.app.title}` : t.app.title;
  byId("favicon", "link").href = `${FILES}favicon${ready ? "-ready" : ""}.svg`;
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
