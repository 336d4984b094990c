/** Opens the studio: puts the parts together, brings back the last doodle, asks the server what it offers. */
import { byId } from "./dom.js";
import { refreshHistory } from "./studio/jobHistory.js";
import { restore } from "./studio/snapshot.js";
import { SCENES, paintScene } from "./studio/scenes.js";
import { OfflineError } from "./service/api.js";
import { pictureOf } from "./service/painter.js";
import { Store } from "./state.js";
import { t, useLanguage } from "./strings/index.js";
import { Studio } from "./studio/studio.js";
import { Announcer } from "./ui/parts/announcer.js";
import { dialogs } from "./ui/dialogs/dialogs.js";
import { doodlePane } from "./ui/doodle/doodlePane.js";
import { filmstrip } from "./ui/photo/filmstrip.js";
import { gallery } from "./ui/parts/gallery.js";
import { hints } from "./ui/doodle/hints.js";
import { importing } from "./ui/dialogs/importer.js";
import { layersPanel } from "./ui/doodle/layersPanel.js";
import { materials } from "./ui/doodle/materials.js";
import { panels } from "./ui/panels/panels.js";
import { photoPane } from "./ui/photo/photoPane.js";
import { shortcuts } from "./ui/shortcuts.js";
import { panes } from "./ui/panes.js";
import { toolbar } from "./ui/doodle/toolbar.js";
import { openShared } from "./ui/visitor.js";

/** How long the page waits for the browser to find the last drawing, which takes some ms. */
const RESTORE_MS = 4000;
const LOOK_AGAIN_S = 3;
const MODELS_KEY = "doodlescape.models";

/** @param {"localStorage" | "sessionStorage"} name @returns {Storage | null} null where the browser forbids it */
function storage(name) {
  try {
    return globalThis[name];
  } catch {
    return null;
  }
}

const settings = storage("localStorage");
const store = new Store(settings);
// First of all watchers: whoever redraws on a change of language finds the new words in place.
store.watch(["language"], ({ language }) => useLanguage(language));
const studio = new Studio(store, storage("sessionStorage"));
const announcer = new Announcer();
studio.say = (text) => announcer.say(text);

doodlePane(studio);
photoPane(studio, announcer);
panes(studio);
toolbar(studio);
materials(studio);
layersPanel(studio);
panels(studio);
dialogs(studio);
importing(studio);
filmstrip(studio);
hints(studio);
shortcuts(studio);
store.watch(["online", "kept", "ready", "language"], ({ online, kept, ready }) => {
  const away = ready ? t.status.offlineBanner : t.status.awayBanner;
  byId("banner").hidden = online && kept;
  byId("banner-text").textContent = online ? t.drawings.notKept : away;
});

await open();

async function open() {
  const token = /^\/s\/([\w-]+)$/.exec(location.pathname)?.[1];
  const fresh = askModels();
  // Palette and doodle come in one go: nobody paints on a sheet that is about to be replaced.
  const [found, models] = await Promise.all([token ? null : findDrawing(), readModels() ?? fresh]);
  studio.useModels(models);
  if (token) await openShared(studio, token);
  else if (found) restore(studio, found);
  else openScene();
  studio.goLive();
  store.set({ ready: !token });
  if (found) studio.painter.edited();
  const newest = await fresh;
  if (newest !== models) studio.useModels(newest);
  void refreshHistory(studio);
}

/** Find the drawing of the last visit, unless the browser will not tell. */
async function findDrawing() {
  const timeout = new Promise((resolve) => setTimeout(resolve, RESTORE_MS, null));
  return Promise.race([studio.autosave.restore().catch(() => null), timeout]);
}

/** Paint the first scene; the photo that the model once painted of it follows. */
function openScene() {
  const [scene] = SCENES;
  const { name, native_size } = studio.model;
  studio.fit.start(paintScene(scene, ...native_size, studio.labels));
  studio.painter.settle();
  void showExample(name, scene.name, studio.painter.key);
}

/** @param {string} model @param {string} scene @param {string} key of the order that it answers */
async function showExample(model, scene, key) {
  const file = (await gallery())[model]?.scenes[scene];
  const blob = file && (await studio.api.blob(`/static/gallery/${file}`).catch(() => null));
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
      settings?.setItem(MODELS_KEY, JSON.stringify(models));
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
    const models = JSON.parse(settings?.getItem(MODELS_KEY) ?? "null");
    return Array.isArray(models) && models.length > 0 ? models : null;
  } catch {
    return null;
  }
}

addEventListener("online", () => void refreshHistory(studio));
