/**
 * A label map made larger without steps at its outlines. Loaded when it is wanted.
 *
 * Each label's area is taken as a smooth surface (a quadratic B-spline over its pixels), and each
 * new pixel has the label whose surface is highest there. So straight edges and lines of one pixel
 * stay what they are, slopes lose their steps, and no label appears that was not near.
 *
 * @typedef {import("./resize.js").LabelMap} LabelMap
 */
import { resize } from "./resize.js";

/** @param {LabelMap} map @param {number} height @param {number} width @returns {LabelMap} */
export function enlarge(map, height, width) {
  const nearest = resize(map, height, width);
  if (height <= map.height || width <= map.width) return nearest;
  const { labels } = nearest;
  const border = borders(map);
  const rows = tapsOf(map.height, height);
  const columns = tapsOf(map.width, width);
  const weights = new Float64Array(256);
  for (let y = 0; y < height; y++) {
    const row = rows[y];
    for (let x = 0; x < width; x++) {
      const column = columns[x];
      if (border[row.at[1] * map.width + column.at[1]]) {
        labels[y * width + x] = highest(map, row, column, weights);
      }
    }
  }
  return nearest;
}

/**
 * The three pixels that bear upon a new one in one direction, and how much each does.
 *
 * @typedef {{ at: [number, number, number], weight: [number, number, number] }} Taps
 * @param {number} before @param {number} after @returns {Taps[]}
 */
function tapsOf(before, after) {
  return Array.from({ length: after }, (_, i) => {
    const place = ((2 * i + 1) * before) / (2 * after) - 0.5;
    const middle = Math.min(before - 1, Math.max(0, Math.round(place)));
    const off = Math.min(0.5, Math.max(-0.5, place - middle));
    return {
      at: [Math.max(0, middle - 1), middle, Math.min(before - 1, middle + 1)],
      weight: [(0.5 - off) ** 2 / 2, 0.75 - off ** 2, (0.5 + off) ** 2 / 2],
    };
  });
}

/** @param {LabelMap} map @param {Taps} row @param {Taps} column @param {Float64Array} weights all 0, and left so */
function highest({ labels, width }, row, column, weights) {
  let best = labels[row.at[1] * width + column.at[1]];
  for (let j = 0; j < 3; j++) {
    for (let i = 0; i < 3; i++) {
      weights[labels[row.at[j] * width + column.at[i]]] += row.weight[j] * column.weight[i];
    }
  }
  for (const y of row.at) {
    for (const x of column.at) {
      const label = labels[y * width + x];
      if (weights[label] > weights[best]) best = label;
    }
  }
  for (const y of row.at) for (const x of column.at) weights[labels[y * width + x]] = 0;
  return best;
}

/** Mark the pixels that have another label beside them. @param {LabelMap} map */
function borders({ height, width, labels }) {
  const marked = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++) {
        for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++) {
          if (labels[j * width + i] !== labels[at]) marked[at] = 1;
        }
      }
    }
  }
  return marked;
}
