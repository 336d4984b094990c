/** The page's language. */
import { en } from "./en.js";

/** @typedef {typeof en} Strings */

/** What each language calls itself. @type {Record<string, string>} */
export const LANGUAGES = { en: en.language, de: "Deutsch" };

/** Those that are read only when they are wanted. @type {Record<string, () => Promise<Strings>>} */
const ELSEWHERE = { de: async () => (await import("./de.js")).de };

/** What has been read. @type {Record<string, Strings>} */
const words = { en };

/** Right-to-left languages, so that adding one needs no change elsewhere. */
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/** The words in use. A binding that `useLanguage` changes. @type {Strings} */
export let t = en;

/** @param {string} wished "" follows the browser @returns {string} code of a language that there is */
function codeOf(wished) {
  const wishes = wished ? [wished] : navigator.languages;
  return wishes.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES) ?? "en";
}

/** Read the words of a language, so that it can be used; where they are out of reach, it is English. @param {string} wished "" follows the browser */
export async function readLanguage(wished) {
  const code = codeOf(wished);
  if (code in words) return;
  const read = await ELSEWHERE[code]().catch(() => null);
  if (read) words[code] = read;
}

/**
 * Set the language of all that is drawn from now on, and of what index.html holds.
 *
 * @param {string} wished one that was read; "" follows the browser
 */
export function useLanguage(wished) {
  const code = [codeOf(wished), "en"].find((one) => one in words) ?? "en";
  t = words[code];
  document.documentElement.lang = code;
  document.documentElement.dir = RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr";
  translate(document.body);
}

/**
 * Fill in the words of elements that name them: `data-t` for text, `data-t-label` for aria-label
 * and tooltip, `data-t-placeholder` for placeholders.
 *
 * @param {ParentNode} root
 */
function translate(root) {
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = word(/** @type {HTMLElement} */ (element).dataset.t ?? "");
  }
  for (const element of root.querySelectorAll("[data-t-label]")) {
    const text = word(/** @type {HTMLElement} */ (element).dataset.tLabel ?? "");
    element.setAttribute("aria-label", text);
    if (element instanceof HTMLButtonElement) element.title = text;
  }
  for (const element of root.querySelectorAll("input[data-t-placeholder]")) {
    const input = /** @type {HTMLInputElement} */ (element);
    input.placeholder = word(input.dataset.tPlaceholder ?? "");
  }
}

/** @param {string} path like "tools.brush" @returns {string} */
function word(path) {
  const found = path.split(".").reduce((/** @type {any} */ words, name) => words?.[name], t);
  if (typeof found !== "string") throw new Error(`no words for "${path}"`);
  return found;
}

/** A label's name for people. @param {{ name: string } | undefined} label */
export function labelName(label) {
  if (!label) return "?";
  return t.labels[label.name] ?? label.name;
}

/** A style's name for people. @param {{ name: string, title: string }} style */
export const styleName = ({ name, title }) => t.presets[name] ?? title;

/** @param {number | string} time milliseconds since the epoch, or ISO 8601 @param {"short" | "medium"} [precise] medium tells the seconds */
export const timeInWords = (time, precise = "short") =>
  new Date(time).toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: precise,
  });
