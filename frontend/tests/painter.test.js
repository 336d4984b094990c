import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ApiError, OfflineError } from "../static/js/service/api.js";
import { stage } from "./stage.js";

test("a picture that arrives is shown with its seed, and the time it took", async () => {
  const { store, painter } = stage();
  await painter.generate();
  assert.equal(store.now.photo?.pictures[0].seed, 5);
  assert.equal(store.now.phase.kind, "done");
});

test("place and estimate of a waiting job are told, and asked for again without a long poll", async () => {
  const phases = [];
  const { store, painter, calls } = stage({
    jobs: [
      (job) => job("queued", { position: 3, eta_s: 4 }),
      (job) => job("queued", { position: 1 }),
    ],
  });
  store.watch(["phase"], ({ phase }) => phases.push(phase));
  await painter.generate();
  await setImmediate();
  assert.deepEqual(phases.filter(({ kind }) => kind === "queued")[0], {
    kind: "queued",
    position: 3,
    eta_s: 4,
  });
  assert.deepEqual(
    calls.filter(([name]) => name === "job").map((call) => call[2]),
    [0, 0, 20],
  );
});

test("a server that is away is asked again under the same id until it is back", async () => {
  let tries = 0;
  const { store, painter, calls } = stage({
    submit: () => {
      if (++tries < 4) throw new OfflineError("away");
    },
  });
  const online = [];
  store.watch(["online"], (state) => online.push(state.online));
  await painter.generate();
  await setImmediate();
  assert.deepEqual(
    new Set(calls.filter(([name]) => name === "submit").map(([, id]) => id)),
    new Set(["id1"]),
  );
  assert.deepEqual(online, [true, false, true]);
  assert.equal(store.now.phase.kind, "done");
});

test("a busy server is given the time it asks for", async () => {
  let tries = 0;
  const { store, painter, slept } = stage({
    submit: () => {
      if (++tries === 1) throw new ApiError(429, "quota-exceeded", "slow down", 7);
    },
  });
  await painter.generate();
  assert.equal(slept[0], 7);
  assert.equal(store.now.phase.kind, "done");
});

test("a refusal is told with its reason, and the same request can be sent again", async () => {
  let tries = 0;
  const { store, painter } = stage({
    submit: () => {
      if (++tries === 1) throw new ApiError(422, "unknown-style", "no such style", null);
    },
  });
  await painter.generate();
  assert.deepEqual(store.now.phase, {
    kind: "failed",
    code: "unknown-style",
    message: "no such style",
  });
  await painter.retry();
  assert.equal(store.now.phase.kind, "done");
});

test("a job that failed is told with the server's reason, and the old photo stays", async () => {
  const { store, painter } = stage({
    jobs: [
      (job) => job("succeeded", { images: [{ url: "/a", seed: 1 }] }),
      (job) => job("failed", { error: { code: "poison", message: "three times" } }),
    ],
  });
  await painter.generate();
  const { photo } = store.now;
  await painter.generate();
  assert.equal(store.now.phase.kind, "failed");
  assert.equal(store.now.photo, photo);
});

test("live sends nothing while the doodle is as it was, and something once it has changed", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let key = "a";
  const { painter, calls } = stage({ key: () => key });
  const submits = () => calls.filter(([name]) => name === "submit").length;
  const settle = async () => {
    t.mock.timers.tick(300);
    for (let i = 0; i < 20; i++) await setImmediate();
  };
  painter.edited();
  await settle();
  painter.edited();
  await settle();
  assert.equal(submits(), 1);
  key = "b";
  painter.edited();
  painter.edited();
  await settle();
  assert.equal(submits(), 2);
});

test("a stroke that begins holds back the send that is due", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { painter, calls } = stage();
  painter.edited();
  painter.hold();
  t.mock.timers.tick(1000);
  await setImmediate();
  assert.deepEqual(calls, []);
});

test("live sends go into the tab's slot, explicit ones queue", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let strokes = 0;
  const { store, painter, calls } = stage({ key: () => `key${++strokes}` });
  const slots = () => calls.filter(([name]) => name === "submit").map((call) => call[2]);
  store.set({ live: true });
  painter.edited();
  t.mock.timers.tick(1000);
  while (!slots().length) await setImmediate();
  await painter.generate(1);
  await painter.generate(4);
  assert.deepEqual(slots(), ["tab", null, null]);
});

test("a cancelled job is taken back from the server and no longer followed", async () => {
  const { store, painter, calls } = stage({
    jobs: Array.from({ length: 50 }, () => (job) => job("queued", { position: 2 })),
  });
  const painting = painter.generate();
  while (!calls.some(([name]) => name === "job")) await setImmediate();
  await painter.cancel();
  await painting;
  assert.deepEqual(calls.at(-1), ["cancel", "id1"]);
  assert.equal(store.now.phase.kind, "cancelled");
  assert.equal(store.now.photo, null);
});

/** A server that paints in a look, and requests as the page makes them. */
const inLook = (look, more = {}) => ({
  jobs: [(job) => job("succeeded", { images: [{ url: "/i", seed: 5, look }] })],
  key: ({ look: held }) => `doodle ${held}`,
  free: ({ look: held, seed }) => (held ? null : String(seed)),
  ...more,
});

test("the look that came back is held, and the same doodle is not sent again for it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { store, painter, calls } = stage(inLook("dune"));
  await painter.generate();
  assert.equal(store.now.look, "dune");
  assert.equal(store.now.photo?.key, "doodle dune");
  const sent = calls.length;
  painter.edited();
  t.mock.timers.tick(300);
  for (let i = 0; i < 20; i++) await setImmediate();
  assert.equal(calls.length, sent);
});

test("a look is not held where a preset gives it, nor once the dice were thrown", async () => {
  const narrowed = stage(inLook("dune", { free: () => null }));
  await narrowed.painter.generate();
  assert.equal(narrowed.store.now.look, null);

  const thrown = stage(inLook("dune", { submit: () => thrown.store.set({ seed: 77 }) }));
  await thrown.painter.generate();
  assert.equal(thrown.store.now.look, null);
});

test("a look that the model no longer has is let go of, and the doodle is sent without it", async () => {
  let tries = 0;
  const { store, painter } = stage(
    inLook("reef", {
      submit: () => {
        if (++tries === 1) throw new ApiError(422, "unknown-look", "no such look", null);
      },
    }),
  );
  store.set({ look: "gone" });
  await painter.generate();
  assert.equal(tries, 2);
  assert.equal(store.now.look, "reef");
  assert.equal(store.now.phase.kind, "done");
});
