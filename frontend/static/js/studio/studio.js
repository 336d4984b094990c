/**
 * The studio: the parts of the page put together, and what its buttons and shortcuts do.
 *
 * @typedef {import("../state.js").Store} Store
 * @typedef {import("../service/api.js").Model} Model
 * @typedef {import("../service/api.js").Label} Label
 * @typedef {"help" | "import" | "share" | "scenes" | "drawings" | "export"} DialogName
 */
import { Doodle } from "../engine/doodle.js";
import { SEE_THROUGH } from "../engine/layers.js";
import { Autosave } from "../files/autosave.js";
import { DrawingLock } from "../files/drawingLock.js";
import { DrawingDatabase } from "../files/database.js";
import { Fit, chosen } from "./fit.js";
import { PictureNotes } from "./pictureNotes.js";
import { snapshotOf } from "./snapshot.js";
import { Api, newId } from "../service/api.js";
import { Exact } from "../service/exact.js";
import { makeRequest } from "../service/request.js";
import { Painter } from "../service/painter.js";
import { sleep } from "../service/polling.js";
import { fine, ownSize, quick } from "../service/sizes.js";
import { isPrompt } from "../service/speed.js";
import { Editor } from "../tools/editor.js";
import { STAMP_MATERIALS } from "../tools/stamps.js";
import { makeTools } from "../tools/tools.js";
import { byId } from "../dom.js";
import { labelName, t } from "../strings/index.js";
import { Viewport } from "../view/viewport.js";

const BLANK_SIZE = 256;
export const MAX_SEED = 2 ** 31 - 1;
/** @type {Record<string, number>} */
export const MAX_SIZE = { brush: 256, eraser: 256, line: 128, stamp: 512 };

export class Studio {
  api = new Api();
  view = byId("doodle-view");
  viewport = new Viewport();
  /** @type {(text: string) => void} say something to those who listen to the page */
  say = () => {};
  /** @type {(name: DialogName, payload?: unknown) => Promise<void>} */
  openDialog = async () => {};

  /** @param {Store} store @param {import("../files/browserStorage.js").SmallStorage} tab storage that only this tab sees */
  constructor(store, tab) {
    this.store = store;
    this.notes = new PictureNotes(store.storage);
    this.editor = new Editor(store, new Doodle(BLANK_SIZE, BLANK_SIZE, 0));
    this.tools = makeTools(this.editor);
    this.viewport.addEventListener("moved", () =>
      store.set({ zoom: this.viewport.realScale(this.view) }),
    );
    this.painter = new Painter({
      api: this.api,
      store,
      slot: `studio-${newId()}`,
      newId,
      sleep,
      onLive: (id) => this.notes.set(id, { live: this.autosave.id }),
      makeRequest: (soon) => this.#request(soon),
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

  /** Ask for a picture as large as it is looked at, or for one that comes soon. @param {boolean} [soon] */
  #request(soon = false) {
    const { doodle } = this.editor;
    const { model, store } = this;
    const large = fine(model, doodle);
    const late = soon && !isPrompt(store.now.history, model, large);
    const size = late ? quick(model, doodle) : large;
    const soft = size.width < large.width;
    const request = makeRequest(doodle, model, store.now, size);
    return soft ? { ...request, soft: size } : request;
  }

  /** The size of a fresh sheet: as fine as pictures are looked at, if they come soon enough. */
  get freshSize() {
    const own = ownSize(this.model);
    const large = fine(this.model, own);
    return isPrompt(this.store.now.history, this.model, large) ? large : own;
  }

  /** Let edits be kept and painted, once the sheet holds what the visitor expects. */
  goLive() {
    const { editor, store, painter, autosave } = this;
    editor.addEventListener("edited", () => {
      autosave.doodleChanged();
      if (store.now.phase.kind === "example") store.set({ phase: { kind: "idle" } });
      painter.edited(editor.touch);
    });
    const exact = new Exact(this);
    store.watch(["photo", "phase"], () => exact.soon());
    editor.addEventListener("begun", () => {
      exact.stop();
      painter.hold();
    });
    editor.addEventListener("dropped", () => painter.edited(editor.touch));
    editor.addEventListener("chosen", () => autosave.doodleChanged());
    let { photo } = store.now;
    store.watch(["photo"], ({ photo: now }) => {
      // A starter scene's example is nothing of the visitor's.
      if (now !== photo && now?.job) autosave.photoChanged();
      photo = now;
    });
    addEventListener("pagehide", () => {
      editor.endStroke();
      autosave.flush();
    });
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
    this.store.set({ look: null });
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

  /** Stamp something from now on, in its own material if the model knows it. @param {string} stamp */
  chooseStamp(stamp) {
    const own = this.labels.find(({ name }) => STAMP_MATERIALS[stamp].includes(name));
    this.store.set({ stamp });
    if (own) this.chooseLabel(own.id);
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
    this.store.set({ seed: Math.floor(Math.random() * MAX_SEED), look: null });
    if (this.store.now.live) void this.painter.generate();
  }

  /** @param {number} count of variations */
  generate(count = 1) {
    const { seedLocked, models, phase, photo } = this.store.now;
    if (!models.length) return;
    // Asking again for what is there means "another one, please".
    const isThere = phase.kind === "done" && photo?.key === this.painter.key;
    if (!seedLocked && isThere && this.model.abilities.seed) {
      this.store.set({ seed: Math.floor(Math.random() * MAX_SEED), look: null });
    }
    // Variations are there to differ.
    if (count > 1) this.store.set({ look: null });
    // Where only one pane fits, it is the photo that one wants to see now.
    this.store.set({ pane: "photo" });
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

  toggleMirror() {
    this.store.set({ mirror: !this.store.now.mirror });
  }

  /** Show the current material first from now on, or no longer. */
  toggleFavourite() {
    const { label, favourites } = this.store.now;
    const { name = "" } = this.label(label) ?? {};
    const others = favourites.filter((one) => one !== name);
    const left = others.length < favourites.length;
    this.store.set({ favourites: left ? others : [...others, name] });
    this.say(t.materials.favoured(labelName(this.label(label)), !left));
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
    const { seed, look = null } = photo.pictures[index];
    store.set({ seed, ...(this.isFree && { look }) });
    store.set({ photo: { ...photo, picked: index, key: fits ? painter.key : photo.key } });
    if (fits) painter.settle();
  }

  /** Whether neither a preset nor a photo gives the light, so that the look is held. */
  get isFree() {
    return !this.store.now.style && !this.store.now.stylePhoto;
  }

  /** The look that is painted in, as far as that is known. */
  get look() {
    const { look, stylePhoto } = this.store.now;
    return stylePhoto ? null : (look ?? this.picture?.look ?? null);
  }

  /** Paint in a look from now on, whatever is painted. @param {string} look */
  chooseLook(look) {
    this.store.set({ look, stylePhoto: null });
    this.painter.edited();
  }

  get picture() {
    const { photo } = this.store.now;
    return photo?.pictures[photo.picked] ?? null;
  }
}
