"""Measure the studio page: its weight, how soon one can paint, how soon paint follows the pointer.

    python -m bench.page http://localhost:8000

Wants a running service and Chromium. Pointer to pixel is measured on a doodle of 512x512 pixels
with the processor slowed down four times, from the time stamp of a pointer event to the end of the
animation frame that drew its stroke, with brushes of 24 and 128 pixels; a frame lasts 16.7 ms.
"""

import argparse
import gzip
import json
import math
import os
import shutil
import statistics
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response, Route, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
SLOWDOWN = 4
VISITS = 7
SETTINGS = {"hints": False, "live": False, "tool": "brush", "smoothing": False}

# One pair of listeners comes before the page's own and one after, and so do their animation
# frames: `work` is what the page did between them, `latency` also has the wait for the frame.
WATCH = """() => {
  window.spent = [];
  let move = 0;
  let frame = 0;
  window.addEventListener('pointermove', () => {
    move = performance.now();
    requestAnimationFrame(() => (frame = performance.now()));
  }, {capture: true});
  window.addEventListener('pointermove', (event) => {
    const handling = performance.now() - move;
    requestAnimationFrame(() => {
      const end = performance.now();
      window.spent.push({ latency: end - event.timeStamp, work: handling + end - frame });
    });
  });
}"""


def main() -> None:
    """Print the figures, one line of JSON each."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("url", help="of a running service")
    url = parser.parse_args().url
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for locale in ("en-GB", "de-DE"):
            show(f"weight, {locale}", weight(browser, url, locale))
        show("loading", loading(browser, url))
        for size in (24, 128):
            show(f"pointer to pixel, brush of {size}", pointer_to_pixel(browser, url, size))
        browser.close()


def show(what: str, figures: dict[str, float]) -> None:
    """Print one line."""
    print(json.dumps({"what": what, **figures}), flush=True)


def weight(browser: Browser, url: str, locale: str) -> dict[str, float]:
    """Weigh what scripts and styles a first visit loads in a large window, each gzipped alone."""
    responses: list[Response] = []
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale=locale)
    page = context.new_page()
    page.on("response", lambda one: responses.append(one))
    page.goto(url)
    page.wait_for_selector("#photo")
    page.wait_for_selector("#light-strip button")
    page.wait_for_load_state("networkidle")
    bodies = {
        one.url: one.body() for one in responses if urlsplit(one.url).path.endswith((".js", ".css"))
    }
    context.close()
    return {
        "files": len(bodies),
        "gzip_bytes": sum(len(gzip.compress(body)) for body in bodies.values()),
    }


def loading(browser: Browser, url: str) -> dict[str, float]:
    """Time from the request until the palette is there and one can paint, in seconds."""
    times_s = []
    for _ in range(VISITS):
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        began_s = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_selector(".swatch")
        times_s.append(time.perf_counter() - began_s)
        context.close()
    return {"median_s": round(statistics.median(times_s), 3), "worst_s": round(max(times_s), 3)}


def pointer_to_pixel(browser: Browser, url: str, size: int) -> dict[str, float]:
    """Time the milliseconds from pointer to drawn stroke."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.route("**/api/v1/models", with_large_doodle)
    settings = json.dumps(
        SETTINGS | {"sizes": dict.fromkeys(("brush", "eraser", "line", "stamp"), size)}
    )
    page.add_init_script(f"localStorage.setItem('doodlescape.settings', {json.dumps(settings)})")
    page.goto(url)
    page.wait_for_function("() => document.querySelector('#doodle').width === 512")
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    scribble(page)
    spent: list[dict[str, float]] = page.evaluate("window.spent")
    context.close()
    figures: dict[str, float] = {"moves": len(spent)}
    for name in ("latency", "work"):
        values = sorted(one[name] for one in spent)
        figures[f"{name}_median_ms"] = round(statistics.median(values), 1)
        figures[f"{name}_p95_ms"] = round(values[int(len(values) * 0.95)], 1)
    return figures


def with_large_doodle(route: Route) -> None:
    """Answer as the server does, but for a model of 512x512."""
    response = route.fetch()
    body: dict[str, Any] = response.json()
    for model in body["models"]:
        model["native_size"] = [512, 512]
    route.fulfill(response=response, json=body)


def scribble(page: Page) -> None:
    """Draw a long stroke across the doodle."""
    box = page.locator("#doodle").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for step in range(240):  # a quick hand: about 15 pixels from event to event
        turn = step / 240 * 2 * math.pi
        across, down = 0.5 + 0.45 * math.sin(3 * turn), 0.5 + 0.45 * math.sin(2 * turn)
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    page.mouse.up()


if __name__ == "__main__":
    main()
