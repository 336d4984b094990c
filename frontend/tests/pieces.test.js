import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { SEE_THROUGH } from "../static/js/engine/layers.js";
import {
  cut,
  flip,
  grow,
  holds,
  outline,
  put,
  rectanglePiece,
  regionPiece,
  shrink,
} from "../static/js/engine/pieces.js";
import { Editor } from "../static/js/tools/editor.js";
import { selectionOf } from "../static/js/tools/selection.js";

const LABELS = 4;
const sheets = fc
  .record({ height: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 1, max: 12 }) })
  .chain(({ height, width }) =>
    fc.record({
      height: fc.constant(height),
      width: fc.constant(width),
      labels: fc
        .array(fc.constantFrom(...Array(LABELS).keys(), SEE_THROUGH), {
          minLength: height * width,
          maxLength: height * width,
        })
        .map((labels) => Uint8Array.from(labels)),
    }),
  );
const pixels = fc.record({
  x: fc.integer({ min: -3, max: 14 }),
  y: fc.integer({ min: -3, max: 14 }),
});
/** What is seen of a layer has a label everywhere. */
const seen = (sheet) => ({
  ...sheet,
  labels: sheet.labels.map((label) => (label === SEE_THROUGH ? LABELS : label)),
});
/** A sheet and a piece of it, a rectangle or a region. */
const chosen = fc.tuple(sheets, pixels, pixels, fc.boolean()).map(([sheet, a, b, region]) => {
  const at = { x: Math.max(0, a.x) % sheet.width, y: Math.max(0, a.y) % sheet.height };
  return [sheet, region ? regionPiece(sheet, seen(sheet), at) : rectanglePiece(sheet, a, b)];
});
const check = (property) =>
  fc.assert(
    fc.property(chosen, ([sheet, piece]) => {
      if (piece) property(sheet, piece);
    }),
    { numRuns: 300 },
  );
const count = (labels, label) => labels.filter((one) => one === label).length;

test("a piece that is cut out and put back leaves the layer as it was", () => {
  check((sheet, piece) => {
    for (const left of [1, SEE_THROUGH]) {
      const below = { ...sheet, labels: cut(sheet, piece, left) };
      // What held nothing holds what was left there, unless that is nothing too.
      const back = put(below, piece);
      const nothing = (i) => sheet.labels[i] === SEE_THROUGH && left !== SEE_THROUGH;
      back.forEach((label, i) => nothing(i) || assert.equal(label, sheet.labels[i]));
    }
  });
});

test("turned over twice a piece is what it was, and once it is a mirror", () => {
  check((sheet, piece) => {
    for (const upDown of [false, true]) {
      assert.deepEqual(flip(flip(piece, upDown), upDown), piece);
      const once = flip(piece, upDown);
      for (let label = 0; label < LABELS; label++)
        assert.equal(count(once.labels, label), count(piece.labels, label));
    }
  });
});

test("made larger by a whole number every pixel is a square, and made smaller again it is back", () => {
  check((sheet, piece) => {
    for (const times of [2, 3]) {
      const large = grow(piece, times);
      assert.deepEqual([large.height, large.width], [piece.height * times, piece.width * times]);
      for (let label = 0; label < LABELS; label++)
        assert.equal(count(large.labels, label), times * times * count(piece.labels, label));
      const small = shrink(large, times);
      assert.deepEqual([...small.labels], [...piece.labels]);
      assert.deepEqual([...small.mask], [...piece.mask]);
    }
  });
});

test("wherever a piece is put, no label appears that was not there", () => {
  fc.assert(
    fc.property(chosen, pixels, ([sheet, piece], { x, y }) => {
      if (!piece) return;
      const before = new Set(sheet.labels);
      const after = put({ ...sheet, labels: cut(sheet, piece, SEE_THROUGH) }, { ...piece, x, y });
      for (const label of after) assert.ok(label === SEE_THROUGH || before.has(label));
    }),
  );
});

test("a region is what hangs together with the pixel, and its outline has an even number of ends", () => {
  fc.assert(
    fc.property(sheets, pixels, (sheet, a) => {
      const at = { x: Math.max(0, a.x) % sheet.width, y: Math.max(0, a.y) % sheet.height };
      const { labels } = seen(sheet);
      const label = labels[at.y * sheet.width + at.x];
      const region = regionPiece(sheet, seen(sheet), at);
      assert.ok(holds(region, at));
      for (let y = 0; y < sheet.height; y++)
        for (let x = 0; x < sheet.width; x++) {
          if (!holds(region, { x, y })) continue;
          assert.equal(labels[y * sheet.width + x], label);
          const beside = [
            [x + 1, y],
            [x, y + 1],
          ];
          for (const [nx, ny] of beside)
            if (nx < sheet.width && ny < sheet.height)
              assert.equal(
                holds(region, { x: nx, y: ny }),
                labels[ny * sheet.width + nx] === label,
              );
        }
      assert.equal((outline(region).match(/[HV]/g) ?? []).length % 2, 0);
    }),
  );
});

/** An editor of two layers: sky below, a square of 7 on the upper one. */
function editing() {
  const store = {
    now: { baseLabel: 1, edits: 0 },
    set: (patch) => Object.assign(store.now, patch),
  };
  const doodle = new Doodle(16, 16, 1);
  const editor = new Editor(store, doodle);
  editor.paint({ kind: "rectangle", label: 7, from: [64, 64], to: [128, 128] });
  return { editor, selection: selectionOf(editor) };
}
const touch = (x, y) => ({ x, y, pressure: 1, pen: false, shift: false });
const drag = (selection, from, to) => {
  selection.down(touch(...from));
  selection.move(touch(...to));
  selection.up(touch(...to));
};
const where = (editor, label) =>
  [...editor.doodle.labels.keys()].filter((i) => editor.doodle.labels[i] === label);

test("moved twice, a region leaves what it passed over as it was, and each move is one step", () => {
  const { editor, selection } = editing();
  const before = editor.doodle.labels.slice();
  editor.paint({ kind: "rectangle", label: 5, from: [160, 64], to: [192, 128] });
  const painted = editor.doodle.labels.slice();
  selection.down(touch(5, 5));
  selection.up(touch(5, 5));
  drag(selection, [5, 5], [10, 5]);
  assert.equal(where(editor, 7).length, 16);
  assert.equal(where(editor, 5).length, 0, "it lies over it");
  drag(selection, [10, 5], [5, 10]);
  assert.equal(where(editor, 5).length, 8, "and off it again");
  assert.equal(editor.undoable?.name, "move");
  editor.undo();
  editor.undo();
  assert.deepEqual(editor.doodle.labels, painted);
  editor.undo();
  assert.deepEqual(editor.doodle.labels, before);
});

test("what is copied is pasted where it was, floats, and is erased, flipped and grown", () => {
  const { editor, selection } = editing();
  drag(selection, [4, 4], [7, 7]);
  assert.ok(selection.copy());
  assert.ok(selection.paste());
  assert.equal(where(editor, 7).length, 16, "in its own place");
  selection.nudge(6, 0);
  assert.equal(where(editor, 7).length, 32);
  selection.grow(2);
  assert.equal(where(editor, 7).length, 16 + 8 * 8, "twice as large");
  selection.shrink(2);
  assert.equal(where(editor, 7).length, 32);
  selection.erase();
  assert.equal(where(editor, 7).length, 16);
  const left = where(editor, 7);
  selection.flip(false);
  assert.deepEqual(
    where(editor, 7),
    left.map((i) => 16 * Math.floor(i / 16) + 15 - (i % 16)).sort((a, b) => a - b),
    "with nothing selected the layer is turned over",
  );
});

test("whoever paints on lets go of the selection", () => {
  const { editor, selection } = editing();
  selection.all();
  assert.ok(selection.piece);
  editor.paint({ kind: "fill", label: 3, x: 0, y: 0 });
  assert.equal(selection.piece, null);
});
