/** The one dialog of the page. What it shows is read when it is first wanted. */
import { byId, fill, h } from "../../dom.js";
import { t } from "../../strings/index.js";
import { keepFocus } from "./focus.js";
import { iconButton } from "../parts/controls.js";
import { missing } from "../parts/missing.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../parts/controls.js").Page} Page */

/** @param {Studio} studio */
export function dialogs(studio) {
  const dialog = byId("dialog", "dialog");
  const close = () => dialog.close();
  keepFocus(dialog);
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  studio.openDialog = async (name, payload) => {
    /** @type {Record<string, () => Promise<Page>>} */
    const pages = {
      help: async () => (await import("./help.js")).helpDialog(studio),
      scenes: async () => (await import("./sceneList.js")).scenesDialog(studio, close),
      drawings: async () => (await import("./recentDrawings.js")).drawingsDialog(studio, close),
      share: async () => (await import("./share.js")).shareDialog(studio),
      export: async () => (await import("./exporter.js")).exportDialog(studio),
      import: async () => (await import("./importer.js")).importDialog(studio, close, payload),
    };
    const { title, body } = await pages[name]().catch(notLoaded);
    const away = iconButton("cancel", t.actions.close, close, { title: null });
    const head = h("div", { class: "dialog-head" }, h("h2", { id: "dialog-title" }, title), away);
    fill(dialog, head, body);
    dialog.dataset.page = name;
    if (!dialog.open) dialog.showModal();
  };
  byId("help-button").addEventListener("click", () => void studio.openDialog("help"));
}

/** @returns {Page} */
const notLoaded = () => ({
  title: t.app.title,
  body: h("div", { class: "dialog-body" }, missing()),
});
