/** This browser's earlier pictures, newest first; one click brings doodle and photo back. */
import { byId, h } from "../../dom.js";
import { readHistory, refreshHistory, reopen } from "../../studio/jobHistory.js";
import { t, timeInWords } from "../../strings/index.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../service/api.js").Job} Job */

/** How near the end, in CSS pixels, older pictures are asked for. */
const NEAR_END = 240;
/** A page may hold nothing but cancelled jobs: so many pictures are looked for at least. */
const ENOUGH = 12;

/** @param {Studio} studio */
export function filmstrip(studio) {
  const { store } = studio;
  folding(studio);
  const strip = byId("film-strip", "ul");
  const older = paging(studio, strip);
  /** Frames that stay keep their element, and with it focus and picture. @type {Map<string, HTMLElement>} */
  const frames = new Map();
  let language = "";
  store.watch(
    ["history", "historyNext", "photo", "language"],
    ({ history, historyNext, photo }) => {
      if (language !== document.documentElement.lang) frames.clear();
      language = document.documentElement.lang;
      const done = history.filter(
        ({ status, images }) => status === "succeeded" && images.length > 0,
      );
      const items = done.map((job) => {
        const item = frames.get(job.id) ?? frame(studio, job);
        frames.set(job.id, item);
        if (job.id === photo?.job) item.firstElementChild?.setAttribute("aria-current", "true");
        else item.firstElementChild?.removeAttribute("aria-current");
        return item;
      });
      if (items.length === 0) items.push(h("li", { class: "nothing" }, t.history.empty));
      if (historyNext) items.push(older.item);
      lay(strip, items);
      if (historyNext && done.length < ENOUGH) setTimeout(older.read);
    },
  );
  store.watch(["phase"], ({ phase }) => {
    if (phase.kind === "done") void refreshHistory(studio);
  });
}

/** Make the items the list's children, moving only what is out of place. @param {HTMLElement} list @param {HTMLElement[]} items */
function lay(list, items) {
  items.forEach((item, i) => {
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
  });
  while (list.children.length > items.length) list.lastElementChild?.remove();
}

/** @param {Studio} studio */
function folding({ store }) {
  const toggle = byId("film-toggle", "button");
  toggle.addEventListener("click", () => store.set({ filmstrip: !store.now.filmstrip }));
  store.watch(["filmstrip", "language"], ({ filmstrip: open }) => {
    byId("film").classList.toggle("folded", !open);
    toggle.setAttribute("aria-expanded", String(open));
    const words = open ? t.history.fold : t.history.unfold;
    toggle.setAttribute("aria-label", words);
    toggle.title = words;
  });
}

/** The strip's end, where older pictures come in: by scrolling there, or by its button. @param {Studio} studio @param {HTMLElement} strip */
function paging(studio, strip) {
  const button = h("button", { type: "button", class: "older", id: "older" });
  const item = h("li", {}, button);
  /** @type {Promise<void> | null} */ let reading = null;
  const read = () => {
    reading ??= readHistory(studio)
      .catch(() => studio.say(t.history.failed))
      .finally(() => {
        reading = null;
        button.setAttribute("aria-disabled", "false");
        button.textContent = t.history.more;
      });
    button.setAttribute("aria-disabled", "true");
    button.textContent = t.history.reading;
    return reading;
  };
  button.addEventListener("click", () => void read());
  strip.addEventListener("scroll", () => {
    const left = strip.scrollWidth - strip.clientWidth - Math.abs(strip.scrollLeft);
    if (left < NEAR_END && item.isConnected) void read();
  });
  studio.store.watch(["language"], () => (button.textContent = t.history.more));
  return { item, read };
}

/** @param {Studio} studio @param {Job} job */
function frame(studio, job) {
  const words = t.history.open(timeInWords(job.created_at));
  const open = async () => {
    try {
      await reopen(studio, job);
    } catch {
      studio.say(t.history.gone);
      void refreshHistory(studio);
    }
  };
  const button = h(
    "button",
    { type: "button", "aria-label": words, title: words, onclick: () => void open() },
    h("img", { src: job.images[0].url, alt: "", loading: "lazy", decoding: "async" }),
  );
  return h("li", {}, button);
}
