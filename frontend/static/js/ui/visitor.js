/** A shared picture, as someone sees it who has the link. */
import { byId, fill, h } from "../dom.js";
import { readLabelMap } from "../files/png.js";
import { ApiError } from "../service/api.js";
import { pictureOf } from "../service/painter.js";
import { t } from "../strings/index.js";

/** @typedef {import("../studio/studio.js").Studio} Studio */

/** @param {Studio} studio @param {string} token */
export async function openShared(studio, token) {
  const { store, api } = studio;
  store.set({ visiting: token, pane: "photo" });
  document.body.classList.add("visitor");
  byId("remix").title = t.share.remixHint;
  byId("remix").addEventListener("click", () => remix(studio));
  try {
    const shared = await api.shared(token);
    if (store.now.models.some(({ name }) => name === shared.model))
      studio.fit.chooseModel(shared.model);
    const png = await api.blob(shared.label_map.url);
    const map = await readLabelMap(png);
    studio.fit.start(map);
    const pictures = await Promise.all(
      shared.images.map(async ({ url, seed }) => pictureOf({ blob: await api.blob(url), seed })),
    );
    store.set({ seed: pictures[0]?.seed ?? store.now.seed });
    studio.painter.show({ job: null, pictures, picked: 0, key: studio.painter.key });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const start = h("a", { href: "/" }, t.share.start);
    fill(byId("photo-empty"), h("strong", {}, t.share.gone), start);
  }
}

/** Go on painting with the shared doodle, as a drawing of one's own. @param {Studio} studio */
function remix({ store, autosave, view }) {
  history.replaceState(null, "", "/");
  document.body.classList.remove("visitor");
  store.set({ visiting: null, ready: true, pane: "doodle" });
  autosave.photoChanged();
  view.focus();
}
