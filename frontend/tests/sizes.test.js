import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  exported,
  growth,
  isLarge,
  nameOf,
  offered,
  ownSize,
  paints,
  shapeOf,
  smaller,
} from "../static/js/service/sizes.js";

const multiples = fc.constantFrom(4, 16, 32);
const models = multiples.chain((multiple) => {
  const side = fc.integer({ min: 1, max: 16 }).map((n) => n * multiple);
  return fc
    .record({
      native_size: fc.tuple(side, side),
      grow: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    })
    .map(({ native_size, grow }) => ({
      native_size,
      size_multiple: multiple,
      max_size: native_size.map((one, i) => one * grow[i]),
    }));
});
const LANDSCAPE = { native_size: [256, 256], size_multiple: 32, max_size: [512, 512] };

test("the shipped model is offered in four shapes and three large ones", () => {
  assert.deepEqual(offered(LANDSCAPE).map(nameOf), [
    "256x256",
    "256x384",
    "384x256",
    "256x512",
    "512x512",
    "352x512",
    "512x352",
  ]);
});

test("every size offered is one that the model paints, its own first, none twice", () => {
  fc.assert(
    fc.property(models, (model) => {
      const sizes = offered(model);
      assert.deepEqual(sizes[0], ownSize(model));
      assert.equal(new Set(sizes.map(nameOf)).size, sizes.length);
      for (const size of sizes) assert.ok(paints(model, size), nameOf(size));
    }),
  );
});

test("a model of one size offers no other", () => {
  const model = { native_size: [256, 512], size_multiple: null, max_size: [512, 1024] };
  assert.deepEqual(offered(model), [{ height: 256, width: 512 }]);
  assert.ok(paints(model, { height: 256, width: 512 }));
  assert.ok(!paints(model, { height: 256, width: 256 }));
});

test("a size is painted if both sides are multiples within the limits", () => {
  for (const [height, width, fits] of [
    [256, 256, true],
    [32, 512, true],
    [544, 256, false],
    [256, 544, false],
    [250, 256, false],
    [0, 256, false],
  ])
    assert.equal(paints(LANDSCAPE, { height, width }), fits, `${height}x${width}`);
});

test("a shape is called by its sides, and large only where both of them grew", () => {
  const shapes = offered(LANDSCAPE).map((size) => [shapeOf(size), isLarge(LANDSCAPE, size)]);
  assert.deepEqual(shapes, [
    ["square", false],
    ["landscape", false],
    ["portrait", false],
    ["wide", false],
    ["square", true],
    ["landscape", true],
    ["portrait", true],
  ]);
  assert.equal(shapeOf({ height: 512, width: 256 }), "tall");
});

test("what is beyond the trained size says how much more there is to paint", () => {
  assert.equal(growth(LANDSCAPE, { height: 512, width: 512 }), 4);
  assert.equal(growth(LANDSCAPE, { height: 256, width: 384 }), 1.5);
  assert.equal(growth(LANDSCAPE, { height: 256, width: 256 }), 1);
  assert.equal(growth(LANDSCAPE, { height: 128, width: 256 }), 1);
  assert.equal(growth(LANDSCAPE, { height: 128, width: 288 }), 1);
});

test("a picture is exported at its own size and at longer ones of its shape that the model paints", () => {
  const model = { ...LANDSCAPE, max_size: [2048, 2048] };
  assert.deepEqual(exported(model, { height: 256, width: 384 }).map(nameOf), [
    "256x384",
    "352x512",
    "672x1024",
    "1376x2048",
  ]);
  const limited = { ...model, max_pixels: 1024 * 1024 };
  assert.deepEqual(exported(limited, { height: 512, width: 512 }).map(nameOf), [
    "512x512",
    "1024x1024",
  ]);
  fc.assert(
    fc.property(models, (one) => {
      const [own, ...others] = exported(one, ownSize(one));
      assert.equal(nameOf(own), nameOf(ownSize(one)));
      for (const size of others) {
        assert.ok(paints(one, size));
        assert.ok(Math.max(size.height, size.width) > Math.max(own.height, own.width) * 0.9);
      }
    }),
  );
});

test("a small copy has the doodle's shape and a size that the model paints, or is the doodle", () => {
  assert.equal(nameOf(smaller(LANDSCAPE, { height: 256, width: 256 }, 128)), "128x128");
  assert.equal(nameOf(smaller(LANDSCAPE, { height: 512, width: 352 }, 128)), "192x128");
  const fixed = { ...LANDSCAPE, size_multiple: null };
  assert.equal(nameOf(smaller(fixed, { height: 256, width: 256 }, 128)), "256x256");
  fc.assert(
    fc.property(models, (model) => {
      const own = ownSize(model);
      const small = smaller(model, own, 128);
      assert.ok(paints(model, small));
      assert.ok(small.height <= Math.max(own.height, 128) || nameOf(small) === nameOf(own));
    }),
  );
});
