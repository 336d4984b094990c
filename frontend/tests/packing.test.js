import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { coverLayers } from "../static/js/engine/resize.js";
import { readProject, writeProject } from "../static/js/files/project.js";
import { packRuns, packStack, readStack, unpackRuns } from "../static/js/files/packing.js";
import { act } from "./acts.js";
import { HEIGHT, WIDTH, layered } from "./arbitraries.js";

const fresh = () => new Doodle(HEIGHT, WIDTH, 156);

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
  const options = { model: "m", seed: 1, style: null, naturalBorders: true };
  const file = await writeProject({ map, labelSet: "l", ...options });
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
  const options = { model: "m", seed: 1, style: null, naturalBorders: true };
  const file = await writeProject({ map: fresh(), labelSet: "l", ...options });
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
    { ...body, layers: [...body.layers, ...Array(24).fill(body.layers[1])] },
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
