/** What can be done with a selection: buttons, keys, and the line around it. */
import { byId, fill } from "../../dom.js";
import { outline } from "../../engine/pieces.js";
import { t } from "../../strings/index.js";
import { words } from "../../strings/selectionWords.js";
import { selectionOf } from "../../tools/selection.js";
import { iconButton } from "../parts/controls.js";
import { styleSheet } from "../parts/styleSheet.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

const SVG = "http://www.w3.org/2000/svg";
const TEXT = "input, textarea, select";

/** @param {Studio} studio @param {HTMLElement} bar */
export function selectionBar(studio, bar) {
  const selection = selectionOf(studio.editor);
  studio.tools.select = selection;
  void styleSheet("css/selection.css");
  showOutline(selection);
  const acts = actsOf(studio);
  const dim = () => {
    for (const one of bar.querySelectorAll("[data-act='copy'], [data-act='clear']"))
      one.setAttribute("aria-disabled", String(selection.piece === null));
  };
  studio.store.watch(["language"], () => {
    bar.setAttribute("aria-label", words().heading);
    fill(
      bar,
      ...acts.map(({ icon, name, keys, run }) =>
        iconButton(icon, name(), run, {
          class: "icon-only",
          "data-act": icon,
          title: keys ? `${name()} (${keys()})` : name(),
        }),
      ),
    );
    dim();
  });
  selection.addEventListener("changed", dim);
  keyboard(studio);
}

/** @param {Studio} studio */
function actsOf(studio) {
  const selection = selectionOf(studio.editor);
  const ctrl = (/** @type {string} */ key) => () => `${t.keyNames.ctrl}+${key}`;
  return [
    { icon: "all", name: () => words().all, keys: ctrl("A"), run: () => selection.all() },
    { icon: "copy", name: () => words().copy, keys: ctrl("C"), run: () => copy(studio) },
    { icon: "paste", name: () => words().paste, keys: ctrl("V"), run: () => paste(studio) },
    { icon: "flip-across", name: () => words().flipAcross, run: () => selection.flip(false) },
    { icon: "flip-down", name: () => words().flipDown, run: () => selection.flip(true) },
    { icon: "twice", name: () => words().twice, run: () => selection.grow(2) },
    { icon: "thrice", name: () => words().thrice, run: () => selection.grow(3) },
    { icon: "half", name: () => words().half, run: () => selection.shrink(2) },
    {
      icon: "clear",
      name: () => words().erase,
      keys: () => words().eraseKey,
      run: () => selection.erase(),
    },
  ];
}

/** @param {Studio} studio */
function copy(studio) {
  studio.say(selectionOf(studio.editor).copy() ? words().copied : words().nothing);
}

/** @param {Studio} studio */
function paste(studio) {
  studio.store.set({ tool: "select" });
  studio.say(selectionOf(studio.editor).paste() ? words().pasted : words().nothingCopied);
}

/** Keys that hold while something is chosen, and the browser's own for the clipboard. @param {Studio} studio */
function keyboard(studio) {
  const { store } = studio;
  const selection = selectionOf(studio.editor);
  const isOurs = (/** @type {Event} */ { target }) =>
    store.now.tool === "select" &&
    !(/** @type {Element} */ (target).matches(TEXT)) &&
    !document.querySelector("dialog[open]");
  for (const type of ["copy", "cut"])
    document.addEventListener(type, (event) => {
      if (!isOurs(event) || !selection.piece) return;
      // What another program copied is gone from there now, as it should be.
      /** @type {ClipboardEvent} */ (event).clipboardData?.setData("text/plain", "Doodlescape");
      event.preventDefault();
      copy(studio);
      if (type === "cut") selection.erase();
    });
  document.addEventListener("paste", (event) => {
    if (!isOurs(event) || (event.clipboardData?.files.length ?? 0) > 0) return;
    paste(studio);
  });
  addEventListener("keydown", (event) => {
    if (!isOurs(event)) return;
    const ctrl = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (ctrl && key === "a") selection.all();
    else if (!ctrl && (key === "delete" || key === "backspace") && selection.piece)
      selection.erase();
    else return;
    event.preventDefault();
  });
}

/** Draw the line around what is chosen. @param {EventTarget} selection */
function showOutline(selection) {
  const lines = ["under", "over"].map((kind) => {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("class", `outline ${kind}`);
    byId("preview").append(line);
    return line;
  });
  selection.addEventListener("changed", (event) => {
    const { detail: piece } =
      /** @type {CustomEvent<import("../../engine/pieces.js").Piece | null>} */ (event);
    for (const line of lines) line.setAttribute("d", piece ? outline(piece) : "");
  });
}
