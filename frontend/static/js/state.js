/**
 * What the page knows, in one store. Settings outlive the visit; the rest does not.
 *
 * @typedef {import("./engine/raster.js").BrushShape} BrushShape
 * @typedef {import("./files/browserStorage.js").SmallStorage} SmallStorage
 * @typedef {import("./service/api.js").Model} Model
 * @typedef {import("./service/api.js").Job} Job
 * @typedef {import("./service/photo.js").Phase} Phase
 * @typedef {import("./service/photo.js").Photo} Photo
 * @typedef {"brush" | "eraser" | "fill" | "replace" | "pick" | "line" | "rectangle" | "ellipse"
 *   | "polygon" | "lasso" | "stamp" | "select" | "hand"} ToolName
 * @typedef {"side" | "overlay" | "slider"} View
 * @typedef {"png" | "jpeg" | "webp"} Format
 *
 * @typedef {object} Settings
 * @property {ToolName} tool
 * @property {BrushShape} shape
 * @property {Record<"brush" | "eraser" | "line" | "stamp", number>} sizes in pixels across
 * @property {string} stamp
 * @property {number} label
 * @property {number} otherLabel the one before, for swapping
 * @property {number} baseLabel what the eraser leaves
 * @property {string} theme
 * @property {boolean} patterns
 * @property {boolean} live
 * @property {number} seed
 * @property {boolean} seedLocked
 * @property {string | null} style
 * @property {string | null} look id of the one that is held; null: the service chooses
 * @property {boolean} naturalBorders whether outlines are made uneven before painting
 * @property {string} model
 * @property {Format} format
 * @property {View} view
 * @property {number} opacity of the overlay, 0 to 1
 * @property {number} split place of the slider, 0 to 1
 * @property {boolean} shortcuts
 * @property {string} language "" follows the browser
 * @property {"auto" | "dark" | "light"} scheme
 * @property {boolean} smoothing
 * @property {boolean} pressure
 * @property {boolean} filmstrip
 * @property {boolean} hints
 * @property {boolean} layers whether their panel is open
 * @property {string[]} favourites names of the materials that are shown first
 *
 * @typedef {object} Moment what holds only for now
 * @property {Model[]} models
 * @property {boolean} ready whether the sheet may be painted on: it is laid, and the visitor's own
 * @property {boolean} online whether the service answers
 * @property {boolean} network whether the browser is on a network at all, as far as it knows
 * @property {boolean} mirror whether both sides of the sheet are painted alike
 * @property {boolean} penSeen fingers only move the sheet once a pen was used
 * @property {Phase} phase
 * @property {Photo | null} photo
 * @property {File | null} stylePhoto
 * @property {Job[]} history newest first, as far as it was read
 * @property {string | null} historyNext address of the page after it
 * @property {boolean} kept whether this browser keeps the drawing
 * @property {"doodle" | "photo"} pane shown where only one fits
 * @property {number | null} hovered label under the cursor
 * @property {number} edits counts changes of the doodle
 * @property {number} layer id of the one that is painted on
 * @property {string} sheet size of the doodle, as HEIGHTxWIDTH
 * @property {number} zoom pixels of the screen for each of the doodle
 * @property {boolean} renewed whether a newer version of the page is ready
 * @property {string | null} visiting token of the shared page, if this is one
 *
 * @typedef {Settings & Moment} State
 */

/** @type {Settings} */
export const DEFAULTS = {
  tool: "brush",
  shape: "round",
  sizes: { brush: 24, eraser: 32, line: 8, stamp: 96 },
  stamp: "mountain",
  label: 0,
  otherLabel: 0,
  baseLabel: 0,
  theme: "natural",
  patterns: false,
  live: true,
  seed: 5, // its look suits all starter scenes
  seedLocked: false,
  style: null,
  look: null,
  naturalBorders: true,
  model: "",
  format: "png",
  view: "side",
  opacity: 0.5,
  split: 0.5,
  shortcuts: true,
  language: "",
  scheme: "auto",
  smoothing: true,
  pressure: true,
  filmstrip: true,
  hints: true,
  layers: false,
  favourites: [],
};

/** @type {Moment} */
const NOW = {
  models: [],
  ready: false,
  online: true,
  network: globalThis.navigator?.onLine ?? true,
  mirror: false,
  penSeen: false,
  phase: { kind: "idle" },
  photo: null,
  stylePhoto: null,
  history: [],
  historyNext: null,
  kept: true,
  pane: "doodle",
  hovered: null,
  edits: 0,
  layer: 0,
  sheet: "",
  zoom: 1,
  renewed: false,
  visiting: null,
};

const KEY = "doodlescape.settings";

export class Store {
  /** @type {Set<(changed: Set<string>) => void>} */ #listeners = new Set();
  /** @type {Set<string>} */ #changed = new Set();

  /** @param {SmallStorage} storage */
  constructor(storage) {
    this.storage = storage;
    /** @type {Readonly<State>} */
    this.now = { ...NOW, ...DEFAULTS, ...readSettings(storage) };
  }

  /** Change some values; listeners hear of it once, before the next frame. @param {Partial<State>} patch */
  set(patch) {
    const before = this.now;
    this.now = { ...before, ...patch };
    const names = /** @type {(keyof State)[]} */ (Object.keys(patch));
    const changed = names.filter((name) => before[name] !== this.now[name]);
    if (changed.length === 0) return;
    if (this.#changed.size === 0) queueMicrotask(() => this.#tell());
    for (const name of changed) this.#changed.add(name);
  }

  /**
   * Call back now and whenever one of the named values has changed.
   *
   * @param {(keyof State)[]} names @param {(state: Readonly<State>) => void} listener
   */
  watch(names, listener) {
    this.#listeners.add((changed) => {
      if (names.some((name) => changed.has(name))) listener(this.now);
    });
    listener(this.now);
  }

  #tell() {
    const changed = this.#changed;
    this.#changed = new Set();
    if ([...changed].some((name) => name in DEFAULTS)) this.#save();
    for (const listener of this.#listeners) listener(changed);
  }

  #save() {
    const names = /** @type {(keyof Settings)[]} */ (Object.keys(DEFAULTS));
    const settings = Object.fromEntries(names.map((name) => [name, this.now[name]]));
    this.storage.setItem(KEY, JSON.stringify(settings));
  }
}

/** @param {SmallStorage} storage @returns {Partial<Settings>} */
function readSettings(storage) {
  try {
    const saved = JSON.parse(storage.getItem(KEY) ?? "{}");
    const known = Object.entries(saved).filter(
      ([name, value]) =>
        name in DEFAULTS &&
        (DEFAULTS[/** @type {keyof Settings} */ (name)] === null ||
          typeof value === typeof DEFAULTS[/** @type {keyof Settings} */ (name)]),
    );
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}
