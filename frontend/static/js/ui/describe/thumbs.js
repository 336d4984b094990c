/** Small pictures of the layouts, of which one is chosen; blank as long as they are composed. */
import { fill, h, markStop } from "../../dom.js";
import { words } from "../../strings/describe.js";
import { labelName, t } from "../../strings/index.js";
import { drawMap } from "../parts/labelCanvas.js";

/** @typedef {import("../../service/layouts.js").Layout} Layout */

/** Materials that are told of a layout, largest first. */
const TOLD = 4;

/**
 * @param {import("../../studio/studio.js").Studio} studio @param {HTMLElement} box
 * @param {(Layout | null)[]} layouts @param {number} picked @param {(index: number) => void} pick
 */
export function drawThumbs(studio, box, layouts, picked, pick) {
  const focused = [...box.children].indexOf(/** @type {Element} */ (document.activeElement));
  const { height, width } = studio.editor.doodle;
  box.style.setProperty("--shape", String(width / height));
  box.hidden = layouts.length === 0;
  box.setAttribute("aria-label", words().layouts);
  box.setAttribute("aria-busy", String(layouts.includes(null)));
  const thumbs = layouts.map((layout, index) => {
    if (!layout) return h("span", { class: "blank" });
    const name = words().layout(index + 1, shares(studio, layout.map.labels));
    return h(
      "button",
      {
        type: "button",
        role: "radio",
        "aria-checked": String(index === picked),
        "aria-label": name,
        title: name,
        onclick: () => pick(index),
      },
      drawMap(studio, layout.map),
    );
  });
  fill(box, ...thumbs);
  const stop = box.querySelector("[aria-checked='true']") ?? box.querySelector("button");
  if (stop) markStop(box.querySelectorAll("button"), stop);
  if (focused >= 0) /** @type {HTMLElement | undefined} */ (box.children[focused])?.focus();
}

/** @param {import("../../studio/studio.js").Studio} studio @param {Uint8Array} labels */
function shares(studio, labels) {
  /** @type {Map<number, number>} */ const counts = new Map();
  for (const id of labels) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOLD)
    .map(([id, count]) =>
      t.photo.share(labelName(studio.label(id)), Math.round((100 * count) / labels.length)),
    )
    .join(", ");
}
