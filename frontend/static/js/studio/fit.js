/**
 * Which model paints, and a doodle of a size and with labels that it can paint.
 *
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {import("../service/api.js").Model} Model
 * @typedef {import("../service/sizes.js").Size} Size
 * @typedef {{ editor: import("../tools/editor.js").Editor, branch: () => void }} Parts
 *   `branch` begins a new drawing, so that the one before stays as it is
 */
import { byId } from "../dom.js";
import { Doodle } from "../engine/doodle.js";
import { SEE_THROUGH } from "../engine/layers.js";
import { coverLayers } from "../engine/resize.js";
import { nameOf, ownSize, paints } from "../service/sizes.js";

/** The chosen model; the server's default when the choice is gone. @param {Readonly<import("../state.js").State>} state @returns {Model} */
export const chosen = ({ models, model }) => models.find(({ name }) => name === model) ?? models[0];

export class Fit {
  #parts;
  /** Which model a doodle was made for, so that undo can go back to both. @type {WeakMap<Doodle, string>} */
  #modelOf = new WeakMap();
  /** What a doodle was cut from, so that trying sizes one after the other cuts but once. @type {WeakMap<Doodle, Doodle>} */
  #cutFrom = new WeakMap();
  /** Those of them that stay among the recent drawings. @type {WeakSet<Doodle>} */
  #putAside = new WeakSet();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { editor } = parts;
    editor.addEventListener("replaced", () => {
      const { doodle, store } = editor;
      store.set({ sheet: nameOf(doodle) });
      const model = this.#modelOf.get(doodle);
      if (model && model !== store.now.model) this.useModel(model);
    });
  }

  get #model() {
    return chosen(this.#parts.editor.store.now);
  }

  /** Paint with a model from now on, on a doodle that fits it. @param {string} name */
  chooseModel(name) {
    const { doodle } = this.#parts.editor;
    const ordinary = !this.#model || nameOf(doodle) === nameOf(ownSize(this.#model));
    this.useModel(name);
    const size = ordinary ? ownSize(this.#model) : this.sizeFor(doodle, ownSize(this.#model));
    if (nameOf(size) !== nameOf(doodle)) return this.#exchange(doodle, size);
    if (this.#adoptAll(coverLayers(doodle, size.height, size.width))) this.load("open", doodle);
    else this.#modelOf.set(doodle, name);
  }

  /** Switch to a model and keep what was chosen as far as it knows it. @param {string} name */
  useModel(name) {
    const { store } = this.#parts.editor;
    const isOther = this.#model && this.#model.name !== name;
    store.set({ model: name, ...(isOther && { look: null }) });
    const { styles, label_set } = this.#model;
    const { labels } = label_set;
    const known = (/** @type {number} */ id) => labels.some((label) => label.id === id);
    const base = labels.find((label) => label.name === "sky-other") ?? labels[0];
    const { label, otherLabel, baseLabel, style } = store.now;
    store.set({
      baseLabel: known(baseLabel) ? baseLabel : base.id,
      label: known(label) ? label : (labels.find(({ name: n }) => n === "grass") ?? base).id,
      otherLabel: known(otherLabel) ? otherLabel : base.id,
      style: styles.some((one) => one.name === style) ? style : null,
    });
  }

  /** The size that a map is painted at: its own, if the model can. @param {Size} map @param {Size} [otherwise] the doodle's if left out @returns {Size} */
  sizeFor({ height, width }, otherwise = this.#parts.editor.doodle) {
    return paints(this.#model, { height, width }) ? { height, width } : otherwise;
  }

  /** Paint at another size from now on. @param {Size} size */
  chooseSize(size) {
    const { editor, branch } = this.#parts;
    const { doodle } = editor;
    if (nameOf(size) === nameOf(doodle)) return;
    const whole = doodle.undoable ? doodle : (this.#cutFrom.get(doodle) ?? doodle);
    const cut = doodle.width * size.height !== doodle.height * size.width;
    const less = cut || size.width < doodle.width;
    if (less && (whole === doodle || !this.#putAside.has(whole))) {
      branch();
      this.#putAside.add(whole);
    }
    const fitting = this.#fitting(whole, size);
    this.#cutFrom.set(fitting, whole);
    editor.touch = false;
    editor.exchange(fitting);
  }

  /** Lay a map in the editor at a size that is not the doodle's, as one step of undo. @param {LabelMap} map @param {Size} size @param {string} [name] of the step */
  #exchange(map, size, name) {
    this.#parts.branch();
    this.#parts.editor.exchange(this.#fitting(map, size), name);
  }

  /**
   * Lay a map in the editor: another drawing, or the page has just opened.
   *
   * @param {LabelMap} map
   * @param {(doodle: Doodle) => void} [recall] gives it back its steps of undo; called if it is what the map says
   */
  start(map, recall) {
    const doodle = this.#fitting(map, this.sizeFor(map, ownSize(this.#model)));
    const same =
      nameOf(doodle) === nameOf(map) && doodle.labels.every((id, i) => id === map.labels[i]);
    if (same) recall?.(doodle);
    this.#parts.editor.replace(doodle);
    byId("panes").classList.remove("waiting");
  }

  /** Lay a map over the doodle, as one step of undo. @param {string} name of the step @param {LabelMap} map */
  load(name, map) {
    const { editor, branch } = this.#parts;
    const size = this.sizeFor(map);
    editor.touch = false;
    // Another scene may call for another look; what is opened brings its own.
    if (name !== "open") editor.store.set({ look: null });
    if (nameOf(size) !== nameOf(editor.doodle)) return this.#exchange(map, size, name);
    const layers = coverLayers(map, size.height, size.width);
    this.#adoptAll(layers);
    branch();
    editor.load(layers, map.chosen ?? 0, name);
  }

  /** @param {LabelMap} map @param {Size} size */
  #fitting(map, { height, width }) {
    const layers = coverLayers(map, height, width);
    if (this.#adoptAll(layers)) this.#parts.branch();
    const doodle = new Doodle(height, width, layers);
    doodle.choose(map.chosen ?? 0);
    this.#modelOf.set(doodle, this.#model.name);
    return doodle;
  }

  /** @param {import("../engine/layers.js").Layer[]} layers changed in place @returns {number} how many pixels */
  #adoptAll([base, ...others]) {
    const clear = (/** @type {number} */ id) => id === SEE_THROUGH;
    return others.reduce(
      (sum, one) => sum + this.adopt(one.labels, clear),
      this.adopt(base.labels),
    );
  }

  /** Replace labels that the model lacks. @param {Uint8Array} labels changed in place @param {(id: number) => boolean} [fits] which may stay besides @returns {number} how many pixels */
  adopt(labels, fits = () => false) {
    const { unlabelled_id: unlabelled, labels: all } = this.#model.label_set;
    const known = new Set(all.map(({ id }) => id));
    let strangers = 0;
    labels.forEach((id, i) => {
      if (known.has(id) || fits(id)) return;
      labels[i] = unlabelled ?? this.#parts.editor.store.now.baseLabel;
      strangers++;
    });
    return strangers;
  }
}
