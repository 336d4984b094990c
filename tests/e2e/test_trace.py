"""A photo becomes a doodle: offered, traced by the real service, looked at, put on the sheet."""

import io
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spade.maps.labels import load_label_set
from tests.e2e.conftest import Site, Visits
from tests.e2e.pictures import photo, read_label_png
from tests.e2e.studio import LabelMap, Studio, painted
from tests.e2e.test_views import axe, violations

__all__ = ["axe"]
KNOWN = {label.id for label in load_label_set("landscape").labels}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Lay a photo on the disk."""
    path = tmp_path / "alps.png"
    path.write_bytes(photo())
    return path


def newest_job(studio: Studio) -> dict[str, Any]:
    """Ask the service for the visitor's newest job."""
    found: dict[str, Any] = studio.page.evaluate(
        "fetch('/api/v1/jobs?limit=1').then((answer) => answer.json()).then(({jobs}) => jobs[0])"
    )
    return found


def traced(studio: Studio) -> LabelMap:
    """Fetch the label map that the service made of the newest photo."""
    job = newest_job(studio)
    assert (job["kind"], job["status"]) == ("trace", "succeeded")
    answer = studio.page.request.get(studio.url + job["label_map"]["url"])
    return read_label_png(answer.body())


def nearest(labels: LabelMap, height: int, width: int) -> LabelMap:
    """Resample by pixel centres."""
    rows = (2 * np.arange(height) + 1) * labels.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * labels.shape[1] // (2 * width)
    sampled: LabelMap = labels[np.ix_(rows, columns)]
    return sampled


def test_a_photo_is_traced_and_put_on_the_sheet(studio: Studio, file: Path) -> None:
    """The sheet gets the very labels of the service, in the photo's shape, as one step of undo."""
    page = studio.page
    before = painted(studio)
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", file)
    page.click("#trace-start")
    page.wait_for_selector("#import-apply")
    assert page.inner_text("#trace-names").startswith("Found: ")
    cleaned = page.evaluate("document.querySelector('.over canvas').toDataURL()")
    page.locator("#trace-least").press("Home")
    page.locator("#trace-cover").press("Home")
    assert page.evaluate("getComputedStyle(document.querySelector('.over canvas')).opacity") == "0"
    page.locator("#trace-least").press("End")
    assert page.evaluate("document.querySelector('.over canvas').toDataURL()") != cleaned
    page.locator("#trace-least").press("Home")
    page.click("label:has(#trace-style)")
    page.click("#import-apply")
    labels = studio.labels()

    found = traced(studio)
    assert found.shape == (96, 128)
    upright = nearest(found, 85, 128)
    assert labels.shape == (64, 96)
    assert (labels == nearest(upright, 64, 96)).all()
    assert set(np.unique(labels)) <= KNOWN
    page.keyboard.press("Control+z")
    assert (studio.labels() == before).all()
    page.click("#light-button")
    page.wait_for_selector("img.style-photo")


def test_tracing_works_by_keyboard_on_the_narrowest_screen(
    visits: Visits, axe: str, file: Path
) -> None:
    """From the menu to the sheet in German at 320 pixels: in reach, and axe finds nothing."""
    size = {"width": 320, "height": 640}
    studio = visits.open(viewport=size, locale="de-DE", bypass_csp=True)
    page = studio.page
    page.click("#file-button")
    page.click("#file-menu button:has-text('Foto nachzeichnen')")
    page.set_input_files("#import-file", file)
    page.wait_for_selector("#trace-start:focus")
    page.add_script_tag(content=axe)
    assert violations(studio) == []
    page.keyboard.press("Enter")
    page.wait_for_selector("#import-apply:focus")
    assert page.inner_text("#dialog-title") == "Ein Foto nachzeichnen"
    assert violations(studio) == []
    fits = "(body) => body.scrollWidth <= body.clientWidth"
    assert page.locator("dialog .dialog-body").evaluate(fits)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="hidden")

    sides = "({height, width}) => [height, width]"
    assert page.locator("#doodle").evaluate(sides) == [64, 96]


def test_a_large_photo_waits_and_can_be_given_up(visits: Visits, site: Site, file: Path) -> None:
    """What is too large for a drawing is traced all the same; giving up cancels the job."""
    visits.expected.append("413")
    studio = visits.open()
    page = studio.page
    buffer = io.BytesIO()
    Image.open(file).resize((2400, 1800)).save(buffer, "JPEG")
    file = file.with_suffix(".jpg")
    file.write_bytes(buffer.getvalue())
    before = studio.labels()
    site.signal_worker(signal.SIGSTOP)
    try:
        page.keyboard.press("Control+o")
        page.set_input_files("#import-file", file)
        page.click("#trace-start")
        page.wait_for_selector("#trace-status:has-text('Finding')")
        page.click("#trace-cancel")
        page.wait_for_selector("#trace-start")
        page.wait_for_function(
            "fetch('/api/v1/jobs?limit=1').then((answer) => answer.json())"
            ".then(({jobs}) => jobs[0].status === 'cancelled')"
        )
    finally:
        site.signal_worker(signal.SIGCONT)
    page.keyboard.press("Escape")

    assert (studio.labels() == before).all()


def test_a_drawing_of_strange_colours_is_still_a_drawing(studio: Studio, file: Path) -> None:
    """Whoever says that it is no photo gets the choices of a drawing."""
    page = studio.page
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", file)
    page.click("dialog >> text=It is a drawing")

    page.wait_for_selector("dialog >> text=Take the nearest colour")
