/**
 * Where the light is chosen: a strip below the panes in a large window, a panel of a button elsewhere.
 * What is in it is loaded when it is wanted; the strip has its place before.
 */
import { FILES, byId, fill, h } from "../../dom.js";
import { missing } from "../parts/missing.js";
import { narrow, placeBefore, roomy } from "../parts/windows.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

const MARGIN = 8;

/** @param {Studio} studio */
export function lightPlace(studio) {
  const [strip, panel, button] = [byId("light-strip"), byId("light-panel"), byId("light-button")];
  placeBefore(narrow, button, byId("views"), byId("options-button"));
  /** @type {Promise<HTMLElement> | null} */ let parts = null;
  const lay = async () => {
    const place = roomy.matches ? strip : panel;
    try {
      parts ??= load(studio);
      fill(place, await parts);
    } catch {
      parts = null;
      fill(place, missing());
    }
  };
  panel.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
    // The photo is what the light is chosen for; the panel leaves it in sight.
    if (narrow.matches) studio.store.set({ pane: "photo", view: "side" });
    else putUnder(panel, button);
    void lay().then(() => focusFirst(panel));
  });
  new ResizeObserver(() =>
    document.body.style.setProperty("--covered", `${panel.offsetHeight}px`),
  ).observe(panel);
  roomy.addEventListener("change", () => {
    if (panel.matches(":popover-open")) panel.hidePopover();
    if (roomy.matches || parts) void lay();
  });
  studio.store.watch(["models", "model"], ({ models }) => {
    const { model } = studio;
    // The place is kept until it is known that there is nothing to choose.
    const idle = model && !model.looks && !model.styles.length && !model.abilities.style;
    strip.hidden = button.hidden = Boolean(idle);
    if (models.length > 0 && roomy.matches && !parts) void lay();
  });
}

/** @param {Studio} studio */
async function load(studio) {
  const [{ lightChoice }] = await Promise.all([
    import("./choice.js"),
    style(`${FILES}css/light.css`),
  ]);
  return lightChoice(studio);
}

/** Add a style sheet, and wait until it holds. @param {string} href @returns {Promise<void>} */
function style(href) {
  return new Promise((resolve, reject) => {
    const link = h("link", { rel: "stylesheet", href, onload: () => resolve(), onerror: reject });
    document.head.append(link);
  });
}

/** @param {HTMLElement} panel @param {HTMLElement} button */
function putUnder(panel, button) {
  const { left, bottom } = button.getBoundingClientRect();
  const most = innerWidth - panel.offsetWidth - MARGIN;
  panel.style.left = `${Math.max(MARGIN, Math.min(left, most))}px`;
  panel.style.top = `${bottom + MARGIN / 2}px`;
}

/** @param {HTMLElement} panel */
const focusFirst = (panel) =>
  panel.querySelector(/** @type {"button"} */ ("button:not([tabindex='-1'])"))?.focus();
