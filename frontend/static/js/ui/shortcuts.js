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
    if (busy(event)) return;
    const names = combinations(event);
    const single = !names.some((name) => name.startsWith("ctrl+"));
    if (single && !studio.store.now.shortcuts) return;
    if (hold(studio, event, names)) return;
    const command = names.map((name) => BY_KEYS.get(name)).find(Boolean);
    const allowed = studio.store.now.ready || command?.group === "viewing";
    if (command && !allowed) return;
    if (command) command.run(studio);
    else if (!more(studio, names)) return;
    event.preventDefault();
  });
  addEventListener("keyup", (event) => {
    if (event.key === " ") release(studio);
    if (combinations(event).includes("\\")) peek(studio, false);
  });
  addEventListener("blur", () => {
    release(studio);
    peek(studio, false);
  });
}

/** Whether the keys belong to something else just now. @param {KeyboardEvent} event */
function busy(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const types = target.matches('select, textarea, input:not([type="range"], [type="checkbox"])');
  return types || target.closest("dialog") !== null || event.isComposing;
}

/** @param {Studio} studio @param {KeyboardEvent} event @param {string[]} names */
function hold(studio, event, names) {
  const onButton = /** @type {Element} */ (event.target).matches("button, input");
  if (names.includes(" ") && !onButton) {
    held.space = true;
    studio.view.classList.add("panning");
    event.preventDefault();
    return true;
  }
  if (!names.includes("\\")) return false;
  if (!event.repeat) peek(studio, true);
  event.preventDefault();
  return true;
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
