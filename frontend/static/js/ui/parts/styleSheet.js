/** Style sheets of what few visits need. */
import { FILES, h } from "../../dom.js";

/** Read a style sheet; without it things look plain, and work. @param {string} name below the page's files @returns {Promise<void>} */
export function styleSheet(name) {
  return new Promise((resolve) => {
    const done = () => resolve();
    document.head.append(
      h("link", { rel: "stylesheet", href: FILES + name, onload: done, onerror: done }),
    );
  });
}
