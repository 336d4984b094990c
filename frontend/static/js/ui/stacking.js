/** The two pictures side by side or one above the other, whichever shows them larger. */
import { byId } from "../dom.js";

/** Height of the line below a picture, in CSS pixels, more or less. */
const FOOT = 48;
/** Little is gained by moving everything. */
const GAIN = 1.05;

/** @param {import("../studio.js").Studio} studio */
export function stacking({ easel }) {
  const panes = byId("panes");
  const decide = () => {
    const { clientHeight, clientWidth } = panes;
    const { height, width } = easel.doodle;
    const beside = Math.min(clientWidth / 2 / width, (clientHeight - FOOT) / height);
    const stacked = Math.min(clientWidth / width, (clientHeight / 2 - FOOT) / height);
    panes.classList.toggle("stacked", stacked > GAIN * beside);
  };
  new ResizeObserver(decide).observe(panes);
  easel.addEventListener("replaced", decide);
}
