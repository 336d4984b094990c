/** What is taken along of a drawing: the picture painted again, larger; doodle and photo; the layers. */
import { byId, download, fill, h } from "../../dom.js";
import { enlarge } from "../../engine/enlarge.js";
import { newId } from "../../service/api.js";
import { runJob } from "../../service/job.js";
import { expected_s } from "../../service/speed.js";
import { sleep } from "../../service/polling.js";
import { makeRequest } from "../../service/request.js";
import { exported, growth, nameOf, ownSize } from "../../service/sizes.js";
import { wording } from "../../strings/wording.js";
import { t } from "../../strings/index.js";
import { refreshHistory } from "../../studio/jobHistory.js";
import { fileName, sourceOf } from "../../studio/exports.js";
import { layersAsPsd, sideBySide } from "../../studio/takeAlong.js";
import { actions, button, field, select } from "../parts/controls.js";
import { drawMap } from "../parts/labelCanvas.js";
import { progressBar, standing } from "./progress.js";

/**
 * @typedef {import("../../studio/studio.js").Studio} Studio
 * @typedef {import("../../studio/exports.js").Source} Source
 * @typedef {import("../../service/sizes.js").Size} Size
 * @typedef {import("../../state.js").Format} Format
 * @typedef {"photo" | "pair" | "layers"} What
 * @typedef {{ studio: Studio, body: HTMLElement, source: Source, size: Size, format: Format,
 *   what: What }} Order
 */

const FORMATS = /** @type {[Format, string][]} */ ([
  ["png", "PNG"],
  ["jpeg", "JPEG"],
  ["webp", "WebP"],
]);
/** The largest that is offered first, in pixels that the model was trained at: beyond, it shows. */
const USUAL = 16;
const WHAT = /** @type {What[]} */ (["photo", "pair", "layers"]);

/** @param {Studio} studio @returns {import("../parts/controls.js").Page} */
export function exportDialog(studio) {
  const body = h("div", { class: "dialog-body" });
  void open(studio, body);
  return { title: wording().export.heading, body };
}

/** @param {Studio} studio @param {HTMLElement} body */
async function open(studio, body) {
  fill(body, h("p", { role: "status" }, wording().export.reading));
  const [source] = await Promise.all([sourceOf(studio), refreshHistory(studio)]);
  const sizes = exported(source.model, source.map);
  const [size] = sizes.filter((one) => growth(source.model, one) <= USUAL).slice(-1);
  const what = studio.picture ? "photo" : "layers";
  offer({ studio, body, source, size, format: studio.store.now.format, what });
}

/** @param {Order} order @param {HTMLElement} [news] of what came before */
function offer(order, news) {
  const { studio, body, what } = order;
  const things = WHAT.filter((one) => one === "layers" || studio.picture);
  const choices = things.map(
    (one) => /** @type {[string, string]} */ ([one, wording().export.what[one]]),
  );
  const choose = (/** @type {string} */ one) => {
    offer({ ...order, what: /** @type {What} */ (one) });
    byId("export-what", "select").focus();
  };
  fill(
    body,
    h(
      "div",
      { class: "import" },
      shown(order),
      h(
        "div",
        { class: "facts" },
        field(wording().export.thing, select("export-what", choices, what, choose)),
        ...(what === "layers" ? [h("p", {}, wording().export.layers)] : painting(order)),
        studio.picture ? null : h("p", { class: "note" }, wording().export.needPhoto),
        news,
      ),
    ),
    actions(
      button(
        what === "layers" ? wording().export.save : wording().export.start,
        () => void run(order),
        {
          class: "primary",
          id: "export-start",
          image: "download",
        },
      ),
    ),
  );
}

/** What it will look like. @param {Order} order */
function shown({ studio, source, what }) {
  const photo = () => h("img", { src: studio.picture?.url, alt: wording().export.picture });
  if (what === "photo") return photo();
  if (what === "layers") return drawMap(studio, studio.editor.doodle);
  return h("div", { class: "pair" }, drawMap(studio, source.map), photo());
}

/** Size and format of a picture that is painted, and how long that takes. @param {Order} order */
function painting(order) {
  const { source, studio, what } = order;
  const sizes = exported(source.model, source.map);
  const choices = sizes.map(
    (size, i) =>
      /** @type {[string, string]} */ ([
        nameOf(size),
        wording().export.size(size.width, size.height, i === 0),
      ]),
  );
  const wait = h("p", { class: "note", id: "export-wait", role: "status" });
  const tellWait = () => {
    const { height, width } = order.size;
    const seconds = expected_s(studio.store.now.history, source.model.name, height * width);
    const own = ownSize(source.model);
    const coarse = growth(source.model, order.size) > USUAL;
    wait.textContent = [
      seconds !== null && wording().export.takes(t.status.about(seconds)),
      coarse && wording().export.coarse(own.width, own.height),
    ]
      .filter(Boolean)
      .join(" ");
  };
  const chooseSize = (/** @type {string} */ name) => {
    order.size = sizes.find((size) => nameOf(size) === name) ?? order.size;
    tellWait();
  };
  const chooseFormat = (/** @type {string} */ format) => {
    order.format = /** @type {Format} */ (format);
  };
  tellWait();
  return [
    h("p", {}, what === "pair" ? wording().export.pair : wording().export.explain),
    field(t.sizes.heading, select("export-size", choices, nameOf(order.size), chooseSize)),
    what === "photo" &&
      field(t.options.format, select("export-format", FORMATS, order.format, chooseFormat)),
    wait,
  ];
}

/** @param {Order} order */
async function run(order) {
  const { studio, what } = order;
  if (what !== "layers") return paint(order);
  const blob = layersAsPsd(studio);
  download(blob, "doodle.psd");
  offer(order, done(studio.editor.doodle, blob));
}

/** @param {Size} size @param {Blob} blob */
const done = ({ width, height }, blob) =>
  h("p", { role: "status" }, wording().export.done(width, height, blob.size));

/** @param {Order} order */
async function paint(order) {
  const { studio, body, source, size, what } = order;
  const control = new AbortController();
  const stop = () => control.abort();
  const dialog = byId("dialog", "dialog");
  dialog.addEventListener("close", stop, { once: true });
  const words = h("p", { role: "status", id: "export-status" }, t.status.sending);
  const { bar, tell } = progressBar(t.status.running);
  fill(
    body,
    h("div", { class: "import" }, shown(order), h("div", { class: "facts" }, words, bar)),
    actions(button(t.actions.cancel, () => (stop(), offer(order)), { id: "export-cancel" })),
  );
  try {
    const photo = await painted(order, control.signal, (tidings) => {
      words.textContent = standing(tidings, words.textContent ?? "", t.status.running);
      tell(tidings);
    });
    const saved =
      what === "pair" ? await sideBySide(studio, source.map, photo) : { ...size, blob: photo };
    if (control.signal.aborted) return;
    download(saved.blob, fileName(saved.blob, source.options.seed, saved));
    await refreshHistory(studio);
    offer(order, done(saved, saved.blob));
  } catch (error) {
    if (control.signal.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    offer(order, h("p", { class: "trouble", role: "alert" }, t.status.failed(why)));
  } finally {
    dialog.removeEventListener("close", stop);
  }
}

/** @param {Order} order @param {AbortSignal} signal @param {(tidings: import("../../service/job.js").Tidings) => void} tell */
async function painted({ studio, source, size, format, what }, signal, tell) {
  const { map, model, options } = source;
  const large = enlarge(map, size.height, size.width);
  const asked = { ...options, format: what === "pair" ? /** @type {Format} */ ("png") : format };
  const { form } = makeRequest(large, model, asked);
  const { api } = studio;
  const { status, images, error } = await runJob(
    { api, newId, sleep },
    await form(1),
    signal,
    tell,
  );
  if (status !== "succeeded") throw new Error(error?.message ?? status);
  return api.blob(images[0].url, signal);
}
