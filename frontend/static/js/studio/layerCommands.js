/**
 * What the layers' buttons and shortcuts do, in words too.
 *
 * @typedef {import("./studio.js").Studio} Studio
 * @typedef {import("../engine/layers.js").Layer} Layer
 * @typedef {import("../engine/doodle.js").Doodle} Doodle
 * @typedef {"add" | "raise" | "lower" | "merge" | "remove"} Act on the chosen layer
 */
import {
  addLayer,
  mergeLayer,
  moveLayer,
  possible,
  removeLayer,
  renameLayer,
  showLayer,
} from "../engine/layerEdits.js";
import { t } from "../strings/index.js";

/** @type {Record<Act, (doodle: Doodle) => boolean>} */
const ACTS = {
  add: (doodle) => addLayer(doodle),
  raise: (doodle) => moveLayer(doodle, 1),
  lower: (doodle) => moveLayer(doodle, -1),
  merge: mergeLayer,
  remove: removeLayer,
};

/** @param {Pick<Layer, "id" | "name">} layer */
export const layerName = ({ id, name }) =>
  name ?? (id === 0 ? t.layers.lowest : t.layers.nth(id + 1));

/** Why something cannot be done with the chosen layer; null if it can. @param {Doodle} doodle @param {Act} act */
export function obstacle(doodle, act) {
  if (possible(doodle)[act]) return null;
  const { layer, layers } = doodle;
  if (act === "add") return t.layers.full(layers.length);
  if (layer === layers[0]) return t.layers.stays;
  return { raise: t.layers.top, lower: t.layers.bottom, merge: t.layers.hidden, remove: "" }[act];
}

/** @param {Studio} studio @param {Act} act */
export function changeLayer({ editor, say }, act) {
  const why = obstacle(editor.doodle, act);
  if (why !== null) return say(why);
  editor.restack(ACTS[act]);
  say(`${t.layers[act]}. ${paintingOn(editor.doodle.layer)}`);
}

/** @param {Layer} layer */
const paintingOn = (layer) => t.layers.chosen(layerName(layer));

/** Show or hide a layer. @param {Studio} studio @param {number} id */
export function toggleLayer({ editor, say }, id) {
  const layer = editor.doodle.layers.find((one) => one.id === id);
  if (!layer) return;
  const shown = !layer.shown;
  if (!editor.restack((doodle) => showLayer(doodle, id, shown))) return say(t.layers.shows);
  say(`${t.steps[shown ? "showLayer" : "hideLayer"]}. ${paintingOn(editor.doodle.layer)}`);
}

/** Paint on a layer from now on; one that was hidden is shown. @param {Studio} studio @param {number} id */
export function chooseLayer({ editor, say }, id) {
  editor.restack((doodle) => showLayer(doodle, id, true));
  if (editor.choose(id)) say(paintingOn(editor.doodle.layer));
}

/** Choose the next shown layer above or below. @param {Studio} studio @param {1 | -1} by 1 towards the top */
export function stepLayer(studio, by) {
  const { layers, layer } = studio.editor.doodle;
  const shown = layers.filter(({ shown: visible }) => visible);
  const next = shown[shown.indexOf(layer) + by];
  if (next) chooseLayer(studio, next.id);
  else studio.say(by > 0 ? t.layers.top : t.layers.bottom);
}

/** @param {Studio} studio @param {number} id @param {string} name empty for the page's own */
export function nameLayer({ editor }, id, name) {
  editor.restack((doodle) => renameLayer(doodle, id, name.trim() || null));
}
