/** The photo's pane: pictures, variations, what can be done with them, peeking. */
import { byId, fill, h, markStop, roving } from "../../dom.js";
import { labelName, t } from "../../strings/index.js";
import { copyPhoto, savePhoto } from "../../studio/exports.js";
import { addDragPan, addWheel } from "../../tools/pointer.js";
import { iconButton, showDone } from "../parts/controls.js";
import { showStatus } from "./status.js";
import { describe } from "./statusWords.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../parts/announcer.js").Announcer} Announcer */

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
  photoButtons(studio);
}

/** @param {Studio} studio */
function showPicture(studio) {
  const { store, editor } = studio;
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
    const alt = describe(editor.doodle.labels, (id) => labelName(studio.label(id)));
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

/** @param {Studio} studio */
function photoButtons(studio) {
  const { store } = studio;
  /** @param {string} image @param {string} words @param {() => void} run */
  const button = (image, words, run) =>
    iconButton(image, words, () => (store.now.photo ? run() : studio.say(t.file.noPhoto)), {
      "data-act": image,
    });
  const group = byId("photo-buttons");
  const copy = async () => {
    const one = group.querySelector("[data-act='copy']");
    if ((await copyPhoto(studio)) && one) showDone(one);
  };
  store.watch(["language"], () =>
    fill(
      group,
      button("download", t.file.savePhoto, () => savePhoto(studio)),
      button("copy", t.file.copyPhoto, () => void copy()),
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
