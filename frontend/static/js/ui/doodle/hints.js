/** Three hints on the first visit, and never again once dismissed. */
import { byId, fill, h } from "../../dom.js";
import { button } from "../parts/controls.js";
import { low, narrow } from "../parts/windows.js";
import { t } from "../../strings/index.js";

/** @param {import("../../studio/studio.js").Studio} studio */
export function hints({ store, editor }) {
  const box = byId("hints");
  const dismiss = () => store.set({ hints: false });
  // The hints lie on the sheet, and strokes go through them: only a press on their button is none.
  box.addEventListener("pointerdown", (event) => event.stopPropagation());
  editor.addEventListener("begun", dismiss);
  /** Where room is scarce they are told one at a time. */
  let told = 0;
  const draw = () => {
    const words = matchMedia("(pointer: coarse)").matches ? t.hints.touch : t.hints.list;
    const scarce = narrow.matches || low.matches;
    const shown = scarce ? words.slice(told, told + 1) : words;
    const more = scarce && told + 1 < words.length;
    const next = () => {
      told++;
      draw();
      box.querySelector("button")?.focus();
    };
    fill(
      box,
      h("ol", {}, ...shown.map((text) => h("li", {}, text))),
      button(more ? t.hints.next : t.hints.dismiss, more ? next : dismiss, { class: "small" }),
    );
  };
  store.watch(["hints", "language", "visiting"], ({ hints: wanted, visiting }) => {
    box.hidden = !wanted || visiting !== null;
    told = 0;
    draw();
  });
}
