import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ApiError, OfflineError } from "../static/js/service/api.js";
import { Painter } from "../static/js/service/painter.js";
import { Store } from "../static/js/state.js";

/** A painter over an API that answers from a script; time passes at once. */
function stage(script = {}) {
  const store = new Store(null);
  const calls = [];
  const slept = [];
  let ids = 0;
  const job = (status, more = {}) => ({
    id: "j",
    status,
    position: null,
    eta_s: null,
    attempt: 1,
    images: [],
    error: null,
    ...more,
  });
  const api = {
    submit: async (id, form) => {
      calls.push(["submit", id, form.get("slot")]);
      return script.submit?.(calls.length);
    },
    job: async (id, wait_s) => {
      calls.push(["job", id, wait_s]);
      return script.jobs?.shift()?.(job) ?? job("succeeded", { images: [{ url: "/i", seed: 5 }] });
    },
    blob: async () => new Blob(["picture"]),
    cancel: async (id) => calls.push(["cancel", id]),
  };
  const painter = new Painter({
    api,
    store,
    slot: "tab",
    newId: () => `id${++ids}`,
    sleep: async (s, signal) => {
      slept.push(s);
      await setImmediate();
      signal.throwIfAborted();
    },
    makeRequest: () => ({ form: async () => new FormData(), key: script.key?.() ?? "same" }),
  });
  return { store, painter, calls, slept };
}

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

test("one picture goes into the tab's slot, variations do not", async () => {
  const { painter, calls } = stage();
  await painter.generate(1);
  await painter.generate(4);
  assert.deepEqual(
    calls.filter(([name]) => name === "submit").map((call) => call[2]),
    ["tab", null],
  );
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
