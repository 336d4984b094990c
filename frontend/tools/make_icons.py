"""Paint the icons of an installed page from `static/favicon.svg`, with Chromium.

    .venv/bin/python frontend/tools/make_icons.py

A maskable icon is cut to any shape by the device, so its ground goes to the edge and the drawing
stays within the middle; so it is with Apple's, which the device rounds itself.
"""

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

STATIC = Path(__file__).resolve().parents[1] / "static"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
SIDE = 32  # of the drawing, in its own units
MOUNTAINS = "M-9 42 11 12l5 7 4-5 25.2 28Z"  # the drawing's, on down their slopes
#: name, pixels a side, the drawing's share of it
ICONS = (
    ("plain-192", 192, 1.0),
    ("plain-512", 512, 1.0),
    ("maskable-512", 512, 0.78),
    ("apple-180", 180, 0.86),
)


def main() -> None:
    """Write all icons."""
    drawing = (STATIC / "favicon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for name, pixels, share in ICONS:
            paint(page, spread(drawing, share), pixels, STATIC / "icons" / f"{name}.png")
        browser.close()


def spread(drawing: str, share: float) -> str:
    """Draw smaller, ground and mountains to the edges; `share` 1 leaves the drawing as it is."""
    if share == 1:
        return drawing
    side = SIDE / share
    edge = (side - SIDE) / -2
    box = f'viewBox="{edge} {edge} {side} {side}"'
    ground = f'<rect x="{edge}" y="{edge}" width="{side}" height="{side}" '
    drawing = re.sub(r'viewBox="[^"]*"', box, drawing)
    drawing = re.sub(r'<rect width="32" height="32" rx="8" ', ground, drawing)
    return re.sub(r'<path d="[^"]*"', f'<path d="{MOUNTAINS}"', drawing)


def paint(page: Page, drawing: str, pixels: int, file: Path) -> None:
    """Render an SVG as a square PNG with a see-through ground."""
    page.set_viewport_size({"width": pixels, "height": pixels})
    page.set_content(f"<style>*{{margin:0}} svg{{width:100vw;display:block}}</style>{drawing}")
    page.screenshot(path=file, omit_background=True)


if __name__ == "__main__":
    main()
