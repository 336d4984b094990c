import assert from "node:assert/strict";
import { test } from "node:test";
import { SCENES, paintScene } from "../static/js/studio/scenes.js";

const NAMES = [
  "sky-other",
  "clouds",
  "mountain",
  "hill",
  "sea",
  "sand",
  "grass",
  "tree",
  "rock",
  "bush",
  "flower",
  "snow",
  "river",
  "road",
];
const labels = NAMES.map((name, id) => ({ id, name, group: "", colours: {} }));

test("every scene fills the sheet with more than one material, the same each time", () => {
  for (const scene of SCENES) {
    const one = paintScene(scene, 64, 96, labels);
    assert.deepEqual(one.labels, paintScene(scene, 64, 96, labels).labels);
    const kinds = new Set(one.labels).size;
    assert.ok(
      scene.name === "blank" ? kinds === 1 : kinds >= 5,
      `${scene.name}: ${kinds} materials`,
    );
  }
});

test("a scene leaves out what the label set lacks", () => {
  const few = labels.filter(({ name }) => name === "sky-other" || name === "sea");
  const { labels: ids } = paintScene(SCENES[0], 32, 32, few);
  assert.deepEqual([...new Set(ids)].sort(), [0, 4]);
});
