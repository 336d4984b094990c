"""Take the pictures of the studio that the README shows, from a running service.

.venv/bin/python frontend/tools/take_screenshots.py http://localhost:8000 docs/pictures
"""

import argparse
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
LAPTOP: ViewportSize = {"width": 1440, "height": 840}
SIZE = "512x512"  # as the pictures are best seen
PHONE: ViewportSize = {"width": 390, "height": 844}


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of a running service")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shoot(browser, arguments.url, arguments.folder)
        browser.close()


def shoot(browser: Browser, url: str, folder: Path) -> None:
    """Open the studio in each dress and take its picture."""
    with visit(browser, url, LAPTOP, "dark") as page:
        enlarge(page)
        stroke(page)
        save(page, folder / "stroke.webp")
        before = page.get_attribute("#photo", "src")
        page.mouse.up()
        page.wait_for_function("src => document.querySelector('#photo').src !== src", arg=before)
        wait_until_done(page)
        save(page, folder / "studio.png")
        page.click("#views [data-view='slider']")
        page.mouse.move(720, 10)
        save(page, folder / "compare.webp")
        page.click("#views [data-view='side']")
        page.click("#variations-button")
        page.wait_for_selector("#variations button:nth-child(4)")
        page.locator("#looks button").nth(6).wait_for(timeout=120_000)
        page.mouse.move(720, 10)
        save(page, folder / "variations.webp")
    with visit(browser, url, LAPTOP, "dark") as page:
        enlarge(page)
        page.locator("#looks button").nth(6).wait_for(timeout=120_000)
        save(page, folder / "look-strip.webp")
    with visit(browser, url, LAPTOP, "light") as page:
        enlarge(page)
        save(page, folder / "light.webp")
        page.select_option("#theme", "safe")
        save(page, folder / "colour-blind-safe.webp")
    with visit(browser, url, {"width": 3840, "height": 2160}, "dark") as page:
        enlarge(page)
        save(page, folder / "4k.webp", width=1920)
    schemes: list[Literal["dark", "light"]] = ["dark", "light"]
    for scheme in schemes:
        with visit(browser, url, PHONE, scheme, is_mobile=True, has_touch=True) as page:
            save(page, folder / f"phone-{scheme}.webp")


@contextmanager
def visit(
    browser: Browser, url: str, size: ViewportSize, scheme: Literal["dark", "light"], **options: Any
) -> Iterator[Page]:
    """A fresh visitor, past the hints, with the first scene and its photo in sight."""
    context = browser.new_context(
        viewport=size, color_scheme=scheme, locale="en-US", reduced_motion="reduce", **options
    )
    page = context.new_page()
    page.goto(url)
    page.click("#hints button")
    page.wait_for_selector("#photo", state="attached")
    page.mouse.move(size["width"] / 2, 2)
    yield page
    context.close()


def enlarge(page: Page) -> None:
    """Choose the larger size, and wait for its photo."""
    page.click("#options-button")
    page.select_option("#sheet-size", SIZE)
    page.keyboard.press("Escape")
    page.click("#generate")
    wait_until_done(page)
    page.mouse.move(720, 2)


def wait_until_done(page: Page) -> None:
    """Wait for the photo of the doodle as it is, at its full size."""
    page.wait_for_function(
        "() => /Done(?!.*follows)/.test(document.querySelector('#status').textContent)",
        timeout=120_000,
    )


def stroke(page: Page) -> None:
    """Paint a rock at the beach; the mouse stays down."""
    page.click(".swatch[data-label='149']")
    box = page.locator("#doodle").bounding_box()
    assert box
    places = [(0.46, 0.95), (0.52, 0.9), (0.57, 0.89), (0.62, 0.93), (0.52, 0.94), (0.6, 0.955)]
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=12)


def save(page: Page, file: Path, width: int | None = None) -> None:
    """Write the page as it looks now, once nothing moves any more."""
    page.wait_for_timeout(600)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if width:
        height = round(picture.height * width / picture.width)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    if file.suffix == ".png":
        picture.save(file, optimize=True)
    else:
        picture.save(file, quality=88, method=6)


if __name__ == "__main__":
    main()
