/** The two panes, doodle and photo: how they lie, which one is seen where one fits, how they are compared. */
import { byId, fill, h, markStop, roving } from "../dom.js";
import { t } from "../strings/index.js";
import { command, shown } from "../studio/commands.js";
import { iconButton } from "./parts/controls.js";
import { low, narrow } from "./parts/windows.js";

/** @typedef {import("../studio/studio.js").Studio} Studio */

/** Height of the line below a picture, in CSS pixels, more or less. */
const FOOT = 48;
/** Little is gained by moving everything. */
const GAIN = 1.05;

/** @param {Studio} studio */
export function panes(studio) {
  viewButtons(studio);
  paneSwitch(studio);
  arrange(studio);
}

/** Side by side or one above the other, whichever shows both larger. @param {Studio} studio */
function arrange({ editor }) {
  const panes = byId("panes");
  const decide = () => {
    const { clientHeight, clientWidth } = panes;
    const { height, width } = editor.doodle;
    const beside = Math.min(clientWidth / 2 / width, (clientHeight - FOOT) / height);
    const stacked = Math.min(clientWidth / width, (clientHeight / 2 - FOOT) / height);
    panes.classList.toggle("stacked", stacked > GAIN * beside);
  };
  new ResizeObserver(decide).observe(panes);
  editor.addEventListener("replaced", decide);
}

/** @param {Studio} studio */
function viewButtons(studio) {
  const { store } = studio;
  const group = byId("views");
  roving(group, "button", (button) => button.click());
  placeViews(group);
  store.watch(["language"], () =>
    fill(
      group,
      .../** @type {const} */ (["side", "overlay", "slider"]).map((view) =>
        iconButton(view, t.views[view], () => store.set({ view }), {
          class: "icon-only",
          role: "radio",
          "data-view": view,
          title: `${t.views[view]} (${shown(command(`view-${view}`).keys[0])})`,
        }),
      ),
    ),
  );
  store.watch(["view", "language"], ({ view }) => {
    byId("panes").dataset.view = view;
    for (const button of group.querySelectorAll("button")) {
      button.setAttribute("aria-checked", String(button.dataset.view === view));
    }
    const chosen = group.querySelector("[aria-checked='true']");
    // Where only one pane fits, doodle and photo have the switch, and no button here stands for them.
    const hidden = narrow.matches && view === "side";
    const stop = hidden ? group.lastElementChild : chosen;
    if (stop) markStop(group.children, stop);
  });
}

/** Where only one pane fits, the views lie beside the switch between them; where height is scarce, in the bar. @param {HTMLElement} group */
function placeViews(group) {
  const foot = /** @type {Element} */ (group.parentElement);
  const bar = /** @type {Element} */ (document.querySelector(".bar .spring"));
  const move = () => {
    if (low.matches) bar.before(group);
    else (narrow.matches ? byId("pane-switch") : foot).append(group);
  };
  for (const kind of [narrow, low]) kind.addEventListener("change", move);
  move();
}

/** The switch between doodle and photo where only one fits; it shows the photo small. @param {Studio} studio */
function paneSwitch(studio) {
  const { store } = studio;
  const group = byId("pane-switch");
  const thumb = h("img", { alt: "", hidden: true });
  const choice = h("div", { class: "group segmented" });
  group.prepend(choice);
  store.watch(["language"], () => {
    const panes = /** @type {const} */ (["doodle", "photo"]);
    const buttons = panes.map((name) => {
      const choose = () => store.set({ pane: name, view: "side" });
      return h(
        "button",
        { type: "button", "data-pane": name, onclick: choose },
        name === "photo" && thumb,
        t.views[name],
      );
    });
    fill(choice, ...buttons);
  });
  store.watch(["pane", "view", "language"], ({ pane, view }) => {
    const seen = view === "side" ? pane : "";
    byId("panes").dataset.pane = document.body.dataset.pane = seen;
    for (const button of choice.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === seen));
    }
  });
  store.watch(["photo"], () => {
    thumb.hidden = studio.picture === null;
    if (studio.picture) thumb.src = studio.picture.url;
  });
}
