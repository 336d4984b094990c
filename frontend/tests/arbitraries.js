/** Random doodles and operations for the property tests. */
import fc from "fast-check";
import { SUB } from "../static/js/engine/raster.js";

export const HEIGHT = 70;
export const WIDTH = 90;
export const LABELS = [0, 7, 105, 154, 182];

export const label = fc.constantFrom(...LABELS);

/** Places in sub-pixels, some of them outside. */
export const point = fc.tuple(
  fc.integer({ min: -10 * SUB, max: (WIDTH + 10) * SUB }),
  fc.integer({ min: -10 * SUB, max: (HEIGHT + 10) * SUB }),
);
export const radius = fc.oneof(
  fc.integer({ min: 8, max: 40 }),
  fc.integer({ min: 8, max: 20 * SUB }),
);
export const shape = fc.constantFrom("round", "square", "diamond");
const sample = fc.tuple(point, radius).map(([[x, y], r]) => [x, y, r]);

const oneSided = fc.oneof(
  fc.record({
    kind: fc.constant("stroke"),
    shape,
    label,
    points: fc.array(sample, { minLength: 1, maxLength: 8 }),
  }),
  fc.record({
    kind: fc.constant("polygon"),
    label,
    points: fc.array(point, { minLength: 3, maxLength: 12 }),
  }),
  fc.record({ kind: fc.constantFrom("rectangle", "ellipse"), label, from: point, to: point }),
  fc.record({
    kind: fc.constant("fill"),
    label,
    x: fc.integer({ min: 0, max: WIDTH - 1 }),
    y: fc.integer({ min: 0, max: HEIGHT - 1 }),
  }),
  fc.record({ kind: fc.constant("replace"), label, target: label }),
);
export const operation = fc
  .tuple(oneSided, fc.boolean())
  .map(([one, mirror]) => ({ ...one, mirror }));
export const operations = fc.array(operation, { maxLength: 12 });

/** Acts on layers and on what is painted on them; `at` picks a layer. */
const at = fc.nat({ max: 7 });
export const layered = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom("add", "add", "remove", "raise", "lower", "merge", "flatten"),
      at,
    }),
    fc.record({ kind: fc.constantFrom("toggle", "rename", "choose"), at }),
    fc.record({ kind: fc.constant("erase"), at, from: point, to: point }),
    fc.record({ kind: fc.constant("paint"), at, operation }),
    fc.record({ kind: fc.constant("paint"), at, operation }),
  ),
  { maxLength: 16 },
);

/** A browser's storage that remembers nothing. */
export const forgetful = { getItem: () => null, setItem() {} };
