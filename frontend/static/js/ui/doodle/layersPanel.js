/** The layers' panel: folded away until it is wanted, the top layer first. */
import { byId, fill, h, roving } from "../../dom.js";
import { command, shown } from "../../studio/commands.js";
import { SEE_THROUGH } from "../../engine/layers.js";
import { resize } from "../../engine/resize.js";
import {
  changeLayer,
  chooseLayer,
  layerName,
  nameLayer,
  obstacle,
  toggleLayer,
} from "../../studio/layerCommands.js";
import { t } from "../../strings/index.js";
import { lookOf } from "../../view/colours.js";
import { iconButton } from "../parts/controls.js";
import { medium, narrow, placeBefore } from "../parts/windows.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../engine/layers.js").Layer} Layer */

/** Longer side of a layer's small picture, in pixels. */
const THUMB = 40;
const MAX_NAME = 40;

/** @type {[import("../../studio/layerCommands.js").Act, string][]} */
const ACTS = [
  ["add", "plus"],
  ["raise", "up"],
  ["lower", "down"],
  ["merge", "merge"],
  ["remove", "clear"],
];

/** @param {Studio} studio */
export function layersPanel(studio) {
  const { store, editor } = studio;
  const list = byId("layer-list", "ul");
  // In a wide window the panel lies below the materials, in others below the doodle.
  const foot = /** @type {Element} */ (byId("rail").querySelector(".rail-foot"));
  placeBefore(medium, byId("layers"), byId("zoom-buttons"), foot);
  // There it lies over the tools, which comes as no surprise to those who opened it just now.
  if (narrow.matches) store.set({ layers: false });
  roving(list, ".layer-row");
  byId("layers-button").addEventListener("click", () => studio.toggleLayers());
  byId("layers-body").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    studio.toggleLayers();
    byId("layers-button").focus();
    event.stopPropagation();
  });
  const draw = () => {
    header(studio);
    if (!store.now.layers) return;
    keepingFocus(list, () => {
      acts(studio);
      fill(list, ...editor.doodle.layers.toReversed().map((layer) => row(studio, layer)));
    });
  };
  store.watch(["edits", "layer", "layers", "theme", "models", "model", "language"], draw);
}

/** @param {Studio} studio */
function header({ editor, store }) {
  const { layers: open } = store.now;
  const { doodle } = editor;
  const button = byId("layers-button");
  const words = `${t.layers.heading} (${shown(command("layers").keys[0])})`;
  button.setAttribute("aria-expanded", String(open));
  button.title = words;
  byId("layers-body").hidden = !open;
  byId("layers-chosen").textContent = doodle.layers.length > 1 ? layerName(doodle.layer) : "";
}

/** Draw anew, and leave the focus where it was, or on the chosen layer if that is gone. @param {HTMLElement} list @param {() => void} draw */
function keepingFocus(list, draw) {
  const body = byId("layers-body");
  const focused = body.contains(document.activeElement) ? document.activeElement?.id : null;
  draw();
  if (focused === null) return;
  const again = focused ? document.getElementById(focused) : null;
  (again ?? list.querySelector(/** @type {"button"} */ ("[aria-pressed='true']")))?.focus();
}

/** @param {Studio} studio */
function acts(studio) {
  const { doodle } = studio.editor;
  const buttons = ACTS.map(([act, image]) => {
    const why = obstacle(doodle, act);
    const words = t.layers[act];
    return iconButton(image, words, () => changeLayer(studio, act), {
      id: `layer-${act}`,
      "aria-disabled": String(why !== null),
      title: why ? `${words}: ${why}` : words,
    });
  });
  const rename = iconButton("rename", t.layers.rename, () => startRenaming(studio, doodle.layer), {
    id: "layer-rename",
    title: `${t.layers.rename} (F2)`,
  });
  fill(byId("layer-acts"), buttons[0], rename, ...buttons.slice(1));
}

/** @param {Studio} studio @param {Layer} layer */
function row(studio, layer) {
  const { doodle } = studio.editor;
  const { id } = layer;
  const name = layerName(layer);
  const chosen = layer === doodle.layer;
  const choose = h(
    "button",
    {
      type: "button",
      id: `layer-row-${id}`,
      class: "layer-row quiet",
      "data-layer": id,
      "aria-pressed": String(chosen),
      tabindex: chosen ? "0" : "-1",
      onclick: () => chooseLayer(studio, id),
      ondblclick: () => startRenaming(studio, layer),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "F2") startRenaming(studio, layer);
        if (!chosen || event.ctrlKey || event.metaKey) return;
        if (event.key === "Delete" || event.key === "Backspace") changeLayer(studio, "remove");
      },
    },
    thumb(studio, layer),
    h("span", { class: "layer-name" }, name),
  );
  return h("li", { class: layer.shown ? "" : "hidden-layer" }, choose, eye(studio, layer, name));
}

/** @param {Studio} studio @param {Layer} layer @param {string} name */
function eye(studio, { id, shown: visible }, name) {
  const words = id === 0 ? t.layers.shows : t.layers.visible(name);
  const toggle = () => toggleLayer(studio, id);
  return iconButton(visible ? "eye" : "eye-off", t.layers.visible(name), toggle, {
    id: `layer-eye-${id}`,
    "aria-pressed": String(visible),
    "aria-disabled": String(id === 0),
    title: words,
  });
}

/** A layer's small picture, clear where it is see-through. @param {Studio} studio @param {Layer} layer */
function thumb({ editor, labels, store }, layer) {
  const { height, width } = editor.doodle;
  const scale = THUMB / Math.max(height, width);
  const small = resize(
    { height, width, labels: layer.labels },
    Math.max(1, Math.round(height * scale)),
    Math.max(1, Math.round(width * scale)),
  );
  const { flat } = lookOf(labels, store.now.theme, false);
  const image = new ImageData(small.width, small.height);
  const pixels = new Uint32Array(image.data.buffer);
  small.labels.forEach((label, i) => (pixels[i] = label === SEE_THROUGH ? 0 : flat[label]));
  const canvas = h("canvas", { height: small.height, width: small.width, "aria-hidden": "true" });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/** Put a field in the place of a layer's name. @param {Studio} studio @param {Layer} layer */
function startRenaming(studio, layer) {
  const button = byId(`layer-row-${layer.id}`, "button");
  const input = h("input", {
    type: "text",
    id: "layer-name",
    maxlength: MAX_NAME,
    value: layerName(layer),
    "aria-label": t.layers.rename,
  });
  let over = false;
  /** @param {boolean} keep */
  const end = (keep) => {
    if (over) return;
    over = true;
    const focused = document.activeElement === input;
    input.replaceWith(button);
    if (focused) button.focus();
    if (keep && input.value.trim() !== layerName(layer)) nameLayer(studio, layer.id, input.value);
  };
  input.addEventListener("blur", () => end(true));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
    event.stopPropagation();
  });
  button.replaceWith(input);
  input.focus();
  input.select();
}
