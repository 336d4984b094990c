/**
 * The studio: the parts of the page put together, and what its buttons and shortcuts do.
 *
 * @typedef {import("../state.js").Store} Store
 * @typedef {import("../service/api.js").Model} Model
 * @typedef {import("../service/api.js").Label} Label
 * @typedef {"help" | "import" | "share" | "scenes" | "drawings"} DialogName
 */
import { Doodle } from "../engine/doodle.js";
import { SEE_THROUGH } from "../engine/layers.js";
import { Autosave } from "../files/autosave.js";
import { DrawingLock } from "../files/drawingLock.js";
import { DrawingDatabase } from "../files/database.js";
import { Fit, chosen } from "./fit.js";
import { snapshotOf } from "./snapshot.js";
import { Api, newId } from "../service/api.js";
import { makeRequest } from "../service/request.js";
import { Painter } from "../service/painter.js";
import { sleep } from "../service/polling.js";
import { Editor } from "../tools/editor.js";
import { makeTools } from "../tools/tools.js";
import { byId } from "../dom.js";
import { labelName, t } from "../strings/index.js";
import { Viewport } from "../view/viewport.js";

const BLANK_SIZE = 256;
export const MAX_SEED = 2 ** 31 - 1;
/** @type {Record<string, number>} */
export const MAX_SIZE = { brush: 128, eraser: 128, line: 128, stamp: 512 };

export class Studio {
  api = new Api();
  view = byId("doodle-view");
  viewport = new Viewport();
  /** @type {(text: string) => void} say something to those who listen to the page */
  say = () => {};
  /** @type {(name: DialogName, payload?: unknown) => void} */
  openDialog = () => {};

  /** @param {Store} store @param {Storage | null} tab storage that only this tab sees */
  constructor(store, tab) {
    this.store = store;
    this.editor = new Editor(store, new Doodle(BLANK_SIZE, BLANK_SIZE, 0));
    this.tools = makeTools(this.editor);
    this.viewport.addEventListener("moved", () => store.set({ zoom: this.viewport.zoom }));
    this.painter = new Painter({
      api: this.api,
      store,
      slot: `studio-${newId()}`,
      newId,
      sleep,
      makeRequest: () => makeRequest(this.editor.doodle, this.model, store.now),
    });
    this.autosave = new Autosave({
      database: new DrawingDatabase(),
      lock: new DrawingLock(),
      tab,
      newId,
      read: () => snapshotOf(this),
      onKept: (kept) => store.set({ kept }),
    });
    this.fit = new Fit({ editor: this.editor, branch: () => this.autosave.branch() });
  }

  /** Let edits be kept and painted, once the sheet holds what the visitor expects. */
  goLive() {
    const { editor, store, painter, autosave } = this;
    editor.addEventListener("edited", () => {
      autosave.doodleChanged();
      if (store.now.phase.kind === "example") store.set({ phase: { kind: "idle" } });
      painter.edited(editor.touch);
    });
    editor.addEventListener("begun", () => painter.hold());
    editor.addEventListener("chosen", () => autosave.doodleChanged());
    let { photo } = store.now;
    store.watch(["photo"], ({ photo: now }) => {
      // A starter scene's example is nothing of the visitor's.
      if (now !== photo && now?.job) autosave.photoChanged();
      photo = now;
    });
    addEventListener("pagehide", () => autosave.flush());
    document.addEventListener("visibilitychange", () => document.hidden && autosave.flush());
  }

  /** The chosen model; the server's default when the choice is gone. @returns {Model} */
  get model() {
    return chosen(this.store.now);
  }

  /** @returns {Label[]} */
  get labels() {
    return this.model?.label_set.labels ?? [];
  }

  /** @param {number | null} id */
  label(id) {
    return this.labels.find((label) => label.id === id);
  }

  /** @param {import("../state.js").ToolName} [name] the chosen one if left out */
  tool(name = this.store.now.tool) {
    return this.tools[name];
  }

  /** Take over what the server offers. @param {Model[]} models at least one */
  useModels(models) {
    this.store.set({ models });
    this.fit.chooseModel(this.model.name);
  }

  /** What the tool in hand leaves: a label, or nothing. */
  get inHand() {
    return this.store.now.tool === "eraser" ? this.editor.erased : this.store.now.label;
  }

  /** @param {number} label or what is see-through */
  inWords(label) {
    return label === SEE_THROUGH ? t.layers.seeThrough : labelName(this.label(label));
  }

  undo() {
    const edit = this.editor.undo();
    this.say(edit ? t.canvas.undid(this.stepName(edit)) : t.canvas.nothingToUndo);
  }

  redo() {
    const edit = this.editor.redo();
    this.say(edit ? t.canvas.redid(this.stepName(edit)) : t.canvas.nothingToRedo);
  }

  /** @param {{ name: string, label: number }} edit */
  stepName({ name, label }) {
    if (name in t.steps) return t.steps[/** @type {keyof typeof t.steps} */ (name)];
    const tool = t.tools[/** @type {import("../state.js").ToolName} */ (name)];
    return t.canvas.step(tool, this.inWords(label));
  }

  clear() {
    this.autosave.branch();
    const { baseLabel } = this.store.now;
    const labels = new Uint8Array(this.editor.doodle.labels.length).fill(baseLabel);
    this.editor.paint({ kind: "all", label: baseLabel, labels }, "clear");
  }

  /** @param {number} id */
  chooseLabel(id) {
    const { label, tool } = this.store.now;
    if (id !== label) this.store.set({ label: id, otherLabel: label });
    if (tool === "eraser" || tool === "pick" || tool === "hand") this.store.set({ tool: "brush" });
  }

  swapLabels() {
    const { label, otherLabel } = this.store.now;
    this.store.set({ label: otherLabel, otherLabel: label });
    this.say(t.materials.current(labelName(this.label(otherLabel))));
  }

  /** The tool whose size the slider sets, if it has one. @returns {keyof import("../state.js").Settings["sizes"] | null} */
  get sized() {
    const { tool } = this.store.now;
    return tool === "brush" || tool === "eraser" || tool === "line" || tool === "stamp"
      ? tool
      : null;
  }

  /** @param {number} size in pixels */
  setSize(size) {
    if (!this.sized) return;
    const { sizes } = this.store.now;
    const kept = Math.min(MAX_SIZE[this.sized], Math.max(1, Math.round(size)));
    this.store.set({ sizes: { ...sizes, [this.sized]: kept } });
  }

  /** @param {1 | -1} direction @param {boolean} [far] by ten pixels */
  resizeBrush(direction, far = false) {
    if (!this.sized) return;
    const size = this.store.now.sizes[this.sized];
    this.setSize(size + direction * (far ? 10 : Math.max(1, Math.round(size * 0.12))));
  }

  rollSeed() {
    this.store.set({ seed: Math.floor(Math.random() * MAX_SEED) });
    if (this.store.now.live) void this.painter.generate();
  }

  /** @param {number} count of variations */
  generate(count = 1) {
    const { seedLocked, models, phase } = this.store.now;
    if (!models.length) return;
    // Asking again for what is there means "another one, please".
    if (!seedLocked && phase.kind === "done" && this.model.abilities.seed) {
      this.store.set({ seed: Math.floor(Math.random() * MAX_SEED) });
    }
    void this.painter.generate(count);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.viewport.zoomTo(this.viewport.zoom * factor, this.view);
  }

  actualSize() {
    this.viewport.actualSize(this.view);
  }

  togglePatterns() {
    this.store.set({ patterns: !this.store.now.patterns });
  }

  toggleLayers() {
    this.store.set({ layers: !this.store.now.layers });
  }

  focusSearch() {
    byId("rail").classList.add("open");
    byId("material-search", "input").focus();
  }

  /** Show one of several pictures and take its seed. @param {number} index */
  pick(index) {
    const { store, painter } = this;
    const { photo } = store.now;
    if (!photo) return;
    const fits = photo.key === painter.key;
    store.set({ seed: photo.pictures[index].seed });
    store.set({ photo: { ...photo, picked: index, key: fits ? painter.key : photo.key } });
    if (fits) painter.settle();
  }

  get picture() {
    const { photo } = this.store.now;
    return photo?.pictures[photo.picked] ?? null;
  }
}
