/** Scenes to begin with. */
import { h } from "../../dom.js";
import { wording } from "../../strings/wording.js";
import { SCENES, paintScene } from "../../studio/scenes.js";
import { drawMap } from "../parts/labelCanvas.js";

const SCENE_SIZE = 96;

/** @param {import("../../studio/studio.js").Studio} studio @param {() => void} close @returns {import("../parts/controls.js").Page} */
export function scenesDialog(studio, close) {
  const { height, width } = studio.editor.doodle;
  const buttons = SCENES.map((scene) => {
    const choose = () => {
      studio.fit.load("scene", paintScene(scene, height, width, studio.labels));
      close();
    };
    const small = Math.round((SCENE_SIZE * width) / height);
    const map = paintScene(scene, SCENE_SIZE, small, studio.labels);
    return h(
      "button",
      { type: "button", "data-scene": scene.name, onclick: choose },
      drawMap(studio, map),
      wording().scenes[scene.name],
    );
  });
  const body = h(
    "div",
    { class: "dialog-body" },
    h("div", { class: "scenes" }, ...buttons),
    h("p", { class: "note" }, wording().scenes.note),
  );
  return { title: wording().scenes.heading, body };
}
