/** This browser's earlier pictures, newest first; one click brings doodle and photo back. */
import { byId, h } from "../../dom.js";
import { readHistory, refreshHistory, reopen } from "../../studio/jobHistory.js";
import { iconButton } from "../parts/controls.js";
import { openFrameMenu } from "./frameMenu.js";
import { low, placeBefore } from "../parts/windows.js";
import { FITTING } from "../../service/request.js";
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
  const draw = () => {
    const { history, historyNext, photo } = store.now;
    if (language !== document.documentElement.lang) frames.clear();
    language = document.documentElement.lang;
    const painted = history.filter(
      ({ status, images, look }) => status === "succeeded" && images.length > 0 && look !== FITTING,
    );
    const kept = studio.notes.worthSeeing(painted);
    const items = kept.map((job) => {
      const item = frames.get(job.id) ?? frame(studio, job, () => (frames.delete(job.id), draw()));
      frames.set(job.id, item);
      if (job.id === photo?.job) item.firstElementChild?.setAttribute("aria-current", "true");
      else item.firstElementChild?.removeAttribute("aria-current");
      return item;
    });
    if (historyNext) items.push(older.item);
    lay(strip, items);
    if (historyNext && kept.length < ENOUGH) setTimeout(older.read);
    unfold(studio, items.length > 0);
  };
  store.watch(["history", "historyNext", "photo", "language"], draw);
  store.watch(["phase"], ({ phase }) => {
    if (phase.kind === "done") void refreshHistory(studio);
  });
}

/** The strip takes room once there is something in it, and never in the middle of a stroke. @param {Studio} studio @param {boolean} filled */
function unfold({ editor }, filled) {
  const film = byId("film");
  if (film.hidden !== filled) return;
  if (editor.doodle.painting) editor.addEventListener("edited", show, { once: true });
  else show();
  function show() {
    film.hidden = !filled;
  }
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
  // A phone on its side has room for earlier pictures only while they are asked for.
  placeBefore(low, toggle, byId("photo-buttons"), byId("film-strip"));
  if (low.matches) store.set({ filmstrip: false });
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

/** @param {Studio} studio @param {Job} job @param {() => void} redraw after its notes have changed */
function frame(studio, job, redraw) {
  const { name, star } = studio.notes.of(job.id);
  const words = name || timeInWords(job.created_at, "medium");
  const [{ preview, url }] = job.images;
  const open = async () => {
    try {
      await reopen(studio, job);
    } catch {
      studio.say(t.history.gone);
      void refreshHistory(studio);
    }
  };
  const picture = h(
    "button",
    {
      type: "button",
      "aria-label": t.history.open(words),
      title: t.history.open(words),
      onclick: () => void open(),
    },
    h("img", { src: preview ?? url, alt: "", loading: "lazy", decoding: "async" }),
    (name || star) &&
      h("span", { class: "caption", "aria-hidden": "true" }, star && "★ ", name ?? ""),
  );
  const more = iconButton(
    "more",
    t.history.acts(words),
    () => openFrameMenu(studio, job, more, redraw),
    { class: "icon-only more" },
  );
  return h("li", { "data-job": job.id }, picture, more);
}
