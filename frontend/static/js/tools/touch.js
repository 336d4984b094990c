/**
 * What a tool is, and the pointer as it hears of it.
 *
 * @typedef {import("../engine/raster.js").Point} Point
 * @typedef {{ x: number, y: number, pressure: number, pen: boolean, shift: boolean }} Touch
 *   a pointer in doodle pixels; pressure in [0, 1]
 *
 * @typedef {object} Tool
 * @property {(touch: Touch) => void} down
 * @property {(touch: Touch) => void} move while down
 * @property {(touch: Touch) => void} up
 * @property {(touch: Touch) => void} [hover] while up
 * @property {() => void} cancel
 * @property {() => boolean} [finish] close what was begun by clicks; false if nothing was
 */
import { SUB, snap } from "../engine/raster.js";

/** @param {Touch} touch @returns {Point} */
export const point = ({ x, y }) => [snap(x), snap(y)];

/** @param {Touch} a @param {Touch} b */
export const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** One dab of a brush. The thinnest one is centred on a pixel, or it might miss them all.
 * @param {{ x: number, y: number }} at @param {number} size in pixels across
 * @returns {import("../engine/operations.js").Sample} */
export function dab({ x, y }, size) {
  const radius = Math.round((size * SUB) / 2);
  if (size >= 2) return [snap(x), snap(y), radius];
  return [snap(Math.floor(x) + 0.5), snap(Math.floor(y) + 0.5), radius];
}
