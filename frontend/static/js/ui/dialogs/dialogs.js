/** The one dialog of the page, and what it can show. */
import { byId, fill, h } from "../../dom.js";
import { COMMANDS, shown } from "../../studio/commands.js";
import { t } from "../../strings/index.js";
import { SCENES, paintScene } from "../../studio/scenes.js";
import { drawingsDialog } from "./recentDrawings.js";
import { iconButton, toggle } from "../parts/controls.js";
import { drawMap } from "../parts/labelCanvas.js";
import { importDialog } from "./importer.js";
import { shareDialog } from "./share.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../parts/controls.js").Page} Page */

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
    const away = iconButton("cancel", t.actions.close, close, { title: null });
    const head = h("div", { class: "dialog-head" }, h("h2", { id: "dialog-title" }, title), away);
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
  const { height, width } = studio.editor.doodle;
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
