/** How strong the chosen look is, and which other one is blended into it: one that is picked, or the one before. */
import { h } from "../../dom.js";
import { blended, readBlend } from "../../service/blend.js";
import { words } from "../../strings/looksWords.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

const STEP = 5;
const HALF = 0.5;

/** @param {Studio} studio @param {() => void} onMixing called when a second look begins or ends to be chosen */
export function lookStrength(studio, onMixing) {
  const { store } = studio;
  const name = h("span", { class: "name" });
  const range = h("input", { type: "range", id: "look-strength", min: 0, max: 100, step: STEP });
  const mix = h("button", {
    type: "button",
    class: "small",
    id: "look-mix",
    "aria-pressed": "false",
  });
  const element = h("div", { class: "strength" }, h("label", {}, name, range), mix);
  /** The one that is chosen, and the one before. @type {string | null} */ let first = null;
  /** @type {string | null} */ let second = null;
  let mixing = false;

  const follow = () => {
    const now = studio.look && readBlend(studio.look);
    if (!now) [first, second, mixing] = [null, null, false];
    else {
      if (now.first !== first) second = first;
      [first, second] = [now.first, now.second ?? second];
    }
    range.disabled = second === null;
    range.value = String(Math.round(100 * (1 - (now ? now.weight : 0))));
    name.textContent = words().strength;
    range.title = second === null ? words().noSecond : words().strengthHint;
    range.setAttribute("aria-valuetext", `${range.value} %`);
    mix.textContent = words().mix;
    mix.title = words().mixHint;
    mix.setAttribute("aria-pressed", String(mixing));
    mix.setAttribute("aria-disabled", String(first === null));
  };
  /** @param {boolean} on */
  const setMixing = (on) => {
    mixing = on && first !== null;
    follow();
    onMixing();
  };
  range.addEventListener("input", () => {
    if (first && second) studio.chooseLook(blended(first, second, 1 - Number(range.value) / 100));
  });
  mix.addEventListener("click", () => setMixing(!mixing));
  store.watch(["look", "photo", "stylePhoto", "model", "language"], follow);
  return {
    element,
    /** Whether the next look that is chosen is the second. */
    get mixing() {
      return mixing;
    },
    /** @param {string} look */
    choose(look) {
      if (!mixing || !first) return studio.chooseLook(look);
      if (look === first) return setMixing(false);
      const { weight } = readBlend(studio.look ?? first);
      studio.chooseLook(blended(first, look, weight || HALF));
    },
  };
}
