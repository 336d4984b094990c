import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { apply } from "../static/js/engine/operations.js";
import { HEIGHT, LABELS, WIDTH, operations } from "./arbitraries.js";

const fresh = () => new Doodle(HEIGHT, WIDTH, 156);

test("no operation leaves a label that nobody painted", () => {
  fc.assert(
    fc.property(operations, (ops) => {
      const doodle = fresh();
      for (const op of ops) apply(doodle, op);
      const allowed = new Set([156, ...LABELS]);
      assert.ok(doodle.labels.every((label) => allowed.has(label)));
    }),
  );
});

test("undoing all and redoing all passes through the same doodles", () => {
  fc.assert(
    fc.property(operations, (ops) => {
      const doodle = fresh();
      const states = [doodle.labels.slice()];
      for (const op of ops) if (apply(doodle, op)) states.push(doodle.labels.slice());
      for (let i = states.length - 2; i >= 0; i--) {
        assert.ok(doodle.undo());
        assert.deepEqual(doodle.labels, states[i]);
      }
      assert.equal(doodle.undo(), null);
      for (const state of states.slice(1)) {
        assert.ok(doodle.redo());
        assert.deepEqual(doodle.labels, state);
      }
      assert.equal(doodle.redo(), null);
    }),
  );
});

test("what is painted with the mirror is the same on both sides, and one step", () => {
  fc.assert(
    fc.property(operations, (ops) => {
      const doodle = fresh();
      for (const op of ops) apply(doodle, { ...op, mirror: true });
      const { labels } = doodle;
      labels.forEach((label, at) => {
        const x = at % WIDTH;
        assert.equal(label, labels[at + WIDTH - 1 - 2 * x]);
      });
      assert.ok(doodle.steps.past.length <= ops.length);
    }),
  );
});

test("an operation that changes nothing is no step", () => {
  const doodle = fresh();
  assert.equal(apply(doodle, { kind: "replace", label: 156, target: 156 }), false);
  assert.equal(doodle.undoable, null);
});

test("a rolled back stroke leaves the doodle and its steps as they were", () => {
  fc.assert(
    fc.property(operations, operations, (before, taken) => {
      const doodle = fresh();
      for (const op of before) apply(doodle, op);
      const [labels, depth] = [doodle.labels.slice(), doodle.steps.past.length];
      doodle.begin("brush", 1);
      for (const op of taken) doodle.paintRow(op.label % HEIGHT, 0, WIDTH, op.label);
      doodle.rollback();
      assert.deepEqual(doodle.labels, labels);
      assert.equal(doodle.steps.past.length, depth);
    }),
  );
});

test("the last two hundred steps can be undone", () => {
  const doodle = fresh();
  for (let i = 0; i < 260; i++) apply(doodle, { kind: "fill", label: i % 2, x: 0, y: 0 });
  assert.equal(doodle.steps.past.length, 200);
});

test("painting after an undo forgets what was undone", () => {
  const doodle = fresh();
  apply(doodle, { kind: "fill", label: 1, x: 0, y: 0 });
  doodle.undo();
  apply(doodle, { kind: "fill", label: 2, x: 0, y: 0 });
  assert.equal(doodle.redoable, null);
});

test("a step is named, so that the page can say what it undid", () => {
  const doodle = fresh();
  apply(doodle, { kind: "fill", label: 7, x: 0, y: 0 }, "fill");
  assert.deepEqual([doodle.undo()?.name, doodle.redoable?.label], ["fill", 7]);
});

test("every changed pixel lies in the area that is drawn anew", () => {
  fc.assert(
    fc.property(operations, (ops) => {
      const doodle = fresh();
      for (const op of ops) {
        doodle.takeDirty();
        const before = doodle.labels.slice();
        apply(doodle, op);
        const dirty = doodle.takeDirty();
        doodle.labels.forEach((label, i) => {
          if (label === before[i]) return;
          const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
          assert.ok(dirty && x >= dirty.x0 && x < dirty.x1 && y >= dirty.y0 && y < dirty.y1);
        });
      }
    }),
  );
});
