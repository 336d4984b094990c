/** Small regions of a label map, given to what lies around them: no label appears that was not there. */

/** @typedef {import("./resize.js").LabelMap} LabelMap */
/** @typedef {{ of: Int32Array, pixels: Int32Array, count: number }} Regions `of`: which one each pixel is of */

/**
 * Give every region of fewer than `least` pixels the label with which it has most of its border.
 *
 * The smallest come first, and of equal borders the smaller id wins, so the result is a function
 * of the map alone. Regions hang together by the sides of pixels.
 *
 * @param {LabelMap} map @param {number} least @returns {LabelMap} a new one
 */
export function absorb({ height, width, labels: before }, least) {
  const labels = before.slice();
  // Each round takes in at least one region, if there is one with a neighbour.
  while (absorbOnce(labels, width, least));
  return { height, width, labels };
}

/** @param {Uint8Array} labels changed in place @param {number} width @param {number} least @returns {boolean} whether anything has changed */
function absorbOnce(labels, width, least) {
  const regions = findRegions(labels, width);
  const small = [...regions.pixels.keys()].filter((one) => regions.pixels[one] < least);
  if (small.length === 0) return false;
  const borders = findBorders(regions, width, least);
  small.sort((a, b) => regions.pixels[a] - regions.pixels[b] || a - b);
  const first = firstPixels(regions);
  /** What each region becomes. @type {Map<number, number>} */
  const becomes = new Map();
  const touched = new Set();
  for (const one of small) {
    const around = borders.get(one);
    // A region beside one that changes waits: what it borders on is known only afterwards.
    if (!around || touched.has(one)) continue;
    becomes.set(
      one,
      mostOf(around, (other) => labels[first[other]]),
    );
    for (const other of around.keys()) touched.add(other);
  }
  if (becomes.size === 0) return false;
  regions.of.forEach((one, i) => {
    const label = becomes.get(one);
    if (label !== undefined) labels[i] = label;
  });
  return true;
}

/** Find what hangs together. @param {Uint8Array} labels @param {number} width @returns {Regions} */
export function findRegions(labels, width) {
  const of = new Int32Array(labels.length).fill(-1);
  const sizes = [];
  const stack = new Int32Array(labels.length);
  for (let start = 0; start < labels.length; start++) {
    if (of[start] >= 0) continue;
    const one = sizes.length;
    let top = 0;
    let pixels = 0;
    stack[top++] = start;
    of[start] = one;
    while (top > 0) {
      const at = stack[--top];
      pixels++;
      const x = at % width;
      for (const next of [
        x > 0 ? at - 1 : -1,
        x < width - 1 ? at + 1 : -1,
        at - width,
        at + width,
      ]) {
        if (next < 0 || next >= labels.length) continue;
        if (of[next] >= 0 || labels[next] !== labels[start]) continue;
        of[next] = one;
        stack[top++] = next;
      }
    }
    sizes.push(pixels);
  }
  return { of, pixels: Int32Array.from(sizes), count: sizes.length };
}

/** Count the sides of pixels that small regions share with others. @param {Regions} regions @param {number} width @param {number} least @returns {Map<number, Map<number, number>>} */
function findBorders({ of, pixels }, width, least) {
  /** @type {Map<number, Map<number, number>>} */
  const borders = new Map();
  /** @param {number} one @param {number} other */
  const note = (one, other) => {
    if (pixels[one] >= least) return;
    const around = borders.get(one) ?? new Map();
    around.set(other, (around.get(other) ?? 0) + 1);
    borders.set(one, around);
  };
  for (let at = 0; at < of.length; at++) {
    for (const next of [(at + 1) % width ? at + 1 : -1, at + width]) {
      if (next < 0 || next >= of.length || of[at] === of[next]) continue;
      note(of[at], of[next]);
      note(of[next], of[at]);
    }
  }
  return borders;
}

/** @param {Regions} regions @returns {Int32Array} one pixel of each */
function firstPixels({ of, count }) {
  const first = new Int32Array(count);
  for (let at = of.length - 1; at >= 0; at--) first[of[at]] = at;
  return first;
}

/** @param {Map<number, number>} around sides by region @param {(region: number) => number} labelOf */
function mostOf(around, labelOf) {
  /** @type {Map<number, number>} */
  const sides = new Map();
  for (const [other, count] of around) {
    const label = labelOf(other);
    sides.set(label, (sides.get(label) ?? 0) + count);
  }
  return [...sides].sort(([a, m], [b, n]) => n - m || a - b)[0][0];
}
