/**
 * The studio: the parts of the page put together, and what its buttons and shortcuts do.
 *
 * @typedef {import("./state.js").Store} Store
 * @typedef {import("./service/api.js").Model} Model
 * @typedef {import("./service/api.js").Label} Label
 * @typedef {"help" | "import" | "share" | "scenes" | "drawings"} DialogName
 */
import { Doodle } from "./engine/doodle.js";
import { cover } from "./engine/resize.js";
import { Autosave } from "./files/autosave.js";
import { Claim } from "./files/claim.js";
import { Drawings } from "./files/drawings.js";
import { Api, newId } from "./service/api.js";
import { makeOrder } from "./service/order.js";
import { Painter, sleep } from "./service/painter.js";
import { Easel } from "./tools/easel.js";
import { makeTools } from "./tools/tools.js";
import { byId } from "./dom.js";
import { labelName, t } from "./strings/index.js";
import { Viewport } from "./view/viewport.js";

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

  /** Which model a doodle was made for, so that undo can go back to both. @type {WeakMap<Doodle, string>} */
  #modelOf = new WeakMap();

  /** @param {Store} store @param {Storage | null} tab storage that only this tab sees */
  constructor(store, tab) {
    this.store = store;
    this.easel = new Easel(store, new Doodle(BLANK_SIZE, BLANK_SIZE, 0));
    this.tools = makeTools(this.easel);
    this.viewport.addEventListener("moved", () => store.set({ zoom: this.viewport.zoom }));
    this.painter = new Painter({
      api: this.api,
      store,
      slot: `studio-${newId()}`,
      newId,
      sleep,
      makeOrder: () => makeOrder(this.easel.doodle, this.model, store.now),
    });
    this.autosave = new Autosave({
      drawings: new Drawings(),
      claim: new Claim(),
      tab,
      newId,
      read: () => this.#sheet(),
      onKept: (kept) => store.set({ kept }),
    });
  }

  /** Let edits be kept and painted, once the sheet holds what the visitor expects. */
  goLive() {
    const { easel, store, painter, autosave } = this;
    easel.addEventListener("edited", () => {
      autosave.doodleChanged();
      if (store.now.phase.kind === "example") store.set({ phase: { kind: "idle" } });
      painter.edited(easel.touch);
    });
    easel.addEventListener("begun", () => painter.hold());
    easel.addEventListener("replaced", () => {
      const model = this.#modelOf.get(easel.doodle);
      if (model && model !== store.now.model) this.#useModel(model);
    });
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
    const { models, model } = this.store.now;
    return models.find(({ name }) => name === model) ?? models[0];
  }

  /** @returns {Label[]} */
  get labels() {
    return this.model?.label_set.labels ?? [];
  }

  /** @param {number | null} id */
  label(id) {
    return this.labels.find((label) => label.id === id);
  }

  /** @param {import("./state.js").ToolName} [name] the chosen one if left out */
  tool(name = this.store.now.tool) {
    return this.tools[name];
  }

  /** Take over what the server offers. @param {Model[]} models at least one */
  useModels(models) {
    this.store.set({ models });
    this.chooseModel(this.model.name);
  }

  /** Paint with a model from now on, on a doodle that fits it. @param {string} name */
  chooseModel(name) {
    this.#useModel(name);
    this.#fitDoodle(this.model);
  }

  /** Switch to a model and keep what was chosen as far as it knows it. @param {string} name */
  #useModel(name) {
    this.store.set({ model: name });
    const { model, labels } = this;
    const known = (/** @type {number} */ id) => labels.some((label) => label.id === id);
    const base = labels.find((label) => label.name === "sky-other") ?? labels[0];
    const { label, otherLabel, baseLabel, style } = this.store.now;
    this.store.set({
      baseLabel: known(baseLabel) ? baseLabel : base.id,
      label: known(label) ? label : (labels.find(({ name: n }) => n === "grass") ?? base).id,
      otherLabel: known(otherLabel) ? otherLabel : base.id,
      style: model.styles.some((one) => one.name === style) ? style : null,
    });
  }

  /** Make the doodle one that the model can paint; undo and the recent drawings keep the one before. @param {Model} model */
  #fitDoodle({ name, native_size: [height, width] }) {
    const { doodle } = this.easel;
    const { labels } = cover(doodle, height, width);
    const strangers = this.adopt(labels);
    const fits = doodle.height === height && doodle.width === width;
    if (!fits || strangers) this.autosave.branch();
    if (!fits) {
      const fitting = new Doodle(height, width, labels);
      this.#modelOf.set(fitting, name);
      this.easel.exchange(fitting);
    } else if (strangers) this.load("open", { height, width, labels });
    else this.#modelOf.set(doodle, name);
  }

  /**
   * Lay a map on the easel with no undo behind it: another drawing, or the page has just opened.
   *
   * @param {import("./engine/resize.js").LabelMap} map
   */
  start(map) {
    const { name, native_size } = this.model;
    const [height, width] = native_size;
    const doodle = new Doodle(height, width, cover(map, height, width).labels);
    if (this.adopt(doodle.labels)) this.autosave.branch();
    this.#modelOf.set(doodle, name);
    this.easel.replace(doodle);
    byId("panes").classList.remove("waiting");
  }

  /** Lay a kept drawing and its photo on the easel. @param {import("./files/drawings.js").Kept} kept */
  lay({ photo, ...map }) {
    const pictures = photo?.pictures.map(({ blob, seed }) => ({
      blob,
      seed,
      url: URL.createObjectURL(blob),
    }));
    // The photo first: the doodle is kept as soon as it is laid, and the photo with it.
    this.painter.show(photo && pictures ? { key: "", ...photo, pictures } : null);
    this.start(map);
  }

  /** Go on with one of the recent drawings. @param {string} id @returns {Promise<boolean>} whether it was still there */
  async openDrawing(id) {
    const kept = await this.autosave.open(id);
    if (!kept) return false;
    if (this.store.now.models.some(({ name }) => name === kept.model)) this.#useModel(kept.model);
    this.lay(kept);
    return true;
  }

  /** Replace labels that the model lacks. @param {Uint8Array} labels changed in place @returns {number} how many pixels */
  adopt(labels) {
    const { unlabelled_id: unlabelled } = this.model.label_set;
    const known = new Set(this.labels.map(({ id }) => id));
    let strangers = 0;
    labels.forEach((id, i) => {
      if (known.has(id)) return;
      labels[i] = unlabelled ?? this.store.now.baseLabel;
      strangers++;
    });
    return strangers;
  }

  undo() {
    const edit = this.easel.undo();
    this.say(edit ? t.canvas.undid(this.stepName(edit)) : t.canvas.nothingToUndo);
  }

  redo() {
    const edit = this.easel.redo();
    this.say(edit ? t.canvas.redid(this.stepName(edit)) : t.canvas.nothingToRedo);
  }

  /** @param {{ name: string, label: number }} edit */
  stepName({ name, label }) {
    if (name in t.steps) return t.steps[/** @type {keyof typeof t.steps} */ (name)];
    const tool = t.tools[/** @type {import("./state.js").ToolName} */ (name)];
    return t.canvas.step(tool, labelName(this.label(label)));
  }

  clear() {
    this.autosave.branch();
    const { baseLabel } = this.store.now;
    const labels = new Uint8Array(this.easel.doodle.labels.length).fill(baseLabel);
    this.easel.paint({ kind: "all", label: baseLabel, labels }, "clear");
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

  /** The tool whose size the slider sets, if it has one. @returns {keyof import("./state.js").Settings["sizes"] | null} */
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

  focusSearch() {
    byId("rail").classList.add("open");
    byId("material-search", "input").focus();
  }

  /** @param {string} name @param {import("./engine/resize.js").LabelMap} map */
  load(name, map) {
    const labels = new Uint8Array(map.labels);
    this.adopt(labels);
    this.autosave.branch();
    this.easel.touch = false;
    this.easel.load({ ...map, labels }, name);
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

  /** What is to be kept. @returns {import("./files/autosave.js").Sheet | null} */
  #sheet() {
    const { photo, visiting } = this.store.now;
    if (visiting || !this.model) return null;
    const { height, width, labels } = this.easel.doodle;
    const pictures = photo?.pictures.map(({ blob, seed }) => ({ blob, seed })) ?? [];
    return {
      height,
      width,
      labels: labels.slice(),
      model: this.model.name,
      photo: photo && { job: photo.job, picked: photo.picked, key: photo.key, pictures },
    };
  }
}
