import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { addLayer } from "../static/js/engine/layerEdits.js";
import { apply } from "../static/js/engine/operations.js";
import { coverLayers } from "../static/js/engine/resize.js";
import { readProject, writeProject } from "../static/js/files/project.js";
import { packRuns, packStack, readStack, unpackRuns } from "../static/js/files/packing.js";
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
      const shelf = keeper();
      for (const [round, undone] of rounds) {
        for (const one of round) {
          act(doodle, one);
          shelf.write(doodle);
        }
        for (let i = 0; i < undone; i++) doodle.undo();
        shelf.write(doodle);
      }
      const { again, whole, steps } = shelf.read(doodle);
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
  const shelf = keeper();
  for (let label of [0, 7, 105]) {
    apply(doodle, { kind: "fill", label, x: 0, y: 0 });
    assert.equal(shelf.write(doodle), 1);
  }
  const { again, keys } = shelf.read(doodle);
  shelf.log.adopt(keys);
  assert.equal(shelf.write(again), 0, "nor after a reload");
  again.undo();
  assert.equal(shelf.write(again), 1);
  assert.equal(shelf.kept.size, 3);
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
    const shelf = keeper();
    for (const label of [0, 7, 105, 154]) apply(doodle, { kind: "fill", label, x: 0, y: 0 });
    shelf.write(doodle);
    damage(shelf.kept, shelf.written.keys.past[1]);
    const { again, whole } = shelf.read(doodle);
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
  const shelf = keeper();
  for (let i = 1; i <= 12; i++) {
    const labels = Uint8Array.from({ length: size * size }, (_, at) => ((at * i) % 7 < 3 ? 7 : i));
    apply(doodle, { kind: "all", label: i, labels });
  }
  shelf.write(doodle);
  const bytes = [...shelf.kept.values()].reduce((sum, { runs }) => sum + runs.length, 0);
  assert.ok(bytes <= MAX_KEPT_BYTES && bytes > MAX_KEPT_BYTES / 2, `${bytes} bytes`);
  const labels = shelf.written.keys.past.map((key) => shelf.kept.get(key).label);
  assert.deepEqual(labels, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].slice(-labels.length));
});

test("labels come back from their runs exactly, and nothing else is read", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 700 }),
      fc.nat({ max: 1000 }),
      (noise, length) => {
        const labels = Uint8Array.from([...noise, ...new Uint8Array(length).fill(9)]);
        const runs = packRuns(labels);
        assert.deepEqual(unpackRuns(runs, labels.length), labels);
        assert.throws(() => unpackRuns(runs, labels.length + 1), TypeError);
        assert.throws(() => unpackRuns(runs.slice(0, -1), labels.length - 1), TypeError);
      },
    ),
  );
});

/** A doodle with a hidden and a named layer. */
function three() {
  const doodle = fresh();
  const box = (label, to) => ({ kind: "rectangle", label, from: [0, 0], to: [16 * to, 16 * to] });
  act(doodle, { kind: "add", at: 0 });
  act(doodle, { kind: "paint", at: 0, operation: box(7, 10) });
  act(doodle, { kind: "rename", at: 1 });
  act(doodle, { kind: "add", at: 0 });
  act(doodle, { kind: "paint", at: 0, operation: box(105, 5) });
  act(doodle, { kind: "toggle", at: 2 });
  return doodle;
}

test("a project brings its layers back, and its picture to those who know no layers", async () => {
  const doodle = three();
  const project = { labelSet: "landscape", model: "m", seed: 1, style: null, naturalBorders: true };
  const text = await (await writeProject({ ...project, map: doodle })).text();
  const { map } = await readProject(text);
  const { height, width, labels, layers, chosen } = doodle;
  assert.deepEqual(map, { height, width, labels, layers, chosen });
  const { layers: _, chosen: __, ...old } = JSON.parse(text);
  assert.deepEqual((await readProject(JSON.stringify(old))).map, { height, width, labels });
});

test("with one layer a project names no layers", async () => {
  const map = fresh();
  const wishes = { model: "m", seed: 1, style: null, naturalBorders: true };
  const file = await writeProject({ map, labelSet: "l", ...wishes });
  const body = JSON.parse(await file.text());
  assert.deepEqual(Object.keys(body), [
    "doodlescape",
    "size",
    "label_set",
    "labels",
    "model",
    "seed",
    "style",
    "borders",
  ]);
});

test("a project from before there was a choice of borders is painted as drawn", async () => {
  const wishes = { model: "m", seed: 1, style: null, naturalBorders: true };
  const file = await writeProject({ map: fresh(), labelSet: "l", ...wishes });
  const { borders, ...old } = JSON.parse(await file.text());
  assert.equal(borders, "natural");
  assert.equal((await readProject(JSON.stringify(old))).naturalBorders, false);
});

test("a project whose layers do not make its picture is refused", async () => {
  const project = {
    map: three(),
    labelSet: "l",
    model: "m",
    seed: 1,
    style: null,
    naturalBorders: true,
  };
  const body = JSON.parse(await (await writeProject(project)).text());
  const lies = [
    { ...body, layers: body.layers.map((one) => ({ ...one, shown: true })) },
    { ...body, layers: body.layers.slice(1) },
    { ...body, layers: [...body.layers, ...Array(8).fill(body.layers[1])] },
    { ...body, chosen: 99 },
  ];
  for (const lie of lies) await assert.rejects(readProject(JSON.stringify(lie)), /layers/);
});

test("kept layers that are damaged are left out", () => {
  const { layers, chosen, labels } = three();
  const stack = packStack({ layers, chosen });
  assert.ok(readStack(stack, labels));
  assert.equal(readStack(stack, new Uint8Array(labels.length)), null);
  assert.equal(readStack({ ...stack, layers: [] }, labels), null);
  assert.equal(readStack({ ...stack, layers: null }, labels), null);
});

test("resizing layers and then looking from above is looking and then resizing", () => {
  fc.assert(
    fc.property(layered, fc.integer({ min: 1, max: 99 }), (acts, size) => {
      const doodle = fresh();
      for (const one of acts) act(doodle, one);
      const small = new Doodle(size, size, coverLayers(doodle, size, size));
      const [flat] = coverLayers(
        { height: HEIGHT, width: WIDTH, labels: doodle.labels },
        size,
        size,
      );
      assert.deepEqual(small.labels, flat.labels);
    }),
    { numRuns: 40 },
  );
});
