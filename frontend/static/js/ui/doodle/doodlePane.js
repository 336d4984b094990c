/** The doodle's pane: sheet, brush ring, previews, readout, zoom. */
import { byId, fill, h } from "../../dom.js";
import { command, shown } from "../../studio/commands.js";
import { SEE_THROUGH } from "../../engine/layers.js";
import { labelName, t } from "../../strings/index.js";
import { Crosshair } from "../../tools/crosshair.js";
import { PointerInput, addWheel } from "../../tools/pointer.js";
import { colourOf, lookOf } from "../../view/colours.js";
import { Sheet } from "../../view/sheet.js";
import { iconButton } from "../parts/controls.js";
import { compare, underPhoto } from "./compare.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {{ x: number, y: number }} Place in doodle pixels */

/** Keys that change what the pointer does while they are held. */
export const held = { space: false };

/** @param {Studio} studio */
export function doodlePane(studio) {
  const { store, editor, viewport, view } = studio;
  const canvas = byId("doodle", "canvas");
  const sheet = new Sheet(canvas, editor.doodle, lookOf([], "natural", false));
  const ghost = byId("ghost", "img");

  editor.addEventListener("painted", () => sheet.update());
  editor.addEventListener("replaced", () => {
    sheet.show(editor.doodle);
    viewport.setSize(editor.doodle.height, editor.doodle.width);
  });
  store.watch(["models", "model", "theme", "patterns"], ({ theme, patterns }) =>
    sheet.recolour(lookOf(studio.labels, theme, patterns)),
  );

  viewport.add(view, [byId("unopened", "p"), canvas, ghost, svgElement("preview")]);
  viewport.setSize(editor.doodle.height, editor.doodle.width);
  addWheel(view, viewport);
  showPreview(studio);
  compare(studio, ghost);
  input(studio);
  zoomButtons(studio);
  return sheet;
}

/** @param {string} id */
const svgElement = (id) => /** @type {any} */ (byId(id));

/** @param {Studio} studio */
function input(studio) {
  const { store, editor, viewport, view } = studio;
  const ring = makeRing(studio);
  const crosshair = new Crosshair({
    view,
    editor,
    tool: (name) => studio.tool(name),
    covered: (at) => underPhoto(studio, at),
    onCovered: () => studio.say(t.views.covered),
    onMove: (x, y) => {
      ring({ x, y }, true);
      readOut({ x, y }, true);
    },
  });
  const readout = byId("readout");
  /** @param {Place | null} at @param {boolean} [aloud] */
  const readOut = (at, aloud) => {
    const [x, y] = at ? [Math.floor(at.x), Math.floor(at.y)] : [-1, -1];
    const id = at && editor.doodle.at(x, y);
    const label = studio.label(id);
    const text = label ? t.canvas.under(labelName(label), x, y) : materialText(studio);
    if (readout.textContent !== text) readout.textContent = text;
    if (aloud && id !== store.now.hovered) studio.say(text);
    store.set({ hovered: id });
  };
  store.watch(["label", "baseLabel", "layer", "tool", "models", "ready", "language"], () =>
    readOut(null),
  );
  /** @type {{ at: Place | null, shows: boolean } | null} */ let hover = null;
  /** Ring and readout follow once a frame, after the stroke itself. @param {Place | null} at @param {boolean} shows */
  const follow = (at, shows) => {
    if (!hover)
      requestAnimationFrame(() => {
        if (!hover) return;
        ring(hover.shows ? hover.at : null, false);
        readOut(hover.at);
        hover = null;
      });
    hover = { at, shows };
  };
  const pointer = new PointerInput({
    view,
    viewport,
    editor,
    held,
    tool: (name) => studio.tool(name),
    covered: (at) => underPhoto(studio, at),
    onTwoFingerTap: () => studio.undo(),
    onHover: (touch, event) => {
      const shows = event.pointerType !== "touch" || event.buttons > 0;
      const onLine = event.target === byId("divider");
      const covered = touch !== null && (onLine || underPhoto(studio, touch));
      view.classList.toggle("covered", covered);
      follow(touch, shows && !held.space && (!covered || event.buttons > 0));
    },
  });
  let former = store.now.tool;
  store.watch(["tool"], ({ tool }) => {
    if (!pointer.working && !crosshair.working) studio.tool(former).cancel();
    former = tool;
    view.dataset.tool = tool;
  });
  store.watch(["sizes", "shape", "label", "tool"], () => ring(undefined, crosshair.active));
  viewport.addEventListener("moved", () => ring(undefined, crosshair.active));
  view.addEventListener("blur", () => ring(null, false));
}

/** Name the current material: no layout has it out of sight. @param {Studio} studio */
function materialText(studio) {
  const { inHand, store } = studio;
  if (!store.now.ready) return "";
  if (inHand === SEE_THROUGH) return t.layers.erases;
  const current = studio.label(inHand);
  return current ? t.materials.current(labelName(current)) : "";
}

/**
 * Make what draws the brush's outline where it would paint.
 *
 * @param {Studio} studio
 * @returns {(at: Place | null | undefined, keyboard: boolean) => void} undefined keeps the place
 */
function makeRing(studio) {
  const { store, viewport, view } = studio;
  const ring = byId("ring");
  /** @type {Place | null} */ let place = null;
  return (at, keyboard) => {
    if (at !== undefined) place = at;
    const { tool, shape, sizes } = store.now;
    const sized = tool === "brush" || tool === "eraser" || tool === "line";
    ring.hidden = !place || (!sized && !keyboard);
    view.classList.toggle("ringed", sized && !ring.hidden);
    if (!place || ring.hidden) return;
    const { left, top, scale } = viewport.box(view);
    const size = sized ? Math.max(3, sizes[tool] * scale) : 18;
    const x = left + place.x * scale - size / 2;
    const y = top + place.y * scale - size / 2;
    ring.className = `ring ${sized ? shape : "cross"}`;
    ring.style.width = ring.style.height = `${size}px`;
    ring.style.transform = `translate(${x}px, ${y}px)${sized && shape === "diamond" ? " rotate(45deg) scale(0.7071)" : ""}`;
    const painted = studio.label(studio.inHand);
    const colour = painted ? rgb(colourOf(painted, store.now.theme)) : "transparent";
    ring.style.setProperty("--ring", colour);
  };
}

/** @param {[number, number, number]} colour */
const rgb = (colour) => `rgb(${colour.join(" ")})`;

/** Draw what a tool is about to paint. @param {Studio} studio */
function showPreview(studio) {
  const { editor, store } = studio;
  const svg = svgElement("preview");
  const path = svgElement("preview-path");
  const axis = svgElement("axis");
  const draw = () => {
    const { width, height } = editor.doodle;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    axis.setAttribute("d", store.now.mirror ? `M${width / 2} 0V${height}` : "");
  };
  editor.addEventListener("replaced", draw);
  store.watch(["mirror"], draw);
  editor.addEventListener("preview", () => {
    const { preview } = editor;
    const label = studio.label(preview?.label ?? null);
    const colour = label ? rgb(colourOf(label, store.now.theme)) : "#888";
    path.setAttribute("d", preview?.d ?? "");
    path.setAttribute("fill", preview?.width ? "none" : colour);
    path.setAttribute("stroke", preview?.width ? colour : "#fff");
    path.setAttribute("stroke-width", String(preview?.width ?? 1));
    path.setAttribute("stroke-linecap", preview?.shape === "round" ? "round" : "square");
  });
}

/** @param {Studio} studio */
function zoomButtons(studio) {
  /** @param {string} id @param {string} name */
  const button = (id, name) => {
    const { icon, run, keys } = command(id);
    return iconButton(icon, name, () => run(studio), { title: `${name} (${shown(keys[0])})` });
  };
  const percent = h("button", {
    type: "button",
    class: "quiet zoom",
    onclick: () => studio.viewport.fit(),
  });
  studio.store.watch(["zoom", "language"], ({ zoom }) => {
    const text = `${Math.round(zoom * 100)} %`;
    percent.textContent = text;
    percent.title = `${t.actions.fit} (${shown("ctrl+0")}). ${t.canvas.scale}`;
    percent.setAttribute("aria-label", `${t.actions.fit}, ${text}`);
  });
  studio.store.watch(["language"], () =>
    fill(
      byId("zoom-buttons"),
      button("zoomOut", t.actions.zoomOut),
      percent,
      button("zoomIn", t.actions.zoomIn),
    ),
  );
}
