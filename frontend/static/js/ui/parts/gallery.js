/**
 * Pictures that the shipped models painted when the page was made: one crop for each material and
 * each style, and the photos of the starter scenes. `index.json` says which there are, so nothing
 * is asked for in vain.
 *
 * @typedef {{ file: string, ids: (number | string | null)[] }} Sprite crops, one below the other
 * @typedef {{ materials: Sprite, styles?: Sprite, scenes: Record<string, string> }} Entry
 */
import { FILES, h } from "../../dom.js";

/** @type {Promise<Record<string, Entry>> | null} */
let loading = null;

/** @returns {Promise<Record<string, Entry>>} by model name */
export function gallery() {
  loading ??= fetch(`${FILES}gallery/index.json`)
    .then((response) => response.json())
    .catch(() => ({}))
    .then((index) => (gallery.now = index));
  return loading;
}

/** What has arrived. @type {Record<string, Entry> | null} */
gallery.now = null;

/** Show one crop of a sprite. @param {Sprite | undefined} sprite @param {number | string | null} id */
export function cropOf(sprite, id) {
  const at = sprite?.ids.indexOf(id) ?? -1;
  if (!sprite || at < 0) return null;
  const crop = h("span", { class: "crop" });
  crop.style.backgroundImage = `url(${FILES}gallery/${sprite.file})`;
  crop.style.backgroundSize = `100% ${sprite.ids.length * 100}%`;
  crop.style.backgroundPosition = `0 ${(100 * at) / Math.max(1, sprite.ids.length - 1)}%`;
  return crop;
}
