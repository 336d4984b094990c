import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { enlarge } from "../static/js/engine/enlarge.js";
import { resize } from "../static/js/engine/resize.js";

/** A map of the labels that a function gives. */
function mapOf(height, width, label) {
  const labels = Uint8Array.from({ length: height * width }, (_, i) =>
    label(Math.floor(i / width), i % width),
  );
  return { height, width, labels };
}

test("every label of an enlarged map is one of those next to its pixel", () => {
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(size, size, fc.integer(), fc.integer({ min: 2, max: 5 }), (h, w, seed, times) => {
      const map = mapOf(h, w, (y, x) => Math.abs(seed ^ (y * 7919 + x * 104729)) % 4);
      const large = enlarge(map, h * times, w * times);
      large.labels.forEach((label, i) => {
        const y = Math.floor(i / (w * times) / times);
        const x = Math.floor((i % (w * times)) / times);
        const near = [-1, 0, 1].flatMap((j) =>
          [-1, 0, 1].map((k) => {
            const row = Math.min(h - 1, Math.max(0, y + j));
            return map.labels[row * w + Math.min(w - 1, Math.max(0, x + k))];
          }),
        );
        assert.ok(near.includes(label));
      });
    }),
  );
});

test("straight edges and lines of one pixel stay where they are", () => {
  for (const label of [(y) => (y < 3 ? 1 : 2), (y, x) => (x === 4 ? 1 : 2)]) {
    const map = mapOf(8, 8, label);
    assert.deepEqual(enlarge(map, 64, 64), resize(map, 64, 64));
  }
});

test("a slope loses its steps", () => {
  const slope = (side) => mapOf(side, side, (y, x) => (2 * (y + 0.5) > x + 0.5 ? 1 : 2));
  const wanted = slope(256);
  const off = ({ labels }) => labels.filter((label, i) => label !== wanted.labels[i]).length;
  const small = slope(32);
  assert.ok(off(enlarge(small, 256, 256)) < 0.6 * off(resize(small, 256, 256)));
});

test("a map that is not made larger is taken pixel by pixel", () => {
  const map = mapOf(6, 6, (y, x) => (y * x) % 3);
  assert.deepEqual(enlarge(map, 6, 6).labels, map.labels);
});
