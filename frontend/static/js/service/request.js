/**
 * What is sent to have a doodle painted.
 *
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {object} PaintingOptions
 * @property {number} seed
 * @property {"png" | "jpeg" | "webp"} format of the picture
 * @property {string | null} style
 * @property {File | null} stylePhoto
 * @property {boolean} naturalBorders whether outlines are made uneven before painting
 *
 * @typedef {{ key: string, form: (count: number) => Promise<FormData> }} PaintRequest `key` is equal
 *   exactly when the same picture would come back
 * @typedef {import("./api.js").Model} Model
 */
import { colourOf } from "../view/colours.js";
import { writeLabelPng } from "../files/png.js";

/** @param {LabelMap} map @param {Model} model @param {string} [theme] @returns {Promise<Blob>} */
export function labelPng(map, model, theme = "natural") {
  const { labels, name } = model.label_set;
  const colours = new Map(labels.map((label) => [label.id, colourOf(label, theme)]));
  return writeLabelPng(map, colours, name);
}

/**
 * Say what is asked for. Call `form` at once, before the map can change.
 *
 * @param {LabelMap} map @param {Model} model @param {PaintingOptions} options
 * @returns {PaintRequest}
 */
export function makeRequest(map, model, options) {
  const { seed, format, style, stylePhoto } = options;
  const borders = options.naturalBorders && model.abilities.natural_borders ? "natural" : "drawn";
  const asked = [
    map.height,
    map.width,
    model.name,
    format,
    seed,
    style,
    borders,
    stylePhoto?.name,
    stylePhoto?.size,
  ];
  return {
    key: `${hash(map.labels)}:${JSON.stringify(asked)}`,
    form: async (count) => {
      const form = new FormData();
      form.set("label_map", await labelPng(map, model), "doodle.png");
      form.set("model", model.name);
      form.set("format", format);
      form.set("count", String(count));
      if (model.abilities.seed) form.set("seed", String(seed));
      if (borders !== "drawn") form.set("borders", borders);
      if (stylePhoto && takesPhotos(model)) form.set("style_image", stylePhoto);
      else if (style && model.styles.some(({ name }) => name === style)) form.set("style", style);
      return form;
    },
  };
}

/** Whether a model takes a photo as its style. @param {Model} model */
export const takesPhotos = ({ abilities: { style, style_image = style } }) => style_image;

/** Two FNV-1a hashes side by side, to see whether a doodle has changed. @param {Uint8Array} bytes */
function hash(bytes) {
  let a = 0x811c9dc5;
  let b = 0x050c5d1f;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x010001a3);
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}`;
}
