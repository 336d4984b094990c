/** While the dialog is open the focus is in it, whatever of its content is drawn anew or goes. */
const FOCUSABLE = "button, select, input:not([tabindex='-1']), a[href], [tabindex='0']";

/** @param {HTMLDialogElement} dialog */
export function keepFocus(dialog) {
  // A press on its words leaves the focus with the dialog.
  dialog.tabIndex = -1;
  let place = 0;
  const all = () => /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll(FOCUSABLE)]);
  dialog.addEventListener("focusin", ({ target }) => {
    place = all().indexOf(/** @type {HTMLElement} */ (target));
  });
  new MutationObserver(() => {
    if (!dialog.open || dialog.contains(document.activeElement)) return;
    const main = dialog.querySelector(/** @type {"button"} */ (".actions .primary"));
    const near = all()[Math.min(Math.max(0, place), all().length - 1)];
    (main ?? near ?? dialog).focus({ preventScroll: true });
  }).observe(dialog, { childList: true, subtree: true });
}
