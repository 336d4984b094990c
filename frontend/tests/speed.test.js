import assert from "node:assert/strict";
import { test } from "node:test";
import { expected_s } from "../static/js/service/speed.js";

/** A job of so many seconds. */
const job = (side, took_s, more = {}) => ({
  model: "landscape",
  width: side,
  height: side,
  images: [{}],
  started_at: "2026-11-29T12:00:00Z",
  finished_at: new Date(Date.parse("2026-11-29T12:00:00Z") + 1000 * took_s).toISOString(),
  ...more,
});

test("a larger picture takes longer, judged by the nearest size that was painted", () => {
  const four = expected_s([job(256, 1)], "landscape", 512 * 512);
  assert.ok(four > 3 && four < 4);
  const both = [job(256, 1), job(1024, 10)];
  assert.equal(expected_s(both, "landscape", 2048 * 2048), 10 * four);
  assert.equal(expected_s(both, "landscape", 1024 * 1024), 10);
  assert.equal(expected_s(both, "landscape", 256 * 256), 1);
});

test("one slow picture among the latest does not count, nor does another model's", () => {
  const jobs = [job(256, 1), job(256, 60), job(256, 1.2), job(256, 900, { model: "other" })];
  assert.equal(expected_s(jobs, "landscape", 256 * 256), 1.2);
});

test("four variations take four times as long as one", () => {
  const four = job(256, 8, { images: [{}, {}, {}, {}] });
  assert.equal(expected_s([four], "landscape", 256 * 256), 2);
});

test("nothing is foretold from jobs that failed or never began", () => {
  const failed = job(256, 1, { images: [] });
  const waiting = job(256, 1, { started_at: null, finished_at: null });
  assert.equal(expected_s([failed, waiting], "landscape", 256 * 256), null);
});
