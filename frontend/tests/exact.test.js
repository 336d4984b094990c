import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Exact, exactly } from "../static/js/service/exact.js";
import { stage } from "./stage.js";

const settle = async () => {
  for (let i = 0; i < 40; i++) await setImmediate();
};
const image = { url: "/i", preview: "/i/preview", seed: 5 };
const asked = (calls) => calls.filter(([name]) => name === "blob").map(([, url]) => url);

/** Live painting whose jobs have previews, and what fetches the pictures themselves. */
async function painted(t, script = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const forms = [];
  const jobs = Array.from({ length: 3 }, () => (job) => job("succeeded", { images: [image] }));
  const submit = (_, form) => void forms.push(form);
  let doodle = 0;
  const staged = stage({ jobs, submit, key: () => `doodle ${doodle}`, ...script });
  const exact = new Exact(staged);
  staged.store.watch(["photo", "phase"], () => exact.soon());
  const stroke = async () => {
    exact.stop();
    doodle++;
    staged.painter.edited();
    t.mock.timers.tick(300);
    await settle();
  };
  await stroke();
  return { ...staged, exact, forms, stroke };
}

test("live painting asks for a preview, and for the picture once the brush rests", async (t) => {
  const { store, calls, forms } = await painted(t);
  assert.equal(forms[0].get("preview"), "true");
  assert.deepEqual(asked(calls), ["/i/preview"]);
  assert.equal(store.now.photo.pictures[0].exact, "/i");

  t.mock.timers.tick(2000);
  await settle();
  assert.deepEqual(asked(calls), ["/i/preview", "/i"]);
  assert.equal(store.now.photo.pictures[0].exact, undefined);
  t.mock.timers.tick(5000);
  await settle();
  assert.equal(asked(calls).length, 2);
});

test("the line is left to the next preview while the drawing goes on", async (t) => {
  const { calls, stroke } = await painted(t);
  t.mock.timers.tick(1900);
  await stroke();
  t.mock.timers.tick(1900);
  await settle();
  assert.deepEqual(asked(calls), ["/i/preview", "/i/preview"]);
});

test("a preview stays where the picture is no longer to be had", async (t) => {
  const gone = (url) => url === "/i" && Promise.reject(new Error("gone"));
  const { api, store } = await painted(t, { blob: gone });
  t.mock.timers.tick(2000);
  await settle();
  const [picture] = store.now.photo.pictures;
  assert.equal(picture.exact, "/i");
  assert.equal(await exactly(api, picture), picture.blob);
});

test("a picture that is asked for is none of live painting, and comes as it is", async () => {
  const forms = [];
  const { store, painter, calls } = stage({ submit: (_, form) => void forms.push(form) });
  await painter.generate();
  assert.equal(forms[0].get("preview"), null);
  assert.deepEqual(asked(calls), ["/i"]);
  assert.equal(store.now.photo.pictures[0].exact, undefined);
});
