/** The photo over the doodle: as a veil, or on one side of a line that can be dragged. */
import { byId } from "../../dom.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

/** @param {Studio} studio @param {HTMLImageElement} ghost the photo over the doodle */
export function compare(studio, ghost) {
  const { store, viewport, view } = studio;
  const split = byId("split", "input");
  const opacity = byId("opacity", "input");
  split.addEventListener("input", () => store.set({ split: Number(split.value) / 100 }));
  opacity.addEventListener("input", () => store.set({ opacity: Number(opacity.value) / 100 }));
  const place = () => {
    const { left, top, width, height } = viewport.box(view);
    const across = store.now.split * view.clientWidth;
    const cut = width ? ((across - left) / width) * 100 : 50;
    const slides = store.now.view === "slider";
    ghost.style.clipPath = slides ? `inset(0 0 0 ${Math.min(100, Math.max(0, cut))}%)` : "";
    const below = view.clientHeight - top - height;
    view.style.setProperty("--split-x", `${across}px`);
    view.style.setProperty("--split-top", `${Math.max(0, top)}px`);
    view.style.setProperty("--split-bottom", `${Math.max(0, below)}px`);
  };
  viewport.addEventListener("moved", place);
  dragLine(studio);
  store.watch(["view", "photo", "opacity", "split"], ({ view: mode, ...state }) => {
    const { picture } = studio;
    ghost.hidden = mode === "side" || !picture;
    if (picture && !ghost.hidden && ghost.src !== picture.url) ghost.src = picture.url;
    byId("split-label").hidden = mode !== "slider";
    byId("divider").hidden = mode !== "slider" || !picture;
    byId("opacity-label").hidden = mode !== "overlay";
    split.value = String(Math.round(state.split * 100));
    opacity.value = String(Math.round(state.opacity * 100));
    ghost.style.opacity = mode === "overlay" ? String(state.opacity) : "1";
    place();
  });
}

/** Let the line between doodle and photo be dragged wherever it is taken. @param {Studio} studio */
function dragLine({ store, view }) {
  const line = byId("divider");
  /** @param {PointerEvent} event */
  const follow = (event) => {
    const { left, width } = view.getBoundingClientRect();
    const split = (event.clientX - left - grip) / width;
    store.set({ split: Math.min(1, Math.max(0, split)) });
  };
  /** From the line to where it was taken, in CSS pixels. */
  let grip = 0;
  line.addEventListener("pointerdown", (event) => {
    event.stopPropagation(); // the line lies on the sheet, where a press would paint
    event.preventDefault();
    const { left, width } = view.getBoundingClientRect();
    grip = event.clientX - left - store.now.split * width;
    line.setPointerCapture(event.pointerId);
  });
  line.addEventListener("pointermove", (event) => {
    if (line.hasPointerCapture(event.pointerId)) follow(event);
  });
}

/** Whether the photo covers a place while it is compared with the doodle. @param {Studio} studio @param {{ x: number }} at in doodle pixels */
export function underPhoto({ picture, store, viewport, view }, { x }) {
  if (store.now.view !== "slider" || !picture) return false;
  const { left, scale } = viewport.box(view);
  return left + x * scale > store.now.split * view.clientWidth;
}
