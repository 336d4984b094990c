/** The two panes, doodle and photo: how they lie, which one is seen where one fits, how they are compared. */
import { byId, fill, h, roving } from "../dom.js";
import { t } from "../strings/index.js";
import { command, shown } from "../studio/commands.js";
import { iconButton } from "./parts/controls.js";

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
      const chosen = button.dataset.view === view;
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
  });
}

/** Where only one pane fits, the views lie beside the switch between them. @param {HTMLElement} group */
function placeViews(group) {
  const foot = /** @type {Element} */ (group.parentElement);
  const narrow = matchMedia("(max-width: 43.6875em)");
  const move = () => (narrow.matches ? byId("pane-switch") : foot).append(group);
  narrow.addEventListener("change", move);
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
      const choose = () => store.set({ pane: name });
      return h(
        "button",
        { type: "button", "data-pane": name, onclick: choose },
        name === "photo" && thumb,
        t.views[name],
      );
    });
    fill(choice, ...buttons);
  });
  store.watch(["pane", "language"], ({ pane }) => {
    byId("panes").dataset.pane = pane;
    for (const button of choice.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
  });
  store.watch(["photo"], () => {
    thumb.hidden = studio.picture === null;
    if (studio.picture) thumb.src = studio.picture.url;
  });
}
