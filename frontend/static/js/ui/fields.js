/** Labelled controls of the panels. */
import { h } from "../dom.js";

/** @typedef {import("../dom.js").Child} Child */

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
 * A switch with its words beside it.
 *
 * @param {string} id @param {string} words @param {boolean} on
 * @param {(on: boolean) => void} change
 */
export function toggle(id, words, on, change) {
  const box = h("input", { type: "checkbox", role: "switch", id });
  box.checked = on;
  box.addEventListener("change", () => change(box.checked));
  const track = h("span", { class: "track", "aria-hidden": "true" });
  return h("label", { class: "switch" }, box, track, h("span", {}, words));
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
