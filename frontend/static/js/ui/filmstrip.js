/** This browser's earlier pictures, newest first; one click brings doodle and photo back. */
import { byId, fill, h } from "../dom.js";
import { t } from "../strings/index.js";

const SHOWN = 40;

/** @typedef {import("../studio.js").Studio} Studio */

/** @param {Studio} studio */
export function filmstrip(studio) {
  const { store } = studio;
  const strip = byId("film-strip", "ul");
  const toggle = byId("film-toggle", "button");
  toggle.addEventListener("click", () => store.set({ filmstrip: !store.now.filmstrip }));
  store.watch(["filmstrip", "history", "language"], ({ filmstrip: open, history }) => {
    byId("film").classList.toggle("folded", !open);
    byId("film").classList.toggle("vacant", history.length === 0);
    toggle.setAttribute("aria-expanded", String(open));
    const words = open ? t.history.fold : t.history.unfold;
    toggle.setAttribute("aria-label", words);
    toggle.title = words;
  });
  store.watch(["history", "photo", "language"], ({ history, photo }) => {
    const done = history.filter(
      ({ status, images }) => status === "succeeded" && images.length > 0,
    );
    const items = done.slice(0, SHOWN).map((job) => frame(studio, job, job.id === photo?.job));
    const nothing = h("li", { class: "nothing" }, t.history.empty);
    fill(strip, ...(items.length > 0 ? items : [nothing]));
  });
  store.watch(["phase"], ({ phase }) => {
    if (phase.kind === "done") void studio.refreshHistory();
  });
}

/** @param {Studio} studio @param {import("../service/api.js").Job} job @param {boolean} current */
function frame(studio, job, current) {
  const when = new Date(job.created_at).toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const words = t.history.open(when);
  const open = async () => {
    try {
      await studio.reopen(job);
    } catch {
      studio.say(t.history.gone);
      void studio.refreshHistory();
    }
  };
  const button = h(
    "button",
    {
      type: "button",
      "aria-label": words,
      title: words,
      "aria-current": current && "true",
      onclick: () => void open(),
    },
    h("img", { src: job.images[0].url, alt: "", loading: "lazy", decoding: "async" }),
  );
  return h("li", {}, button);
}
