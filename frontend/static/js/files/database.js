/**
 * The drawings kept in this browser (IndexedDB), each with its photo and its steps of undo. All
 * three lie in stores of their own, so that a stroke writes neither the photo nor the other steps
 * again.
 *
 * @typedef {import("./undoSteps.js").KeptStep} KeptStep
 *
 * @typedef {object} Drawing
 * @property {string} id
 * @property {number} changed milliseconds since the epoch
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} labels seen from above
 * @property {import("./packing.js").KeptStack} [stack] its layers, if there are several
 * @property {import("./undoSteps.js").StepKeys} [steps] what can be undone and done again
 * @property {string} model it was last painted with
 *
 * @typedef {object} KeptPhoto
 * @property {string | null} job
 * @property {number} picked
 * @property {{ blob: Blob, seed: number, look?: string | null, exact?: string }[]} pictures
 * @property {string} [key] of the order that it answers
 * @property {boolean} [soft] whether a sharper one could follow
 *
 * @typedef {Drawing & { photo: KeptPhoto | null, kept: KeptStep[] }} Kept
 * @typedef {Record<"drawings" | "photos" | "steps", IDBObjectStore>} Stores
 */

const DATABASE = "doodlescape";
const VERSION = 3;
/** Some browsers answer never, where others say that they keep nothing. */
const PATIENCE_MS = 4000;
/** Version 1 kept one doodle under one key. */
const FIRST = { store: "doodles", key: "current" };

export class DrawingDatabase {
  /** Kept open: a page that is being closed has no time left to open it. @type {IDBDatabase | null} */
  #database = null;

  /**
   * @param {Drawing} drawing
   * @param {KeptPhoto | null} [photo] undefined leaves the one there is
   * @param {import("./undoSteps.js").StepChanges} [changes] none leaves the steps there are
   */
  async save(drawing, photo, changes) {
    const { id } = drawing;
    await this.#within("readwrite", ({ drawings, photos, steps }) => {
      if (photo !== undefined) photos.put({ id, photo });
      if (changes?.all) steps.delete(stepsOf(id));
      for (const key of changes?.drop ?? []) steps.delete([id, key]);
      for (const step of changes?.put ?? []) steps.put({ ...step, drawing: id });
      return [drawings.put(drawing)];
    });
  }

  /** @param {string} id @returns {Promise<Kept | null>} */
  async load(id) {
    const [drawing, photo, kept] = await this.#read(({ drawings, photos, steps }) => [
      drawings.get(id),
      photos.get(id),
      steps.getAll(stepsOf(id)),
    ]);
    return drawing ? { ...drawing, photo: photo?.photo ?? null, kept } : null;
  }

  /** @returns {Promise<Drawing[]>} newest first */
  async list() {
    const [all] = await this.#read(({ drawings }) => [drawings.getAll()]);
    return /** @type {Drawing[]} */ (all).sort((a, b) => b.changed - a.changed);
  }

  /** @param {string} id */
  async remove(id) {
    await this.#within("readwrite", ({ drawings, photos, steps }) => [
      photos.delete(id),
      steps.delete(stepsOf(id)),
      drawings.delete(id),
    ]);
  }

  /** Read, or fail where that takes too long. @param {(stores: Stores) => IDBRequest<any>[]} act */
  #read(act) {
    return new Promise((resolve, reject) => {
      setTimeout(reject, PATIENCE_MS, new Error("the browser's database does not answer"));
      this.#within("readonly", act).then(resolve, reject);
    });
  }

  /**
   * Do something in one transaction. With the database open, the request goes out before this
   * returns.
   *
   * @param {IDBTransactionMode} mode
   * @param {(stores: Stores) => IDBRequest<any>[]} act
   * @returns {Promise<any[]>} the requests' results, once the transaction is complete
   */
  async #within(mode, act) {
    const database = this.#database ?? (await this.#open());
    const names = /** @type {const} */ (["drawings", "photos", "steps"]);
    const transaction = database.transaction(names, mode);
    const stores = names.map((name) => [name, transaction.objectStore(name)]);
    const requests = act(/** @type {Stores} */ (Object.fromEntries(stores)));
    if (mode === "readwrite") transaction.commit?.();
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(requests.map(({ result }) => result));
      transaction.onabort = () => reject(transaction.error);
    });
  }

  async #open() {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => upgrade(request, oldVersion);
    const database = await settled(request);
    const forget = () => {
      database.close();
      this.#database = null;
    };
    // A newer version of the page wants in, or the visitor cleared the site's data.
    database.onversionchange = database.onclose = forget;
    this.#database = database;
    return database;
  }
}

/** All keys of a drawing's steps. @param {string} id */
const stepsOf = (id) => IDBKeyRange.bound([id], [id, []]);

/** @param {IDBOpenDBRequest} request @param {number} oldVersion */
function upgrade({ result: database, transaction }, oldVersion) {
  if (oldVersion < 3) database.createObjectStore("steps", { keyPath: ["drawing", "key"] });
  if (oldVersion > 1) return;
  const drawings = database.createObjectStore("drawings", { keyPath: "id" });
  const photos = database.createObjectStore("photos", { keyPath: "id" });
  if (oldVersion !== 1 || !transaction) return;
  const read = transaction.objectStore(FIRST.store).get(FIRST.key);
  read.onsuccess = () => {
    const { photo, height, width, labels } = read.result ?? {};
    const id = FIRST.key;
    if (labels) drawings.put({ id, changed: Date.now(), height, width, labels, model: "" });
    if (photo) photos.put({ id, photo });
    database.deleteObjectStore(FIRST.store);
  };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
