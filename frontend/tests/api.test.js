import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, ApiError, OfflineError, newId } from "../static/js/service/api.js";

/** An API over answers that come one after another; it keeps the requests. */
function scripted(...answers) {
  const requests = [];
  const api = new Api(async (url, init) => {
    requests.push([url, init]);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { api, requests };
}

const problem = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers });

test("a refusal becomes an error with the server's code, words and patience", async () => {
  const body = { code: "queue-full", detail: "The queue is full.", remedy: "Come back later." };
  const { api } = scripted(problem(503, body, { "Retry-After": "7" }));
  await assert.rejects(api.models(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual(
      [error.status, error.code, error.message, error.retryAfter_s],
      [503, "queue-full", "The queue is full. Come back later.", 7],
    );
    return true;
  });
});

test("a proxy's page instead of JSON is still told by its status", async () => {
  const { api } = scripted(new Response("<h1>Bad gateway</h1>", { status: 502 }));
  await assert.rejects(api.models(), { code: "http-502" });
});

test("no answer at all is told apart from a refusal", async () => {
  const { api } = scripted(new TypeError("failed to fetch"));
  await assert.rejects(api.models(), OfflineError);
});

test("a job is asked for with what was seen of it, and an unchanged one is as it was", async () => {
  const queued = { id: "a", status: "queued" };
  const { api, requests } = scripted(
    new Response(JSON.stringify(queued), { headers: { ETag: 'W/"1.2"' } }),
    new Response(null, { status: 304 }),
  );
  await api.job("a", 0);
  assert.deepEqual(await api.job("a", 20), queued);
  assert.equal(requests[1][0], "/api/v1/jobs/a?wait=20");
  assert.deepEqual(requests[1][1].headers, { "If-None-Match": 'W/"1.2"' });
});

test("ids are random UUIDs of version 4", () => {
  const ids = Array.from({ length: 50 }, newId);
  assert.equal(new Set(ids).size, 50);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
