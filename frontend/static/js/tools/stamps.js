/**
 * Outlines to stamp, as polygons in a unit square around (0, 0), y downwards.
 *
 * @type {Record<string, [number, number][]>}
 */
export const STAMPS = {
  mountain: [
    [-0.5, 0.36],
    [-0.4, 0.2],
    [-0.31, 0.08],
    [-0.25, 0.1],
    [-0.12, -0.16],
    [-0.04, -0.3],
    [0.01, -0.36],
    [0.06, -0.27],
    [0.13, -0.19],
    [0.2, -0.02],
    [0.27, 0.02],
    [0.36, 0.17],
    [0.43, 0.24],
    [0.5, 0.36],
  ],
  hill: arc(0, 0.25, 0.5, 0.42, 180, 360, 18),
  cloud: [
    ...arc(-0.3, 0.06, 0.2, 0.16, 90, 270, 8),
    ...arc(-0.12, -0.06, 0.2, 0.2, 190, 320, 8),
    ...arc(0.16, -0.02, 0.2, 0.18, 230, 350, 8),
    ...arc(0.34, 0.09, 0.16, 0.13, 280, 450, 8),
  ],
  pine: [
    [0, -0.5],
    [0.13, -0.24],
    [0.06, -0.26],
    [0.2, 0],
    [0.1, -0.03],
    [0.28, 0.34],
    [0.05, 0.31],
    [0.05, 0.5],
    [-0.05, 0.5],
    [-0.05, 0.31],
    [-0.28, 0.34],
    [-0.1, -0.03],
    [-0.2, 0],
    [-0.06, -0.26],
    [-0.13, -0.24],
  ],
  tree: [
    [0.05, 0.5],
    [-0.05, 0.5],
    [-0.04, 0.22],
    ...arc(-0.2, 0.08, 0.2, 0.18, 110, 260, 8),
    ...arc(0, -0.22, 0.26, 0.26, 190, 350, 10),
    ...arc(0.2, 0.08, 0.2, 0.18, 280, 430, 8),
    [0.04, 0.22],
  ],
  house: [
    [-0.36, 0.42],
    [-0.36, -0.04],
    [-0.46, -0.04],
    [-0.02, -0.4],
    [0.16, -0.25],
    [0.16, -0.38],
    [0.26, -0.38],
    [0.26, -0.17],
    [0.42, -0.04],
    [0.32, -0.04],
    [0.32, 0.42],
  ],
  rock: [
    [-0.42, 0.28],
    [-0.46, 0.08],
    [-0.3, -0.14],
    [-0.12, -0.2],
    [0.02, -0.32],
    [0.22, -0.24],
    [0.34, -0.04],
    [0.46, 0.1],
    [0.42, 0.28],
  ],
};

/** What each is made of, by the label's name in one set or another. @type {Record<string, string[]>} */
export const STAMP_MATERIALS = {
  mountain: ["mountain"],
  hill: ["hill"],
  cloud: ["clouds"],
  pine: ["tree"],
  tree: ["tree"],
  house: ["house", "building-other"],
  rock: ["rock", "stone"],
};

/** Points on an ellipse, in degrees clockwise from the right.
 * @param {number} cx @param {number} cy @param {number} rx @param {number} ry
 * @param {number} from @param {number} to @param {number} steps @returns {[number, number][]} */
function arc(cx, cy, rx, ry, from, to, steps) {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
  });
}
