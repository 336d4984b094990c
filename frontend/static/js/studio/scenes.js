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
      place("clouds", "cloud", 0.24, 0.15, 0.42, 0.22),
      place("clouds", "cloud", 0.86, 0.09, 0.3, 0.16),
      ridge("mountain", 7, 0.14, [
        [-0.02, 0.42],
        [0.16, 0.36],
        [0.36, 0.44],
        [0.62, 0.18],
        [0.82, 0.38],
        [1.02, 0.34],
      ]),
      ridge("hill", 21, 0.04, [
        [0.4, 0.55],
        [0.66, 0.48],
        [1.02, 0.45],
      ]),
      area("sea", [
        [-0.01, 0.54],
        [1.01, 0.54],
        [1.01, 1.01],
        [-0.01, 1.01],
      ]),
      ridge("tree", 33, 0.12, [
        [-0.02, 0.3],
        [0.07, 0.34],
        [0.16, 0.46],
        [0.24, 0.56],
        [0.32, 0.66],
      ]),
      ridge("grass", 12, 0.03, [
        [-0.02, 0.64],
        [0.16, 0.63],
        [0.32, 0.66],
        [0.42, 0.74],
        [0.46, 0.8],
      ]),
      ridge("sand", 4, 0.03, [
        [-0.02, 0.84],
        [0.2, 0.79],
        [0.42, 0.76],
        [0.54, 0.8],
        [0.66, 0.89],
        [0.86, 1.02],
      ]),
      place("rock", "rock", 0.72, 0.74, 0.15, 0.13),
      place("rock", "rock", 0.85, 0.82, 0.22, 0.19),
    ],
  },
  {
    name: "meadow",
    patches: [
      SKY,
      place("clouds", "cloud", 0.3, 0.14, 0.5, 0.24),
      place("clouds", "cloud", 0.78, 0.2, 0.36, 0.16),
      ridge("mountain", 5, 0.1, [
        [-0.02, 0.4],
        [0.2, 0.28],
        [0.42, 0.4],
        [0.64, 0.32],
        [1.02, 0.42],
      ]),
      ridge("hill", 15, 0.05, [
        [-0.02, 0.46],
        [0.3, 0.45],
        [0.66, 0.4],
        [1.02, 0.38],
      ]),
      ridge("tree", 9, 0.07, [
        [-0.02, 0.46],
        [0.14, 0.5],
        [0.36, 0.53],
        [0.62, 0.52],
        [1.02, 0.46],
      ]),
      ridge("grass", 2, 0.02, [
        [-0.02, 0.58],
        [0.4, 0.57],
        [1.02, 0.57],
      ]),
      area("water-other", [
        [0.1, 0.665],
        [0.26, 0.64],
        [0.46, 0.64],
        [0.56, 0.665],
        [0.5, 0.71],
        [0.34, 0.74],
        [0.18, 0.73],
      ]),
      ridge("bush", 17, 0.06, [
        [-0.02, 0.68],
        [0.08, 0.67],
        [0.17, 0.72],
        [0.22, 0.8],
      ]),
      ridge("grass", 3, 0.02, [
        [-0.02, 0.78],
        [0.3, 0.77],
        [0.6, 0.8],
        [1.02, 0.76],
      ]),
      place("tree", "tree", 0.78, 0.58, 0.34, 0.48),
    ],
  },
  {
    name: "coast",
    patches: [
      SKY,
      place("clouds", "cloud", 0.34, 0.15, 0.5, 0.22),
      ridge("hill", 29, 0.03, [
        [-0.02, 0.42],
        [0.14, 0.41],
        [0.34, 0.47],
      ]),
      area("sea", [
        [-0.01, 0.46],
        [1.01, 0.46],
        [1.01, 1.01],
        [-0.01, 1.01],
      ]),
      ridge("rock", 15, 0.1, [
        [0.5, 0.84],
        [0.56, 0.6],
        [0.64, 0.4],
        [0.76, 0.3],
        [1.02, 0.26],
      ]),
      area("grass", [
        [0.64, 0.36],
        [0.74, 0.27],
        [0.86, 0.24],
        [1.01, 0.2],
        [1.01, 0.36],
        [0.9, 0.35],
        [0.8, 0.38],
        [0.72, 0.37],
      ]),
      place("rock", "rock", 0.4, 0.62, 0.13, 0.22),
      place("rock", "rock", 0.22, 0.56, 0.09, 0.12),
      ridge("sand", 8, 0.02, [
        [-0.02, 0.86],
        [0.24, 0.84],
        [0.5, 0.78],
        [0.76, 0.77],
        [1.02, 0.72],
      ]),
    ],
  },
  {
    name: "winter",
    patches: [
      SKY,
      place("clouds", "cloud", 0.5, 0.1, 0.4, 0.14),
      ridge("mountain", 18, 0.18, [
        [-0.02, 0.34],
        [0.22, 0.16],
        [0.46, 0.4],
        [0.72, 0.12],
        [1.02, 0.36],
      ]),
      ridge("tree", 26, 0.12, [
        [-0.02, 0.34],
        [0.16, 0.46],
        [0.34, 0.53],
        [0.66, 0.53],
        [0.84, 0.46],
        [1.02, 0.36],
      ]),
      ridge("snow", 11, 0.03, [
        [-0.02, 0.6],
        [0.4, 0.58],
        [1.02, 0.6],
      ]),
      area("water-other", [
        [0.3, 0.68],
        [0.48, 0.65],
        [0.72, 0.66],
        [0.8, 0.7],
        [0.66, 0.76],
        [0.4, 0.77],
      ]),
      place("tree", "pine", 0.14, 0.62, 0.24, 0.46),
      place("tree", "pine", 0.28, 0.66, 0.16, 0.3),
      place("tree", "pine", 0.9, 0.7, 0.26, 0.5),
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
      ridge("tree", 31, 0.14, [
        [-0.02, 0.3],
        [0.1, 0.34],
        [0.2, 0.52],
        [0.24, 0.68],
      ]),
      ridge("grass", 24, 0.03, [
        [-0.02, 0.68],
        [0.14, 0.7],
        [0.3, 0.72],
        [0.46, 0.76],
      ]),
      area("road", [
        [0.55, 0.57],
        [0.58, 0.57],
        [0.57, 0.62],
        [0.62, 0.7],
        [0.84, 1.01],
        [0.16, 1.01],
        [0.44, 0.74],
        [0.52, 0.66],
      ]),
      place("bush", "hill", 0.74, 0.62, 0.16, 0.14),
      place("tree", "tree", 0.86, 0.5, 0.3, 0.46),
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
