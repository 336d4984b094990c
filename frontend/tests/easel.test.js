import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { Store } from "../static/js/state.js";
import { Easel } from "../static/js/tools/easel.js";

const easelOf = (size) => new Easel(new Store(null), new Doodle(size, size, 0));
const dab = (easel, label) =>
  easel.paint({ kind: "rectangle", label, from: [0, 0], to: [16 * 3, 16 * 3] }, "rectangle");
const state = ({ doodle }) => `${doodle.height}:${doodle.labels.join()}`;

test("a doodle of another size is one step of undo, and the steps before it are still there", () => {
  const easel = easelOf(8);
  dab(easel, 1);
  easel.exchange(new Doodle(4, 4, 7));
  dab(easel, 2);
  assert.equal(easel.undo()?.name, "rectangle");
  assert.equal(easel.undoable?.name, "size");
  assert.equal(easel.undo()?.name, "size");
  assert.equal(easel.doodle.height, 8);
  assert.equal(easel.undo()?.label, 1);
  assert.equal(easel.undo(), null);
  for (const name of ["rectangle", "size", "rectangle"]) assert.equal(easel.redo()?.name, name);
  assert.equal(easel.redo(), null);
});

test("painting after going back drops the doodle that was ahead", () => {
  const easel = easelOf(8);
  easel.exchange(new Doodle(4, 4, 7));
  easel.undo();
  dab(easel, 1);
  assert.equal(easel.redoable, null);
});

test("whatever is painted, exchanged, undone and done again: undo retraces every state", () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant("paint"), label: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ act: fc.constant("exchange"), label: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const easel = easelOf(8);
      const states = [state(easel)];
      for (const { act, label } of steps) {
        if (act === "paint" && !dab(easel, label)) continue;
        if (act === "exchange") easel.exchange(new Doodle(4 + label, 4 + label, label));
        states.push(state(easel));
      }
      for (const before of states.slice(0, -1).toReversed()) {
        assert.ok(easel.undo());
        assert.equal(state(easel), before);
      }
      assert.equal(easel.undo(), null);
      for (const after of states.slice(1)) {
        assert.ok(easel.redo());
        assert.equal(state(easel), after);
      }
    }),
  );
});
