/** Jobs that are no longer wanted while they are still being sent. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { ApiError } from "../static/js/service/api.js";
import { runJob } from "../static/js/service/job.js";
import { Painter } from "../static/js/service/painter.js";
import { Store } from "../static/js/state.js";
import { forgetful } from "./arbitraries.js";

/** A service that takes a job a moment after it was sent, even if the page has cut the line since. */
function slowService() {
  const jobs = new Set();
  const sent = [];
  return {
    jobs,
    sent,
    api: {
      submit: (id, form, signal) => {
        sent.push(id);
        const answered = setImmediate()
          .then(setImmediate)
          .then(() => jobs.add(id));
        const cut = new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason)),
        );
        return Promise.race([answered, cut]);
      },
      job: async (id) => ({ id, status: "running", images: [] }),
      cancel: async (id) => {
        if (!jobs.delete(id)) throw new ApiError(404, "job-not-found", "", null);
      },
    },
  };
}

const sleep = async (_, signal) => {
  await setImmediate();
  signal.throwIfAborted();
};

const settled = async () => {
  for (let i = 0; i < 10; i++) await setImmediate();
};

test("a job beside the painting that is given up while it is sent is painted for nobody", async () => {
  const { api, jobs, sent } = slowService();
  const control = new AbortController();
  const running = runJob({ api, newId: () => "one", sleep }, new FormData(), control.signal);
  control.abort();
  await assert.rejects(running, { name: "AbortError" });
  await settled();
  assert.deepEqual(sent, ["one"]);
  assert.deepEqual([...jobs], []);
});

test("a job that is given up before it is sent is never sent", async () => {
  const { api, sent } = slowService();
  await assert.rejects(
    runJob({ api, newId: () => "one", sleep }, new FormData(), AbortSignal.abort()),
  );
  assert.deepEqual(sent, []);
});

/** @param {Promise<FormData>} form that goes out when it is made */
function painting(api, form) {
  const store = new Store(forgetful);
  const makeRequest = () => ({ key: "same", form: () => form });
  return new Painter({ api, store, slot: "tab", newId: () => "one", sleep, makeRequest });
}

test("a painting that is cancelled while it is sent is taken back when the service has it", async () => {
  const { api, jobs, sent } = slowService();
  const painter = painting(api, Promise.resolve(new FormData()));
  void painter.generate();
  while (!sent.length) await setImmediate();
  await painter.cancel();
  await settled();
  assert.deepEqual([...jobs], []);
});

test("a painting that is cancelled before it is sent is neither sent nor taken back", async () => {
  const { api, sent } = slowService();
  const refused = [];
  const cancel = async (id) => void refused.push(id);
  const made = settled().then(() => new FormData());
  const painter = painting({ ...api, cancel }, made);
  void painter.generate();
  await painter.cancel();
  await made;
  await settled();
  assert.deepEqual([sent, refused], [[], []]);
});
