import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fine, nameOf, quick } from "../static/js/service/sizes.js";
import { isPrompt } from "../static/js/service/speed.js";
import { stage } from "./stage.js";

const LANDSCAPE = { native_size: [256, 256], size_multiple: 32, max_size: [2048, 2048] };
const settle = async () => {
  for (let i = 0; i < 40; i++) await setImmediate();
};
const submits = (calls) => calls.filter(([name]) => name === "submit");

test("a picture is looked at with a short side of 512, by whole numbers, where the model paints so", () => {
  const at = (size, model = LANDSCAPE) => nameOf(fine(model, size));
  assert.equal(at({ height: 256, width: 256 }), "512x512");
  assert.equal(at({ height: 256, width: 384 }), "512x768");
  assert.equal(at({ height: 352, width: 512 }), "352x512");
  assert.equal(at({ height: 512, width: 512 }), "512x512");
  assert.equal(at({ height: 256, width: 256 }, { ...LANDSCAPE, max_size: [256, 256] }), "256x256");
  assert.equal(at({ height: 64, width: 64 }, { ...LANDSCAPE, native_size: [64, 64] }), "64x64");
  assert.equal(nameOf(quick(LANDSCAPE, { height: 512, width: 768 })), "256x384");
  assert.equal(nameOf(quick(LANDSCAPE, { height: 256, width: 256 })), "256x256");
});

test("whether a picture comes soon is what the service says, then what was seen of late", () => {
  const large = { height: 512, width: 512 };
  const model = { name: "alpine", paint_s: { "256x256": 0.12 } };
  assert.ok(!isPrompt([], { name: "alpine" }, large));
  assert.ok(isPrompt([], model, large));
  assert.ok(!isPrompt([], { ...model, paint_s: { "256x256": 0.12, "512x512": 0.7 } }, large));
  const seen = (seconds) => ({
    model: "alpine",
    ...large,
    images: [large],
    started_at: "2026-01-01T00:00:00.000Z",
    finished_at: new Date(Date.UTC(2026, 0, 1) + 1000 * seconds).toISOString(),
  });
  assert.ok(!isPrompt([seen(2)], model, large));
  assert.ok(isPrompt([seen(0.3), seen(0.3), seen(2)], model, large));
});

/** Live painting whose first picture is a soft one. */
async function drawn(t, script = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let doodle = 0;
  const staged = stage({ soft: true, key: () => `doodle ${doodle}`, ...script });
  const stroke = async () => {
    doodle++;
    staged.painter.edited();
    t.mock.timers.tick(300);
    await settle();
  };
  await stroke();
  return { ...staged, stroke };
}

test("a soft picture is said to be one, and painted again once the brush rests", async (t) => {
  const { store, painter, calls } = await drawn(t);
  assert.equal(store.now.photo?.soft, true);
  assert.deepEqual(store.now.phase.soft, { height: 256, width: 256 });
  assert.equal(store.now.phase.sharper, true);

  t.mock.timers.tick(500);
  await settle();
  assert.deepEqual(submits(calls), [
    ["submit", "id1", "tab"],
    ["submit", "id2", "tab"],
  ]);
  assert.equal(store.now.photo?.soft, undefined);
  assert.equal(store.now.phase.soft, undefined);

  painter.edited();
  t.mock.timers.tick(2000);
  await settle();
  assert.equal(submits(calls).length, 2);
});

test("a sharper picture is cancelled when the drawing goes on, and comes after the stroke", async (t) => {
  const waiting = (job) => job("queued", { position: 2 });
  const { store, painter, calls, stroke } = await drawn(t, {
    jobs: [undefined, waiting, waiting, waiting],
  });
  const soft = store.now.photo;
  t.mock.timers.tick(500);
  while (submits(calls).length < 2) await setImmediate();
  painter.hold();
  await settle();
  assert.deepEqual(calls.at(-1), ["cancel", "id2"]);
  assert.equal(store.now.photo, soft);

  await stroke();
  t.mock.timers.tick(500);
  await settle();
  assert.equal(submits(calls).length, 4);
  assert.equal(store.now.photo?.soft, undefined);
});

test("a stroke that is taken back lets the sharper picture come", async (t) => {
  const { painter, calls } = await drawn(t);
  painter.hold();
  t.mock.timers.tick(5000);
  await settle();
  assert.equal(submits(calls).length, 1);
  painter.edited();
  t.mock.timers.tick(300);
  await settle();
  t.mock.timers.tick(500);
  await settle();
  assert.equal(submits(calls).length, 2);
});

test("a soft picture stays, and says its size, when no sharper one can be had", async (t) => {
  const { store } = await drawn(t, {
    jobs: [undefined, (job) => job("failed", { error: { code: "poison", message: "" } })],
  });
  t.mock.timers.tick(500);
  await settle();
  assert.equal(store.now.photo?.soft, true);
  assert.equal(store.now.phase.sharper, false);
});

test("a picture that is asked for is as sharp as it gets, at once", async () => {
  const { store, painter, calls } = stage({ soft: true });
  await painter.generate();
  assert.equal(submits(calls).length, 1);
  assert.equal(store.now.photo?.soft, undefined);
});
