/**
 * Starter scenes: drawn by rule in a unit square, so that they fit any size and any label set
 * that has their materials.
 *
 * @typedef {{ label: string, points: [number, number][] }} Patch
 * @typedef {{ name: "bay" | "meadow" | "coast" | "winter" | "road" | "blank", patches: Patch[] }} Scene
 */
import { apply } from "../engine/operations.js";
import { Doodle } from "../engine/doodle.js";
import { snap } from "../engine/raster.js";
import { STAMPS } from "../tools/stamps.js";

/** Numbers in [0, 1), the same for a scene every time (a linear congruential generator). @param {number} seed */
function dice(seed) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return ((seed >>> 8) & 0xffff) / 0x10000;
  };
}

/**
 * A skyline through some places, roughened, closed along the bottom.
 *
 * @param {string} label @param {number} seed @param {number} rough height of the bumps
 * @param {[number, number][]} through from left to right
 * @returns {Patch}
 */
function ridge(label, seed, rough, through) {
  const random = dice(seed);
  let line = through;
  for (let pass = 0, bump = rough; pass < 5; pass++, bump *= 0.55) {
    line = line.flatMap((here, i) => {
      const next = line[i + 1];
      if (!next) return [here];
      const middle = (here[1] + next[1]) / 2 + (random() - 0.5) * bump;
      return [here, /** @type {[number, number]} */ ([(here[0] + next[0]) / 2, middle])];
    });
  }
  const [first, last] = [line[0], line[line.length - 1]];
  return { label, points: [[first[0], 1.01], ...line, [last[0], 1.01]] };
}

/** @param {string} label @param {string} stamp @param {number} x @param {number} y @param {number} width @param {number} [height] @returns {Patch} */
function place(label, stamp, x, y, width, height = width) {
  return { label, points: STAMPS[stamp].map(([dx, dy]) => [x + dx * width, y + dy * height]) };
}

/** @param {string} label @param {[number, number][]} points @returns {Patch} */
const area = (label, points) => ({ label, points });

/** @type {Patch} */
const SKY = area("sky-other", [
  [-0.01, -0.01],
  [1.01, -0.01],
  [1.01, 1.01],
  [-0.01, 1.01],
]);

/** @type {Scene[]} */
export const SCENES = [
  {
    name: "bay",
    patches: [
      SKY,
      place("clouds", "cloud", 0.24, 0.16, 0.42, 0.26),
      place("clouds", "cloud", 0.78, 0.1, 0.34, 0.2),
      ridge("mountain", 7, 0.16, [
        [-0.02, 0.5],
        [0.16, 0.36],
        [0.34, 0.45],
        [0.6, 0.2],
        [0.82, 0.42],
        [1.02, 0.36],
      ]),
      ridge("hill", 21, 0.05, [
        [0.46, 0.58],
        [0.7, 0.5],
        [1.02, 0.47],
      ]),
      area("sea", [
        [-0.01, 0.57],
        [1.01, 0.57],
        [1.01, 1.01],
        [-0.01, 1.01],
      ]),
      ridge("sand", 4, 0.04, [
        [-0.02, 0.8],
        [0.22, 0.84],
        [0.45, 0.93],
        [0.66, 1.02],
      ]),
      ridge("grass", 12, 0.05, [
        [-0.02, 0.84],
        [0.16, 0.89],
        [0.34, 1.02],
      ]),
      ridge("tree", 33, 0.16, [
        [-0.02, 0.5],
        [0.08, 0.46],
        [0.17, 0.6],
        [0.2, 0.86],
      ]),
      place("rock", "rock", 0.82, 0.87, 0.26, 0.22),
    ],
  },
  {
    name: "meadow",
    patches: [
      SKY,
      place("clouds", "cloud", 0.3, 0.2, 0.5, 0.3),
      place("clouds", "cloud", 0.8, 0.26, 0.36, 0.2),
      ridge("hill", 5, 0.07, [
        [-0.02, 0.5],
        [0.3, 0.42],
        [0.6, 0.5],
        [1.02, 0.4],
      ]),
      ridge("tree", 9, 0.1, [
        [-0.02, 0.5],
        [0.2, 0.5],
        [0.4, 0.54],
        [0.62, 0.55],
        [1.02, 0.52],
      ]),
      ridge("grass", 2, 0.03, [
        [-0.02, 0.6],
        [0.4, 0.58],
        [1.02, 0.62],
      ]),
      ridge("bush", 17, 0.1, [
        [0.62, 0.74],
        [0.78, 0.66],
        [1.02, 0.62],
      ]),
      ridge("grass", 3, 0.03, [
        [0.55, 0.78],
        [0.8, 0.74],
        [1.02, 0.76],
      ]),
      ridge("flower", 41, 0.06, [
        [-0.02, 0.82],
        [0.3, 0.85],
        [0.52, 0.94],
        [0.62, 1.02],
      ]),
    ],
  },
  {
    name: "coast",
    patches: [
      SKY,
      place("clouds", "cloud", 0.6, 0.14, 0.5, 0.24),
      area("sea", [
        [-0.01, 0.46],
        [1.01, 0.46],
        [1.01, 1.01],
        [-0.01, 1.01],
      ]),
      ridge("rock", 15, 0.14, [
        [-0.02, 0.3],
        [0.14, 0.28],
        [0.26, 0.42],
        [0.34, 0.7],
        [0.44, 0.84],
        [0.52, 1.02],
      ]),
      ridge("grass", 6, 0.06, [
        [-0.02, 0.3],
        [0.12, 0.32],
        [0.2, 0.44],
        [0.22, 1.02],
      ]),
      ridge("sand", 8, 0.03, [
        [0.3, 1.02],
        [0.55, 0.86],
        [0.8, 0.82],
        [1.02, 0.76],
      ]),
      place("rock", "rock", 0.72, 0.58, 0.2, 0.2),
    ],
  },
  {
    name: "winter",
    patches: [
      SKY,
      ridge("mountain", 18, 0.2, [
        [-0.02, 0.34],
        [0.2, 0.14],
        [0.45, 0.42],
        [0.74, 0.1],
        [1.02, 0.36],
      ]),
      place("snow", "mountain", 0.2, 0.2, 0.26, 0.2),
      place("snow", "mountain", 0.73, 0.17, 0.3, 0.22),
      ridge("tree", 26, 0.14, [
        [-0.02, 0.44],
        [0.2, 0.52],
        [0.5, 0.56],
        [0.8, 0.5],
        [1.02, 0.42],
      ]),
      ridge("snow", 11, 0.04, [
        [-0.02, 0.62],
        [0.4, 0.6],
        [1.02, 0.64],
      ]),
      place("tree", "pine", 0.16, 0.66, 0.24, 0.44),
      place("tree", "pine", 0.86, 0.7, 0.28, 0.5),
      area("river", [
        [0.46, 0.6],
        [0.52, 0.6],
        [0.6, 0.76],
        [0.7, 1.01],
        [0.4, 1.01],
        [0.5, 0.78],
      ]),
    ],
  },
  {
    name: "road",
    patches: [
      SKY,
      place("clouds", "cloud", 0.25, 0.14, 0.5, 0.22),
      ridge("mountain", 13, 0.1, [
        [-0.02, 0.44],
        [0.3, 0.32],
        [0.6, 0.44],
        [1.02, 0.34],
      ]),
      ridge("hill", 19, 0.05, [
        [-0.02, 0.52],
        [0.4, 0.48],
        [1.02, 0.5],
      ]),
      ridge("grass", 23, 0.02, [
        [-0.02, 0.58],
        [0.5, 0.56],
        [1.02, 0.58],
      ]),
      area("road", [
        [0.49, 0.57],
        [0.52, 0.57],
        [0.58, 0.68],
        [0.82, 1.01],
        [0.2, 1.01],
        [0.46, 0.68],
      ]),
      ridge("tree", 31, 0.14, [
        [-0.02, 0.3],
        [0.1, 0.34],
        [0.2, 0.52],
        [0.24, 0.72],
      ]),
      ridge("grass", 24, 0.03, [
        [-0.02, 0.68],
        [0.14, 0.72],
        [0.3, 0.76],
      ]),
      place("tree", "tree", 0.84, 0.5, 0.3, 0.42),
    ],
  },
  { name: "blank", patches: [SKY] },
];

/**
 * Paint a scene. Materials that the label set lacks are left out.
 *
 * @param {Scene} scene @param {number} height @param {number} width
 * @param {import("../service/api.js").Label[]} labels
 * @returns {import("../engine/resize.js").LabelMap}
 */
export function paintScene(scene, height, width, labels) {
  const idOf = new Map(labels.map(({ name, id }) => [name, id]));
  const doodle = new Doodle(height, width, idOf.get("sky-other") ?? labels[0].id);
  for (const { label, points } of scene.patches) {
    const id = idOf.get(label);
    if (id === undefined) continue;
    const snapped = points.map(
      ([x, y]) => /** @type {[number, number]} */ ([snap(x * width), snap(y * height)]),
    );
    apply(doodle, { kind: "polygon", label: id, points: snapped });
  }
  return doodle;
}
