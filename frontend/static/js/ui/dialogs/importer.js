/** Bringing pictures in: projects and label maps are read here, coloured pictures by the server. */
import { byId, fill, h } from "../../dom.js";
import { readLabelMap, readLabelPng } from "../../files/png.js";
import { fromBase64, readProject } from "../../files/project.js";
import { ApiError } from "../../service/api.js";
import { labelName, t } from "../../strings/index.js";
import { actions, button, field, select } from "../parts/controls.js";
import { drawMap } from "../parts/labelCanvas.js";
import { canTrace, offerTrace } from "./tracePhoto.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../engine/resize.js").LabelMap} LabelMap */
/** @typedef {import("../../service/api.js").Imported} Imported */
/** @typedef {{ palette: string, match: "exact" | "nearest" }} Way how colours become labels */
/** @typedef {{ studio: Studio, body: HTMLElement, close: () => void }} Frame of the dialog */

/** What asks for a photo to be traced, in place of a file. */
export const PHOTO = "photo";
/** More than this share of unknown colours, and the picture is taken for a photo. */
const PHOTO_LIKE = 0.5;
/** Refusals of a drawing that are none of a photo, which is scaled down and flattened first. */
const FOR_DRAWINGS = [
  "too-many-pixels",
  "too-many-bytes",
  "body-too-large",
  "not-an-image",
  "transparent",
];

/** Listen for files dropped on the page and pictures pasted. @param {Studio} studio */
export function importing(studio) {
  const veil = byId("drop");
  /** @param {DragEvent} event */
  const hasFile = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", (event) => {
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    studio.openDialog("import", file);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file) studio.openDialog("import", file);
  });
}

/** @param {Studio} studio @param {() => void} close @param {unknown} file @returns {import("../parts/controls.js").Page} */
export function importDialog(studio, close, file) {
  const body = h("div", { class: "dialog-body" });
  const frame = { studio, body, close };
  if (file === PHOTO) {
    askForPhoto(frame);
    return { title: t.trace.heading, body };
  }
  if (file instanceof File) void read(frame, file);
  else ask(frame);
  return { title: t.import.heading, body };
}

/** @param {Frame} frame @param {string} [trouble] */
function askForPhoto(frame, trouble) {
  const again = (/** @type {string} */ why) => askForPhoto(frame, why);
  const parts = { ...frame, ask: again, asDrawing: null };
  const take = (/** @type {File} */ file) =>
    offerTrace(parts, file).catch(() => again(t.trace.unreadable));
  choose(frame.body, "image/*", t.trace.explain, take, trouble);
}

/** @param {Frame} frame @param {string} [trouble] */
function ask(frame, trouble) {
  const { studio, body } = frame;
  const names = [t.import.project, t.import.labelMap, ...Object.values(t.import.palettes)];
  if (canTrace(studio)) names.push(t.import.photo);
  const take = (/** @type {File} */ file) => read(frame, file);
  choose(body, "image/*,.json", names.join(" · "), take, trouble);
}

/** @param {HTMLElement} body @param {string} accept @param {string} words @param {(file: File) => Promise<void>} take @param {string} [trouble] */
function choose(body, accept, words, take, trouble) {
  const input = h("input", {
    type: "file",
    id: "import-file",
    accept,
    class: "unseen",
    "aria-label": t.import.choose,
    tabindex: "-1",
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) void take(file);
  });
  fill(
    body,
    trouble && h("p", { class: "trouble", role: "alert" }, trouble),
    h("p", {}, words),
    actions(
      input,
      button(t.import.choose, () => input.click(), { class: "primary", image: "import" }),
    ),
  );
}

/** @param {Frame} frame @param {File} file @param {Way} [way] */
async function read(frame, file, way = { palette: "auto", match: "exact" }) {
  const { studio, body } = frame;
  fill(body, h("p", { class: "note" }, t.import.reading));
  const again = (/** @type {string} */ why) => ask(frame, why);
  try {
    const own = await readOwn(file, studio);
    if (own) return preview(frame, own);
    const form = new FormData();
    form.set("picture", file, file.name || "picture.png");
    form.set("model", studio.model.name);
    form.set("palette", way.palette);
    form.set("match", way.match);
    const answer = await studio.api.importPicture(form);
    const map = await readLabelPng(fromBase64(answer.label_map));
    const drawing = () => preview(frame, { map, kind: way.palette, answer, file, way });
    const photo = way.palette === "auto" && answer.unmatched_share > PHOTO_LIKE;
    if (!photo || !canTrace(studio)) return drawing();
    await offerTrace({ ...frame, ask: again, asDrawing: drawing }, file);
  } catch (error) {
    if (!(await offerInstead(frame, file, error)))
      again(t.import.notReadable(error instanceof Error ? error.message : String(error)));
  }
}

/** Offer to trace what is refused as a drawing only. @param {Frame} frame @param {File} file @param {unknown} error @returns {Promise<boolean>} whether it can be */
async function offerInstead(frame, file, error) {
  if (!(error instanceof ApiError) || !FOR_DRAWINGS.includes(error.code) || !canTrace(frame.studio))
    return false;
  const again = (/** @type {string} */ why) => ask(frame, why);
  try {
    await offerTrace({ ...frame, ask: again, asDrawing: null }, file);
    return true;
  } catch {
    return false; // not even this browser can read it
  }
}

/**
 * @typedef {Pick<import("../../service/request.js").PaintingOptions, "seed" | "style" | "naturalBorders">} Options
 * @typedef {{ map: LabelMap, kind: string, options?: Options,
 *   answer?: Imported, file?: File, way?: Way }} Found
 *
 * @param {File} file @param {Studio} studio
 * @returns {Promise<Found | null>} null when only the server can tell
 */
async function readOwn(file, studio) {
  if (file.name.endsWith(".json") || file.type === "application/json") {
    const { map, seed, style, naturalBorders } = await readProject(await file.text());
    return { map, kind: t.import.project, options: { seed, style, naturalBorders } };
  }
  if (file.type !== "image/png") return null;
  try {
    const map = await readLabelMap(file);
    const known = new Set(studio.labels.map(({ id }) => id));
    // An indexed drawing is no label map: it is one only if every index is a label.
    return map.labels.every((id) => known.has(id)) ? { map, kind: t.import.labelMap } : null;
  } catch {
    return null;
  }
}

/** @param {Frame} frame @param {Found} found */
function preview(frame, found) {
  const { studio, body, close } = frame;
  const { map, kind, answer, options } = found;
  const labels = new Uint8Array(map.labels);
  const strangers = studio.fit.adopt(labels);
  const { height, width } = studio.fit.sizeFor(map);
  const apply = () => {
    studio.fit.load("import", map);
    if (options) studio.store.set(options);
    close();
  };
  const sameShape = Math.abs(map.width / map.height - width / height) < 0.01;
  fill(
    body,
    h(
      "div",
      { class: "import" },
      drawMap(studio, { ...map, labels }),
      h(
        "div",
        { class: "facts" },
        h("p", {}, t.import.size(map.width, map.height)),
        answer ? matching(frame, found) : h("p", {}, kind),
        strangers > 0 && h("p", { class: "trouble" }, t.import.unknownLabels(strangers)),
        !sameShape && h("p", { class: "note" }, t.import.cropped),
      ),
    ),
    actions(
      button(t.import.apply, apply, { class: "primary", id: "import-apply", image: "check" }),
    ),
  );
}

/** How the colours were matched, and the choices there are. @param {Frame} frame @param {Found} found */
function matching(frame, { answer, file, way }) {
  if (!answer || !file || !way) return null;
  /** @param {Partial<Way>} change */
  const again = (change) => void read(frame, file, { ...way, palette: answer.palette, ...change });
  const palette = select(
    "import-palette",
    Object.entries(t.import.palettes),
    answer.palette,
    (chosen) => again({ palette: chosen }),
  );
  const percent = ((100 * answer.unmatched_pixels) / (answer.width * answer.height)).toFixed(1);
  const colours = answer.colours.slice(0, 12).map(({ colour, nearest }) => {
    const dot = h("span", { class: "dot", "aria-hidden": "true" });
    dot.style.background = colour;
    const name = labelName(frame.studio.label(nearest.id));
    return h("li", {}, dot, colour, " ", way.match === "nearest" && t.import.becomes(name));
  });
  /** @param {Way["match"]} match */
  const choice = (match) =>
    h(
      "button",
      {
        type: "button",
        class: "small",
        "aria-pressed": String(way.match === match),
        onclick: () => again({ match }),
      },
      t.import[match],
    );
  return h(
    "div",
    { class: "facts" },
    field(t.import.palette, palette),
    answer.unmatched_pixels === 0
      ? h("p", {}, t.import.matched)
      : h("p", { class: "trouble" }, t.import.unmatched(percent, answer.unmatched_pixels)),
    answer.unmatched_pixels > 0 && h("div", { class: "row" }, choice("exact"), choice("nearest")),
    colours.length > 0 && h("ul", { class: "colours", tabindex: "0" }, ...colours),
  );
}
