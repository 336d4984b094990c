import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { Store } from "../static/js/state.js";
import { forgetful } from "./arbitraries.js";
import { Editor } from "../static/js/tools/editor.js";

const editorOf = (size) => new Editor(new Store(forgetful), new Doodle(size, size, 0));
const dab = (editor, label) =>
  editor.paint({ kind: "rectangle", label, from: [0, 0], to: [16 * 3, 16 * 3] }, "rectangle");
const state = ({ doodle }) => `${doodle.height}:${doodle.labels.join()}`;

test("a doodle of another size is one step of undo, and the steps before it are still there", () => {
  const editor = editorOf(8);
  dab(editor, 1);
  editor.exchange(new Doodle(4, 4, 7));
  dab(editor, 2);
  assert.equal(editor.undo()?.name, "rectangle");
  assert.equal(editor.undoable?.name, "size");
  assert.equal(editor.undo()?.name, "size");
  assert.equal(editor.doodle.height, 8);
  assert.equal(editor.undo()?.label, 1);
  assert.equal(editor.undo(), null);
  for (const name of ["rectangle", "size", "rectangle"]) assert.equal(editor.redo()?.name, name);
  assert.equal(editor.redo(), null);
});

test("painting after going back drops the doodle that was ahead", () => {
  const editor = editorOf(8);
  editor.exchange(new Doodle(4, 4, 7));
  editor.undo();
  dab(editor, 1);
  assert.equal(editor.redoable, null);
});

test("whatever is painted, exchanged, undone and done again: undo retraces every state", () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant("paint"), label: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ act: fc.constant("exchange"), label: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const editor = editorOf(8);
      const states = [state(editor)];
      for (const { act, label } of steps) {
        if (act === "paint" && !dab(editor, label)) continue;
        if (act === "exchange") editor.exchange(new Doodle(4 + label, 4 + label, label));
        states.push(state(editor));
      }
      for (const before of states.slice(0, -1).toReversed()) {
        assert.ok(editor.undo());
        assert.equal(state(editor), before);
      }
      assert.equal(editor.undo(), null);
      for (const after of states.slice(1)) {
        assert.ok(editor.redo());
        assert.equal(state(editor), after);
      }
    }),
  );
});
