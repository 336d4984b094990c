/** Three hints on the first visit, and never again once dismissed. */
import { byId, fill, h } from "../../dom.js";
import { t } from "../../strings/index.js";

/** @param {import("../../studio/studio.js").Studio} studio */
export function hints({ store, editor }) {
  const box = byId("hints");
  const dismiss = () => store.set({ hints: false });
  // The hints lie on the sheet: a press on them is no stroke.
  box.addEventListener("pointerdown", (event) => event.stopPropagation());
  editor.addEventListener("begun", dismiss);
  store.watch(["hints", "language", "visiting"], ({ hints: wanted, visiting }) => {
    box.hidden = !wanted || visiting !== null;
    const words = matchMedia("(pointer: coarse)").matches ? t.hints.touch : t.hints.list;
    fill(
      box,
      h("ol", {}, ...words.map((text) => h("li", {}, text))),
      h("button", { type: "button", class: "small", onclick: dismiss }, t.hints.dismiss),
    );
  });
}
