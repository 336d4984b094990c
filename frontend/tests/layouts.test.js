import assert from "node:assert/strict";
import { test } from "node:test";
import { writeLabelPng } from "../static/js/files/png.js";
import { LayoutError, composeLayouts } from "../static/js/service/layouts.js";
import { onlyWished } from "../static/js/studio/layoutOnSheet.js";

const SIDE = 8;
const colours = new Map(Array.from({ length: 9 }, (_, id) => [id, [id, id, id]]));

/** A server whose layouts hold one label, which `labelOf` takes from the seed. */
function server(labelOf, status = "succeeded") {
  const asked = [];
  const cancelled = [];
  return {
    asked,
    cancelled,
    submit: async (id, form) => void asked.push({ id, ...Object.fromEntries(form) }),
    job: async (id) => ({
      id,
      status,
      position: 1,
      label_map: { url: `/map/${id}` },
      understood: { url: `/told/${id}` },
      error: { code: "prompt-empty", message: "nothing" },
    }),
    blob: async (url) => {
      const seed = Number(asked.find(({ id }) => url.endsWith(id)).seed);
      if (url.startsWith("/told")) return new Blob([JSON.stringify({ seed })]);
      const labels = new Uint8Array(SIDE * SIDE).fill(labelOf(seed));
      return writeLabelPng({ height: SIDE, width: SIDE, labels }, colours, "test");
    },
    cancel: async (id) => void cancelled.push(id),
  };
}

let ids = 0;
const parts = (api) => ({
  api,
  newId: () => `job-${ids++}-end`,
  sleep: () => new Promise(setImmediate),
});
const order = { prompt: "a lake", model: "m", height: SIDE, width: SIDE, seed: 10, count: 4 };
const never = new AbortController().signal;

test("each seed is a job of its own, for the layout alone", async () => {
  const api = server((seed) => seed % 8);
  const found = [];
  await composeLayouts(parts(api), order, never, {
    tell() {},
    arrive: (index, { map, wish }) => (found[index] = [map.labels[0], wish.seed]),
  });
  assert.deepEqual(found, [
    [2, 10],
    [3, 11],
    [4, 12],
    [5, 13],
  ]);
  assert.ok(api.asked.every((one) => one.layout_only === "true" && one.prompt === "a lake"));
});

test("layouts that are alike are tried again, and kept where there are no others", async () => {
  const seeds = async (labelOf) => {
    const api = server(labelOf);
    const found = [];
    const arrive = (index, { map }) => (found[index] = map.labels[0]);
    await composeLayouts(parts(api), order, never, { tell() {}, arrive });
    return { found, jobs: api.asked.length };
  };
  const some = await seeds((seed) => (seed < 14 ? 1 : seed - 12));
  assert.equal(new Set(some.found).size, 4);
  const none = await seeds(() => 1);
  assert.deepEqual(none, { found: [1, 1, 1, 1], jobs: 4 + 3 * 2 });
});

test("words of which nothing comes are told by their code, once", async () => {
  const api = server(() => 0, "failed");
  const listener = { tell() {}, arrive: () => assert.fail("nothing arrives") };
  await assert.rejects(composeLayouts(parts(api), order, never, listener), (error) => {
    assert.ok(error instanceof LayoutError);
    return error.code === "prompt-empty";
  });
});

test("giving up cancels every job", async () => {
  const api = server(() => 0, "running");
  const control = new AbortController();
  const told = composeLayouts(parts(api), order, control.signal, { tell() {}, arrive() {} });
  setTimeout(() => control.abort(), 0);
  await assert.rejects(told);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(api.cancelled.length, 4);
});

test("a layer of words has what they ask for, and is see-through elsewhere", () => {
  const known = [
    { id: 1, name: "sky-other" },
    { id: 2, name: "water-other" },
    { id: 3, name: "tree" },
  ];
  const wish = (...materials) => ({ things: materials.map((material) => ({ material })) });
  const labels = Uint8Array.from([1, 1, 2, 3]);
  assert.deepEqual([...onlyWished(labels, wish("water-other"), known)], [255, 255, 2, 255]);
  assert.deepEqual([...onlyWished(labels, wish("tree", "sky-other"), known)], [1, 1, 255, 3]);
  assert.deepEqual([...onlyWished(labels, wish("rock"), known)], [1, 1, 2, 3]);
});
