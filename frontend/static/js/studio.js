/**
 * The studio: the parts of the page put together, and what its buttons and shortcuts do.
 *
 * @typedef {import("./state.js").Store} Store
 * @typedef {import("./service/api.js").Model} Model
 * @typedef {import("./service/api.js").Label} Label
 * @typedef {import("./service/api.js").Job} Job
 * @typedef {"help" | "import" | "share" | "scenes"} DialogName
 */
import { Doodle } from "./engine/doodle.js";
import { cover } from "./engine/resize.js";
import { EXTENSION, writeProject } from "./files/project.js";
import { readLabelPng } from "./files/png.js";
import * as autosave from "./files/autosave.js";
import { Api, newId } from "./service/api.js";
import { labelPng, makeOrder } from "./service/order.js";
import { Painter, sleep } from "./service/painter.js";
import { Easel } from "./tools/easel.js";
import { makeTools } from "./tools/tools.js";
import { byId, download } from "./dom.js";
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

  /** @param {Store} store */
  constructor(store) {
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
      makeOrder: (count) => makeOrder(this.easel.doodle, this.model, store.now, count),
    });
  }

  /** Let edits be painted, once the sheet holds what the visitor expects. */
  goLive() {
    this.easel.addEventListener("edited", () => {
      if (this.store.now.phase.kind === "example") this.store.set({ phase: { kind: "idle" } });
      this.painter.edited(this.easel.touch);
    });
    this.easel.addEventListener("begun", () => this.painter.hold());
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

  /** @param {string} name */
  chooseModel(name) {
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
    this.#fitDoodle(model.native_size);
  }

  /** Make the doodle one that the model can paint. @param {[number, number]} size height, width */
  #fitDoodle([height, width]) {
    const { doodle } = this.easel;
    const { labels } = cover(doodle, height, width);
    const strangers = this.adopt(labels);
    const fits = doodle.height === height && doodle.width === width;
    if (!fits) this.easel.replace(new Doodle(height, width, labels));
    else if (strangers)
      this.easel.paint({ kind: "all", label: this.store.now.label, labels }, "open");
  }

  /** Lay a map on the easel without a step of undo: the page has just opened. @param {import("./engine/resize.js").LabelMap} map */
  start(map) {
    const [height, width] = this.model?.native_size ?? [map.height, map.width];
    this.easel.replace(new Doodle(height, width, cover(map, height, width).labels));
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
    this.easel.touch = false;
    this.easel.load({ ...map, labels }, name);
  }

  /** Bring an earlier job's doodle and pictures back. @param {Job} job */
  async reopen(job) {
    const png = await this.api.labelMap(job.id);
    const map = await readLabelPng(new Uint8Array(await png.arrayBuffer()));
    this.load("open", map);
    await this.painter.open(job);
    await this.painter.settle();
  }

  async saveProject() {
    const { seed, style } = this.store.now;
    const { name, label_set } = this.model;
    const project = { map: this.easel.doodle, labelSet: label_set.name, model: name, seed, style };
    download(await writeProject(project), `doodle${EXTENSION}`);
  }

  async saveLabelMap() {
    download(
      await labelPng(this.easel.doodle, this.model, this.store.now.theme),
      "doodle-labels.png",
    );
  }

  get picture() {
    const { photo } = this.store.now;
    return photo?.pictures[photo.picked] ?? null;
  }

  savePhoto() {
    const { picture } = this;
    if (!picture) return this.say(t.file.noPhoto);
    const ending = picture.blob.type.split("/")[1] ?? "png";
    download(picture.blob, `doodlescape-${picture.seed}.${ending === "jpeg" ? "jpg" : ending}`);
  }

  async copyPhoto() {
    const { picture } = this;
    if (!picture) return this.say(t.file.noPhoto);
    try {
      // Safari wants the promise inside, so that the click still counts.
      const item = new ClipboardItem({ "image/png": asPng(picture.blob) });
      await navigator.clipboard.write([item]);
      this.say(t.file.copied);
    } catch {
      this.say(t.file.copyFailed);
    }
  }

  /** Keep the doodle and the photo in this browser. */
  async keep() {
    const { photo, visiting } = this.store.now;
    if (visiting || !this.model) return;
    const { height, width, labels } = this.easel.doodle;
    const pictures = photo?.pictures.map(({ blob, seed }) => ({ blob, seed }));
    await autosave.save({
      height,
      width,
      labels: labels.slice(),
      labelSet: this.model.label_set.name,
      photo: photo && pictures ? { job: photo.job, picked: photo.picked, pictures } : null,
    });
  }

  async refreshHistory() {
    try {
      this.store.set({ history: await this.api.jobs() });
    } catch {
      // The strip shows what it had; the banner tells when the server is away.
    }
  }
}

/** @param {Blob} blob @returns {Promise<Blob>} */
async function asPng(blob) {
  if (blob.type === "image/png") return blob;
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
