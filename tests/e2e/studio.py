"""The studio page as a person handles it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Download, Locator, Page

from tests.e2e.pictures import read_label_png

SKY, CLOUDS, MOUNTAIN, ROCK, SEA, GRASS, FLOWER = 156, 105, 134, 149, 154, 123, 118
LabelMap = npt.NDArray[np.uint8]


class Studio:
    """One page."""

    def __init__(self, page: Page, url: str) -> None:
        """Take a page that has not been opened."""
        self.page = page
        self.url = url

    def open(self, path: str, settings: dict[str, object]) -> None:
        """Open the page with settings left by an earlier visit, and wait for its palette."""
        if settings:
            self.page.add_init_script(
                "localStorage.getItem('doodlescape.settings') ?? "
                f"localStorage.setItem('doodlescape.settings', {json.dumps(json.dumps(settings))})"
            )
        self.page.goto(self.url + path)
        self.ready()

    def ready(self) -> None:
        """Wait until the palette and the doodle are there, or the word that there is none."""
        self.page.wait_for_selector(".swatch", state="attached")
        self.page.wait_for_selector("#panes:not(.waiting), #lost:not([hidden])")

    # What one sees

    def labels(self) -> LabelMap:
        """Download the label map and read it, `[H, W] uint8`."""
        with self.page.expect_download() as download:
            self.page.click("#file-button")
            self.page.click("#file-menu button:has-text('Download label map')")
        return read_labels(download.value)

    def photo(self) -> str | None:
        """Address of the photo shown, None when there is none."""
        image = self.page.locator("#photo")
        return image.get_attribute("src") if image.count() else None

    def wait_for_photo(self) -> str | None:
        """Wait until a photo is shown, which is decoded first, and return its address."""
        self.page.wait_for_selector("#photo")
        return self.photo()

    def status(self) -> str:
        """Words of the status line."""
        return self.page.inner_text("#status")

    def wait_for_status(self, text: str) -> None:
        """Wait until the status line holds some words."""
        self.page.wait_for_function(
            "text => document.querySelector('#status').textContent.includes(text)", arg=text
        )

    def command(self, name: str) -> Locator:
        """Button of a command."""
        return self.page.locator(f"[data-command='{name}']")

    # What one does

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place on the screen of a doodle pixel."""
        box = self.page.locator("#doodle").bounding_box()
        assert box
        width = self.page.evaluate("document.querySelector('#doodle').width")
        return box["x"] + x * box["width"] / width, box["y"] + y * box["width"] / width

    def drag(self, *places: tuple[float, float], release: bool = True) -> None:
        """Press the mouse at the first place, move through the others, let go."""
        self.page.mouse.move(*self.at(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(*place), steps=4)
        if release:
            self.page.mouse.up()

    def click(self, x: float, y: float, **options: Any) -> None:
        """Click on a doodle pixel."""
        self.page.mouse.click(*self.at(x, y), **options)

    def choose(self, label: int, tool: str = "brush", size: int | None = None) -> None:
        """Choose a material, then a tool, then its size."""
        self.page.click(f".swatch[data-label='{label}']")
        self.command(f"tool-{tool}").click()
        if size is not None:
            self.set_size(size)

    def set_size(self, size: int) -> None:
        """Go to a size with the bracket keys."""
        self.page.locator("#doodle-view").focus()
        for _ in range(200):
            now = int(self.page.inner_text("output[for=size]").split()[0])
            if now == size:
                return
            self.page.keyboard.press("]" if now < size else "[")
            self.page.wait_for_function(
                "before => document.querySelector('output[for=size]').textContent !== before",
                arg=f"{now} px",
            )
        raise AssertionError(f"size {size} was never reached")

    def blank(self, label: int = SKY) -> None:
        """Fill the whole sheet with one material."""
        self.command("clear").click()
        if label != SKY:
            self.choose(label, "fill")
            self.click(5, 5)

    def generate(self) -> None:
        """Ask for a photo and wait until it is there."""
        before = self.photo()
        self.page.click("#generate")
        self.page.wait_for_function(
            "before => document.querySelector('#photo')?.src !== (before ?? undefined)", arg=before
        )
        self.wait_for_status("Done")


def read_labels(download: Download) -> LabelMap:
    """Read a downloaded label map: a palette PNG whose index is the label id."""
    return read_label_png(Path(download.path()).read_bytes())


def painted(studio: Studio) -> LabelMap:
    """Paint something that can be told apart, and return its labels."""
    studio.blank()
    studio.choose(GRASS, "rectangle")
    studio.drag((6, 30), (50, 60))
    return studio.labels()
