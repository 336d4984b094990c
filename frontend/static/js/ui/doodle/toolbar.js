/** Tools, their options, and the buttons for undoing and generating. */
import { byId, fill, h, markStop, roving } from "../../dom.js";
import { COMMANDS, command, shown } from "../../studio/commands.js";
import { labelName, t } from "../../strings/index.js";
import { SEE_THROUGH } from "../../engine/layers.js";
import { MAX_SIZE } from "../../studio/studio.js";
import { STAMPS } from "../../tools/stamps.js";
import { iconButton } from "../parts/controls.js";
import { missing } from "../parts/missing.js";
import { swatchCanvas } from "../parts/labelCanvas.js";
import { narrow, placeBefore, small } from "../parts/windows.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../engine/raster.js").BrushShape} BrushShape */

const TOOLS = COMMANDS.filter(({ id }) => id.startsWith("tool-"));
/** Tools after which the strip has a gap. */
const GAPS = new Set(["tool-eraser", "tool-pick", "tool-lasso"]);
/** Tools that paint nothing. */
const IDLE = new Set(["pick", "select", "hand"]);
const SHAPES = /** @type {BrushShape[]} */ (["round", "square", "diamond"]);

/** A button for a command, with its shortcut in the tooltip. @param {Studio} studio @param {string} id @param {string} [kind] */
function commandButton(studio, id, kind = "quiet icon-only") {
  const { icon: image, keys, name, run } = command(id);
  const words = name(t);
  return iconButton(image, words, () => run(studio), {
    class: kind,
    "data-command": id,
    title: `${words} (${shown(keys[0])})`,
  });
}

/** @param {Studio} studio */
export function toolbar(studio) {
  toolStrip(studio);
  toolOptions(studio);
  editButtons(studio);
  generateButtons(studio);
}

/** @param {Studio} studio */
function toolStrip(studio) {
  const strip = byId("tools");
  const { store } = studio;
  roving(strip, "button");
  store.watch(["language"], () => {
    const parts = TOOLS.flatMap(({ id }) => [
      commandButton(studio, id, "quiet"),
      GAPS.has(id) && h("span", { class: "gap", role: "separator" }),
    ]);
    fill(strip, ...parts);
  });
  store.watch(["tool", "language"], ({ tool }) => {
    const buttons = [...strip.querySelectorAll("button")];
    for (const button of buttons) {
      const chosen = button.dataset.command === `tool-${tool}`;
      button.setAttribute("aria-pressed", String(chosen));
      if (chosen) markStop(buttons, button);
      // A phone's strip shows some of the tools at a time.
      if (chosen) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });
}

/** @param {Studio} studio */
function toolOptions(studio) {
  const { store } = studio;
  const swatch = swatchCanvas();
  const name = h("span");
  const chip = h("span", { class: "chip", id: "chip" }, swatch.canvas, name);
  const size = sizeControl(studio);
  const shapes = h("div", { class: "group segmented", role: "radiogroup" });
  const stamps = h("div", { class: "group segmented stamps", role: "radiogroup" });
  const picked = h("div", { class: "group segmented stamps", role: "toolbar", id: "selection" });
  const mirror = h("span", { class: "group" });
  for (const group of [shapes, stamps]) roving(group, "button", (button) => button.click());
  const bar = byId("tool-options");
  fill(bar, chip, size, shapes, stamps, picked, mirror);
  selecting(studio, picked);
  // On a phone they lie next to the tools, under the thumb.
  placeBefore(narrow, bar, byId("tools"), /** @type {Element} */ (bar.nextElementSibling));

  store.watch(["language"], () => {
    shapes.setAttribute("aria-label", t.shapes.heading);
    fill(shapes, ...SHAPES.map((shape) => shapeButton(studio, shape)));
    stamps.setAttribute("aria-label", t.stamps.heading);
    const names = /** @type {(keyof typeof t.stamps)[]} */ (Object.keys(STAMPS));
    fill(stamps, ...names.map((stamp) => stampButton(studio, stamp)));
  });
  store.watch(["language"], () => fill(mirror, commandButton(studio, "mirror")));
  store.watch(["mirror", "language"], ({ mirror: on }) => {
    mirror.firstElementChild?.setAttribute("aria-pressed", String(on));
  });
  store.watch(["shape", "language"], ({ shape }) => {
    check(shapes, (button) => button.dataset.shape === shape);
  });
  store.watch(["tool", "stamp", "language"], ({ tool, stamp }) => {
    picked.hidden = tool !== "select";
    mirror.hidden = IDLE.has(tool) || tool === "replace";
    shapes.hidden = tool !== "brush" && tool !== "eraser" && tool !== "line";
    stamps.hidden = tool !== "stamp";
    check(stamps, (button) => button.dataset.stamp === stamp);
    size.hidden = studio.sized === null;
  });
  store.watch(
    ["label", "baseLabel", "layer", "tool", "theme", "patterns", "models", "language"],
    () => {
      const { inHand } = studio;
      const label = studio.label(inHand);
      swatch.canvas.hidden = inHand === SEE_THROUGH;
      if (label) swatch.show(studio, label);
      if (label || swatch.canvas.hidden) name.textContent = studio.inWords(inHand);
      chip.title = label ? t.materials.current(labelName(label)) : t.layers.erases;
    },
  );
}

/** What can be done with a selection is read when there may be one. @param {Studio} studio @param {HTMLElement} bar */
function selecting(studio, bar) {
  const load = async () => (await import("./selectionBar.js")).selectionBar(studio, bar);
  /** @type {Promise<void> | null} */ let loading = null;
  studio.store.watch(["tool"], ({ tool }) => {
    if (tool !== "select") return;
    loading ??= load();
    loading.catch(() => {
      loading = null;
      fill(bar, missing());
    });
  });
}

/** @param {Studio} studio @param {BrushShape} shape */
function shapeButton({ store }, shape) {
  return iconButton(shape, t.shapes[shape], () => store.set({ shape }), {
    class: "icon-only",
    role: "radio",
    "data-shape": shape,
  });
}

/** @param {Studio} studio @param {keyof typeof t.stamps} stamp */
function stampButton(studio, stamp) {
  return iconButton(stamp, t.stamps[stamp], () => studio.chooseStamp(stamp), {
    class: "icon-only",
    role: "radio",
    "data-stamp": stamp,
  });
}

/** Mark one radio button of a group. @param {HTMLElement} group @param {(button: HTMLElement) => boolean} chosen */
function check(group, chosen) {
  for (const button of group.querySelectorAll("button")) {
    button.setAttribute("aria-checked", String(chosen(button)));
    button.tabIndex = chosen(button) ? 0 : -1;
  }
}

/** The slider is finer where sizes are small. @param {Studio} studio */
function sizeControl(studio) {
  const { store } = studio;
  const range = h("input", { type: "range", id: "size", min: 0, max: 100, step: 1 });
  const output = h("output", { for: "size" });
  range.addEventListener("input", () => {
    const max = MAX_SIZE[studio.sized ?? "brush"];
    studio.setSize(1 + (max - 1) * (Number(range.value) / 100) ** 2);
  });
  store.watch(["sizes", "tool", "language"], ({ sizes }) => {
    const { sized } = studio;
    if (!sized) return;
    const text = t.actions.pixels(sizes[sized]);
    output.textContent = text;
    range.setAttribute("aria-label", t.actions.size);
    range.setAttribute("aria-valuetext", text);
    range.title = `${t.actions.size} ([ ])`;
    const place = 100 * Math.sqrt((sizes[sized] - 1) / (MAX_SIZE[sized] - 1));
    if (document.activeElement !== range) range.value = String(Math.round(place));
  });
  return h("div", { class: "size" }, range, output);
}

/** @param {Studio} studio */
function editButtons(studio) {
  const { store, editor } = studio;
  const group = byId("edit-buttons");
  store.watch(["language"], () =>
    fill(group, ...["undo", "redo", "clear"].map((id) => commandButton(studio, id))),
  );
  store.watch(["edits", "language"], () => {
    for (const id of /** @type {const} */ (["undo", "redo"])) {
      const step = id === "undo" ? editor.undoable : editor.redoable;
      const button = group.querySelector(`[data-command="${id}"]`);
      const nothing = id === "undo" ? t.canvas.nothingToUndo : t.canvas.nothingToRedo;
      button?.setAttribute("aria-disabled", String(step === null));
      const words = step ? `${t.actions[id]}: ${studio.stepName(step)}` : nothing;
      button?.setAttribute("title", `${words} (${shown(command(id).keys[0])})`);
    }
  });
}

/** @param {Studio} studio */
function generateButtons(studio) {
  const { store } = studio;
  const generate = byId("generate", "button");
  const four = byId("variations-button", "button");
  const dice = byId("dice", "button");
  const live = byId("live", "input");
  const options = /** @type {Element} */ (four.previousElementSibling);
  placeBefore(small, dice, byId("photo-buttons"), options);
  placeBefore(small, four, byId("photo-buttons"), generate);
  generate.addEventListener("click", () => studio.generate());
  four.addEventListener("click", () => studio.generate(4));
  dice.addEventListener("click", () => studio.rollSeed());
  live.addEventListener("change", () => {
    store.set({ live: live.checked });
    if (live.checked) studio.painter.edited();
  });
  store.watch(["live", "models", "model", "language"], (state) => {
    live.checked = state.live;
    byId("live-label").title = t.actions.liveHint;
    const seeds = studio.model?.abilities.seed ?? false;
    four.hidden = dice.hidden = !seeds;
    const ready = state.models.length > 0;
    generate.setAttribute("aria-disabled", String(!ready));
    generate.title = ready ? `${t.actions.generate} (${shown("ctrl+enter")})` : t.app.noModels;
    four.title = `${t.actions.variations} (${shown("ctrl+shift+enter")})`;
    dice.title = `${t.options.dice} (${shown("d")})`;
  });
}
