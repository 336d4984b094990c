/**
 * Pictures that the shipped models painted when the page was made: one crop for each material and
 * the photos of the starter scenes. `index.json` says which there are, so nothing is asked for in
 * vain.
 *
 * @typedef {{ materials: { file: string, ids: number[] }, scenes: Record<string, string> }} Entry
 */

/** @type {Promise<Record<string, Entry>> | null} */
let loading = null;

/** @returns {Promise<Record<string, Entry>>} by model name */
export function gallery() {
  loading ??= fetch("/static/gallery/index.json")
    .then((response) => response.json())
    .catch(() => ({}))
    .then((index) => (gallery.now = index));
  return loading;
}

/** What has arrived. @type {Record<string, Entry> | null} */
gallery.now = null;
