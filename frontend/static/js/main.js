/** Opens the studio: puts the parts together, brings back the last doodle, asks the server what it offers. */
import { load } from "./files/autosave.js";
import { byId } from "./dom.js";
import { SCENES, paintScene } from "./scenes.js";
import { OfflineError } from "./service/api.js";
import { Store } from "./state.js";
import { useLanguage } from "./strings/index.js";
import { Studio } from "./studio.js";
import { Announcer } from "./ui/announcer.js";
import { dialogs } from "./ui/dialogs.js";
import { doodlePane } from "./ui/doodlePane.js";
import { filmstrip } from "./ui/filmstrip.js";
import { gallery } from "./ui/gallery.js";
import { hints } from "./ui/hints.js";
import { importing } from "./ui/importer.js";
import { materials } from "./ui/materials.js";
import { panels } from "./ui/panels.js";
import { photoPane } from "./ui/photoPane.js";
import { shortcuts } from "./ui/shortcuts.js";
import { toolbar } from "./ui/toolbar.js";
import { openShared } from "./ui/visitor.js";

const SAVE_PAUSE_MS = 500;
const LOOK_AGAIN_S = 3;
const MODELS_KEY = "doodlescape.models";

/** @returns {Storage | null} null where the browser forbids it */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

const store = new Store(storage());
// First of all watchers: whoever redraws on a change of language finds the new words in place.
store.watch(["language"], ({ language }) => useLanguage(language));
const studio = new Studio(store);
const announcer = new Announcer();
studio.say = (text) => announcer.say(text);

doodlePane(studio);
photoPane(studio, announcer);
toolbar(studio);
materials(studio);
panels(studio);
dialogs(studio);
importing(studio);
filmstrip(studio);
hints(studio);
shortcuts(studio);
store.watch(["online"], ({ online }) => (byId("banner").hidden = online));

await open();

async function open() {
  const token = /^\/s\/([\w-]+)$/.exec(location.pathname)?.[1];
  const cached = readModels();
  if (cached) studio.useModels(cached);
  const models = askModels();
  if (!cached) await models;
  if (token) await openShared(studio, token);
  else await openOwn();
  studio.goLive();
  keepSaving();
  await models;
  void studio.refreshHistory();
}

/** Bring back the doodle of the last visit, or paint the first scene. */
async function openOwn() {
  const saved = await load();
  if (!saved) return openScene();
  const labels = new Uint8Array(saved.labels);
  studio.adopt(labels);
  studio.start({ height: saved.height, width: saved.width, labels });
  const pictures = saved.photo?.pictures.map(({ blob, seed }) => ({
    blob,
    seed,
    url: URL.createObjectURL(blob),
  }));
  if (saved.photo && pictures) {
    store.set({ photo: { job: saved.photo.job, picked: saved.photo.picked, pictures } });
    await studio.painter.settle();
  }
}

async function openScene() {
  const scene = SCENES[0];
  const [height, width] = studio.model.native_size;
  studio.start(paintScene(scene, height, width, studio.labels));
  const file = (await gallery())[studio.model.name]?.scenes[scene.name];
  if (!file) return studio.painter.edited();
  const blob = await studio.api.blob(`/static/gallery/${file}`);
  const picture = { blob, seed: store.now.seed, url: URL.createObjectURL(blob) };
  store.set({ photo: { job: null, pictures: [picture], picked: 0 }, phase: { kind: "example" } });
  await studio.painter.settle();
}

/** Ask until the server tells its models; a page opened without it comes to life by itself. */
async function askModels() {
  for (;;) {
    try {
      const models = await studio.api.models();
      store.set({ online: true });
      if (models.length > 0) {
        storage()?.setItem(MODELS_KEY, JSON.stringify(models));
        return studio.useModels(models);
      }
    } catch (error) {
      if (error instanceof OfflineError) store.set({ online: false });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_S * 1000));
  }
}

/** The models of the last visit, so that painting can start before the server answers. */
function readModels() {
  try {
    const models = JSON.parse(storage()?.getItem(MODELS_KEY) ?? "null");
    return Array.isArray(models) && models.length > 0 ? models : null;
  } catch {
    return null;
  }
}

function keepSaving() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const save = () => {
    clearTimeout(timer);
    // A browser that keeps nothing (private mode, full disk) still paints.
    studio.keep().catch(() => {});
  };
  store.watch(["edits", "photo"], () => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_PAUSE_MS);
  });
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => document.hidden && save());
}

addEventListener("online", () => void studio.refreshHistory());
