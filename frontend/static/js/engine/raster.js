/**
 * Shapes as rows of whole pixels: no anti-aliasing, so no pixel ever holds a label nobody painted.
 *
 * Coordinates and radii are integers in sub-pixels (1/16 pixel). A pixel belongs to a shape when
 * its centre does. All decisions are made in integer arithmetic (below 2^53, where doubles are
 * exact), so that the same operations give the same bytes everywhere.
 *
 * @typedef {(y: number, start: number, end: number) => void} PaintRow
 *   receives one run of pixels: row `y`, columns `start` up to but not including `end`; runs may
 *   reach outside the doodle, which clips them
 * @typedef {"round" | "square" | "diamond"} BrushShape
 * @typedef {[number, number]} Point in sub-pixels: x, y
 */

/** Sub-pixels per pixel. */
export const SUB = 16;
const HALF = SUB / 2;

/** @param {number} value in pixels @returns {number} in sub-pixels */
export const snap = (value) => Math.round(value * SUB);

/** @param {number} x in sub-pixels @returns {number} first pixel column whose centre is at or right of x */
const firstPixel = (x) => Math.ceil((x - HALF) / SUB);

/** @param {number} x in sub-pixels @returns {number} last pixel column whose centre is at or left of x */
const lastPixel = (x) => Math.floor((x - HALF) / SUB);

/**
 * Sweep a brush along a straight segment.
 *
 * @param {BrushShape} shape
 * @param {Point} from
 * @param {Point} to
 * @param {number} radius in sub-pixels
 * @param {PaintRow} paintRow
 */
export function sweep(shape, from, to, radius, paintRow) {
  if (shape === "round") sweepRound(from, to, radius, paintRow);
  else sweepPolygon(shape === "square" ? squarePlanes : diamondPlanes, from, to, radius, paintRow);
}

/**
 * A capsule: all points no farther than `radius` from the segment.
 *
 * @param {Point} from @param {Point} to @param {number} radius @param {PaintRow} paintRow
 */
function sweepRound([ax, ay], [bx, by], radius, paintRow) {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const radius2 = radius * radius;

  /** @param {number} column @param {number} cy */
  const inside = (column, cy) => {
    const px = column * SUB + HALF - ax;
    const py = cy - ay;
    const along = px * dx + py * dy;
    if (along <= 0) return px * px + py * py <= radius2;
    if (along >= length2) return (px - dx) ** 2 + (py - dy) ** 2 <= radius2;
    const across = px * dy - py * dx;
    return across * across <= radius2 * length2;
  };

  const last = lastPixel(Math.max(ay, by) + radius);
  for (let y = firstPixel(Math.min(ay, by) - radius); y <= last; y++) {
    const cy = y * SUB + HALF;
    const [low, high] = roundRow(ax, ay, bx, by, radius, cy);
    // The estimate is in floating point: widen it by a pixel, then let the exact test decide.
    let start = firstPixel(low) - 1;
    let end = lastPixel(high) + 1;
    while (start <= end && !inside(start, cy)) start++;
    while (end >= start && !inside(end, cy)) end--;
    if (start <= end) paintRow(y, start, end + 1);
  }
}

/** Estimate where a capsule meets the line y = cy, as [low, high] in sub-pixels.
 * @param {number} ax @param {number} ay @param {number} bx @param {number} by
 * @param {number} radius @param {number} cy @returns {[number, number]} */
function roundRow(ax, ay, bx, by, radius, cy) {
  let low = Infinity;
  let high = -Infinity;
  for (const [x, y] of [
    [ax, ay],
    [bx, by],
  ]) {
    const half = Math.sqrt(radius * radius - (cy - y) ** 2);
    if (Number.isNaN(half)) continue;
    low = Math.min(low, x - half);
    high = Math.max(high, x + half);
  }
  const length = Math.hypot(bx - ax, by - ay);
  if (length === 0) return [low, high];
  const nx = (-(by - ay) * radius) / length;
  const ny = ((bx - ax) * radius) / length;
  const corners = [
    [ax + nx, ay + ny],
    [bx + nx, by + ny],
    [bx - nx, by - ny],
    [ax - nx, ay - ny],
  ];
  for (let i = 0; i < 4; i++) {
    const [x0, y0] = corners[i];
    const [x1, y1] = corners[(i + 1) % 4];
    if (cy < Math.min(y0, y1) || cy > Math.max(y0, y1) || y0 === y1) continue;
    const x = x0 + ((cy - y0) * (x1 - x0)) / (y1 - y0);
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  return [low, high];
}

/** A half-plane a·x + b·y <= c. @typedef {[number, number, number]} Plane */

/** Hull of a square moved along a segment. @param {Point} from @param {Point} to @param {number} h @returns {Plane[]} */
function squarePlanes([ax, ay], [bx, by], h) {
  const dx = bx - ax;
  const dy = by - ay;
  const across = dy * ax - dx * ay;
  const reach = h * (Math.abs(dx) + Math.abs(dy));
  return [
    [1, 0, Math.max(ax, bx) + h],
    [-1, 0, -Math.min(ax, bx) + h],
    [0, 1, Math.max(ay, by) + h],
    [0, -1, -Math.min(ay, by) + h],
    [dy, -dx, across + reach],
    [-dy, dx, -across + reach],
  ];
}

/** Hull of a diamond moved along a segment: a square in (x + y, x - y). @param {Point} from @param {Point} to @param {number} h @returns {Plane[]} */
function diamondPlanes([ax, ay], [bx, by], h) {
  return squarePlanes([ax + ay, ax - ay], [bx + by, bx - by], h).map(
    ([a, b, c]) => /** @type {Plane} */ ([a + b, a - b, c]),
  );
}

/**
 * @param {(from: Point, to: Point, radius: number) => Plane[]} hull
 * @param {Point} from @param {Point} to @param {number} radius @param {PaintRow} paintRow
 */
function sweepPolygon(hull, from, to, radius, paintRow) {
  const planes = hull(from, to, radius);
  const last = lastPixel(Math.max(from[1], to[1]) + radius);
  for (let y = firstPixel(Math.min(from[1], to[1]) - radius); y <= last; y++) {
    const cy = y * SUB + HALF;
    let start = -Infinity;
    let end = Infinity;
    for (const [a, b, c] of planes) {
      const rest = c - b * cy - a * HALF;
      if (a > 0) end = Math.min(end, Math.floor(rest / (a * SUB)));
      else if (a < 0) start = Math.max(start, Math.ceil(rest / (a * SUB)));
      else if (rest < 0) end = -Infinity;
    }
    if (start <= end) paintRow(y, start, end + 1);
  }
}

/**
 * Fill a closed polygon by the non-zero winding rule.
 *
 * @param {Point[]} points at least 3; the last joins the first
 * @param {PaintRow} paintRow
 */
export function polygon(points, paintRow) {
  if (points.length < 3) return;
  const ys = points.map((point) => point[1]);
  const last = lastPixel(Math.max(...ys));
  for (let y = firstPixel(Math.min(...ys)); y <= last; y++) polygonRow(points, y, paintRow);
}

/** @param {Point[]} points @param {number} y @param {PaintRow} paintRow */
function polygonRow(points, y, paintRow) {
  const cy = y * SUB + HALF;
  /** @type {{column: number, turn: number}[]} */
  const crossings = [];
  for (let i = 0; i < points.length; i++) {
    const [x0, y0] = points[i];
    const [x1, y1] = points[(i + 1) % points.length];
    if (y0 <= cy === y1 <= cy) continue;
    const down = y1 > y0 ? 1 : -1;
    const rise = (y1 - y0) * down;
    const across = (x0 - HALF) * rise + (cy - y0) * (x1 - x0) * down;
    crossings.push({ column: Math.ceil(across / (rise * SUB)), turn: down });
  }
  crossings.sort((a, b) => a.column - b.column);
  let winding = 0;
  for (let i = 0; i < crossings.length; i++) {
    if (winding !== 0) {
      const start = crossings[i - 1].column;
      if (start < crossings[i].column) paintRow(y, start, crossings[i].column);
    }
    winding += crossings[i].turn;
  }
}

/**
 * Fill the rectangle between two corners.
 *
 * @param {Point} from @param {Point} to @param {PaintRow} paintRow
 */
export function rectangle([ax, ay], [bx, by], paintRow) {
  const start = firstPixel(Math.min(ax, bx));
  const end = firstPixel(Math.max(ax, bx));
  const last = firstPixel(Math.max(ay, by));
  if (start >= end) return;
  for (let y = firstPixel(Math.min(ay, by)); y < last; y++) paintRow(y, start, end);
}

/**
 * Fill the ellipse that touches the sides of the box between two corners.
 *
 * @param {Point} from @param {Point} to @param {PaintRow} paintRow
 */
export function ellipse([ax, ay], [bx, by], paintRow) {
  const cx = (ax + bx) / 2;
  const cy = (ay + by) / 2;
  const rx = Math.abs(bx - ax) / 2;
  const ry = Math.abs(by - ay) / 2;
  const last = lastPixel(cy + ry);
  for (let y = firstPixel(cy - ry); y <= last; y++) {
    const up = (y * SUB + HALF - cy) / ry;
    const half = rx * Math.sqrt(Math.max(0, 1 - up * up));
    const start = firstPixel(cx - half);
    const end = lastPixel(cx + half);
    if (start <= end) paintRow(y, start, end + 1);
  }
}
