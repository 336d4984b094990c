/**
 * The drawings kept in this browser (IndexedDB), each with its photo. Doodles and photos lie in
 * stores of their own, so that a stroke does not write the photo's bytes again.
 *
 * @typedef {object} Drawing
 * @property {string} id
 * @property {number} changed milliseconds since the epoch
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} labels
 * @property {string} model it was last painted with
 *
 * @typedef {object} KeptPhoto
 * @property {string | null} job
 * @property {number} picked
 * @property {{ blob: Blob, seed: number }[]} pictures
 * @property {string} [key] of the order that it answers
 *
 * @typedef {Drawing & { photo: KeptPhoto | null }} Kept
 */

const DATABASE = "doodlescape";
const VERSION = 2;
const DRAWINGS = "drawings";
const PHOTOS = "photos";
/** Version 1 kept one doodle under one key. */
const FIRST = { store: "doodles", key: "current" };

export class Drawings {
  /** Kept open: a page that is being closed has no time left to open it. @type {IDBDatabase | null} */
  #database = null;

  /** @param {Drawing} drawing @param {KeptPhoto | null} [photo] undefined leaves the one there is */
  async save(drawing, photo) {
    await this.#within("readwrite", (drawings, photos) => {
      if (photo !== undefined) photos.put({ id: drawing.id, photo });
      return drawings.put(drawing);
    });
  }

  /** @param {string} id @returns {Promise<Kept | null>} */
  async load(id) {
    const [drawing, photo] = await Promise.all([
      this.#within("readonly", (drawings) => drawings.get(id)),
      this.#within("readonly", (_, photos) => photos.get(id)),
    ]);
    return drawing ? { ...drawing, photo: photo?.photo ?? null } : null;
  }

  /** @returns {Promise<Drawing[]>} newest first */
  async list() {
    /** @type {Drawing[]} */
    const all = await this.#within("readonly", (drawings) => drawings.getAll());
    return all.sort((a, b) => b.changed - a.changed);
  }

  /** @param {string} id */
  async remove(id) {
    await this.#within("readwrite", (drawings, photos) => {
      photos.delete(id);
      return drawings.delete(id);
    });
  }

  /**
   * Do something in one transaction. With the database open, the request goes out before this
   * returns.
   *
   * @param {IDBTransactionMode} mode
   * @param {(drawings: IDBObjectStore, photos: IDBObjectStore) => IDBRequest<any>} act
   * @returns {Promise<any>} the request's result, once the transaction is complete
   */
  async #within(mode, act) {
    const database = this.#database ?? (await this.#open());
    const transaction = database.transaction([DRAWINGS, PHOTOS], mode);
    const request = act(transaction.objectStore(DRAWINGS), transaction.objectStore(PHOTOS));
    if (mode === "readwrite") transaction.commit?.();
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
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

/** @param {IDBOpenDBRequest} request @param {number} oldVersion */
function upgrade({ result: database, transaction }, oldVersion) {
  const drawings = database.createObjectStore(DRAWINGS, { keyPath: "id" });
  const photos = database.createObjectStore(PHOTOS, { keyPath: "id" });
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
