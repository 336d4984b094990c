/** The choice of a style: the model's own, or a photo's. */
import { h, icon } from "../../dom.js";
import { takesPhotos } from "../../service/request.js";
import { styleName, t } from "../../strings/index.js";
import { fieldGroup, iconButton } from "../parts/controls.js";
import { cropOf, gallery } from "../parts/gallery.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

/** The model's own styles, each with a crop of what it does. @param {Studio} studio */
export function styles(studio) {
  const { store, model } = studio;
  /** @param {string | null} value @param {string} words */
  const button = (value, words) => {
    const choose = () => {
      store.set({ style: value, stylePhoto: null, look: null });
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
  const presets = model.styles.map((style) => button(style.name, styleName(style)));
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
    store.set({ stylePhoto: input.files?.[0] ?? null, look: null });
    studio.painter.edited();
  });
  const remove = () => {
    store.set({ stylePhoto: null });
    studio.painter.edited();
  };
  const drop = iconButton("cancel", t.options.removeStylePhoto, remove, {
    id: "style-photo-remove",
  });
  return h(
    "div",
    { class: "row", role: "group", "aria-label": t.options.stylePhoto },
    input,
    photoButton({ title: t.options.chooseStylePhoto, onclick: () => input.click() }),
    chosen &&
      h("img", { class: "style-photo", src: previewUrl(chosen), alt: t.options.stylePhoto }),
    chosen && drop,
  );
}

/** @param {import("../../dom.js").Props} more */
const photoButton = (more) =>
  h(
    "button",
    {
      type: "button",
      id: "style-photo",
      class: "icon-text",
      "aria-label": t.options.stylePhoto,
      ...more,
    },
    icon("photo"),
    h("span", {}, t.options.stylePhoto),
  );

function noStylePhoto() {
  const reason = h("span", { class: "note", id: "no-style-photo" }, t.options.noStylePhoto);
  const choose = photoButton({
    title: t.options.noStylePhoto,
    "aria-disabled": "true",
    "aria-describedby": "no-style-photo",
  });
  return h("div", { class: "row" }, choose, reason);
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
