/** When the looks that fit the doodle are painted: while they are in sight and nothing else is due. */
import { resize } from "../../engine/resize.js";
import { newId } from "../../service/api.js";
import { sleep } from "../../service/polling.js";
import { Previews } from "../../service/previews.js";
import { FITTING, makeRequest } from "../../service/request.js";
import { smaller } from "../../service/sizes.js";
import { roomy } from "../parts/windows.js";
import { COUNT, lookList } from "./lookList.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

/** Short side of a preview, in pixels: it is shown at about half of that. */
const SHORT = 128;
/** Any will do: looks are told apart by their light. */
const SEED = 1;
/** The doodle has settled when it has not changed for so long. */
const SETTLED_MS = 1500;
const BUSY = new Set(["sending", "queued", "running", "waiting"]);

/** @param {Studio} studio @returns {HTMLElement} to be laid where they are chosen */
export function lookStrip(studio) {
  const { api, store } = studio;
  const looks = lookList(studio, () => (begin(), look()));
  const previews = new Previews({ api, newId, sleep }, looks.show);
  let visible = false;
  /** Whoever only looks at the page is painted nothing. */
  let wanted = false;
  const { edits } = store.now;
  const begin = () => {
    if (wanted) return;
    wanted = true;
    looks.wait();
    void looks.readFacts();
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
  const look = () => {
    clearTimeout(timer);
    if (!wanted && (store.now.edits !== edits || store.now.phase.kind === "done")) begin();
    const request = wanted && visible && studio.model?.looks ? requestOf(studio) : null;
    previews.drop(request?.key);
    if (!request) return;
    timer = setTimeout(() => {
      // The photo comes first; its end calls again.
      if (isBusy(store.now.phase) || !previews.want(request, COUNT)) return;
      looks.wait();
    }, SETTLED_MS);
  };
  new IntersectionObserver(([{ isIntersecting }]) => {
    visible = isIntersecting;
    if (visible && !roomy.matches) begin(); // the panel was opened
    look();
  }).observe(looks.element);
  store.watch(["edits", "sheet", "model", "models", "style", "naturalBorders", "phase"], look);
  return looks.element;
}

/** Whether a photo is due, a sharper one too. @param {import("../../service/photo.js").Phase} phase */
const isBusy = (phase) => BUSY.has(phase.kind) || (phase.kind === "done" && phase.sharper);

/** Ask for small pictures of the doodle as it is now. @param {Studio} studio */
function requestOf({ editor, model, store }) {
  const { doodle } = editor;
  const { height, width } = smaller(model, doodle, SHORT);
  const small = resize(doodle, height, width);
  const { style, naturalBorders } = store.now;
  return makeRequest(small, model, {
    seed: SEED,
    format: "jpeg",
    style,
    stylePhoto: null,
    look: FITTING,
    naturalBorders,
  });
}
