import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SUB, ellipse, polygon, rectangle, sweep } from "../static/js/engine/raster.js";
import { HEIGHT, WIDTH, point, radius, shape } from "./arbitraries.js";

/** Collect rows as a set of "x,y", clipped to a box that holds every arbitrary point. */
function pixels(draw) {
  const found = new Set();
  draw((y, start, end) => {
    for (let x = Math.max(start, -60); x < Math.min(end, WIDTH + 60); x++) found.add(`${x},${y}`);
  });
  return found;
}

/** Big-integer truth: is the centre of pixel (x, y) within the swept brush? */
function inside(kind, [ax, ay], [bx, by], r, x, y) {
  const [px, py] = [BigInt(x * SUB + 8 - ax), BigInt(y * SUB + 8 - ay)];
  const [dx, dy, h] = [BigInt(bx - ax), BigInt(by - ay), BigInt(r)];
  if (kind === "diamond") return inSquare(px + py, px - py, dx + dy, dx - dy, h);
  if (kind === "square") return inSquare(px, py, dx, dy, h);
  const along = px * dx + py * dy;
  const length2 = dx * dx + dy * dy;
  if (along <= 0n) return px * px + py * py <= h * h;
  if (along >= length2) return (px - dx) ** 2n + (py - dy) ** 2n <= h * h;
  return (px * dy - py * dx) ** 2n <= h * h * length2;
}

const abs = (n) => (n < 0n ? -n : n);
const between = (n, a, b) => n >= (a < b ? a : b) && n <= (a > b ? a : b);

function inSquare(px, py, dx, dy, h) {
  const boxed = [
    [px, dx],
    [py, dy],
  ].every(([p, d]) => between(p, (d < 0n ? d : 0n) - h, (d > 0n ? d : 0n) + h));
  return boxed && abs(px * dy - py * dx) <= h * (abs(dx) + abs(dy));
}

test("a swept brush holds exactly the pixels whose centre it reaches", () => {
  fc.assert(
    fc.property(shape, point, point, radius, (kind, from, to, r) => {
      const painted = pixels((row) => sweep(kind, from, to, r, row));
      for (let y = -45; y < HEIGHT + 45; y++) {
        for (let x = -45; x < WIDTH + 45; x++) {
          assert.equal(
            painted.has(`${x},${y}`),
            inside(kind, from, to, r, x, y),
            `pixel ${x},${y}`,
          );
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("a stroke is the same forwards and backwards", () => {
  fc.assert(
    fc.property(shape, point, point, radius, (kind, from, to, r) => {
      const there = pixels((row) => sweep(kind, from, to, r, row));
      const back = pixels((row) => sweep(kind, to, from, r, row));
      assert.deepEqual(there, back);
    }),
  );
});

test("each row of a swept brush is one run, so a stroke has no holes", () => {
  fc.assert(
    fc.property(shape, point, point, radius, (kind, from, to, r) => {
      const rows = [];
      sweep(kind, from, to, r, (y) => rows.push(y));
      assert.equal(new Set(rows).size, rows.length);
    }),
  );
});

test("the thinnest brush, centred on a pixel, paints that pixel alone", () => {
  for (const kind of ["round", "square", "diamond"]) {
    const centre = [5 * SUB + 8, 3 * SUB + 8];
    const painted = pixels((row) => sweep(kind, centre, centre, 8, row));
    assert.deepEqual([...painted], ["5,3"]);
  }
});

test("a rectangle holds the pixels whose centres lie between its corners", () => {
  const painted = pixels((row) => rectangle([5 * SUB, 2 * SUB], [2 * SUB, 4 * SUB], row));
  assert.deepEqual(painted, new Set(["2,2", "3,2", "4,2", "2,3", "3,3", "4,3"]));
});

test("a polygon around a rectangle paints what the rectangle paints", () => {
  fc.assert(
    fc.property(point, point, ([ax, ay], [bx, by]) => {
      const corners = [
        [ax, ay],
        [bx, ay],
        [bx, by],
        [ax, by],
      ];
      assert.deepEqual(
        pixels((row) => polygon(corners, row)),
        pixels((row) => rectangle([ax, ay], [bx, by], row)),
      );
    }),
  );
});

test("polygons that share an edge neither overlap nor leave a gap", () => {
  fc.assert(
    fc.property(point, point, point, point, (a, b, c, d) => {
      // Two triangles on both sides of the edge a-c, wound the same way.
      const side = ([x, y]) => Math.sign((c[0] - a[0]) * (y - a[1]) - (c[1] - a[1]) * (x - a[0]));
      fc.pre(side(b) * side(d) < 0);
      const left = pixels((row) => polygon([a, b, c], row));
      const right = pixels((row) => polygon([a, c, d], row));
      for (const pixel of left) assert.ok(!right.has(pixel), `${pixel} is painted twice`);
    }),
  );
});

test("an ellipse stays in its box and touches the middle of it", () => {
  fc.assert(
    fc.property(point, point, ([ax, ay], [bx, by]) => {
      fc.pre(Math.abs(ax - bx) > 4 * SUB && Math.abs(ay - by) > 4 * SUB);
      const painted = pixels((row) => ellipse([ax, ay], [bx, by], row));
      const middle = [Math.floor((ax + bx) / 2 / SUB), Math.floor((ay + by) / 2 / SUB)];
      assert.ok(painted.has(middle.join(",")));
      for (const pixel of painted) {
        const [x, y] = pixel.split(",").map((n) => Number(n) * SUB + 8);
        assert.ok(x >= Math.min(ax, bx) && x <= Math.max(ax, bx));
        assert.ok(y >= Math.min(ay, by) && y <= Math.max(ay, by));
      }
    }),
  );
});
