/** What is shown in the place of a part of the page that cannot be fetched: no network, or another version by now. */
import { FILES, h } from "../../dom.js";
import { t } from "../../strings/index.js";
import { button } from "./controls.js";

/** Say that a part is missing, why, and offer to open the page anew: the drawing is kept. @param {string} [words] for a server that is out of reach @returns {HTMLElement} */
export function missing(words = t.app.notLoaded) {
  const why = h("p", { class: "trouble", role: "alert" }, words);
  const again = button(t.app.openAnew, () => location.reload(), { class: "primary" });
  void isRenewed().then((renewed) => {
    if (renewed) why.textContent = t.app.renewed;
  });
  return h("div", { class: "missing" }, why, h("div", { class: "row" }, again));
}

/** Whether the server has another version of the page than the one that is open. */
async function isRenewed() {
  try {
    const page = await fetch("/", { cache: "no-store" });
    return page.ok && !(await page.text()).includes(new URL(FILES).pathname);
  } catch {
    return false; // no network
  }
}
