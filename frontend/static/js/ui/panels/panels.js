/** What drops from the bar's buttons: file menu, painting options, settings. */
import { byId, fill, h, icon } from "../../dom.js";
import { command, shown } from "../../studio/commands.js";
import { copyPhoto, saveLabelMap, savePhoto, saveProject } from "../../studio/exports.js";
import { LANGUAGES, readLanguage, t } from "../../strings/index.js";
import { button, field, keepingFocus, select, toggle } from "../parts/controls.js";
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
      "naturalBorders",
      "format",
      "baseLabel",
      "live",
    ],
    () => keepingFocus(byId("options-panel"), () => options(studio)),
  );
  store.watch(
    ["language", "scheme", "smoothing", "pressure", "shortcuts", "patterns", "hints", "renewed"],
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
    item("words", t.actions.describe, () => command("describe").run(studio), "/"),
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
    item("spark", t.file.export, () => studio.openDialog("export")),
    item("copy", t.file.copyPhoto, () => void copyPhoto(studio)),
    item("share", t.file.share, () => studio.openDialog("share")),
    h("hr"),
    item("help", t.actions.help, () => studio.openDialog("help"), "?"),
    item("gear", t.actions.settings, () => byId("settings-panel").showPopover()),
  );
  tellNews(studio);
}

/** @param {Studio} studio */
function settings(studio) {
  const { store } = studio;
  const { now } = store;
  /** @param {"smoothing" | "pressure" | "shortcuts" | "patterns" | "hints"} name */
  const setting = (name) =>
    toggle(`set-${name}`, t.settings[name], now[name], (on) => store.set({ [name]: on }));
  tellNews(studio);
  fill(
    byId("settings-panel"),
    now.renewed && renewed(),
    field(
      t.settings.language,
      select(
        "language",
        [["", t.settings.automatic], ...Object.entries(LANGUAGES)],
        now.language,
        (language) => void readLanguage(language).then(() => store.set({ language })),
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

/** Mark the ways to the settings while these have news. @param {Studio} studio */
function tellNews({ store }) {
  const { renewed } = store.now;
  for (const way of ["#settings-button", "#file-button", "#file-menu button:last-of-type"]) {
    document.querySelector(way)?.classList.toggle("news", renewed);
  }
}

/** The next visit opens with the newer version by itself. */
const renewed = () =>
  h(
    "div",
    { class: "renewed" },
    h("p", { role: "status" }, t.settings.renewed),
    button(t.settings.reload, () => location.reload(), { class: "primary small", id: "reload" }),
  );
