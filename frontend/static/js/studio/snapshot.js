/**
 * What of the studio this browser keeps, and how it comes back.
 *
 * @typedef {import("../files/database.js").Kept} Kept
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {import("../tools/editor.js").Editor} Editor
 * @typedef {import("../service/api.js").Model} Model
 * @typedef {import("../state.js").Store} Store
 * @typedef {object} Parts of the studio
 * @property {import("../files/autosave.js").Autosave} autosave
 * @property {import("./fit.js").Fit} fit
 * @property {import("../service/api.js").Label[]} labels
 * @property {import("../service/painter.js").Painter} painter
 * @property {Store} store
 */
import { packStack, readStack } from "../files/packing.js";
import { pictureOf } from "../service/photo.js";

/**
 * What is to be kept.
 *
 * @param {{ editor: Editor, model: Model, store: Store }} studio
 * @returns {import("../files/autosave.js").Snapshot | null}
 */
export function snapshotOf({ editor, model, store }) {
  const { photo, visiting } = store.now;
  if (visiting || !model) return null;
  const { height, width, labels, layers, chosen, steps } = editor.doodle;
  const pictures = photo?.pictures.map(({ url: _, ...kept }) => kept) ?? [];
  return {
    height,
    width,
    labels: labels.slice(),
    ...(layers.length > 1 && { stack: packStack({ layers, chosen }) }),
    steps,
    model: model.name,
    photo: photo && {
      job: photo.job,
      picked: photo.picked,
      key: photo.key,
      ...(photo.soft && { soft: true }),
      pictures,
    },
  };
}

/** Lay a kept drawing, its photo and its steps of undo in the editor. @param {Parts} studio @param {Kept} kept */
export function restore({ autosave, fit, labels, painter }, kept) {
  const { photo } = kept;
  const pictures = photo?.pictures.map(pictureOf);
  // The photo first: the doodle is kept as soon as it is laid, and the photo with it.
  painter.show(photo && pictures ? { key: "", ...photo, pictures } : null);
  const known = new Set(labels.map(({ id }) => id));
  const map = mapOf(kept);
  fit.start(map, (doodle) => {
    const whole = !kept.stack || map.layers;
    if (whole) autosave.recall(doodle, kept, (label) => known.has(label));
  });
}

/** Go on with one of the recent drawings. @param {Parts} studio @param {string} id @returns {Promise<boolean>} whether it was still there */
export async function openDrawing(studio, id) {
  const kept = await studio.autosave.open(id);
  if (!kept) return false;
  const { models } = studio.store.now;
  if (models.some(({ name }) => name === kept.model)) studio.fit.useModel(kept.model);
  const { style } = studio.store.now;
  const look = kept.photo?.pictures[kept.photo.picked]?.look ?? null;
  studio.store.set({ look: style ? null : look });
  restore(studio, kept);
  return true;
}

/** Where the layers are damaged, what was seen of them is still there. @param {Kept} kept @returns {LabelMap} */
function mapOf({ height, width, labels, stack }) {
  return { height, width, labels, ...(stack && readStack(stack, labels)) };
}
