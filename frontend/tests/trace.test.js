import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, OfflineError } from "../static/js/service/api.js";
import { TraceError, trace } from "../static/js/service/trace.js";

const PHOTO = new File(["light"], "alps.jpg", { type: "image/jpeg" });

/** A server that answers polls with these statuses in turn. */
function server(...statuses) {
  const asked = [];
  return {
    asked,
    submit: async (id, form) => void asked.push(["submit", id, form.get("model")]),
    job: async () => {
      const next = statuses.length > 1 ? statuses.shift() : statuses[0];
      if (next instanceof Error) throw next;
      return { status: next, position: 2, error: { code: "trace-failed", message: "no light" } };
    },
    labelMap: async () => new Blob(["map"]),
    cancel: async (id) => void asked.push(["cancel", id]),
  };
}

const run = (api, signal = new AbortController().signal, tell = () => {}) =>
  trace({ api, newId: () => "one", sleep: async () => {} }, PHOTO, "alpine", signal, tell);

test("a photo is sent once and its map fetched when the job has succeeded", async () => {
  const api = server("queued", "running", "succeeded");
  const seen = [];
  const map = await run(api, undefined, ({ job }) => job && seen.push(job.status));
  assert.equal(await map.text(), "map");
  assert.deepEqual(seen, ["queued", "running", "succeeded"]);
  assert.deepEqual(api.asked, [["submit", "one", "alpine"]]);
});

test("outages and full queues are waited out and told", async () => {
  const news = [];
  const api = server(new OfflineError("away"), new ApiError(503, "queue-full", "", 2), "succeeded");
  await run(api, undefined, (one) => news.push(one.phase?.code ?? one.online));
  assert.ok(news.includes(false));
  assert.ok(news.includes("queue-full"));
});

test("a job that fails says why, and a refusal is passed on", async () => {
  await assert.rejects(run(server("failed")), new TraceError("no light"));
  const refusing = server(new ApiError(422, "tracing-unsupported", "cannot", null));
  await assert.rejects(run(refusing), { code: "tracing-unsupported" });
});

test("giving up cancels the job", async () => {
  const control = new AbortController();
  const api = server("running");
  await assert.rejects(run(api, control.signal, () => control.abort()));
  assert.deepEqual(api.asked.at(-1), ["cancel", "one"]);
});
