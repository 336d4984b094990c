/**
 * The kinds of windows that the page is laid out for, beside wide ones. The style sheets have the
 * same conditions.
 */

/** Large enough for a strip below the panes. */
export const roomy = matchMedia("(min-width: 68.75em) and (min-height: 43.75em)");
/** Tablets: materials in a row above the panes. */
export const medium = matchMedia("(max-width: 68.6875em)");
/** Too narrow for all buttons in the bar. */
export const small = matchMedia("(max-width: 53.6875em)");
/** Phones held upright: one pane at a time. */
export const narrow = matchMedia(
  "(max-width: 34.9375em), (max-width: 43.6875em) and (min-height: 32.5625em)",
);
/** Phones on their side. */
export const low = matchMedia("(max-height: 32.5em) and (min-width: 35em)");

/**
 * Put an element before one of two others, whichever the window asks for.
 *
 * @param {MediaQueryList} window @param {Element} element
 * @param {Element} there where the window is of that kind
 * @param {Element} home otherwise
 */
export function placeBefore(window, element, there, home) {
  const move = () => (window.matches ? there : home).before(element);
  window.addEventListener("change", move);
  move();
}
