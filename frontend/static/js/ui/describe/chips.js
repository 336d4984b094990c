/** What was understood of the words, as chips that can be changed and taken off. */
import { h, icon } from "../../dom.js";
import { words } from "../../strings/describe.js";
import { styleName } from "../../strings/index.js";
import { PLACES, detailsOf, isOnly, lightOf, materialOf, nounOf } from "../../studio/wishes.js";
import { field, select } from "../parts/controls.js";
import { swatchCanvas } from "../parts/labelCanvas.js";

/**
 * @typedef {import("../../studio/studio.js").Studio} Studio
 * @typedef {import("../../studio/wishes.js").Wish} Wish
 * @typedef {{ key: string, text: string, at?: number, label?: import("../../service/api.js").Label }} Chip
 *   `at` is the place of the thing that it stands for, and `label` its material
 * @typedef {object} Acts
 * @property {(key: string) => boolean} isOff
 * @property {(key: string) => void} toggle takes a chip off, or puts it back
 * @property {(key: string) => void} open shows what can be changed, or hides it
 * @property {string} opened key of the chip that is being changed
 */

/** The chips of a wish: things, what must not be there, light. @param {Studio} studio @param {Wish} wish @returns {Chip[]} */
export function chipsOf(studio, wish) {
  const things = wish.things.map(({ material }, at) => ({
    key: `thing-${at}`,
    text: [nounOf(wish, at), ...detailsOf(wish, at)].join(" · "),
    at,
    label: studio.labels.find(({ name }) => name === material),
  }));
  const without = wish.excluded.map((material) => ({
    key: `without-${material}`,
    text: words().without(materialOf(wish, material)),
  }));
  const only = { key: "only", text: words().only };
  const light = wish.style ? [{ key: "light", text: lightOf(wish) }] : [];
  return [...things, ...light, ...(isOnly(wish) ? [only] : without)];
}

/** @param {Studio} studio @param {Chip} chip @param {Acts} acts */
export function drawChip(studio, { key, text, label }, { isOff, toggle, open, opened }) {
  const off = isOff(key);
  const t = words();
  const swatch = label && swatchCanvas();
  if (swatch && label) swatch.show(studio, label);
  const content = [swatch?.canvas ?? (key === "light" && icon("light")), h("span", {}, text)];
  const changes = !off && (key === "light" || label);
  const main = changes
    ? {
        "aria-label": t.change(text),
        "aria-expanded": String(opened === key),
        onclick: () => open(key),
      }
    : { "aria-label": off ? t.putBack(text) : t.takeOff(text), onclick: () => toggle(key) };
  const away = {
    "aria-label": t.takeOff(text),
    title: t.takeOff(text),
    onclick: () => toggle(key),
  };
  return h(
    "li",
    { class: off ? "wish off" : "wish" },
    h("button", { type: "button", id: `wish-${key}`, ...main }, ...content),
    !off &&
      h("button", { type: "button", id: `take-${key}`, class: "take", ...away }, icon("cancel")),
  );
}

/**
 * What can be changed of a chip.
 *
 * @param {Studio} studio @param {Wish} wish @param {Chip} chip
 * @param {(patch: Partial<import("../../studio/wishes.js").Thing>) => void} changeThing
 * @param {(style: string | null) => void} changeLight
 */
export function drawChoices({ model }, wish, { key, at }, changeThing, changeLight) {
  const t = words();
  if (at === undefined) {
    const presets = model.styles.map(
      (style) => /** @type {[string, string]} */ ([style.name, styleName(style)]),
    );
    const choices = /** @type {[string, string][]} */ ([["", t.noLight], ...presets]);
    const pick = (/** @type {string} */ style) => changeLight(style || null);
    return [field(t.light, select(`choose-${key}`, choices, wish.style ?? "", pick))];
  }
  const { places, size } = wish.things[at];
  const where = PLACES.map((place) => /** @type {[string, string]} */ ([place, t.places[place]]));
  const sizes = /** @type {[string, string][]} */ (Object.entries(t.sizes));
  return [
    field(
      t.where,
      select("choose-where", [["", t.anywhere], ...where], places[0] ?? "", (place) =>
        changeThing({ places: place ? [place] : [] }),
      ),
    ),
    field(
      t.size,
      select("choose-size", sizes, size, (one) =>
        changeThing({ size: /** @type {"small" | "usual" | "big"} */ (one) }),
      ),
    ),
  ];
}
