import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { apply } from "../static/js/engine/operations.js";

/** What a fill must do, written the slow way: spread one neighbour at a time. */
function spread(labels, width, height, x, y, label) {
  const out = labels.slice();
  const target = out[y * width + x];
  const todo = target === label ? [] : [[x, y]];
  while (todo.length) {
    const [cx, cy] = todo.pop();
    if (cx < 0 || cy < 0 || cx >= width || cy >= height || out[cy * width + cx] !== target)
      continue;
    out[cy * width + cx] = label;
    todo.push([cx + 1, cy], [cx - 1, cy], [cx, cy + 1], [cx, cy - 1]);
  }
  return out;
}

const maze = fc.integer({ min: 1, max: 24 }).chain((width) =>
  fc.integer({ min: 1, max: 24 }).chain((height) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      labels: fc.array(fc.integer({ min: 0, max: 1 }), {
        minLength: width * height,
        maxLength: width * height,
      }),
      x: fc.nat(width - 1),
      y: fc.nat(height - 1),
      label: fc.integer({ min: 0, max: 2 }),
    }),
  ),
);

test("a fill takes the whole connected region and nothing else", () => {
  fc.assert(
    fc.property(maze, ({ width, height, labels, x, y, label }) => {
      const doodle = new Doodle(height, width, Uint8Array.from(labels));
      const wanted = spread(doodle.labels, width, height, x, y, label);
      apply(doodle, { kind: "fill", label, x, y });
      assert.deepEqual(doodle.labels, wanted);
    }),
    { numRuns: 300 },
  );
});

test("replacing a label everywhere leaves none of it and changes no other", () => {
  fc.assert(
    fc.property(maze, ({ width, height, labels }) => {
      const doodle = new Doodle(height, width, Uint8Array.from(labels));
      apply(doodle, { kind: "replace", target: 1, label: 9 });
      assert.deepEqual(
        [...doodle.labels],
        labels.map((label) => (label === 1 ? 9 : label)),
      );
    }),
  );
});
