/** Making and finding elements. */

/**
 * @typedef {Node | string | null | false | undefined} Child
 * @typedef {Record<string, unknown>} Props names that start with "on" add listeners; `class`,
 *   `data-*`, `aria-*` and other attributes are set as such; true sets an empty attribute, false,
 *   null and undefined leave it out
 */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Props} [props] @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...keep(children));
  return element;
}

/** @param {Child[]} children @returns {(Node | string)[]} */
const keep = (children) =>
  /** @type {(Node | string)[]} */ (children.filter((child) => child || child === ""));

/** Replace an element's content. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(...keep(children));
}

/** Where the page's own files lie: below the address of its version. */
export const FILES = new URL("..", import.meta.url).href;
const SVG = "http://www.w3.org/2000/svg";

/** Show an icon of the sprite. @param {string} name @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use(name));
  return svg;
}

/** @param {string} name */
function use(name) {
  const element = document.createElementNS(SVG, "use");
  element.setAttribute("href", `${FILES}icons.svg#${name}`);
  return element;
}

/**
 * Find an element that index.html promises.
 *
 * @template {keyof HTMLElementTagNameMap} [T="div"]
 * @param {string} id @param {T} [_tag] its tag, for the type
 * @returns {HTMLElementTagNameMap[T]}
 */
export function byId(id, _tag) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return /** @type {HTMLElementTagNameMap[T]} */ (element);
}

/**
 * Let the arrow keys move between the buttons of a group, which takes one tab stop.
 *
 * @param {HTMLElement} group
 * @param {string} selector of its buttons
 * @param {(button: HTMLElement) => void} [onMove]
 */
export function roving(group, selector, onMove) {
  const buttons = () =>
    /** @type {HTMLElement[]} */ ([...group.querySelectorAll(selector)]).filter(
      (button) => button.offsetParent !== null,
    );
  group.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = { Home: 0, End: all.length - 1 }[event.key] ?? at + arrow(event.key, group);
    if (at < 0 || next === at || !all.length) return;
    event.preventDefault();
    event.stopPropagation();
    const button = all[(next + all.length) % all.length];
    markStop(all, button);
    button.focus();
    onMove?.(button);
  });
  group.addEventListener("focusin", (event) => {
    const button = /** @type {HTMLElement} */ (event.target);
    if (buttons().includes(button)) markStop(buttons(), button);
  });
}

/** @param {string} key @param {HTMLElement} group */
function arrow(key, group) {
  const forward = getComputedStyle(group).direction === "rtl" ? -1 : 1;
  if (key === "ArrowRight") return forward;
  if (key === "ArrowLeft") return -forward;
  return { ArrowDown: 1, ArrowUp: -1 }[key] ?? 0;
}

/** Make one button of a group its tab stop. @param {Iterable<Element>} all @param {Element} stop */
export function markStop(all, stop) {
  for (const button of all) button.setAttribute("tabindex", button === stop ? "0" : "-1");
}

/** Save a file to the visitor's disk. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
