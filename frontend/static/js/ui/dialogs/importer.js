/** Bringing pictures in: projects and label maps are read here, coloured pictures by the server. */
import { fill, h } from "../../dom.js";
import { drawScaled, encoded, looksDrawn } from "../../files/pictures.js";
import { readLabelMap, readLabelPng } from "../../files/png.js";
import { fromBase64, readProject } from "../../files/project.js";
import { ApiError, OfflineError } from "../../service/api.js";
import { wording } from "../../strings/wording.js";
import { labelName } from "../../strings/index.js";
import { actions, button, field, select } from "../parts/controls.js";
import { drawMap } from "../parts/labelCanvas.js";
import { canTrace, offerTrace } from "./tracePhoto.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../engine/resize.js").LabelMap} LabelMap */
/** @typedef {import("../../service/api.js").Imported} Imported */
/** @typedef {{ palette: string, match: "exact" | "nearest" }} Way how colours become labels */
/** @typedef {{ studio: Studio, body: HTMLElement, close: () => void }} Frame of the dialog */

/** More than this share of unknown colours, and the picture is taken for a photo. */
const PHOTO_LIKE = 0.5;
/** Refusals that are none once the picture is scaled down and flattened here. */
const MENDED_HERE = [
  "too-many-pixels",
  "too-many-bytes",
  "body-too-large",
  "not-an-image",
  "sixteen-bit",
  "transparent",
];
/** A drawing is scaled down to this, in pixels a side. */
const LONGEST = 1024;

/** @param {Studio} studio @param {() => void} close @param {unknown} file @returns {import("../parts/controls.js").Page} */
export function importDialog(studio, close, file) {
  const body = h("div", { class: "dialog-body" });
  const frame = { studio, body, close };
  if (file === "photo") {
    askForPhoto(frame);
    return { title: wording().trace.heading, body };
  }
  if (file instanceof File) void read(frame, file);
  else ask(frame);
  return { title: wording().import.heading, body };
}

/** @param {Frame} frame @param {string} [trouble] */
function askForPhoto(frame, trouble) {
  const again = (/** @type {string} */ why) => askForPhoto(frame, why);
  const parts = { ...frame, ask: again, asDrawing: null };
  const take = (/** @type {File} */ file) =>
    offerTrace(parts, file).catch(() => again(wording().trace.unreadable));
  choose(frame.body, "image/*", wording().trace.explain, take, trouble);
}

/** @param {Frame} frame @param {string} [trouble] */
function ask(frame, trouble) {
  const { studio, body } = frame;
  const names = [
    wording().import.project,
    wording().import.labelMap,
    ...Object.values(wording().import.palettes),
  ];
  if (canTrace(studio)) names.push(wording().import.photo);
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
    "aria-label": wording().import.choose,
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
      button(wording().import.choose, () => input.click(), { class: "primary", image: "import" }),
    ),
  );
}

/** @param {Frame} frame @param {File} file @param {Way} [way] */
async function read(frame, file, way = { palette: "auto", match: "exact" }) {
  const { studio, body } = frame;
  fill(body, h("p", { class: "note" }, wording().import.reading));
  try {
    const own = await readOwn(file, studio);
    if (own) return preview(frame, own);
    const answer = await askServer(studio, file, way);
    const map = await readLabelPng(fromBase64(answer.label_map));
    const drawing = () => preview(frame, { map, kind: way.palette, answer, file, way });
    const strange = way.palette === "auto" && answer.unmatched_share > PHOTO_LIKE;
    if (!strange || (await isDrawn(file))) return drawing();
    await offerPhoto(frame, file, drawing);
  } catch (error) {
    if (!(await mend(frame, file, error))) ask(frame, inWords(error));
  }
}

/** @param {Studio} studio @param {File} file @param {Way} way */
function askServer({ api, model }, file, way) {
  const form = new FormData();
  form.set("picture", file, file.name || "picture.png");
  form.set("model", model.name);
  form.set("palette", way.palette);
  form.set("match", way.match);
  return api.importPicture(form);
}

/** Read a picture that the server refused as it is, scaled down and flattened. @param {Frame} frame @param {File} file @param {unknown} error @returns {Promise<boolean>} whether it can be */
async function mend(frame, file, error) {
  if (!(error instanceof ApiError) || !MENDED_HERE.includes(error.code)) return false;
  try {
    const blob = await encoded(await drawScaled(file, LONGEST, false), "image/png");
    const flat = new File([blob], "drawing.png", { type: "image/png" });
    const drawing = () => void read(frame, flat);
    if (await isDrawn(file)) drawing();
    else await offerPhoto(frame, file, drawing);
    return true;
  } catch {
    return false; // not even this browser can read it
  }
}

/** Offer to trace a photo, if the model can. @param {Frame} frame @param {File} file @param {() => void} asDrawing */
async function offerPhoto(frame, file, asDrawing) {
  const again = (/** @type {string} */ why) => ask(frame, why);
  if (!canTrace(frame.studio)) return asDrawing();
  await offerTrace({ ...frame, ask: again, asDrawing }, file);
}

/** @param {File} file */
const isDrawn = (file) => looksDrawn(file).catch(() => false);

/** Why a file cannot be read. @param {unknown} error */
function inWords(error) {
  if (error instanceof DamagedProject) return wording().import.damaged;
  if (error instanceof OfflineError) return wording().import.away;
  if (!(error instanceof ApiError)) return wording().import.refused["not-an-image"];
  return wording().import.refused[error.code] ?? wording().import.notReadable(error.message);
}

/** The file calls itself a project, and is none that can be read. */
class DamagedProject extends Error {}

/**
 * @typedef {Pick<import("../../service/request.js").PaintingOptions, "seed" | "style" | "look" | "naturalBorders">} Options
 * @typedef {{ map: LabelMap, kind: string, options?: Options,
 *   answer?: Imported, file?: File, way?: Way }} Found
 *
 * @param {File} file @param {Studio} studio
 * @returns {Promise<Found | null>} null when only the server can tell
 */
async function readOwn(file, studio) {
  if (file.name.endsWith(".json") || file.type === "application/json") {
    try {
      const { map, seed, style, look, naturalBorders } = await readProject(await file.text());
      return {
        map,
        kind: wording().import.project,
        options: { seed, style, look, naturalBorders },
      };
    } catch {
      throw new DamagedProject();
    }
  }
  if (file.type !== "image/png") return null;
  try {
    const map = await readLabelMap(file);
    const known = new Set(studio.labels.map(({ id }) => id));
    // An indexed drawing is no label map: it is one only if every index is a label.
    return map.labels.every((id) => known.has(id))
      ? { map, kind: wording().import.labelMap }
      : null;
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
        h("p", {}, wording().import.size(map.width, map.height)),
        answer ? matching(frame, found) : h("p", {}, kind),
        strangers > 0 && h("p", { class: "trouble" }, wording().import.unknownLabels(strangers)),
        !sameShape && h("p", { class: "note" }, wording().import.cropped),
      ),
    ),
    actions(...choices(frame, found, apply)),
  );
}

/** What can be done with what was read; where colours are unknown, their nearest is the likeliest wish. @param {Frame} frame @param {Found} found @param {() => void} apply */
function choices(frame, { answer, file, way }, apply) {
  const look = { id: "import-apply", image: "check" };
  const main = button(wording().import.apply, apply, { ...look, class: "primary" });
  if (!answer || !file || !way || answer.unmatched_pixels === 0) return [main];
  /** @param {Way["match"]} match */
  const again = (match) => void read(frame, file, { palette: answer.palette, match });
  if (way.match === "nearest") return [button(wording().import.exact, () => again("exact")), main];
  return [
    button(wording().import.exactly, apply, look),
    button(wording().import.nearest, () => again("nearest"), { class: "primary", image: "check" }),
  ];
}

/** How the colours were matched, and the choices there are. @param {Frame} frame @param {Found} found */
function matching(frame, { answer, file, way }) {
  if (!answer || !file || !way) return null;
  /** @param {Partial<Way>} change */
  const again = (change) => void read(frame, file, { ...way, palette: answer.palette, ...change });
  const palette = select(
    "import-palette",
    Object.entries(wording().import.palettes),
    answer.palette,
    (chosen) => again({ palette: chosen }),
  );
  const percent = ((100 * answer.unmatched_pixels) / (answer.width * answer.height)).toFixed(1);
  const colours = answer.colours.slice(0, 12).map(({ colour, nearest }) => {
    const dot = h("span", { class: "dot", "aria-hidden": "true" });
    dot.style.background = colour;
    const name = labelName(frame.studio.label(nearest.id));
    return h("li", {}, dot, colour, " ", way.match === "nearest" && wording().import.becomes(name));
  });
  return h(
    "div",
    { class: "facts" },
    field(wording().import.palette, palette),
    answer.unmatched_pixels === 0
      ? h("p", {}, wording().import.matched)
      : h("p", { class: "trouble" }, wording().import.unmatched(percent, answer.unmatched_pixels)),
    colours.length > 0 && h("ul", { class: "colours", tabindex: "0" }, ...colours),
  );
}
