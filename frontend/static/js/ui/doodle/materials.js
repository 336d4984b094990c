/** The palette: what the model knows, by group, with its colour, a crop of how it is painted, and its name. */
import { byId, fill, h, markStop, roving } from "../../dom.js";
import { shown } from "../../studio/commands.js";
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
  const showAll = () => filter(list, (search.value = ""));
  search.addEventListener("input", () => filter(list, search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") showAll();
    if (event.key !== "Enter") return;
    list.querySelector(/** @type {"button"} */ ("button:not([hidden])"))?.click();
  });
  bookmark(studio);
  store.watch(["models", "model", "theme", "patterns", "favourites", "language"], () => {
    draw(studio, list);
    filter(list, search.value);
    mark(studio, list);
  });
  store.watch(["label"], () => mark(studio, list));
  void gallery().then(() => {
    draw(studio, list);
    mark(studio, list);
  });
  sheet(showAll);
  themes(studio);
}

/** @param {Studio} studio @param {HTMLElement} list */
function draw(studio, list) {
  const { favourites } = studio.store.now;
  const groups = new Map([["favourites", /** @type {Label[]} */ ([])]]);
  for (const label of studio.labels) {
    const group = favourites.includes(label.name) ? "favourites" : label.group;
    groups.set(group, [...(groups.get(group) ?? []), label]);
  }
  if (!groups.get("favourites")?.length) groups.delete("favourites");
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
      "data-name": [name, label.name, t.materials.also[label.name]].join(" ").toLowerCase(),
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
    reveal(list);
  }
}

/** A list that is longer than its place may have the chosen one out of sight. @param {HTMLElement} list */
function reveal(list) {
  const chosen = list.querySelector("[aria-checked='true']");
  chosen?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** At first sight the list begins at its top, or, where the chosen one is farther below, with a whole row. @param {HTMLElement} list */
function open(list) {
  list.scrollTop = 0;
  reveal(list);
  if (list.scrollTop === 0) return;
  const { top } = list.getBoundingClientRect();
  const rows = [...list.querySelectorAll("h2, .swatch")];
  const first = rows.map((row) => row.getBoundingClientRect().top - top).find((at) => at >= 0);
  list.scrollTop += first ?? 0;
}

/** The button that has the current material shown first. @param {Studio} studio */
function bookmark(studio) {
  const button = byId("favourite", "button");
  button.addEventListener("click", () => studio.toggleFavourite());
  studio.store.watch(["label", "favourites", "models", "model", "language"], (state) => {
    const label = studio.label(state.label);
    const words = t.materials.favour(labelName(label));
    button.setAttribute("aria-label", words);
    button.title = `${words} (${shown("shift+f")})`;
    button.setAttribute("aria-pressed", String(state.favourites.includes(label?.name ?? "")));
  });
}

/** The button that unfolds all materials where there is room for a row only. @param {() => void} showAll whatever was searched for */
function sheet(showAll) {
  const rail = byId("rail");
  const toggle = byId("sheet-toggle", "button");
  /** @param {boolean} open */
  const set = (open) => {
    rail.classList.toggle("open", open);
    if (!open) showAll();
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
  new ResizeObserver(() => open(byId("materials"))).observe(byId("materials"));
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
