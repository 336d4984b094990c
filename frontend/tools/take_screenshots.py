"""Take the pictures of the studio that the README shows, from a running service.

.venv/bin/python frontend/tools/take_screenshots.py http://localhost:8000 docs/screenshots
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
        stroke(page)
        save(page, folder / "stroke.webp")
        page.mouse.up()
        page.wait_for_function(
            "() => document.querySelector('#status').textContent.includes('Done')"
        )
        save(page, folder / "studio.png")
        page.click("#views [data-view='slider']")
        page.mouse.move(720, 10)
        save(page, folder / "compare.webp")
        page.click("#views [data-view='side']")
        page.click("#variations-button")
        page.wait_for_selector("#variations button:nth-child(4)")
        page.click("#options-button")
        page.mouse.move(720, 10)
        save(page, folder / "variations.webp")
    with visit(browser, url, LAPTOP, "light") as page:
        save(page, folder / "light.webp")
        page.select_option("#theme", "safe")
        save(page, folder / "colour-blind-safe.webp")
    with visit(browser, url, {"width": 3840, "height": 2160}, "dark") as page:
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


def stroke(page: Page) -> None:
    """Paint a spit of grass into the bay; the mouse stays down."""
    page.click(".swatch[data-label='123']")
    box = page.locator("#doodle").bounding_box()
    assert box
    places = [(0.44, 0.93), (0.55, 0.88), (0.66, 0.9), (0.78, 0.84)]
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
