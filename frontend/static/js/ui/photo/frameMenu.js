/** What can be done with an earlier picture: name it, star it, delete it. */
import { byId, fill, h } from "../../dom.js";
import { erase } from "../../studio/jobHistory.js";
import { t } from "../../strings/index.js";
import { button, field, toggle } from "../parts/controls.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../service/api.js").Job} Job */

const MAX_NAME = 60;
const MARGIN = 8;

/** Open the menu of a picture over its button. @param {Studio} studio @param {Job} job @param {HTMLElement} opener @param {() => void} redraw the strip */
export function openFrameMenu(studio, job, opener, redraw) {
  const menu = byId("frame-menu");
  const { name = "", star = false } = studio.notes.of(job.id);
  const note = (/** @type {import("../../studio/pictureNotes.js").Note} */ change) => {
    studio.notes.set(job.id, change);
    redraw();
  };
  const input = h("input", { type: "text", id: "frame-name", maxlength: MAX_NAME, value: name });
  input.addEventListener("change", () => note({ name: input.value.trim() }));
  input.addEventListener("keydown", ({ key }) => key === "Enter" && menu.hidePopover());
  fill(
    menu,
    field(t.history.name, input),
    toggle("frame-star", t.history.star, star, (on) => note({ star: on })),
    deletion(studio, job, menu),
  );
  menu.showPopover();
  const { left, top } = opener.getBoundingClientRect();
  const most = innerWidth - menu.offsetWidth - MARGIN;
  menu.style.left = `${Math.max(MARGIN, Math.min(left, most))}px`;
  menu.style.top = `${Math.max(MARGIN, top - menu.offsetHeight - MARGIN)}px`;
  input.focus();
}

/** A button that asks once more before it deletes. @param {Studio} studio @param {Job} job @param {HTMLElement} menu */
function deletion(studio, job, menu) {
  let sure = false;
  const act = async () => {
    if (!sure) {
      sure = true;
      return fill(one, t.history.sure);
    }
    menu.hidePopover();
    try {
      await erase(studio, job.id);
      byId("film-toggle").focus();
      studio.say(t.history.deleted);
    } catch {
      studio.say(t.history.notDeleted);
    }
  };
  const one = button(t.history.remove, () => void act(), { id: "frame-delete", image: "clear" });
  return one;
}
