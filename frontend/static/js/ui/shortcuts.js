/** The keyboard, outside of painting with it. */
import { COMMANDS, combinations } from "../studio/commands.js";
import { held } from "./doodle/doodlePane.js";
import { peek } from "./photo/photoPane.js";

/** @typedef {import("../studio/studio.js").Studio} Studio */
/** @typedef {import("../studio/commands.js").Command} Command */

/** @type {Map<string, Command>} */
const BY_KEYS = new Map(COMMANDS.flatMap((command) => command.keys.map((keys) => [keys, command])));

/** @param {Studio} studio */
export function shortcuts(studio) {
  addEventListener("keydown", (event) => {
    const names = combinations(event);
    const single = !names.some((name) => name.startsWith("ctrl+"));
    if (single && !studio.store.now.shortcuts) return;
    if (pan(studio, event, names)) return;
    if (busy(event)) return;
    if (names.includes("\\")) return hold(studio, event);
    const command = names.map((name) => BY_KEYS.get(name)).find(Boolean);
    const allowed = studio.store.now.ready || command?.group === "viewing";
    if (command && !allowed) return;
    if (command) command.run(studio);
    else if (!more(studio, names)) return;
    event.preventDefault();
  });
  addEventListener("keyup", (event) => {
    // On a button, it is the release that presses it.
    if (event.key === " " && held.space) event.preventDefault();
    if (event.key === " ") release(studio);
    if (combinations(event).includes("\\")) peek(studio, false);
  });
  addEventListener("blur", () => {
    release(studio);
    peek(studio, false);
  });
}

const TEXT = 'textarea, input:not([type="range"], [type="checkbox"]), [contenteditable]';
/** What the space bar presses, or opens. */
const PRESSED = "button, select, summary, input";

/** Whether the keys belong to something else just now. @param {KeyboardEvent} event */
function busy({ target, isComposing }) {
  const on = /** @type {HTMLElement} */ (target);
  return on.matches(TEXT) || on.matches("select") || modal() || isComposing;
}

/** Whether a dialog is open: then all keys are its own, wherever the focus is. */
const modal = () => document.querySelector("dialog[open]") !== null;

/** Space moves the sheet: over it always, elsewhere unless the key presses what has the focus. @param {Studio} studio @param {KeyboardEvent} event @param {string[]} names @returns {boolean} whether it does */
function pan({ view }, event, names) {
  const on = /** @type {Element} */ (event.target);
  if (!names.includes(" ") || on.matches(TEXT) || modal()) return false;
  if (on.matches(PRESSED) && !view.matches(":hover")) return false;
  held.space = true;
  view.classList.add("panning");
  event.preventDefault();
  return true;
}

/** Show the doodle for as long as the key is down. @param {Studio} studio @param {KeyboardEvent} event */
function hold(studio, event) {
  if (!event.repeat) peek(studio, true);
  event.preventDefault();
}

/** @param {Studio} studio */
function release(studio) {
  held.space = false;
  studio.view.classList.remove("panning");
}

/** Families of keys that are no commands of their own. @param {Studio} studio @param {string[]} names */
function more(studio, names) {
  const digit = names.map((name) => /^[1-9]$/.exec(name)?.[0]).find(Boolean);
  if (digit) {
    const button = document.querySelectorAll("#materials .swatch")[Number(digit) - 1];
    if (button instanceof HTMLElement) studio.chooseLabel(Number(button.dataset.label));
    return true;
  }
  // With a panel open, Escape is the browser's, which closes it.
  if (names.includes("escape") && !document.querySelector(":popover-open")) {
    studio.tool().cancel();
    return true;
  }
  const far = { "shift+[": -1, "{": -1, "shift+]": 1, "}": 1 };
  const direction = names.map((name) => far[/** @type {keyof typeof far} */ (name)]).find(Boolean);
  if (!direction) return false;
  studio.resizeBrush(/** @type {1 | -1} */ (direction), true);
  return true;
}
