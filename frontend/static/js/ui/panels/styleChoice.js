/** The choice of a style: the model's own, or a photo's. */
import { h } from "../../dom.js";
import { takesPhotos } from "../../service/request.js";
import { t } from "../../strings/index.js";
import { fieldGroup } from "../parts/controls.js";
import { cropOf, gallery } from "../parts/gallery.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

/** The model's own styles, each with a crop of what it does. @param {Studio} studio */
export function styles(studio) {
  const { store, model } = studio;
  /** @param {string | null} value @param {string} words */
  const button = (value, words) => {
    const choose = () => {
      store.set({ style: value, stylePhoto: null });
      studio.painter.edited();
    };
    const chosen = store.now.style === value && !store.now.stylePhoto;
    const id = `style-${value ?? "none"}`;
    return h(
      "button",
      { type: "button", id, "aria-pressed": String(chosen), onclick: choose },
      cropOf(gallery.now?.[model.name]?.styles, value),
      h("span", {}, words),
    );
  };
  const presets = model.styles.map(({ name, title }) => button(name, title));
  return fieldGroup(
    t.options.style,
    h("div", { class: "styles" }, button(null, t.options.noStyle), ...presets),
  );
}

/** A photo whose style the picture takes. @param {Studio} studio */
export function stylePhoto(studio) {
  const { store } = studio;
  if (!takesPhotos(studio.model)) return noStylePhoto();
  const chosen = store.now.stylePhoto;
  const input = h("input", { type: "file", accept: "image/*", hidden: true });
  input.addEventListener("change", () => {
    store.set({ stylePhoto: input.files?.[0] ?? null });
    studio.painter.edited();
  });
  const remove = () => {
    store.set({ stylePhoto: null });
    studio.painter.edited();
  };
  const choose = h(
    "button",
    { type: "button", id: "style-photo", class: "small", onclick: () => input.click() },
    t.options.chooseStylePhoto,
  );
  const drop = h(
    "button",
    { type: "button", class: "small", onclick: remove },
    t.options.removeStylePhoto,
  );
  return fieldGroup(
    t.options.stylePhoto,
    chosen &&
      h("img", { class: "style-photo", src: previewUrl(chosen), alt: t.options.stylePhoto }),
    input,
    h("div", { class: "row" }, choose, chosen && drop),
  );
}

function noStylePhoto() {
  const choose = h(
    "button",
    {
      type: "button",
      id: "style-photo",
      class: "small",
      "aria-disabled": "true",
      "aria-describedby": "no-style-photo",
    },
    t.options.chooseStylePhoto,
  );
  const reason = h("span", { class: "note", id: "no-style-photo" }, t.options.noStylePhoto);
  return fieldGroup(t.options.stylePhoto, h("div", { class: "row" }, choose), reason);
}

/** @type {{ file: File | null, url: string }} */
const stylePreview = { file: null, url: "" };

/** @param {File} file */
function previewUrl(file) {
  if (stylePreview.file !== file) {
    URL.revokeObjectURL(stylePreview.url);
    Object.assign(stylePreview, { file, url: URL.createObjectURL(file) });
  }
  return stylePreview.url;
}
