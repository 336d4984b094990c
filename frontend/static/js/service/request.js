/**
 * What is sent to have a doodle painted.
 *
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {object} PaintingOptions
 * @property {number} seed
 * @property {"png" | "jpeg" | "webp"} format of the picture
 * @property {string | null} style
 * @property {File | null} stylePhoto
 * @property {string | null} look id of the one that is held, or FITTING
 * @property {boolean} naturalBorders whether outlines are made uneven before painting
 *
 * @typedef {object} PaintRequest
 * @property {string} key equal exactly when the same picture would come back
 * @property {string | null} [free] where the service chooses the look: equal as long as nothing but
 *   the doodle changes
 * @property {import("./sizes.js").Size} [soft] that it is painted at, if a sharper picture could follow
 * @property {(count: number) => Promise<FormData>} form
 * @typedef {import("./api.js").Model} Model
 */
import { resize } from "../engine/resize.js";
import { colourOf } from "../view/colours.js";
import { writeLabelPng } from "../files/png.js";

/** Asks, instead of a look's id, for as many looks that suit the doodle as pictures. */
export const FITTING = "fitting";

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
 * @param {import("./sizes.js").Size} [size] of the picture, the map's if left out
 * @returns {PaintRequest}
 */
export function makeRequest(map, model, options, { height, width } = map) {
  const { seed, format } = options;
  const light = lightOf(model, options);
  const borders = options.naturalBorders && model.abilities.natural_borders ? "natural" : "drawn";
  const asked = [
    map.height,
    map.width,
    model.name,
    format,
    seed,
    light.style,
    borders,
    light.photo?.name,
    light.photo?.size,
    light.look,
  ];
  const isFree = model.looks && !light.style && !light.photo && !light.look;
  return {
    key: `${hash(map.labels)}:${JSON.stringify(asked)}`,
    free: isFree ? JSON.stringify([model.name, seed]) : null,
    form: async (count) => {
      const form = new FormData();
      const same = height === map.height && width === map.width;
      const sent = same ? map : resize(map, height, width);
      form.set("label_map", await labelPng(sent, model), "doodle.png");
      form.set("model", model.name);
      form.set("format", format);
      form.set("count", String(count));
      if (model.abilities.seed) form.set("seed", String(seed));
      if (borders !== "drawn") form.set("borders", borders);
      if (light.photo) form.set("style_image", light.photo);
      if (light.style) form.set("style", light.style);
      if (light.look) form.set("look", light.look);
      return form;
    },
  };
}

/**
 * What gives a picture its light: a photo, a look, or a preset, which also narrows the fitting looks.
 *
 * @param {Model} model @param {PaintingOptions} options
 * @returns {{ photo?: File, look?: string, style?: string }}
 */
function lightOf(model, { style, stylePhoto, look }) {
  if (stylePhoto && takesPhotos(model)) return { photo: stylePhoto };
  const preset = model.styles.find(({ name }) => name === style)?.name;
  if (!look || !model.looks) return { style: preset };
  return look === FITTING ? { look, style: preset } : { look };
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
