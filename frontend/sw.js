/**
 * Keeps the page in the browser, so that it opens and paints without a network.
 *
 * The server writes two lines above this one: VERSION, which the contents of all files make, and
 * FILES, the addresses of all but the page itself. A version has a cache of its own, filled with all
 * of it or not at all, and its addresses name it, so files of two versions never meet. Those of
 * tabs that are still open stay, which hold a lock of their version's name. Only the page's own files are ever kept: what
 * the API answers, and what lies behind a link, goes past this.
 */
const CACHES = "doodlescape-";
const CACHE = CACHES + VERSION;
const PAGE = "/";
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => event.waitUntil(fetchAll()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") {
    // A shared picture is seen on the same page, which reads the link from its address.
    const isPage = pathname === PAGE || /^\/s\/[\w-]+$/.test(pathname);
    if (isPage) event.respondWith(keptPage(request));
  } else if (pathname.startsWith("/v/")) {
    event.respondWith(keptFile(request));
  }
});

async function fetchAll() {
  const page = await fetch(PAGE);
  const text = await page.clone().text();
  // The server may have been renewed since it sent this script; or a proxy asks for a password.
  if (!page.ok || page.redirected || !text.includes(`/v/${VERSION}/`)) {
    throw new Error(`the page is not of version ${VERSION}`);
  }
  const cache = await caches.open(CACHE);
  try {
    await cache.addAll(FILES);
    await cache.put(PAGE, page);
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
  await worker.skipWaiting();
}

/** Answer for all tabs from now on; those that are open keep the files of their version. */
async function takeOver() {
  const { held = [] } = await navigator.locks.query();
  const open = new Set(held.map(({ name }) => name));
  const others = (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== CACHE);
  const done = others.slice(0, -1).filter((name) => !open.has(name)); // one may be opening
  await Promise.all(done.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** @param {Request} request */
async function keptPage(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(PAGE, { ignoreVary: true })) ?? fetch(request);
}

/** @param {Request} request */
async function keptFile(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
