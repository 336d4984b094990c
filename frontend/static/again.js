/**
 * Opens the page anew when one of its files does not come: the service was renewed between the page
 * and the file, or a connection broke. A few times only, for it may be gone for good.
 */
let waiting = false;
addEventListener(
  "error",
  ({ target }) => {
    const isFile = target instanceof HTMLScriptElement || target instanceof HTMLLinkElement;
    const tries = Number(history.state?.tries ?? 0);
    if (!isFile || waiting || tries >= 5) return;
    waiting = true;
    history.replaceState({ tries: tries + 1 }, "");
    setTimeout(() => location.reload(), 1000 * 2 ** tries);
  },
  true,
);
