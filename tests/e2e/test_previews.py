"""Live painting shows small previews; what is kept and taken along is the picture itself."""

import io
import json
import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from tests.e2e.conftest import Visits
from tests.e2e.studio import SEA, Studio

PREVIEW = re.compile(r"/images/0/preview$")
PICTURE = re.compile(r"/images/0$")


def paint_live(studio: Studio) -> None:
    """Make one dab and wait until its picture has come."""
    studio.choose(SEA, "brush", 8)
    studio.click(20, 20)
    studio.wait_for_status("Done")


def saved(page: Page) -> tuple[str, bytes]:
    """Download the photo; return its name and its bytes."""
    with page.expect_download() as download:
        page.click("#photo-buttons [data-act='download']")
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_live_painting_shows_a_preview_and_saves_the_picture(visits: Visits) -> None:
    """The preview is a small JPEG in the picture's colours; what is saved at once is the PNG."""
    studio = visits.open(settings={"live": True})
    page = studio.page
    with page.expect_response(PREVIEW) as preview:
        paint_live(studio)
    name, data = saved(page)
    assert preview.value.headers["content-type"] == "image/jpeg"
    assert name.endswith(".png")
    with Image.open(io.BytesIO(data)) as picture:
        assert json.loads(picture.info["Description"])["model"] == "landscape"
        exact = np.asarray(picture.convert("RGB")).astype(float)
    shown = page.request.get(preview.value.url).body()
    with Image.open(io.BytesIO(shown)) as small:
        assert small.size == exact.shape[1::-1]
        colours = np.asarray(small.convert("RGB")).mean((0, 1))
    assert np.abs(colours - exact.mean((0, 1))).max() < 1


def test_the_picture_takes_the_place_of_its_preview_once_the_brush_rests(visits: Visits) -> None:
    """The browser keeps the PNG: it is there on the next visit, with the service out of reach."""
    studio = visits.open(settings={"live": True})
    page = studio.page
    with page.expect_response(PICTURE):
        paint_live(studio)
        first = studio.photo()
    page.wait_for_function("first => document.querySelector('#photo').src !== first", arg=first)
    page.route("**/images/**", lambda route: route.abort())
    visits.expected.append("net::ERR_FAILED")
    page.reload()
    studio.ready()
    studio.wait_for_photo()
    name, data = saved(page)
    assert name.endswith(".png")
    assert data.startswith(b"\x89PNG")
