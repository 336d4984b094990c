/** The one dialog of the page, and what it can show. */
import { byId, fill, h, icon } from "../dom.js";
import { COMMANDS, shown } from "../commands.js";
import { t } from "../strings/index.js";
import { SCENES, paintScene } from "../scenes.js";
import { colourise, lookOf } from "../view/colours.js";
import { drawingsDialog } from "./drawings.js";
import { toggle } from "./fields.js";
import { importDialog } from "./importer.js";
import { shareDialog } from "./share.js";

/** @typedef {import("../studio.js").Studio} Studio */
/** @typedef {{ title: string, body: HTMLElement }} Page */

const SCENE_SIZE = 96;

/** @param {Studio} studio */
export function dialogs(studio) {
  const dialog = byId("dialog", "dialog");
  const close = () => dialog.close();
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  studio.openDialog = (name, payload) => {
    /** @type {Record<string, () => Page>} */
    const pages = {
      help: () => help(studio),
      scenes: () => scenes(studio, close),
      drawings: () => drawingsDialog(studio, close),
      share: () => shareDialog(studio),
      import: () => importDialog(studio, close, payload),
    };
    const { title, body } = pages[name]();
    const button = h(
      "button",
      { type: "button", class: "quiet icon-only", "aria-label": t.actions.close, onclick: close },
      icon("cancel"),
    );
    const head = h("div", { class: "dialog-head" }, h("h2", { id: "dialog-title" }, title), button);
    fill(dialog, head, body);
    dialog.dataset.page = name;
    if (!dialog.open) dialog.showModal();
  };
  byId("help-button").addEventListener("click", () => studio.openDialog("help"));
}

/** @param {Studio} studio @returns {Page} */
function help({ store }) {
  const single = toggle("help-shortcuts", t.help.single, store.now.shortcuts, (shortcuts) =>
    store.set({ shortcuts }),
  );
  const groups = /** @type {const} */ (["painting", "editing", "viewing"]).map((group) => {
    const commands = COMMANDS.filter((command) => command.group === group);
    return keyList(
      t.help[group],
      commands.map(({ name, keys }) => [name(t), shown(keys[0])]),
    );
  });
  const { keys } = t.help;
  const mouse = /** @type {[string, string][]} */ ([
    [t.actions.peek, "\\"],
    [keys.drag, "Space"],
    [keys.alt, "Alt"],
    [keys.shift, "Shift"],
    [keys.digits, "1–9"],
    [keys.escape, "Esc"],
  ]);
  const canvas = /** @type {[string, string][]} */ ([
    [keys.arrows, "← ↑ ↓ →"],
    [keys.space, "Space"],
    [keys.enter, "Enter"],
  ]);
  const lists = h(
    "div",
    { class: "keys" },
    ...groups,
    keyList(t.help.canvas, [...canvas, ...mouse]),
  );
  return { title: t.help.heading, body: h("div", { class: "dialog-body" }, single, lists) };
}

/** @param {string} title @param {[string, string][]} rows */
const keyList = (title, rows) =>
  h(
    "section",
    {},
    h("h3", {}, title),
    h(
      "dl",
      {},
      ...rows.flatMap(([words, keys]) => [h("dt", {}, words), h("dd", {}, h("kbd", {}, keys))]),
    ),
  );

/** @param {Studio} studio @param {() => void} close @returns {Page} */
function scenes(studio, close) {
  const { height, width } = studio.easel.doodle;
  const buttons = SCENES.map((scene) => {
    const choose = () => {
      studio.fit.load("scene", paintScene(scene, height, width, studio.labels));
      close();
    };
    const small = Math.round((SCENE_SIZE * width) / height);
    const map = paintScene(scene, SCENE_SIZE, small, studio.labels);
    return h(
      "button",
      { type: "button", "data-scene": scene.name, onclick: choose },
      drawMap(studio, map),
      t.scenes[scene.name],
    );
  });
  const body = h(
    "div",
    { class: "dialog-body" },
    h("div", { class: "scenes" }, ...buttons),
    h("p", { class: "note" }, t.scenes.note),
  );
  return { title: t.scenes.heading, body };
}

/** Draw a map on a canvas of its own. @param {Studio} studio @param {import("../engine/resize.js").LabelMap} map */
export function drawMap({ labels, store }, { height, width, labels: ids }) {
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  const image = new ImageData(width, height);
  const look = lookOf(labels, store.now.theme, store.now.patterns);
  colourise(look, ids, width, new Uint32Array(image.data.buffer), {
    x0: 0,
    y0: 0,
    x1: width,
    y1: height,
  });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}
