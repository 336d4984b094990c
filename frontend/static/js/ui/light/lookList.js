/** Looks to choose from: a radio group of small pictures, how strong the chosen one is, and its credit. */
import { fill, h, markStop, roving } from "../../dom.js";
import { readBlend } from "../../service/blend.js";
import { words } from "../../strings/looksWords.js";
import { lookStrength } from "./lookStrength.js";

/**
 * @typedef {import("../../studio/studio.js").Studio} Studio
 * @typedef {import("../../service/api.js").Look} Look
 * @typedef {import("../../service/previews.js").Preview} Preview
 */

/** So many that fit the doodle; with the present one they fill two rows. */
export const COUNT = 7;
/** Below and above, a look is called by the first and the second word. A third of all are neither. */
const LIGHT = /** @type {const} */ ([
  ["brightness", 0.4, "dark", 0.52, "bright"],
  ["warmth", -0.05, "cool", 0.02, "warm"],
  ["saturation", 0.11, "soft", 0.17, "vivid"],
]);

/** @param {Studio} studio @param {() => void} ask for previews, which a visitor who has not drawn yet may want */
export function lookList(studio, ask) {
  const { api, store } = studio;
  const list = h("div", { class: "looks", role: "radiogroup", id: "looks" });
  const name = h("span", { class: "name", "aria-hidden": "true" });
  const note = h("span", { class: "note", id: "look-note" });
  const strength = lookStrength(studio, () => draw());
  const show = h("button", { type: "button", class: "ask", id: "looks-ask", onclick: ask });
  const element = h("div", { class: "field" }, name, show, list, strength.element, note);
  /** @type {Preview[]} */ let previews = [];
  /** @type {"unasked" | "waiting" | "shown" | "failed"} */ let state = "unasked";
  /** Of the picture that is shown, if it is not among those that fit. @type {Preview | null} */
  let other = null;
  /** @type {Map<string, Look>} */ let facts = new Map();
  let model = "";

  /** @param {Preview | null} preview whose picture is a blob */
  const turnTo = (preview) => {
    if (other) URL.revokeObjectURL(other.url);
    other = preview;
  };
  /** Keep a picture of the present look, so that one can come back to it. */
  const keepPresent = () => {
    const { picture } = studio;
    const look = baseOf(studio);
    const fits = (/** @type {string | null | undefined} */ id) =>
      previews.some((one) => one.look === id);
    if (other && fits(other.look)) turnTo(null);
    if (!look || picture?.look !== look || fits(look) || other?.look === look) return;
    turnTo({ look, url: URL.createObjectURL(picture.blob) });
  };

  const draw = () => {
    const focused = list.contains(document.activeElement) ? document.activeElement?.id : "";
    keepPresent();
    const items = other ? [other, ...previews] : previews;
    const buttons = items.map((item, i) =>
      radio(studio, strength, item, i + 1, facts.get(item.look)),
    );
    const blanks = previews.length > 0 || state !== "waiting" ? 0 : COUNT;
    fill(list, ...buttons, ...Array.from({ length: blanks }, () => h("span", { class: "blank" })));
    const chosen = buttons.find((one) => one.ariaChecked === "true") ?? buttons[0];
    if (chosen) markStop(buttons, chosen);
    if (focused) (buttons.find(({ id }) => id === focused) ?? chosen)?.focus();
    name.textContent = show.textContent = words().heading;
    list.hidden = state === "unasked" && buttons.length < 2;
    show.hidden = !list.hidden;
    list.setAttribute("aria-label", strength.mixing ? words().mixing : words().heading);
    list.setAttribute("aria-busy", String(state === "waiting"));
    note.textContent = state === "failed" ? words().failed : creditOf(facts, studio.look);
  };
  roving(list, "button", (button) => button.click());
  store.watch(["look", "photo", "stylePhoto", "model", "language"], (now) => {
    if (model !== now.model) {
      model = now.model;
      [previews, facts] = [[], new Map()];
      if (state !== "unasked") state = "waiting";
      turnTo(null);
    }
    draw();
  });
  return {
    element,
    /** Wait for other previews. */
    wait() {
      state = "waiting";
      draw();
    },
    /** @param {import("../../service/previews.js").Found | null} found null: they cannot be had */
    show(found) {
      state = found ? "shown" : "failed";
      previews = found?.previews ?? previews;
      draw();
    },
    /** Find out what the looks are like, once for each model. */
    async readFacts() {
      const asked = model;
      if (facts.size > 0 || !asked) return;
      const looks = await api.looks(asked).catch(() => []);
      if (asked !== model) return;
      facts = new Map(looks.map((look) => [look.id, look]));
      draw();
    },
  };
}

/**
 * While a second look is being chosen, it is that one that is checked.
 *
 * @param {Studio} studio @param {ReturnType<typeof lookStrength>} strength @param {Preview} preview
 * @param {number} n @param {Look} [facts]
 */
function radio(studio, strength, { look, url }, n, facts) {
  const called = words().name(n, facts ? lightOf(facts) : []);
  const blend = readBlend(studio.look ?? "");
  const second = blend.weight > 0 ? blend.second : null;
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      id: `look-${look}`,
      "aria-checked": String(look === (strength.mixing ? second : blend.first)),
      class: look === blend.first ? "first" : look === second && "second",
      "aria-label": called,
      title: called,
      onclick: () => strength.choose(look),
    },
    h("img", { src: url, alt: "", draggable: "false" }),
  );
}

/** The look that is chosen, whatever is blended into it. @param {Studio} studio */
const baseOf = ({ look }) => look && readBlend(look).first;

/** Say in words what a look is like. @param {Look} look */
function lightOf({ colours }) {
  return LIGHT.flatMap(([of, low, below, high, above]) => {
    if (colours[of] < low) return [words().light[below]];
    return colours[of] > high ? [words().light[above]] : [];
  });
}

/** @param {Map<string, Look>} facts @param {string | null} look */
function creditOf(facts, look) {
  const { first, second } = readBlend(look ?? "");
  const credits = [first, second].flatMap((id) => facts.get(id ?? "")?.credit ?? []);
  const known = credits.filter(({ author }) => author);
  return known.map((one) => words().credit(one.author, one.licence)).join(" ") || words().hint;
}
