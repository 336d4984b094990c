import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import {
  addLayer,
  mergeLayer,
  moveLayer,
  removeLayer,
  showLayer,
} from "../static/js/engine/layerEdits.js";
import { MAX_LAYERS, SEE_THROUGH } from "../static/js/engine/layers.js";
import { apply } from "../static/js/engine/operations.js";
import { HEIGHT, WIDTH, layered, operation } from "./arbitraries.js";
import { act, state } from "./acts.js";

const fresh = () => new Doodle(HEIGHT, WIDTH, 156);
const rectangle = (label, x0, y0, x1, y1) => ({
  kind: "rectangle",
  label,
  from: [16 * x0, 16 * y0],
  to: [16 * x1, 16 * y1],
});

/** What is seen from above, pixel by pixel from the top down. */
const seen = ({ layers, labels }) =>
  labels.map((_, at) => layers.findLast((l) => l.shown && l.labels[at] !== SEE_THROUGH).labels[at]);

test("whatever is painted and done to layers, what is seen is what a naive look from above sees", () => {
  fc.assert(
    fc.property(layered, (acts) => {
      const doodle = fresh();
      for (const one of acts) {
        const before = doodle.labels.slice();
        doodle.takeDirty();
        act(doodle, one);
        assert.deepEqual(doodle.labels, seen(doodle));
        assert.ok(!doodle.layers[0].labels.includes(SEE_THROUGH) && doodle.layers[0].shown);
        assert.ok(doodle.layer.shown && doodle.layers.includes(doodle.layer));
        assert.ok(doodle.layers.length <= MAX_LAYERS);
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

test("undoing all and redoing all passes through the same layers", () => {
  fc.assert(
    fc.property(layered, (acts) => {
      const doodle = fresh();
      const states = [state(doodle)];
      for (const one of acts) if (act(doodle, one)) states.push(state(doodle));
      assert.equal(doodle.steps.past.length, states.length - 1);
      for (const before of states.slice(0, -1).toReversed()) {
        assert.ok(doodle.undo());
        assert.equal(state(doodle), before);
      }
      assert.equal(doodle.undo(), null);
      for (const after of states.slice(1)) {
        assert.ok(doodle.redo());
        assert.equal(state(doodle), after);
      }
    }),
  );
});

test("with one layer, what is seen is that layer itself", () => {
  const doodle = fresh();
  assert.equal(doodle.labels, doodle.layers[0].labels);
  addLayer(doodle);
  assert.notEqual(doodle.labels, doodle.layers[0].labels);
  mergeLayer(doodle);
  assert.equal(doodle.labels, doodle.layers[0].labels);
});

test("the lowest layer is never see-through, hidden, moved or removed", () => {
  const doodle = fresh();
  assert.equal(removeLayer(doodle) || moveLayer(doodle, -1) || mergeLayer(doodle), false);
  assert.equal(showLayer(doodle, 0, false), false);
  doodle.begin("eraser", SEE_THROUGH);
  assert.throws(() => doodle.paintRow(0, 0, 5, SEE_THROUGH), /cannot be see-through/);
  doodle.rollback();
  addLayer(doodle);
  assert.equal(moveLayer(doodle, -1), false, "nothing goes below the lowest");
});

test("a ninth layer is refused", () => {
  const doodle = fresh();
  for (let i = 1; i < MAX_LAYERS; i++) assert.ok(addLayer(doodle));
  assert.equal(addLayer(doodle), false);
  assert.equal(new Set(doodle.layers.map(({ id }) => id)).size, MAX_LAYERS);
});

test("hiding the chosen layer chooses the next one below that is shown", () => {
  const doodle = fresh();
  addLayer(doodle);
  addLayer(doodle);
  showLayer(doodle, 1, false);
  assert.equal(doodle.layer.id, 2);
  showLayer(doodle, 2, false);
  assert.equal(doodle.layer.id, 0);
  assert.equal(doodle.choose(2), false, "nobody paints where nothing is seen");
});

test("merging down changes nothing that is seen, and not onto a hidden layer", () => {
  fc.assert(
    fc.property(operation, operation, (below, above) => {
      const doodle = fresh();
      addLayer(doodle);
      apply(doodle, below);
      addLayer(doodle);
      apply(doodle, above);
      const before = doodle.labels.slice();
      assert.ok(mergeLayer(doodle));
      assert.deepEqual(doodle.labels, before);
    }),
    { numRuns: 30 },
  );
  const doodle = fresh();
  addLayer(doodle);
  addLayer(doodle);
  showLayer(doodle, 1, false);
  assert.equal(mergeLayer(doodle), false);
});

test("a fill takes the region that is seen and paints it on the chosen layer", () => {
  const doodle = fresh();
  apply(doodle, rectangle(7, 0, 0, 20, HEIGHT));
  addLayer(doodle);
  apply(doodle, { kind: "fill", label: 105, x: 5, y: 5 });
  assert.equal(doodle.layers[0].labels[0], 7, "the layer below stays");
  assert.deepEqual([doodle.at(19, 0), doodle.at(20, 0)], [105, 156]);
  assert.equal(doodle.layer.labels[20], SEE_THROUGH);
  doodle.choose(0);
  apply(doodle, { kind: "fill", label: 154, x: 5, y: 5 });
  assert.equal(doodle.layers[0].labels[0], 154, "under a layer that hides it, too");
  assert.equal(doodle.at(0, 0), 105);
});

test("replacing everywhere looks at the chosen layer alone", () => {
  const doodle = fresh();
  apply(doodle, rectangle(7, 0, 0, 10, 10));
  addLayer(doodle);
  apply(doodle, rectangle(7, 20, 20, 30, 30));
  apply(doodle, { kind: "replace", label: 154, target: 7 });
  assert.deepEqual([doodle.at(5, 5), doodle.at(25, 25)], [7, 154]);
});

test("what fills the whole sheet leaves one layer, and undo brings the others back", () => {
  const doodle = fresh();
  addLayer(doodle);
  apply(doodle, rectangle(7, 0, 0, 10, 10));
  const before = state(doodle);
  apply(doodle, { kind: "all", label: 0, labels: new Uint8Array(HEIGHT * WIDTH) }, "clear");
  assert.equal(doodle.layers.length, 1);
  assert.ok(doodle.labels.every((label) => label === 0));
  doodle.undo();
  assert.equal(state(doodle), before);
});
