/** What drops from the bar's buttons: file menu, painting options, settings. */
import { byId, fill, h, icon } from "../dom.js";
import { command, shown } from "../commands.js";
import { LANGUAGES, labelName, t } from "../strings/index.js";
import { MAX_SEED } from "../studio.js";

/** @typedef {import("../studio.js").Studio} Studio */
/** @typedef {import("../dom.js").Child} Child */

const MARGIN = 8;

/** @param {Studio} studio */
export function panels(studio) {
  place("file-menu", "file-button");
  place("options-panel", "options-button");
  place("settings-panel", "settings-button");
  const { store } = studio;
  store.watch(["language"], () => fileMenu(studio));
  store.watch(["language", "models", "model", "seed", "seedLocked", "style", "stylePhoto", "format", "baseLabel", "live"], () =>
    keepingFocus(byId("options-panel"), () => options(studio)),
  );
  store.watch(["language", "scheme", "smoothing", "pressure", "shortcuts", "patterns", "hints"], () =>
    keepingFocus(byId("settings-panel"), () => settings(studio)),
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
    item("import", t.file.import, () => studio.openDialog("import"), command("import").keys[0]),
    item("clear", t.actions.clear, () => studio.clear(), command("clear").keys[0]),
    h("hr"),
    item("save", t.file.saveProject, () => void studio.saveProject(), "ctrl+s"),
    item("labels", t.file.saveLabelMap, () => void studio.saveLabelMap()),
    item("download", t.file.savePhoto, () => studio.savePhoto()),
    item("copy", t.file.copyPhoto, () => void studio.copyPhoto()),
    item("share", t.file.share, () => studio.openDialog("share")),
    h("hr"),
    item("help", t.actions.help, () => studio.openDialog("help"), "?"),
    item("gear", t.actions.settings, () => byId("settings-panel").showPopover()),
  );
}

/** @param {string} name @param {...Child} controls */
const field = (name, ...controls) =>
  h("label", { class: "field" }, h("span", { class: "name" }, name), ...controls);

/** @param {string} name @param {...Child} controls */
const fieldGroup = (name, ...controls) =>
  h("div", { class: "field", role: "group", "aria-label": name }, h("span", { class: "name" }, name), ...controls);

/**
 * @param {string} id @param {[string, string][]} choices value and words @param {string} value
 * @param {(value: string) => void} choose
 */
function select(id, choices, value, choose) {
  const element = h(
    "select",
    { id, onchange: () => choose(element.value) },
    ...choices.map(([key, words]) => h("option", { value: key }, words)),
  );
  element.value = value;
  return element;
}

/** @param {Studio} studio */
function options(studio) {
  const panel = byId("options-panel");
  const { store, model } = studio;
  if (!model) return fill(panel, h("p", {}, t.app.noModels));
  const { models, format, baseLabel } = store.now;
  const labels = studio.labels.map(({ id }) => /** @type {[string, string]} */ ([String(id), labelName(studio.label(id))]));
  fill(
    panel,
    liveSwitch(studio),
    field(
      t.options.model,
      select("model", models.map(({ name, title }) => [name, title]), model.name, (name) => studio.chooseModel(name)),
    ),
    model.styles.length > 0 && styles(studio),
    model.abilities.style && stylePhoto(studio),
    model.abilities.seed && seeds(studio),
    field(
      t.options.format,
      select("format", [["png", "PNG"], ["jpeg", "JPEG"], ["webp", "WebP"]], format, (value) =>
        store.set({ format: /** @type {import("../state.js").Format} */ (value) }),
      ),
    ),
    field(t.options.base, select("base", labels, String(baseLabel), (id) => store.set({ baseLabel: Number(id) }))),
    h("p", { class: "note" }, t.options.licence(model.licence.name), " ", !model.licence.commercial && t.options.nonCommercial),
  );
}

/** The bar has this switch too, where there is room for it. @param {Studio} studio */
function liveSwitch({ store, painter }) {
  const box = h("input", { type: "checkbox", role: "switch", id: "option-live" });
  box.checked = store.now.live;
  box.addEventListener("change", () => {
    store.set({ live: box.checked });
    if (box.checked) painter.edited();
  });
  const words = h("span", {}, `${t.actions.live}: ${t.actions.liveHint}`);
  return h("label", { class: "switch" }, box, h("span", { class: "track", "aria-hidden": "true" }), words);
}

/** @param {Studio} studio */
function styles(studio) {
  const { store, model } = studio;
  /** @param {string | null} value @param {string} words */
  const button = (value, words) => {
    const choose = () => {
      store.set({ style: value, stylePhoto: null });
      studio.painter.edited();
    };
    const chosen = store.now.style === value && !store.now.stylePhoto;
    const id = `style-${value ?? "none"}`;
    return h("button", { type: "button", id, "aria-pressed": String(chosen), onclick: choose }, words);
  };
  const presets = model.styles.map(({ name, title }) => button(name, title));
  return fieldGroup(t.options.style, h("div", { class: "styles" }, button(null, t.options.noStyle), ...presets));
}

/** @param {Studio} studio */
function stylePhoto(studio) {
  const { store } = studio;
  const chosen = store.now.stylePhoto;
  const input = h("input", { type: "file", accept: "image/*", hidden: true });
  input.addEventListener("change", () => {
    store.set({ stylePhoto: input.files?.[0] ?? null });
    studio.painter.edited();
  });
  const remove = () => {
    store.set({ stylePhoto: null });
    studio.painter.edited();
  };
  const choose = h("button", { type: "button", id: "style-photo", class: "small", onclick: () => input.click() }, t.options.chooseStylePhoto);
  const drop = h("button", { type: "button", class: "small", onclick: remove }, t.options.removeStylePhoto);
  return fieldGroup(
    t.options.stylePhoto,
    chosen && h("img", { class: "style-photo", src: previewUrl(chosen), alt: t.options.stylePhoto }),
    input,
    h("div", { class: "row" }, choose, chosen && drop),
  );
}

/** @type {{ file: File | null, url: string }} */
const stylePreview = { file: null, url: "" };

/** @param {File} file */
function previewUrl(file) {
  if (stylePreview.file !== file) {
    URL.revokeObjectURL(stylePreview.url);
    Object.assign(stylePreview, { file, url: URL.createObjectURL(file) });
  }
  return stylePreview.url;
}

/** @param {Studio} studio */
function seeds(studio) {
  const { store } = studio;
  const { seed, seedLocked } = store.now;
  const number = h("input", { type: "number", id: "seed", min: 0, max: MAX_SEED, step: 1, value: seed, "aria-label": t.options.seed });
  number.addEventListener("change", () => {
    const value = Math.min(MAX_SEED, Math.max(0, Math.round(Number(number.value) || 0)));
    store.set({ seed: value });
    number.value = String(value);
    studio.painter.edited();
  });
  /** @param {string} id @param {string} image @param {string} words @param {() => void} run @param {boolean} [pressed] */
  const button = (id, image, words, run, pressed) => {
    const state = pressed === undefined ? {} : { "aria-pressed": String(pressed) };
    return h("button", { type: "button", id, class: "quiet icon-only", "aria-label": words, title: words, onclick: run, ...state }, icon(image));
  };
  return fieldGroup(
    t.options.seed,
    h(
      "div",
      { class: "row" },
      number,
      button("roll", "dice", t.options.dice, () => studio.rollSeed()),
      button("lock", seedLocked ? "lock" : "unlock", t.options.lock, () => store.set({ seedLocked: !seedLocked }), seedLocked),
    ),
    h("span", { class: "note" }, t.options.lockHint),
  );
}

/** @param {Studio} studio */
function settings(studio) {
  const { store } = studio;
  const { now } = store;
  const languages = Object.entries(LANGUAGES).map(([code, { language }]) => /** @type {[string, string]} */ ([code, language]));
  /** @param {"smoothing" | "pressure" | "shortcuts" | "patterns" | "hints"} name */
  const toggle = (name) => {
    const box = h("input", { type: "checkbox", role: "switch", id: `set-${name}`, onchange: () => store.set({ [name]: box.checked }) });
    box.checked = now[name];
    return h("label", { class: "switch" }, box, h("span", { class: "track", "aria-hidden": "true" }), h("span", {}, t.settings[name]));
  };
  fill(
    byId("settings-panel"),
    field(
      t.settings.language,
      select("language", [["", t.settings.automatic], ...languages], now.language, (language) => store.set({ language })),
    ),
    field(
      t.settings.scheme,
      select("scheme", [["auto", t.settings.auto], ["dark", t.settings.dark], ["light", t.settings.light]], now.scheme, (scheme) =>
        store.set({ scheme: /** @type {"auto" | "dark" | "light"} */ (scheme) }),
      ),
    ),
    ...(/** @type {const} */ (["patterns", "smoothing", "pressure", "shortcuts", "hints"])).map(toggle),
  );
}
