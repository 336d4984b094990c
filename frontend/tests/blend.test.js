import assert from "node:assert/strict";
import { test } from "node:test";
import { blended, readBlend } from "../static/js/service/blend.js";

test("a look is read as it is written: one by its id, or two blended", () => {
  assert.deepEqual(readBlend("dune"), { first: "dune", second: null, weight: 0 });
  assert.equal(blended("dune", "reef", 0), "dune");
  for (const weight of [0.05, 1 - 0.7, 0.65, 1]) {
    const { first, second, weight: read } = readBlend(blended("dune", "reef", weight));
    assert.deepEqual([first, second], ["dune", "reef"]);
    assert.ok(Math.abs(read - weight) < 1e-9);
  }
  assert.equal(blended("dune", "reef", 1 - 0.7), "dune+reef:0.3");
});
