/** What gives a picture its light, to choose from: presets, looks, a photo, the dice. */
import { fill, h } from "../../dom.js";
import { t } from "../../strings/index.js";
import { iconButton, keepingFocus } from "../parts/controls.js";
import { gallery } from "../parts/gallery.js";
import { lookStrip } from "./lookStrip.js";
import { stylePhoto, styles } from "./styleChoice.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

/** @param {Studio} studio */
export function lightChoice(studio) {
  const element = h("div", { class: "light" });
  const looks = lookStrip(studio);
  const draw = () =>
    keepingFocus(element, () => {
      const { model } = studio;
      if (!model) return;
      fill(
        element,
        model.styles.length > 0 && styles(studio),
        Boolean(model.looks) && looks,
        h("div", { class: "more" }, stylePhoto(studio), model.abilities.seed && dice(studio)),
      );
    });
  studio.store.watch(["language", "models", "model", "style", "stylePhoto"], draw);
  void gallery().then(draw);
  return element;
}

/** @param {Studio} studio */
const dice = (studio) =>
  iconButton("dice", t.options.dice, () => studio.rollSeed(), { id: "light-dice" });
