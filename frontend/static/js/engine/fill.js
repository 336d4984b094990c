/** Regions found by equality of labels: exact, so a fill leaves no halo. */

/**
 * Fill the 4-connected region of one label that holds a pixel.
 *
 * `paintRow` must write the label at once: what is painted marks what was visited.
 *
 * @param {import("./resize.js").LabelMap} map
 * @param {number} x @param {number} y a pixel inside the map
 * @param {number} label what the region will hold
 * @param {import("./raster.js").PaintRow} paintRow
 */
export function flood({ labels, width, height }, x, y, label, paintRow) {
  const target = labels[y * width + x];
  if (target === label) return;
  const seeds = [x, y];
  while (seeds.length > 0) {
    const row = /** @type {number} */ (seeds.pop());
    const seed = /** @type {number} */ (seeds.pop());
    const base = row * width;
    if (labels[base + seed] !== target) continue;
    let start = seed;
    let end = seed + 1;
    while (start > 0 && labels[base + start - 1] === target) start--;
    while (end < width && labels[base + end] === target) end++;
    paintRow(row, start, end);
    if (row > 0) pushRuns(seeds, labels, width, row - 1, start, end, target);
    if (row + 1 < height) pushRuns(seeds, labels, width, row + 1, start, end, target);
  }
}

/** Add one seed for every run of `target` in a stretch of a row.
 * @param {number[]} seeds @param {Uint8Array} labels @param {number} width
 * @param {number} row @param {number} start @param {number} end @param {number} target */
function pushRuns(seeds, labels, width, row, start, end, target) {
  const base = row * width;
  let inRun = false;
  for (let x = start; x < end; x++) {
    const same = labels[base + x] === target;
    if (same && !inRun) seeds.push(x, row);
    inRun = same;
  }
}

/**
 * Visit every run of one label in the whole map.
 *
 * @param {import("./resize.js").LabelMap} map
 * @param {number} target @param {import("./raster.js").PaintRow} paintRow
 */
export function everywhere({ labels, width, height }, target, paintRow) {
  for (let y = 0; y < height; y++) {
    const base = y * width;
    for (let x = 0; x < width; x++) {
      if (labels[base + x] !== target) continue;
      const start = x;
      while (x < width && labels[base + x] === target) x++;
      paintRow(y, start, x);
    }
  }
}
