/** The drawings that this browser keeps, and the way back to them. */
import { fill, h } from "../../dom.js";
import { openDrawing } from "../../studio/snapshot.js";
import { wording } from "../../strings/wording.js";
import { t, timeInWords } from "../../strings/index.js";
import { iconButton } from "../parts/controls.js";
import { drawMap } from "../parts/labelCanvas.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

/** @param {Studio} studio @param {() => void} close @returns {import("../parts/controls.js").Page} */
export function drawingsDialog(studio, close) {
  const list = h("ul", { class: "scenes drawings" });
  const note = h("p", { class: "note", role: "status" }, wording().drawings.explain);
  const body = h("div", { class: "dialog-body" }, note, list);
  void show(studio, list, note, close);
  return { title: wording().drawings.heading, body };
}

/** @param {Studio} studio @param {HTMLElement} list @param {HTMLElement} note @param {() => void} close */
async function show(studio, list, note, close) {
  try {
    const drawings = await studio.autosave.recent();
    const cards = drawings.map((one) => card(studio, one, note, close));
    fill(list, ...cards);
    if (cards.length === 0) fill(note, wording().drawings.empty);
  } catch {
    fill(note, t.app.notKept);
  }
}

/**
 * @param {Studio} studio @param {import("../../files/database.js").Drawing & { elsewhere: boolean }} drawing
 * @param {HTMLElement} note @param {() => void} close
 */
function card(studio, drawing, note, close) {
  const { id, changed, elsewhere } = drawing;
  const when = timeInWords(changed);
  const current = id === studio.autosave.id;
  const open = async () => {
    if (current || (await openDrawing(studio, id))) return close();
    fill(note, wording().drawings.gone);
  };
  const words = current
    ? wording().drawings.current
    : elsewhere
      ? wording().drawings.elsewhere
      : when;
  const button = h(
    "button",
    {
      type: "button",
      "data-drawing": id,
      "aria-label": current ? wording().drawings.current : wording().drawings.open(when),
      "aria-current": current && "true",
      onclick: () => void open(),
    },
    drawMap(studio, drawing),
    h("span", { class: "when" }, words),
  );
  const item = h("li", {}, button);
  if (!current && !elsewhere) item.append(removal(studio, id, when, item));
  return item;
}

/** A button that asks once more before it deletes. @param {Studio} studio @param {string} id @param {string} when @param {HTMLElement} item */
function removal(studio, id, when, item) {
  const words = wording().drawings.remove(when);
  let sure = false;
  const act = async () => {
    if (sure) {
      await studio.autosave.remove(id);
      return item.remove();
    }
    sure = true;
    button.className = "small remove sure";
    button.removeAttribute("aria-label");
    fill(button, wording().drawings.sure);
  };
  const button = iconButton("cancel", words, () => void act(), { class: "icon-only remove" });
  return button;
}
