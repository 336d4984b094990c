import assert from "node:assert/strict";
import { test } from "node:test";
import { isFlat } from "../static/js/files/pictures.js";

const SIZE = 96;
/** A picture of what a function says of each place. */
function picture(colourAt) {
  const pixels = new Uint8ClampedArray(4 * SIZE * SIZE).fill(255);
  for (let i = 0; i < SIZE * SIZE; i++) pixels.set(colourAt(i % SIZE, Math.floor(i / SIZE)), 4 * i);
  return pixels;
}
let seed = 1;
const noise = (range) => {
  seed = (seed * 16807) % 2147483647;
  return (seed % (2 * range + 1)) - range;
};
const noisy = (colour, range) => colour.map((value) => value + noise(range));
const COLOURS = [
  [117, 158, 223],
  [60, 59, 75],
  [183, 210, 78],
  [56, 79, 131],
  [250, 250, 250],
];
const area = (x, y) => COLOURS[(Math.floor(x / 40) + 2 * Math.floor(y / 40)) % COLOURS.length];

test("large flat areas are a drawing, through the noise of a JPEG too", () => {
  assert.ok(isFlat(picture(area)));
  assert.ok(isFlat(picture((x, y) => noisy(area(x, y), 2))));
  assert.ok(isFlat(picture((x, y) => (x % 40 < 3 ? noisy([120, 120, 120], 60) : area(x, y)))));
});

test("light and grain are a photo, and so is fog", () => {
  assert.ok(!isFlat(picture((x, y) => noisy([2 * x, x + y, 255 - 2 * y], 9))));
  assert.ok(!isFlat(picture((x, y) => noisy([150 + y / 2, 155 + y / 2, 165 + y / 3], 3))));
});
