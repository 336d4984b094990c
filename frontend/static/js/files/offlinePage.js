/** The page itself, kept in this browser by a service worker (`frontend/sw.js`) to open without a network. */
import { FILES } from "../dom.js";

const SCRIPT = "/sw.js";
const CACHES = "doodlescape-";
const LOOK_AGAIN_MS = 3_600_000;

/** Keep the page from now on, where the browser can. @param {() => void} onNewer called once a newer version is kept than the one that is open */
export async function keepPage(onNewer) {
  const workers = navigator.serviceWorker;
  if (!workers) return; // plain http from another machine, or forbidden
  // As long as this tab holds it, the files of its version stay.
  const [, version = ""] = /\/v\/(\w+)\//.exec(FILES) ?? [];
  void navigator.locks.request(CACHES + version, { mode: "shared" }, () => new Promise(() => {}));
  let { controller } = workers;
  workers.addEventListener("controllerchange", () => {
    if (controller) onNewer();
    controller = workers.controller;
  });
  let looked_ms = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - looked_ms < LOOK_AGAIN_MS) return;
    looked_ms = Date.now();
    void look(workers);
  });
  addEventListener("online", () => void look(workers));
  await look(workers);
}

/** Ask the server for its version. @param {ServiceWorkerContainer} workers */
async function look(workers) {
  try {
    const kept = await workers.getRegistration();
    await (kept ? kept.update() : workers.register(SCRIPT));
  } catch {
    if (await isAnothers()) await letGo(workers);
  }
}

/** Whether this address answers, but not with our script: it is switched off, somebody else's by now, or behind a login. */
async function isAnothers() {
  try {
    const { ok, status, headers } = await fetch(SCRIPT, { cache: "no-store", redirect: "manual" });
    const ours = ok && headers.get("Content-Type")?.includes("javascript");
    return !ours && status < 500 && status !== 429;
  } catch {
    return false; // no network
  }
}

/** @param {ServiceWorkerContainer} workers */
async function letGo(workers) {
  const kept = await workers.getRegistration();
  for (const name of await caches.keys()) {
    if (name.startsWith(CACHES)) await caches.delete(name);
  }
  if (await kept?.unregister()) location.reload();
}
