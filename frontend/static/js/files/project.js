/**
 * The project file: everything needed to go on painting elsewhere, as JSON. What is seen of several
 * layers is written besides, so that a program that knows no layers opens the picture.
 *
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {object} Project
 * @property {LabelMap} map
 * @property {string} labelSet name of the set its ids belong to
 * @property {string} model
 * @property {number} seed
 * @property {string | null} style
 * @property {string | null} look id of the one that it was painted with
 * @property {boolean} naturalBorders
 */
import { pipe } from "./png.js";
import { composesTo, unpackLayers } from "./packing.js";

const FORMAT = 1;
export const EXTENSION = ".doodle.json";

/** @param {Project} project @returns {Promise<Blob>} */
export async function writeProject({ map, labelSet, model, seed, style, look, naturalBorders }) {
  const layers = map.layers ?? [];
  const body = {
    doodlescape: FORMAT,
    size: [map.height, map.width],
    label_set: labelSet,
    labels: await writeLabels(map.labels),
    ...(layers.length > 1 && {
      layers: await Promise.all(
        layers.map(async ({ labels, ...layer }) => ({
          ...layer,
          labels: await writeLabels(labels),
        })),
      ),
      chosen: map.chosen,
    }),
    model,
    seed,
    style,
    look,
    borders: naturalBorders ? "natural" : "drawn",
  };
  return new Blob([JSON.stringify(body, null, 1)], { type: "application/json" });
}

/**
 * @param {string} text
 * @returns {Promise<Project>}
 * @throws {TypeError} when the text is no project of a version known here
 */
export async function readProject(text) {
  const body = parse(text);
  const [height, width] = Array.isArray(body.size) ? body.size : [];
  if (body.doodlescape !== FORMAT || !Number.isInteger(height) || !Number.isInteger(width)) {
    throw new TypeError(`not a project of format ${FORMAT}`);
  }
  const labels = await readLabels(body.labels, height * width);
  return {
    map: { height, width, labels, ...(await readLayers(body, labels)) },
    labelSet: String(body.label_set),
    model: String(body.model),
    seed: Number.isInteger(body.seed) ? body.seed : 0,
    style: typeof body.style === "string" ? body.style : null,
    look: typeof body.look === "string" ? body.look : null,
    // Projects from before there was a choice were painted as drawn.
    naturalBorders: body.borders === "natural",
  };
}

/** @param {Record<string, any>} body @param {Uint8Array} seen @returns {Promise<Pick<LabelMap, "layers" | "chosen">>} */
async function readLayers({ layers: written, chosen }, seen) {
  if (!Array.isArray(written)) return {};
  const read = await Promise.all(written.map(({ labels }) => readLabels(labels, seen.length)));
  const layers = unpackLayers(written, chosen, (one) => read[written.indexOf(one)]);
  if (!composesTo(layers, seen)) throw new TypeError("the project's layers and its picture differ");
  return { layers, chosen };
}

/** @param {Uint8Array} labels */
async function writeLabels(labels) {
  return toBase64(await pipe(new Uint8Array(labels), new CompressionStream("deflate")));
}

/** @param {unknown} text @param {number} length */
async function readLabels(text, length) {
  const packed = fromBase64(String(text));
  const labels = await pipe(packed, new DecompressionStream("deflate"));
  if (labels.length !== length) {
    throw new TypeError(`the project has ${labels.length} pixels, its size says ${length}`);
  }
  return labels;
}

/** @param {string} text @returns {Record<string, any>} */
function parse(text) {
  try {
    const body = JSON.parse(text);
    if (body && typeof body === "object") return body;
  } catch {
    // Falls through to the one error below.
  }
  throw new TypeError("not a project file: it is not JSON");
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

/** @param {string} text */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
