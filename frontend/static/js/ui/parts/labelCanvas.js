/**
 * Small canvases that show labels in the theme's colours.
 *
 * @typedef {import("../../studio/studio.js").Studio} Studio
 * @typedef {import("../../engine/resize.js").LabelMap} LabelMap
 */
import { h } from "../../dom.js";
import { colourise, lookOf } from "../../view/colours.js";

const SWATCH_PIXELS = 16;

/** Draw a map on a canvas of its own. @param {Studio} studio @param {LabelMap} map */
export function drawMap(studio, map) {
  const { height, width } = map;
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  draw(canvas, studio, map);
  return canvas;
}

/** A small square of a label's colour and pattern. */
export function swatchCanvas() {
  const [height, width] = [SWATCH_PIXELS, SWATCH_PIXELS];
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  return {
    canvas,
    /** @param {Studio} studio @param {{ id: number }} label */
    show(studio, { id }) {
      draw(canvas, studio, { height, width, labels: new Uint8Array(height * width).fill(id) });
    },
  };
}

/** @param {HTMLCanvasElement} canvas of the map's size @param {Studio} studio @param {LabelMap} map */
function draw(canvas, { labels: known, store }, { height, width, labels }) {
  const image = new ImageData(width, height);
  const look = lookOf(known, store.now.theme, store.now.patterns);
  const whole = { x0: 0, y0: 0, x1: width, y1: height };
  colourise(look, labels, width, new Uint32Array(image.data.buffer), whole);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
