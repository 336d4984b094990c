/** What the visitor takes along: photo, label map, project file. */
import { download } from "../dom.js";
import { EXTENSION, writeProject } from "../files/project.js";
import { labelPng } from "../service/request.js";
import { t } from "../strings/index.js";

/** @typedef {import("./studio.js").Studio} Studio */

/** @param {Studio} studio */
export async function saveProject({ store, model, editor }) {
  const { seed, style, naturalBorders } = store.now;
  const { name, label_set } = model;
  const options = { model: name, seed, style, naturalBorders };
  const project = { map: editor.doodle, labelSet: label_set.name, ...options };
  download(await writeProject(project), `doodle${EXTENSION}`);
}

/** @param {Studio} studio */
export async function saveLabelMap({ store, model, editor }) {
  download(await labelPng(editor.doodle, model, store.now.theme), "doodle-labels.png");
}

/** @param {Studio} studio */
export function savePhoto(studio) {
  const { picture } = studio;
  if (!picture) return studio.say(t.file.noPhoto);
  const ending = picture.blob.type.split("/")[1] ?? "png";
  download(picture.blob, `doodlescape-${picture.seed}.${ending === "jpeg" ? "jpg" : ending}`);
}

/** @param {Studio} studio */
export async function copyPhoto(studio) {
  const { picture } = studio;
  if (!picture) return studio.say(t.file.noPhoto);
  try {
    // Safari wants the promise inside, so that the click still counts.
    const item = new ClipboardItem({ "image/png": asPng(picture.blob) });
    await navigator.clipboard.write([item]);
    studio.say(t.file.copied);
  } catch {
    studio.say(t.file.copyFailed);
  }
}

/** @param {Blob} blob @returns {Promise<Blob>} */
async function asPng(blob) {
  if (blob.type === "image/png") return blob;
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
