/** The palette: what the model knows, by group, with its colour, a crop of how it is painted, and its name. */
import { byId, fill, h, markStop, roving } from "../../dom.js";
import { labelName, t } from "../../strings/index.js";
import { toggle } from "../parts/controls.js";
import { cropOf, gallery } from "../parts/gallery.js";
import { swatchCanvas } from "../parts/labelCanvas.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../service/api.js").Label} Label */

/** @param {Studio} studio */
export function materials(studio) {
  const { store } = studio;
  const list = byId("materials");
  const search = byId("material-search", "input");
  roving(list, "button", (button) => button.click());
  search.addEventListener("input", () => filter(list, search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") search.value = "";
    if (event.key === "Escape") filter(list, "");
    if (event.key !== "Enter") return;
    list.querySelector(/** @type {"button"} */ ("button:not([hidden])"))?.click();
  });
  store.watch(["models", "model", "theme", "patterns", "language"], () => {
    draw(studio, list);
    filter(list, search.value);
    mark(studio, list);
  });
  store.watch(["label"], () => mark(studio, list));
  void gallery().then(() => {
    draw(studio, list);
    mark(studio, list);
  });
  sheet();
  themes(studio);
}

/** @param {Studio} studio @param {HTMLElement} list */
function draw(studio, list) {
  const groups = new Map();
  for (const label of studio.labels) {
    if (!groups.has(label.group)) groups.set(label.group, []);
    groups.get(label.group).push(label);
  }
  let key = 0;
  const parts = [...groups].map(([group, labels]) => [
    h("h2", { "data-group": group }, t.groups[group] ?? group),
    h(
      "div",
      { class: "swatches", "data-group": group },
      ...labels.map((/** @type {Label} */ label) => swatch(studio, label, ++key)),
    ),
  ]);
  fill(list, ...parts.flat());
  if (parts.length === 0) fill(list, h("p", { class: "note" }, t.app.loading));
}

/** @param {Studio} studio @param {Label} label @param {number} key its digit, if at most 9 */
function swatch(studio, label, key) {
  const { labels_strong: strong = [], labels_weak: weak = [], label_set: set } = studio.model;
  const name = labelName(label);
  const unlabelled = label.id === set.unlabelled_id;
  const notes = [
    strong.includes(label.id) && t.materials.strong,
    weak.includes(label.id) && t.materials.weak,
    unlabelled && t.materials.unlabelled,
  ].filter(Boolean);
  const flat = swatchCanvas();
  flat.show(studio, label);
  const crop = cropOf(gallery.now?.[studio.model.name]?.materials, label.id);
  return h(
    "button",
    {
      type: "button",
      class: "swatch",
      role: "radio",
      "data-label": label.id,
      "data-name": `${name} ${label.name}`.toLowerCase(),
      "aria-label": [name, ...notes].join(", "),
      title: [name, ...notes].join(": ") + (key <= 9 ? ` (${key})` : ""),
      onclick: () => studio.chooseLabel(label.id),
    },
    h("span", { class: crop ? "look painted" : "look" }, flat.canvas, crop),
    h(
      "span",
      { class: "name" },
      name,
      strong.includes(label.id) && h("span", { class: "mark" }, " ★"),
      weak.includes(label.id) && h("span", { class: "mark" }, " ~"),
    ),
    key <= 9 && h("span", { class: "key", "aria-hidden": "true" }, String(key)),
  );
}

/** Hide what does not match. @param {HTMLElement} list @param {string} text */
function filter(list, text) {
  const wanted = text.trim().toLowerCase();
  for (const button of list.querySelectorAll("button")) {
    button.hidden = !(button.dataset.name ?? "").includes(wanted);
  }
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (
    list.querySelectorAll("[data-group]")
  )) {
    const group = `.swatches[data-group="${part.dataset.group}"] button:not([hidden])`;
    part.hidden = !list.querySelector(group);
  }
  list.querySelector(".note")?.remove();
  if (!list.querySelector("button:not([hidden])") && list.querySelector("button")) {
    list.append(h("p", { class: "note" }, t.materials.none));
  }
}

/** @param {Studio} studio @param {HTMLElement} list */
function mark({ store }, list) {
  const buttons = [...list.querySelectorAll("button")];
  for (const button of buttons) {
    const chosen = button.dataset.label === String(store.now.label);
    button.setAttribute("aria-checked", String(chosen));
    if (!chosen) continue;
    markStop(buttons, button);
    // In the strip of small windows the chosen one would otherwise be out of sight.
    if (list.scrollWidth > list.clientWidth)
      button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** The button that unfolds all materials where there is room for a row only. */
function sheet() {
  const rail = byId("rail");
  const toggle = byId("sheet-toggle", "button");
  /** @param {boolean} open */
  const set = (open) => {
    rail.classList.toggle("open", open);
    toggle.setAttribute("aria-expanded", String(open));
    toggle.setAttribute("aria-label", open ? t.materials.close : t.materials.all);
  };
  toggle.addEventListener("click", () => set(!rail.classList.contains("open")));
  rail.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && rail.classList.contains("open")) {
      set(false);
      toggle.focus();
    }
  });
  byId("materials").addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest(".swatch")) set(false);
  });
}

/** The choice of colours, and the switch for patterns. @param {Studio} studio */
function themes(studio) {
  const { store } = studio;
  const choice = h("select", { id: "theme" });
  choice.addEventListener("change", () =>
    // Colours that are safe for everyone come with patterns: colour alone says too little.
    store.set({ theme: choice.value, patterns: choice.value === "safe" || store.now.patterns }),
  );
  store.watch(["language"], ({ patterns }) => {
    const set = (/** @type {boolean} */ on) => store.set({ patterns: on });
    const shown = toggle("patterns", t.actions.patterns, patterns, set, "pattern");
    shown.title = t.settings.patterns;
    fill(byId("rail-foot"), choice, shown);
  });
  store.watch(["models", "model", "language", "theme", "patterns"], ({ theme, patterns }) => {
    const names = /** @type {(keyof typeof t.themes)[]} */ (Object.keys(t.themes));
    const offered = names.filter((name) => studio.labels.every(({ colours }) => name in colours));
    fill(choice, ...offered.map((value) => h("option", { value }, t.themes[value])));
    choice.value = theme;
    choice.setAttribute("aria-label", t.materials.theme);
    byId("patterns", "input").checked = patterns;
  });
}
