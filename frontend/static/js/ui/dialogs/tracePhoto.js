/** A photo becomes a doodle: ask, trace, look at the map over the photo, put it on the sheet. */
import { byId, fill, h } from "../../dom.js";
import { absorb } from "../../engine/regions.js";
import { cover, resize } from "../../engine/resize.js";
import { readLabelMap } from "../../files/png.js";
import { newId } from "../../service/api.js";
import { takesPhotos } from "../../service/request.js";
import { sleep } from "../../service/polling.js";
import { sizeLike } from "../../service/sizes.js";
import { scaledPhoto, trace } from "../../service/trace.js";
import { wording } from "../../strings/wording.js";
import { labelName, t } from "../../strings/index.js";
import { actions, button, field, toggle } from "../parts/controls.js";
import { drawMap } from "../parts/labelCanvas.js";
import { standing } from "./progress.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../engine/resize.js").LabelMap} LabelMap */
/**
 * @typedef {object} Trace
 * @property {Studio} studio
 * @property {HTMLElement} body of the dialog
 * @property {() => void} close
 * @property {(trouble: string) => void} ask for another file
 * @property {File} photo as it is sent
 * @property {import("../../service/sizes.js").Size} size of it
 * @property {string} url of it
 * @property {boolean} takesStyle whether its light and colours are taken too
 * @property {(() => void) | null} asDrawing read its colours as labels, where that is possible
 */

/** Regions below these shares of the picture are given to what is around them; by step of the slider. */
const LEAST = [0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02];
const USUAL_STEP = 2;
const USUAL_COVER = 70;
/** Materials that are told by name, largest first. */
const NAMED = 6;

/** @param {Studio} studio */
export const canTrace = (studio) => Boolean(studio.model?.abilities.segment);

/**
 * Offer to trace a photo.
 *
 * @param {Pick<Trace, "studio" | "body" | "close" | "ask" | "asDrawing">} parts @param {File} file
 * @throws if this browser cannot read it
 */
export async function offerTrace(parts, file) {
  const { photo, ...size } = await scaledPhoto(file);
  /** @type {Trace} */
  const traced = { ...parts, photo, size, url: URL.createObjectURL(photo), takesStyle: false };
  byId("dialog", "dialog").addEventListener("close", () => URL.revokeObjectURL(traced.url), {
    once: true,
  });
  byId("dialog-title", "h2").textContent = wording().trace.heading;
  offer(traced);
}

/** @param {Trace} traced @param {string} [trouble] */
function offer(traced, trouble) {
  const { body, url, asDrawing } = traced;
  fill(
    body,
    h(
      "div",
      { class: "import trace" },
      h("img", { src: url, alt: wording().trace.photo }),
      h(
        "div",
        { class: "facts" },
        trouble && h("p", { class: "trouble", role: "alert" }, trouble),
        h("p", {}, wording().trace.explain),
        styleSwitch(traced),
      ),
    ),
    actions(
      asDrawing && button(wording().trace.asDrawing, asDrawing),
      button(wording().trace.start, () => void run(traced), {
        class: "primary",
        id: "trace-start",
        image: "import",
      }),
    ),
  );
  byId("trace-start").focus({ preventScroll: true });
}

/** @param {Trace} traced */
async function run(traced) {
  const { studio, body, photo, url } = traced;
  const control = new AbortController();
  const dialog = byId("dialog", "dialog");
  const stop = () => control.abort();
  dialog.addEventListener("close", stop, { once: true });
  const words = h("p", { role: "status", id: "trace-status" }, wording().trace.sending);
  fill(
    body,
    h("div", { class: "import trace" }, h("img", { src: url, alt: wording().trace.photo }), words),
    actions(button(t.actions.cancel, () => (stop(), offer(traced)), { id: "trace-cancel" })),
  );
  byId("trace-cancel").focus({ preventScroll: true });
  try {
    const parts = { api: studio.api, newId, sleep };
    const png = await trace(parts, photo, studio.model.name, control.signal, (tidings) => {
      words.textContent = standing(tidings, words.textContent ?? "", wording().trace.running);
    });
    show(traced, await readLabelMap(png));
  } catch (error) {
    if (control.signal.aborted) return;
    offer(traced, wording().trace.failed(error instanceof Error ? error.message : String(error)));
  } finally {
    dialog.removeEventListener("close", stop);
  }
}

/** Show what was found over the photo. @param {Trace} traced @param {LabelMap} found */
function show(traced, found) {
  const { studio, body, url } = traced;
  studio.fit.adopt(found.labels);
  const frame = h("div", { class: "over" }, h("img", { src: url, alt: wording().trace.photo }));
  const names = h("p", { id: "trace-names" });
  let map = found;
  const least = slider("trace-least", LEAST.length - 1, USUAL_STEP, () => redraw());
  const veil = slider("trace-cover", 100, USUAL_COVER, () => cloak());
  const cloak = () => {
    const canvas = frame.querySelector("canvas");
    if (canvas) canvas.style.opacity = String(Number(veil.value) / 100);
  };
  const redraw = () => {
    map = absorb(found, LEAST[Number(least.value)] * found.labels.length);
    frame.querySelector("canvas")?.remove();
    frame.append(drawMap(studio, map));
    names.textContent = wording().trace.found(materials(studio, map));
    cloak();
  };
  redraw();
  fill(
    body,
    h(
      "div",
      { class: "import trace" },
      frame,
      h(
        "div",
        { class: "facts" },
        names,
        field(wording().trace.cover, veil),
        field(wording().trace.least, least),
        styleSwitch(traced),
        h("p", { class: "note" }, wording().trace.shape),
      ),
    ),
    actions(
      button(wording().trace.back, () => offer(traced)),
      button(wording().import.apply, () => apply(traced, map), {
        class: "primary",
        id: "import-apply",
        image: "check",
      }),
    ),
  );
  byId("import-apply").focus({ preventScroll: true });
}

/** @param {Trace} traced @param {LabelMap} map */
function apply({ studio, close, photo, size, takesStyle }, map) {
  const { height, width } = sizeLike(studio.model, studio.editor.doodle, size);
  // The map's sides are what the model paints, so its pixels are not quite square in the photo.
  const upright = resize(
    map,
    Math.max(1, Math.round((map.width * size.height) / size.width)),
    map.width,
  );
  if (takesStyle) studio.store.set({ stylePhoto: photo, style: null });
  studio.fit.load("trace", cover(upright, height, width));
  close();
}

/** Name what a map shows, the largest first. @param {Studio} studio @param {LabelMap} map */
function materials(studio, { labels }) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const id of labels) counts.set(id, (counts.get(id) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, NAMED).map(([id, count]) => {
    const percent = Math.max(1, Math.round((100 * count) / labels.length));
    return `${labelName(studio.label(id))} ${percent}\u00a0%`;
  });
  return shown.join(", ") + (sorted.length > NAMED ? ", …" : "");
}

/** @param {string} id @param {number} max @param {number} value @param {() => void} onMove */
const slider = (id, max, value, onMove) =>
  h("input", { type: "range", id, min: 0, max, step: 1, value, oninput: onMove });

/** @param {Trace} traced */
const styleSwitch = (traced) =>
  takesPhotos(traced.studio.model) &&
  toggle("trace-style", wording().trace.style, traced.takesStyle, (on) => (traced.takesStyle = on));
