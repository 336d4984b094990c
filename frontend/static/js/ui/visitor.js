/** A shared picture, as someone sees it who has the link; and what is seen where there is none. */
import { byId, fill, h } from "../dom.js";
import { readLabelMap } from "../files/png.js";
import { ApiError } from "../service/api.js";
import { pictureOf } from "../service/photo.js";
import { t } from "../strings/index.js";
import { button } from "./parts/controls.js";

/** @typedef {import("../studio/studio.js").Studio} Studio */
/** @typedef {import("../state.js").State} State */

/**
 * Show what is shared.
 *
 * @param {Studio} studio @param {string} token @param {Promise<unknown>} answer of a service that was away
 * @returns {Promise<boolean>} false once the visitor wants a sheet of their own instead
 */
export async function openShared(studio, token, answer) {
  studio.store.set({ visiting: token, pane: "photo" });
  document.body.classList.add("visitor");
  byId("remix").title = t.visit.remixHint;
  /** @type {Partial<State>} */ let options = {};
  byId("remix").addEventListener("click", () => remix(studio, options));
  for (;;) {
    try {
      options = await show(studio, token);
      return true;
    } catch (error) {
      document.body.classList.add("lost");
      const back = studio.store.now.online ? null : answer;
      const again = await choice(error, back);
      document.body.classList.remove("lost");
      byId("lost").hidden = true;
      if (again) continue;
      leave(studio);
      return false;
    }
  }
}

/** @param {Studio} studio @param {string} token @returns {Promise<Partial<State>>} what the picture was painted with */
async function show(studio, token) {
  const { api, fit, painter, store } = studio;
  const shared = await api.shared(token);
  const png = await api.blob(shared.label_map.url);
  const map = await readLabelMap(png);
  const pictures = await Promise.all(
    shared.images.map(async ({ url, seed, look }) =>
      pictureOf({ blob: await api.blob(url), seed, look }),
    ),
  );
  if (store.now.models.some(({ name }) => name === shared.model)) fit.chooseModel(shared.model);
  fit.start(map);
  painter.show({ job: null, pictures, picked: 0, key: painter.key });
  return optionsOf(studio, shared);
}

/** As far as the model knows it. @param {Studio} studio @param {import("../service/api.js").Shared} shared @returns {Partial<State>} */
function optionsOf({ model, store }, { style, borders, images: [image] }) {
  const { seed = store.now.seed, look = null } = image ?? {};
  const preset = model.styles.find(({ name }) => name === style)?.name ?? null;
  return { seed, look, style: preset, stylePhoto: null, naturalBorders: borders === "natural" };
}

/** Say why there is nothing to see, and ask what to do. @param {unknown} error @param {Promise<unknown> | null} back @returns {Promise<boolean>} whether to look again */
function choice(error, back) {
  const gone = error instanceof ApiError && [404, 410].includes(error.status);
  return new Promise((resolve) => {
    const own = button(t.visit.own, () => resolve(false), { class: "primary", image: "brush" });
    const again = button(t.actions.retry, () => resolve(true), { image: "retry" });
    byId("lost").hidden = false;
    fill(
      byId("lost"),
      h("strong", { role: "alert" }, gone ? t.visit.gone : t.visit.away),
      h("div", { class: "row" }, own, !gone && again),
    );
    void back?.then(() => resolve(true));
  });
}

/** From the shared picture's address to the studio's. @param {Studio} studio */
function leave({ store }) {
  history.replaceState(null, "", "/");
  document.body.classList.remove("visitor");
  store.set({ visiting: null, pane: "doodle" });
}

/** Go on painting with the shared doodle, as a drawing of one's own. @param {Studio} studio @param {Partial<State>} options */
function remix(studio, options) {
  const { store, painter, autosave, view } = studio;
  leave(studio);
  store.set({ ...options, ready: true });
  const { photo } = store.now;
  if (photo) store.set({ photo: { ...photo, key: painter.key } });
  painter.settle();
  autosave.photoChanged();
  view.focus();
}
