/**
 * What the visitor takes along: photo, label map, project file (`takeAlong.js` has what few want).
 *
 * @typedef {import("./studio.js").Studio} Studio
 * @typedef {import("../service/request.js").PaintingOptions} PaintingOptions
 * @typedef {object} Source what a picture was painted from
 * @property {import("../engine/resize.js").LabelMap} map
 * @property {import("../service/api.js").Model} model
 * @property {PaintingOptions} options
 */
import { download } from "../dom.js";
import { readLabelMap } from "../files/png.js";
import { EXTENSION, writeProject } from "../files/project.js";
import { exactly } from "../service/exact.js";
import { labelPng } from "../service/request.js";
import { t } from "../strings/index.js";

/** @param {Studio} studio */
export async function saveProject({ store, model, editor }) {
  const { seed, style, look, naturalBorders } = store.now;
  const { name, label_set } = model;
  const options = { model: name, seed, style, look, naturalBorders };
  const project = { map: editor.doodle, labelSet: label_set.name, ...options };
  download(await writeProject(project), `doodle${EXTENSION}`);
}

/** @param {Studio} studio */
export async function saveLabelMap({ store, model, editor }) {
  download(await labelPng(editor.doodle, model, store.now.theme), "doodle-labels.png");
}

/** @param {Studio} studio */
export async function savePhoto(studio) {
  const { picture } = studio;
  if (!picture) return studio.say(t.file.noPhoto);
  const blob = await exactly(studio.api, picture);
  download(blob, fileName(blob, picture.seed));
}

/** @param {Blob} picture @param {number} seed @param {{ height: number, width: number }} [size] */
export function fileName({ type }, seed, size) {
  const ending = type.split("/")[1] ?? "png";
  const sides = size ? `-${size.width}x${size.height}` : "";
  return `doodlescape-${seed}${sides}.${ending === "jpeg" ? "jpg" : ending}`;
}

/**
 * What the picture that is shown was painted from, whatever was done to the doodle since.
 *
 * @param {Studio} studio which shows one @returns {Promise<Source>}
 */
export async function sourceOf({ api, store, model, editor, picture, painter }) {
  const { photo, ...now } = store.now;
  const { seed, look = null } = picture ?? now;
  const present = { map: editor.doodle, model, options: { ...now, seed, look } };
  if (!photo?.job || photo.key === painter.key) return present;
  try {
    const [job, png] = await Promise.all([api.job(photo.job, 0), api.labelMap(photo.job)]);
    const { style = null, borders } = job;
    const options = { ...now, seed, look, style, naturalBorders: borders === "natural" };
    return {
      map: await readLabelMap(png),
      model: now.models.find(({ name }) => name === job.model) ?? model,
      options: style || look ? { ...options, stylePhoto: null } : options,
    };
  } catch {
    return present; // the service keeps it no longer
  }
}

/** @param {Studio} studio @returns {Promise<boolean>} whether it is on the clipboard */
export async function copyPhoto(studio) {
  const { picture } = studio;
  if (!picture) return (studio.say(t.file.noPhoto), false);
  try {
    // Safari wants the promise inside, so that the click still counts.
    const item = new ClipboardItem({ "image/png": asPng(exactly(studio.api, picture)) });
    await navigator.clipboard.write([item]);
    studio.say(t.file.copied);
    return true;
  } catch {
    studio.say(t.file.copyFailed);
    return false;
  }
}

/** @param {Promise<Blob>} picture @returns {Promise<Blob>} */
async function asPng(picture) {
  const blob = await picture;
  if (blob.type === "image/png") return blob;
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
