/** Print the starter scenes as label maps. Arguments: height, width, and the labels as JSON. */
import { SCENES, paintScene } from "../static/js/studio/scenes.js";

const [height, width, labels] = process.argv.slice(2);
for (const scene of SCENES) {
  const map = paintScene(scene, Number(height), Number(width), JSON.parse(labels));
  console.log(
    JSON.stringify({ name: scene.name, labels: Buffer.from(map.labels).toString("base64") }),
  );
}
