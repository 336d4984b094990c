/** Words for those who listen to the page: polite ones at least two seconds apart, troubles at once. */
import { byId } from "../../dom.js";

const GAP_MS = 2000;

export class Announcer {
  #status = byId("status-live");
  #alert = byId("alert-live");
  #next = "";
  #last = -GAP_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /** Say something when there is time; the newest words win. @param {string} text */
  say(text) {
    this.#next = text;
    clearTimeout(this.#timer);
    const wait = Math.max(0, this.#last + GAP_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#last = performance.now();
      this.#status.textContent = this.#next;
    }, wait);
  }

  /** @param {string} text */
  alarm(text) {
    this.#alert.textContent = text;
  }
}
