import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { absorb, findRegions } from "../static/js/engine/regions.js";

const map = fc.integer({ min: 1, max: 16 }).chain((width) =>
  fc.integer({ min: 1, max: 16 }).chain((height) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      labels: fc
        .array(fc.constantFrom(95, 123, 156), {
          minLength: width * height,
          maxLength: width * height,
        })
        .map((ids) => Uint8Array.from(ids)),
    }),
  ),
);
const least = fc.integer({ min: 0, max: 40 });

test("no small region is left, except one that fills the sheet, and no label is new", () => {
  fc.assert(
    fc.property(map, least, (before, limit) => {
      const after = absorb(before, limit);
      const { pixels, count } = findRegions(after.labels, after.width);
      assert.ok(count === 1 || pixels.every((size) => size >= limit));
      const known = new Set(before.labels);
      assert.ok(after.labels.every((id) => known.has(id)));
      assert.deepEqual([after.height, after.width], [before.height, before.width]);
    }),
  );
});

test("what is large enough already stays as it is, and twice is once", () => {
  fc.assert(
    fc.property(map, least, (before, limit) => {
      const original = before.labels.slice();
      assert.deepEqual(absorb(before, 0).labels, original);
      const once = absorb(before, limit);
      assert.deepEqual(absorb(once, limit).labels, once.labels);
      assert.deepEqual(before.labels, original);
    }),
  );
});

test("a speck becomes what it has most of its border with", () => {
  const labels = Uint8Array.from([1, 1, 1, 1, 7, 2, 1, 2, 2]);
  assert.deepEqual(
    [...absorb({ height: 3, width: 3, labels }, 2).labels],
    [1, 1, 1, 1, 1, 2, 1, 2, 2],
  );
});

test("a map of a thousand specks is cleaned", () => {
  const width = 96;
  const labels = Uint8Array.from({ length: width * 64 }, (_, i) => ((i * 2654435761) >>> 7) % 5);
  const { pixels } = findRegions(absorb({ height: 64, width, labels }, 30).labels, width);
  assert.ok(pixels.every((size) => size >= 30));
});
