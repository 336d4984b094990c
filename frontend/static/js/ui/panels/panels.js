/** What drops from the bar's buttons: file menu, painting options, settings. */
import { byId, fill, h, icon } from "../../dom.js";
import { command, shown } from "../../studio/commands.js";
import { copyPhoto, saveLabelMap, savePhoto, saveProject } from "../../studio/exports.js";
import { LANGUAGES, t } from "../../strings/index.js";
import { field, select, toggle } from "../parts/controls.js";
import { gallery } from "../parts/gallery.js";
import { options } from "./options.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

const MARGIN = 8;

/** @param {Studio} studio */
export function panels(studio) {
  place("file-menu", "file-button");
  place("options-panel", "options-button");
  place("settings-panel", "settings-button");
  const { store } = studio;
  store.watch(["language", "models", "model"], () => fileMenu(studio));
  store.watch(
    [
      "language",
      "models",
      "model",
      "sheet",
      "seed",
      "seedLocked",
      "style",
      "stylePhoto",
      "naturalBorders",
      "format",
      "baseLabel",
      "live",
    ],
    () => keepingFocus(byId("options-panel"), () => options(studio)),
  );
  void gallery().then(() => keepingFocus(byId("options-panel"), () => options(studio)));
  store.watch(
    ["language", "scheme", "smoothing", "pressure", "shortcuts", "patterns", "hints"],
    () => keepingFocus(byId("settings-panel"), () => settings(studio)),
  );
  store.watch(["scheme"], ({ scheme }) => {
    document.documentElement.dataset.scheme = scheme;
  });
}

/** Put a panel under its button, inside the window. @param {string} panelId @param {string} buttonId */
function place(panelId, buttonId) {
  const panel = byId(panelId);
  panel.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
    const button = byId(buttonId).getBoundingClientRect();
    const left = Math.min(button.left, innerWidth - panel.offsetWidth - MARGIN);
    panel.style.left = `${Math.max(MARGIN, left)}px`;
    panel.style.top = `${button.bottom + MARGIN / 2}px`;
    panel.querySelector(/** @type {"button"} */ ("button, select, input"))?.focus();
  });
}

/** Draw a panel anew and leave the focus on the control that had it. @param {HTMLElement} panel @param {() => void} draw */
function keepingFocus(panel, draw) {
  const focused = panel.contains(document.activeElement) ? document.activeElement?.id : "";
  draw();
  if (focused) document.getElementById(focused)?.focus();
}

/** @param {Studio} studio */
function fileMenu(studio) {
  const menu = byId("file-menu");
  /** @param {string} image @param {string} words @param {() => void} run @param {string} [keys] */
  const item = (image, words, run, keys) => {
    const act = () => {
      menu.hidePopover();
      run();
    };
    const short = keys && h("kbd", {}, shown(keys));
    return h("button", { type: "button", onclick: act }, icon(image), words, short);
  };
  fill(
    menu,
    item("scenes", t.file.scenes, () => studio.openDialog("scenes")),
    item("history", t.file.drawings, () => studio.openDialog("drawings")),
    item("import", t.file.import, () => studio.openDialog("import"), command("import").keys[0]),
    studio.model?.abilities.segment &&
      item("import", t.file.trace, () => studio.openDialog("import", "photo")),
    item("clear", t.actions.clear, () => studio.clear(), command("clear").keys[0]),
    h("hr"),
    item("save", t.file.saveProject, () => void saveProject(studio), "ctrl+s"),
    item("labels", t.file.saveLabelMap, () => void saveLabelMap(studio)),
    item("download", t.file.savePhoto, () => savePhoto(studio)),
    item("copy", t.file.copyPhoto, () => void copyPhoto(studio)),
    item("share", t.file.share, () => studio.openDialog("share")),
    h("hr"),
    item("help", t.actions.help, () => studio.openDialog("help"), "?"),
    item("gear", t.actions.settings, () => byId("settings-panel").showPopover()),
  );
}

/** @param {Studio} studio */
function settings(studio) {
  const { store } = studio;
  const { now } = store;
  const languages = Object.entries(LANGUAGES).map(
    ([code, { language }]) => /** @type {[string, string]} */ ([code, language]),
  );
  /** @param {"smoothing" | "pressure" | "shortcuts" | "patterns" | "hints"} name */
  const setting = (name) =>
    toggle(`set-${name}`, t.settings[name], now[name], (on) => store.set({ [name]: on }));
  fill(
    byId("settings-panel"),
    field(
      t.settings.language,
      select("language", [["", t.settings.automatic], ...languages], now.language, (language) =>
        store.set({ language }),
      ),
    ),
    field(
      t.settings.scheme,
      select(
        "scheme",
        [
          ["auto", t.settings.auto],
          ["dark", t.settings.dark],
          ["light", t.settings.light],
        ],
        now.scheme,
        (scheme) => store.set({ scheme: /** @type {"auto" | "dark" | "light"} */ (scheme) }),
      ),
    ),
    .../** @type {const} */ (["patterns", "smoothing", "pressure", "shortcuts", "hints"]).map(
      setting,
    ),
  );
}
