import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { cover, resize } from "../static/js/engine/resize.js";
import { crc32, readLabelPng, writeLabelPng } from "../static/js/files/png.js";
import { readProject, writeProject } from "../static/js/files/project.js";

const map = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .chain(([height, width]) =>
    fc
      .uint8Array({ minLength: height * width, maxLength: height * width })
      .map((labels) => ({ height, width, labels: new Uint8Array(labels) })),
  );

test("a label map comes back from its PNG exactly", async () => {
  await fc.assert(
    fc.asyncProperty(map, async (one) => {
      const png = await writeLabelPng(one, new Map([[156, [117, 158, 223]]]), "landscape");
      const back = await readLabelPng(new Uint8Array(await png.arrayBuffer()));
      assert.deepEqual(back, one);
    }),
  );
});

test("the PNG checksum is the standard one", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("every row filter of the PNG specification is undone", async () => {
  const [height, width] = [5, 7];
  const labels = Uint8Array.from(
    { length: height * width },
    (_, i) => (i * 37 + (i % 5) * 11) & 255,
  );
  const at = (x, y) => (x < 0 || y < 0 ? 0 : labels[y * width + x]);
  const paeth = (a, b, c) => {
    const near = [a, b, c].map((n) => Math.abs(a + b - c - n));
    return [a, b, c][near.indexOf(Math.min(...near))];
  };
  const guesses = [
    () => 0,
    (x, y) => at(x - 1, y),
    (x, y) => at(x, y - 1),
    (x, y) => (at(x - 1, y) + at(x, y - 1)) >> 1,
    (x, y) => paeth(at(x - 1, y), at(x, y - 1), at(x - 1, y - 1)),
  ];
  const rows = [];
  for (let y = 0; y < height; y++) {
    rows.push(y);
    for (let x = 0; x < width; x++) rows.push((at(x, y) - guesses[y](x, y)) & 255);
  }
  const png = pngOf(height, width, deflateSync(Uint8Array.from(rows)));
  assert.deepEqual(await readLabelPng(png), { height, width, labels });
});

/** Put a PNG together from its compressed rows. */
function pngOf(height, width, data, depth = 8, colour = 3) {
  const chunk = (type, bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, Buffer.from(type), bytes, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const parts = [
    signature,
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

test("files that are no label maps are refused with a reason", async () => {
  await assert.rejects(readLabelPng(new TextEncoder().encode("GIF89a")), /not a PNG/);
  const colourful = pngOf(1, 1, deflateSync(Uint8Array.from([0, 1, 2, 3])), 8, 2);
  await assert.rejects(readLabelPng(colourful), /8-bit grey or palette/);
  const short = pngOf(4, 4, deflateSync(Uint8Array.from([0, 1])));
  await assert.rejects(readLabelPng(short), /cut short/);
});

const looks = fc.option(fc.stringMatching(/^[0-9a-f]{8}$/));

test("a project comes back from its file exactly", async () => {
  await fc.assert(
    fc.asyncProperty(
      map,
      fc.nat(),
      fc.boolean(),
      looks,
      async (one, seed, naturalBorders, look) => {
        const options = { model: "landscape", seed, style: "dusk", look, naturalBorders };
        const project = { map: one, labelSet: "landscape", ...options };
        const file = await writeProject(project);
        assert.deepEqual(await readProject(await file.text()), project);
      },
    ),
    { numRuns: 25 },
  );
});

test("a file that is no project, or a later format, is refused", async () => {
  await assert.rejects(readProject("hello"), /not JSON/);
  await assert.rejects(readProject('{"doodlescape": 2, "size": [1, 1]}'), /format 1/);
  const lying = await writeProject({
    map: { height: 1, width: 2, labels: new Uint8Array(2) },
    labelSet: "",
    model: "",
    seed: 0,
    style: null,
    look: null,
    naturalBorders: false,
  });
  await assert.rejects(readProject((await lying.text()).replace("2\n", "3\n")), /its size says 3/);
});

test("resizing takes labels from the map and never mixes them", () => {
  fc.assert(
    fc.property(
      map,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      (one, height, width) => {
        for (const made of [resize(one, height, width), cover(one, height, width)]) {
          assert.equal(made.labels.length, height * width);
          assert.ok(made.labels.every((label) => one.labels.includes(label)));
        }
        assert.deepEqual(resize(one, one.height, one.width).labels, one.labels);
      },
    ),
  );
});
