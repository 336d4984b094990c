/**
 * Print random operations and the doodle they make, for the replay in tests/frontend: one line of
 * JSON for each doodle. Arguments: seed and number of doodles.
 */
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { apply } from "../static/js/engine/operations.js";
import { HEIGHT, WIDTH, operations } from "./arbitraries.js";

const [seed, count] = process.argv.slice(2).map(Number);
for (const ops of fc.sample(operations, { seed, numRuns: count })) {
  const doodle = new Doodle(HEIGHT, WIDTH, 156);
  for (const op of ops) apply(doodle, op);
  const labels = Buffer.from(doodle.labels).toString("base64");
  console.log(JSON.stringify({ height: HEIGHT, width: WIDTH, base: 156, operations: ops, labels }));
}
