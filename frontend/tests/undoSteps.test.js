import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { apply } from "../static/js/engine/operations.js";
import { packStack, readStack } from "../static/js/files/packing.js";
import { MAX_KEPT_BYTES, StepLog, readSteps } from "../static/js/files/undoSteps.js";
import { act, state } from "./acts.js";
import { HEIGHT, WIDTH, layered } from "./arbitraries.js";

const KNOWN = new Set([0, 7, 105, 154, 156, 182]);
const knows = (label) => KNOWN.has(label);
const fresh = () => new Doodle(HEIGHT, WIDTH, 156);

/** What a browser keeps of a doodle: written step by step as autosave does it. */
function keeper() {
  const log = new StepLog();
  const kept = new Map();
  const written = { keys: { past: [], future: [] }, kept, bytes: 0 };
  return {
    kept,
    written,
    log,
    write(doodle) {
      const { all, put, drop, keys } = log.turnTo(doodle.steps);
      if (all) kept.clear();
      drop.forEach((key) => kept.delete(key));
      put.forEach((step) => kept.set(step.key, structuredClone(step)));
      written.keys = keys;
      return put.length;
    },
    /** Open the page again. */
    read(doodle) {
      const { layers, chosen, labels } = doodle;
      const map = readStack(structuredClone(packStack({ layers, chosen })), labels);
      const again = new Doodle(doodle.height, doodle.width, map.layers);
      again.choose(map.chosen);
      const found = readSteps(written.keys, [...kept.values()], again, knows);
      again.recall(found.steps);
      return { again, ...found };
    },
  };
}

/** All states from the first to the last, passed through by undoing and redoing. */
function history(doodle) {
  const states = [];
  while (doodle.undo());
  do states.push(state(doodle));
  while (doodle.redo());
  return states;
}

test("whatever was done and undone, a reload can undo and redo it to the same bytes", () => {
  const acts = fc.array(fc.tuple(layered, fc.nat({ max: 5 })), { maxLength: 3 });
  fc.assert(
    fc.property(acts, (rounds) => {
      const doodle = fresh();
      const saved = keeper();
      for (const [round, undone] of rounds) {
        for (const one of round) {
          act(doodle, one);
          saved.write(doodle);
        }
        for (let i = 0; i < undone; i++) doodle.undo();
        saved.write(doodle);
      }
      const { again, whole, steps } = saved.read(doodle);
      assert.equal(state(again), state(doodle));
      assert.ok(whole);
      const names = (list) => list.map(({ name, label }) => [name, label]);
      assert.deepEqual(names(steps.past), names(doodle.steps.past));
      assert.deepEqual(names(steps.future), names(doodle.steps.future));
      assert.deepEqual(history(again), history(doodle));
    }),
    { numRuns: 60 },
  );
});

test("a step is written once: painting goes on without writing the others again", () => {
  const doodle = fresh();
  const saved = keeper();
  for (let label of [0, 7, 105]) {
    apply(doodle, { kind: "fill", label, x: 0, y: 0 });
    assert.equal(saved.write(doodle), 1);
  }
  const { again, keys } = saved.read(doodle);
  saved.log.adopt(keys);
  assert.equal(saved.write(again), 0, "nor after a reload");
  again.undo();
  assert.equal(saved.write(again), 1);
  assert.equal(saved.kept.size, 3);
});

test("steps that are damaged, missing or foreign cannot be undone, nor those behind them", () => {
  const damages = {
    missing: (kept, key) => kept.delete(key),
    cut: (kept, key) => (kept.get(key).runs = kept.get(key).runs.slice(0, -2)),
    foreign: (kept, key) => (kept.get(key).runs[0] = 99),
    "see-through below": (kept, key) => (kept.get(key).runs[0] = 255),
    elsewhere: (kept, key) => (kept.get(key).tiles[0] = 4000),
    "on no layer": (kept, key) => (kept.get(key).layer = 5),
    empty: (kept, key) => kept.set(key, { key }),
    "two lowest": (kept, key) =>
      (kept.get(key).stack = { chosen: 0, layers: Array(2).fill({ id: 0, shown: true }) }),
  };
  for (const [name, damage] of Object.entries(damages)) {
    const doodle = fresh();
    const saved = keeper();
    for (const label of [0, 7, 105, 154]) apply(doodle, { kind: "fill", label, x: 0, y: 0 });
    saved.write(doodle);
    damage(saved.kept, saved.written.keys.past[1]);
    const { again, whole } = saved.read(doodle);
    assert.equal(whole, false, name);
    assert.equal(state(again), state(doodle), name);
    assert.ok(again.undo() && again.undo(), name);
    assert.equal(again.undo(), null, name);
    assert.equal(again.at(0, 0), 7, name);
  }
});

test("the steps that are kept have a bound; the oldest go", () => {
  const size = 512;
  const doodle = new Doodle(size, size, 0);
  const saved = keeper();
  for (let i = 1; i <= 12; i++) {
    const labels = Uint8Array.from({ length: size * size }, (_, at) => ((at * i) % 7 < 3 ? 7 : i));
    apply(doodle, { kind: "all", label: i, labels });
  }
  saved.write(doodle);
  const bytes = [...saved.kept.values()].reduce((sum, { runs }) => sum + runs.length, 0);
  assert.ok(bytes <= MAX_KEPT_BYTES && bytes > MAX_KEPT_BYTES / 2, `${bytes} bytes`);
  const labels = saved.written.keys.past.map((key) => saved.kept.get(key).label);
  assert.deepEqual(labels, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].slice(-labels.length));
});
