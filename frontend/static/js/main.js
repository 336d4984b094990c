/** Opens the studio: puts the parts together, brings back the last doodle, asks the server what it offers. */
import { FILES, byId } from "./dom.js";
import { BrowserStorage } from "./files/browserStorage.js";
import { refreshHistory } from "./studio/jobHistory.js";
import { restore } from "./studio/snapshot.js";
import { SCENES, paintScene } from "./studio/scenes.js";
import { OfflineError } from "./service/api.js";
import { pictureOf } from "./service/photo.js";
import { DEFAULTS, Store } from "./state.js";
import { readLanguage, t, useLanguage } from "./strings/index.js";
import { Studio } from "./studio/studio.js";
import { Announcer } from "./ui/parts/announcer.js";
import { describeLine } from "./ui/describe/line.js";
import { dialogs } from "./ui/dialogs/dialogs.js";
import { doodlePane } from "./ui/doodle/doodlePane.js";
import { filmstrip } from "./ui/photo/filmstrip.js";
import { gallery } from "./ui/parts/gallery.js";
import { hints } from "./ui/doodle/hints.js";
import { incoming } from "./ui/dialogs/incoming.js";
import { lightPlace } from "./ui/light/place.js";
import { layersPanel } from "./ui/doodle/layersPanel.js";
import { materials } from "./ui/doodle/materials.js";
import { panels } from "./ui/panels/panels.js";
import { photoPane } from "./ui/photo/photoPane.js";
import { shortcuts } from "./ui/shortcuts.js";
import { panes } from "./ui/panes.js";
import { toolbar } from "./ui/doodle/toolbar.js";

const LOOK_AGAIN_S = 3;
const MODELS_KEY = "doodlescape.models";

const memory = new BrowserStorage("localStorage");
const store = new Store(memory);
await readLanguage(store.now.language);
// First of all watchers: whoever redraws on a change of language finds the new words in place.
store.watch(["language"], ({ language }) => useLanguage(language));
const studio = new Studio(store, new BrowserStorage("sessionStorage"));
const announcer = new Announcer();
studio.say = (text) => announcer.say(text);

describeLine(studio);
doodlePane(studio);
photoPane(studio, announcer);
panes(studio);
toolbar(studio);
materials(studio);
layersPanel(studio);
panels(studio);
lightPlace(studio);
dialogs(studio);
incoming(studio);
filmstrip(studio);
hints(studio);
shortcuts(studio);
for (const type of ["online", "offline"])
  addEventListener(type, () => store.set({ network: navigator.onLine }));
store.watch(["online", "network", "kept", "ready", "language"], (state) => {
  const { online, network, kept, ready } = state;
  const unanswered = network ? t.status.unansweredBanner : t.status.offlineBanner;
  const away = ready ? unanswered : t.status.awayBanner;
  byId("banner").hidden = online && kept;
  byId("banner-text").textContent = online ? t.app.notKept : away;
});

await open();
const { keepPage } = await import("./files/offlinePage.js");
void keepPage(() => {
  store.set({ renewed: true });
  studio.say(t.settings.renewed);
});

async function open() {
  const token = /^\/s\/([\w-]+)$/.exec(location.pathname)?.[1];
  const fresh = askModels();
  // Palette and doodle come in one go: nobody paints on a sheet that is about to be replaced.
  const [found, models] = await Promise.all([token ? null : findDrawing(), readModels() ?? fresh]);
  studio.useModels(models);
  const shared = token ? await (await visitor()).openShared(studio, token, fresh) : false;
  if (found) restore(studio, found);
  else if (!shared) openScene();
  studio.goLive();
  store.set({ ready: !shared });
  if (found) studio.painter.edited();
  const newest = await fresh;
  if (newest !== models) studio.useModels(newest);
  void refreshHistory(studio);
}

/** What only those need who follow a link. */
function visitor() {
  return import("./ui/visitor.js");
}

/** Find the drawing of the last visit, unless the browser will not tell. */
async function findDrawing() {
  try {
    return await studio.autosave.restore();
  } catch {
    store.set({ kept: false });
    return null;
  }
}

/** Paint the first scene; the photo that the model once painted of it follows. */
function openScene() {
  const [scene] = SCENES;
  const { name, native_size } = studio.model;
  const { height, width } = studio.freshSize;
  const { sizes } = store.now;
  const times = height / native_size[0];
  // Whoever never chose a size gets one that looks the same on a finer sheet.
  if (sizes === DEFAULTS.sizes) store.set({ sizes: scaled(sizes, times) });
  studio.fit.start(paintScene(scene, height, width, studio.labels));
  studio.painter.settle();
  void showExample(name, scene.name, studio.painter.key);
}

/** @param {import("./state.js").Settings["sizes"]} sizes @param {number} times */
function scaled({ brush, eraser, line, stamp }, times) {
  const [b, e, l, s] = [brush, eraser, line, stamp].map((size) => size * times);
  return { brush: b, eraser: e, line: l, stamp: s };
}

/** @param {string} model @param {string} scene @param {string} key of the order that it answers */
async function showExample(model, scene, key) {
  const file = (await gallery())[model]?.scenes[scene];
  const blob = file && (await studio.api.blob(`${FILES}gallery/${file}`).catch(() => null));
  const { photo, phase, seed } = store.now;
  // Too late: there is something newer to see.
  if (photo || phase.kind !== "idle") return;
  if (!blob) return void studio.painter.generate();
  const untouched = studio.painter.key === key;
  const shown = { job: null, pictures: [pictureOf({ blob, seed })], picked: 0, key };
  store.set({ photo: shown, phase: { kind: untouched ? "example" : "idle" } });
}

/** Ask until the server tells its models; a page opened without it comes to life by itself. */
async function askModels() {
  for (;;) {
    try {
      const models = await studio.api.models();
      store.set({ online: true });
      memory.setItem(MODELS_KEY, JSON.stringify(models));
      if (models.length > 0) return models;
    } catch (error) {
      if (error instanceof OfflineError) store.set({ online: false });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_S * 1000));
  }
}

/** The models of the last visit, so that painting can start before the server answers. */
function readModels() {
  try {
    const models = JSON.parse(memory.getItem(MODELS_KEY) ?? "null");
    return Array.isArray(models) && models.length > 0 ? models : null;
  } catch {
    return null;
  }
}

addEventListener("online", () => void refreshHistory(studio));
