/** Controls of the panes, panels and dialogs: fields, switches, choices, buttons. */
import { h, icon } from "../../dom.js";

/** @typedef {import("../../dom.js").Child} Child */
/** @typedef {{ title: string, body: HTMLElement }} Page of the dialog */

/** @param {string} name @param {...Child} controls */
export const field = (name, ...controls) =>
  h("label", { class: "field" }, h("span", { class: "name" }, name), ...controls);

/** @param {string} name @param {...Child} controls */
export const fieldGroup = (name, ...controls) =>
  h(
    "div",
    { class: "field", role: "group", "aria-label": name },
    h("span", { class: "name" }, name),
    ...controls,
  );

/**
 * A switch with its words beside it, or an icon that stands for them.
 *
 * @param {string} id @param {string} words @param {boolean} on
 * @param {(on: boolean) => void} change @param {string} [image]
 */
export function toggle(id, words, on, change, image) {
  const box = h("input", { type: "checkbox", role: "switch", id });
  box.checked = on;
  box.addEventListener("change", () => change(box.checked));
  const track = h("span", { class: "track", "aria-hidden": "true" });
  const name = h("span", { class: image && "unseen" }, words);
  return h("label", { class: "switch" }, box, image && icon(image), track, name);
}

/**
 * @param {string} id @param {[string, string][]} choices value and words @param {string} value
 * @param {(value: string) => void} choose
 */
export function select(id, choices, value, choose) {
  const element = h(
    "select",
    { id, onchange: () => choose(element.value) },
    ...choices.map(([key, words]) => h("option", { value: key }, words)),
  );
  element.value = value;
  return element;
}

/**
 * A button that shows an icon, and says in words what it does.
 *
 * @param {string} image @param {string} words @param {() => void} run
 * @param {import("../../dom.js").Props} [more] attributes, in place of the usual ones too
 */
export const iconButton = (image, words, run, more) =>
  h(
    "button",
    {
      type: "button",
      class: "quiet icon-only",
      "aria-label": words,
      title: words,
      onclick: run,
      ...more,
    },
    icon(image),
  );

/**
 * A button with words on it.
 *
 * @param {string} words @param {() => void} run
 * @param {{ id?: string, class?: string, image?: string }} [look]
 */
export const button = (words, run, { id, class: kind, image } = {}) =>
  h("button", { type: "button", class: kind, id, onclick: run }, image && icon(image), words);

/** How long a button shows that it did what it says, in milliseconds. */
const DONE_MS = 2000;

/** Show on a button that it is done. @param {Element} one a button with an icon */
export function showDone(one) {
  const image = one.querySelector("svg");
  const check = icon("check");
  if (!image || one.classList.contains("done")) return;
  one.classList.add("done");
  image.replaceWith(check);
  setTimeout(() => {
    one.classList.remove("done");
    check.replaceWith(image);
  }, DONE_MS);
}

/** Draw a panel anew and leave the focus on the control that had it. @param {HTMLElement} panel @param {() => void} draw */
export function keepingFocus(panel, draw) {
  const focused = panel.contains(document.activeElement) ? document.activeElement?.id : "";
  draw();
  if (focused) document.getElementById(focused)?.focus();
}

/** What a dialog ends with. @param {...Child} buttons */
export const actions = (...buttons) => h("div", { class: "actions" }, ...buttons);
