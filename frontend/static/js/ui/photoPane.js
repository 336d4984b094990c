/** The photo's pane: pictures, variations, status line, views, peeking. */
import { byId, fill, h, icon, markStop, roving } from "../dom.js";
import { command, shown } from "../commands.js";
import { labelName, t } from "../strings/index.js";
import { copyPhoto, savePhoto } from "../outputs.js";
import { addDragPan, addWheel } from "../tools/pointer.js";
import { describe, statusOf } from "./status.js";

/** @typedef {import("../studio.js").Studio} Studio */
/** @typedef {import("./announcer.js").Announcer} Announcer */

/** How long a picture that was replaced is kept: it is still seen while the next one fades in. */
const FORGET_MS = 5000;

/** @param {Studio} studio @param {Announcer} announcer */
export function photoPane(studio, announcer) {
  const view = byId("photo-view");
  const layers = [byId("photos"), byId("peek"), byId("photo-empty")];
  studio.viewport.add(view, layers);
  addWheel(view, studio.viewport);
  addDragPan(view, studio.viewport);
  showPicture(studio);
  showVariations(studio);
  showStatus(studio, announcer);
  viewButtons(studio);
  photoButtons(studio);
}

/** @param {Studio} studio */
function showPicture(studio) {
  const { store, easel } = studio;
  const photos = byId("photos");
  let shownUrl = "";
  /** @type {string[]} */ let urls = [];
  store.watch(["photo"], ({ photo }) => {
    const kept = photo?.pictures.map(({ url }) => url) ?? [];
    const gone = urls.filter((url) => !kept.includes(url));
    setTimeout(() => gone.forEach((url) => URL.revokeObjectURL(url)), FORGET_MS);
    urls = kept;
  });
  store.watch(["photo"], () => {
    const { picture } = studio;
    byId("photo-empty").hidden = picture !== null;
    photos.hidden = picture === null;
    if (!picture || picture.url === shownUrl) return;
    shownUrl = picture.url;
    const alt = describe(easel.doodle.labels, (id) => labelName(studio.label(id)));
    const image = h("img", { src: picture.url, alt, draggable: "false", id: "photo" });
    // Decoded before it is shown: the new photo fades in over the old one, never over nothing.
    const show = () => {
      if (picture.url !== shownUrl) return;
      for (const old of photos.querySelectorAll("img")) {
        old.removeAttribute("id");
        old.alt = "";
      }
      photos.append(image);
      setTimeout(() => {
        while (photos.children.length > 1 && photos.lastChild === image)
          photos.firstChild?.remove();
      }, 250);
    };
    image.decode().then(show, show);
  });
  store.watch(["phase"], ({ phase }) => {
    const busy = phase.kind === "sending" || phase.kind === "queued" || phase.kind === "running";
    photos.classList.toggle("stale", busy);
  });
}

/** Show the doodle in place of the photo. @param {Studio} studio @param {boolean} on */
export function peek({ store }, on) {
  const canvas = byId("peek", "canvas");
  const doodle = byId("doodle", "canvas");
  if (on) {
    canvas.width = doodle.width;
    canvas.height = doodle.height;
    canvas.getContext("2d")?.drawImage(doodle, 0, 0);
  }
  canvas.hidden = !on;
  byId("ghost").style.visibility = on && store.now.view !== "side" ? "hidden" : "";
}

/** @param {Studio} studio */
function showVariations(studio) {
  const { store } = studio;
  const strip = byId("variations");
  roving(strip, "button", (button) => button.click());
  store.watch(["photo", "language"], ({ photo }) => {
    const pictures = photo?.pictures ?? [];
    strip.hidden = pictures.length < 2;
    const buttons = pictures.map(({ url }, i) =>
      h(
        "button",
        {
          type: "button",
          role: "radio",
          "aria-checked": String(i === photo?.picked),
          "aria-label": t.photo.variation(i + 1),
          onclick: () => studio.pick(i),
        },
        h("img", { src: url, alt: "" }),
      ),
    );
    const focused = strip.contains(document.activeElement);
    fill(strip, ...buttons);
    if (photo && buttons[photo.picked]) {
      markStop(buttons, buttons[photo.picked]);
      if (focused) buttons[photo.picked].focus();
    }
  });
}

/** @param {Studio} studio @param {Announcer} announcer */
function showStatus(studio, announcer) {
  const { store, painter } = studio;
  const text = byId("status");
  const action = byId("status-action", "button");
  let words = "";
  action.addEventListener("click", () => {
    if (action.dataset.action === "retry") void painter.retry();
    else void painter.cancel();
  });
  store.watch(["phase", "online", "ready", "language"], (state) => {
    const status = statusOf(state);
    text.dataset.tone = status.tone;
    action.hidden = status.action === null;
    action.dataset.action = status.action ?? "";
    action.textContent = status.action ? t.actions[status.action] : "";
    showProgress(status.progress, status.eta_s);
    if (status.text === words) return;
    words = status.text;
    text.textContent = text.title = words;
    if (status.tone === "trouble") announcer.alarm(words);
    else announcer.say(words);
  });
  store.watch(["phase"], ({ phase }) => {
    const ready = document.hidden && phase.kind === "done";
    if (ready) tellTab(true);
  });
  document.addEventListener("visibilitychange", () => !document.hidden && tellTab(false));
}

/** Show in the tab whether a picture came while nobody looked. @param {boolean} ready */
function tellTab(ready) {
  document.title = ready ? `✓ ${t.app.ready} – ${t.app.title}` : t.app.title;
  byId("favicon", "link").href = `/static/favicon${ready ? "-ready" : ""}.svg`;
}

/** When the bar that runs will be full, in milliseconds of the page's clock. */
let barEnds = 0;
/** An estimate that moves by less is the same estimate, a little later. */
const SAME_MS = 2000;

/** @param {boolean} on @param {number | null} eta_s */
function showProgress(on, eta_s) {
  const bar = byId("progress");
  const fillBar = /** @type {HTMLElement} */ (bar.firstElementChild);
  const sure = eta_s !== null && eta_s > 1;
  const ends = performance.now() + (eta_s ?? 0) * 1000;
  const running = fillBar.getAnimations().filter((one) => !(one instanceof CSSAnimation));
  bar.hidden = !on;
  if (on && sure && running.length > 0 && Math.abs(ends - barEnds) < SAME_MS) return;
  bar.classList.toggle("unsure", !sure);
  running.forEach((one) => one.cancel());
  if (!on || !sure) return;
  barEnds = ends;
  // It slows down towards the end, for an estimate may be wrong and a full bar must not lie.
  fillBar.animate([{ transform: "scaleX(0)" }, { transform: "scaleX(0.95)" }], {
    duration: eta_s * 1300,
    easing: "cubic-bezier(0.2, 0.6, 0.4, 1)",
    fill: "forwards",
  });
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
        h(
          "button",
          {
            type: "button",
            class: "icon-only",
            role: "radio",
            "data-view": view,
            "aria-label": t.views[view],
            title: `${t.views[view]} (${shown(command(`view-${view}`).keys[0])})`,
            onclick: () => store.set({ view }),
          },
          icon(view),
        ),
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
  paneSwitch(studio);
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

/** @param {Studio} studio */
function photoButtons(studio) {
  const { store } = studio;
  /** @param {string} name @param {string} words @param {() => void} run */
  const button = (name, words, run) => {
    const needsPhoto = () => (store.now.photo ? run() : studio.say(t.file.noPhoto));
    const attributes = {
      type: "button",
      class: "quiet icon-only",
      "aria-label": words,
      title: words,
    };
    return h("button", { ...attributes, onclick: needsPhoto }, icon(name));
  };
  const group = byId("photo-buttons");
  store.watch(["language"], () =>
    fill(
      group,
      button("download", t.file.savePhoto, () => savePhoto(studio)),
      button("copy", t.file.copyPhoto, () => void copyPhoto(studio)),
      button("share", t.file.share, () => studio.openDialog("share")),
    ),
  );
  store.watch(["photo", "language"], ({ photo }) => {
    for (const one of group.querySelectorAll("button")) {
      one.setAttribute("aria-disabled", String(photo === null));
      one.title = photo ? (one.getAttribute("aria-label") ?? "") : t.file.noPhoto;
    }
  });
}
