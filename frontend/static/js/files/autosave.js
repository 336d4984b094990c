/**
 * The doodle and its photo, kept in this browser (IndexedDB) between visits.
 *
 * @typedef {object} Saved
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} labels
 * @property {string} labelSet
 * @property {{ job: string | null, pictures: { blob: Blob, seed: number }[], picked: number } | null} photo
 */

const DATABASE = "doodlescape";
const STORE = "doodles";
const CURRENT = "current";

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {Saved} saved */
export async function save(saved) {
  const database = await open();
  try {
    await settled(database.transaction(STORE, "readwrite").objectStore(STORE).put(saved, CURRENT));
  } finally {
    database.close();
  }
}

/** @returns {Promise<Saved | null>} null when nothing was kept, or the browser keeps nothing */
export async function load() {
  try {
    const database = await open();
    const saved = await settled(database.transaction(STORE).objectStore(STORE).get(CURRENT));
    database.close();
    return saved ?? null;
  } catch {
    return null;
  }
}
