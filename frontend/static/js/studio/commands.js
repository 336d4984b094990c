/**
 * Everything that has a shortcut: keys, buttons' tooltips and the help dialog all come from here.
 *
 * @typedef {import("./studio.js").Studio} Studio
 * @typedef {import("../strings/index.js").Strings} Strings
 * @typedef {object} Command
 * @property {string} id
 * @property {string[]} keys like "ctrl+shift+z"; ctrl is ⌘ on a Mac; the first one is shown
 * @property {"painting" | "editing" | "viewing"} group of the help dialog
 * @property {string} icon
 * @property {(words: Strings) => string} name
 * @property {(studio: Studio) => void} run
 */
import { byId } from "../dom.js";
import { t } from "../strings/index.js";
import { stepLayer } from "./layerCommands.js";
import { saveProject } from "./exports.js";

/** @type {[import("../state.js").ToolName, string][]} */
const TOOL_KEYS = [
  ["brush", "b"],
  ["eraser", "e"],
  ["fill", "g"],
  ["replace", "shift+g"],
  ["pick", "i"],
  ["line", "l"],
  ["rectangle", "u"],
  ["ellipse", "o"],
  ["polygon", "p"],
  ["lasso", "k"],
  ["stamp", "s"],
  ["select", "v"],
  ["hand", "h"],
];

/** @type {Command[]} */
const TOOLS = TOOL_KEYS.map(([tool, key]) => ({
  id: `tool-${tool}`,
  keys: [key],
  group: "painting",
  icon: tool,
  name: (words) => words.tools[tool],
  run: (studio) => studio.store.set({ tool }),
}));

/** @type {[keyof Strings["actions"], string[], Command["group"], string, Command["run"]][]} */
const ACTIONS = [
  ["undo", ["ctrl+z"], "editing", "undo", (studio) => studio.undo()],
  ["redo", ["ctrl+shift+z", "ctrl+y"], "editing", "redo", (studio) => studio.redo()],
  ["clear", ["ctrl+backspace", "ctrl+delete"], "editing", "clear", (studio) => studio.clear()],
  ["smaller", ["["], "editing", "minus", (studio) => studio.resizeBrush(-1)],
  ["larger", ["]"], "editing", "plus", (studio) => studio.resizeBrush(1)],
  ["swap", ["x"], "editing", "replace", (studio) => studio.swapLabels()],
  ["mirror", ["shift+m"], "editing", "mirror", (studio) => studio.toggleMirror()],
  ["favourite", ["shift+f"], "editing", "bookmark", (studio) => studio.toggleFavourite()],
  ["layerAbove", ["."], "editing", "up", (studio) => stepLayer(studio, 1)],
  ["layerBelow", [","], "editing", "down", (studio) => stepLayer(studio, -1)],
  ["layers", ["y"], "viewing", "layers", (studio) => studio.toggleLayers()],
  ["describe", ["/"], "editing", "words", () => byId("describe-line").focus()],
  ["search", ["f"], "editing", "search", (studio) => studio.focusSearch()],
  ["generate", ["ctrl+enter"], "editing", "spark", (studio) => studio.generate()],
  ["variations", ["ctrl+shift+enter"], "editing", "four", (studio) => studio.generate(4)],
  ["cancel", ["shift+x"], "editing", "cancel", (studio) => void studio.painter.cancel()],
  ["newSeed", ["d"], "editing", "dice", (studio) => studio.rollSeed()],
  ["zoomIn", ["+", "=", "ctrl++", "ctrl+="], "viewing", "plus", (studio) => studio.zoomBy(1.5)],
  ["zoomOut", ["-", "ctrl+-"], "viewing", "minus", (studio) => studio.zoomBy(1 / 1.5)],
  ["fit", ["ctrl+0", "0"], "viewing", "fit", (studio) => studio.viewport.fit()],
  ["actualSize", ["ctrl+1"], "viewing", "fit", (studio) => studio.actualSize()],
  ["patterns", ["m"], "viewing", "pattern", (studio) => studio.togglePatterns()],
  ["help", ["?", "f1"], "viewing", "help", (studio) => studio.openDialog("help")],
];

/** @type {Command[]} */
const FILES = [
  {
    id: "save-project",
    keys: ["ctrl+s"],
    group: "editing",
    icon: "save",
    name: (words) => words.file.saveProject,
    run: (studio) => void saveProject(studio),
  },
  {
    id: "import",
    keys: ["ctrl+o"],
    group: "editing",
    icon: "import",
    name: (words) => words.file.import,
    run: (studio) => studio.openDialog("import"),
  },
];

/** @type {Command[]} */
const VIEWS = /** @type {const} */ (["side", "overlay", "slider"]).map((view, i) => ({
  id: `view-${view}`,
  keys: [["q", "w", "c"][i]],
  group: "viewing",
  icon: view,
  name: (words) => words.views[view],
  run: (studio) => studio.store.set({ view }),
}));

/** @type {Command[]} */
export const COMMANDS = [
  ...TOOLS,
  ...ACTIONS.map(([id, keys, group, icon, run]) => ({
    id,
    keys,
    group,
    icon,
    run,
    name: (/** @type {Strings} */ words) => String(words.actions[id]),
  })),
  ...FILES,
  ...VIEWS,
];

/** @param {string} id @returns {Command} */
export function command(id) {
  const found = COMMANDS.find((one) => one.id === id);
  if (!found) throw new Error(`no command "${id}"`);
  return found;
}

const MAC = globalThis.navigator?.platform?.startsWith("Mac") ?? false;
/** @type {Record<string, string>} */
const SHOWN = MAC ? { ctrl: "⌘", shift: "⇧", enter: "↩", backspace: "⌫" } : {};

/** @param {string} key */
function nameOfKey(key) {
  const named = SHOWN[key] ?? t.keyNames[/** @type {keyof typeof t.keyNames} */ (key)];
  return named ?? (key.length > 1 ? key : key.toUpperCase());
}

/** Put a shortcut in the words of the keyboard. @param {string} keys */
export function shown(keys) {
  const parts = keys === "ctrl++" ? ["ctrl", "+"] : keys.split("+").filter(Boolean);
  const names = parts.map((part) => nameOfKey(part));
  return (keys === "+" ? ["+"] : names).join(MAC ? "" : "+");
}

/** @type {Record<string, string>} */
const BY_CODE = { BracketLeft: "[", BracketRight: "]", Backslash: "\\", Slash: "/", Minus: "-" };

/**
 * Name the combinations that a key press may mean, likeliest first: what the key types, then, for
 * keyboards that type other letters, where the key lies.
 *
 * @param {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey" | "getModifierState">} event
 * @returns {string[]}
 */
export function combinations(event) {
  const altGraph = event.getModifierState("AltGraph");
  if (event.altKey && !altGraph) return [];
  const ctrl = (event.ctrlKey || event.metaKey) && !altGraph ? "ctrl+" : "";
  const shift = event.shiftKey ? "shift+" : "";
  const key = event.key.toLowerCase();
  const plain = /^[a-z0-9]$/.test(key);
  const typed = plain || key.length > 1 ? ctrl + shift + key : ctrl + key;
  const place = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1].toLowerCase() ?? BY_CODE[event.code];
  return place && !plain ? [typed, ctrl + shift + place] : [typed];
}
