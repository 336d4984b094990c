"""The chosen picture painted again, larger, and saved."""

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor, PsdImagePlugin
from playwright.sync_api import Page

from spade.recipes import read_recipe
from tests.e2e.conftest import SIZE, Site, Visits
from tests.e2e.pictures import read_label_png
from tests.e2e.studio import SEA, Studio, painted
from tests.e2e.test_views import axe, violations
from tests.waiting import until

__all__ = ["axe"]
LARGE = 512  # the most that the tests' model paints


def open_export(page: Page) -> None:
    """Open the dialog from the menu, and wait for its choices."""
    page.click("#file-button")
    page.click("#file-menu button:has-text('Export')")
    page.wait_for_selector("#export-size")


def choose_what(page: Page, what: str) -> None:
    """Choose what is taken along."""
    page.select_option("#export-what", what)
    page.wait_for_function(
        "what => document.querySelector('#export-what').value === what", arg=what
    )


def palette(studio: Studio) -> dict[int, tuple[int, ...]]:
    """Give the natural colours of the labels, as the service tells them."""
    models = studio.page.request.get(f"{studio.url}/api/v1/models").json()["models"]
    labels = models[0]["label_set"]["labels"]
    return {one["id"]: ImageColor.getrgb(one["colours"]["natural"]) for one in labels}


def jobs(studio: Studio) -> list[dict[str, Any]]:
    """List this browser's jobs, the newest first."""
    answer = studio.page.request.get(f"{studio.url}/api/v1/jobs").json()
    found: list[dict[str, Any]] = answer["jobs"]
    return found


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_the_picture_is_painted_again_as_it_is_but_larger(
    visits: Visits, tmp_path: Path, form: str
) -> None:
    """Same look, seed, style and borders, of the doodle that it was painted from, in a format."""
    studio = visits.open(settings={"style": "dawn", "seed": 41, "seedLocked": True})
    page = studio.page
    painted(studio)
    studio.generate()
    shown = jobs(studio)[0]
    studio.choose(SEA, "brush", 12)
    studio.click(20, 20)  # what is done to the doodle since does not count

    open_export(page)
    page.select_option("#export-size", f"{LARGE}x{LARGE}")  # more than is offered first
    page.select_option("#export-format", form)
    with page.expect_download() as saved:
        page.click("#export-start")
    page.wait_for_selector(f"text=Saved: {LARGE} × {LARGE} pixels")

    ending = {"jpeg": "jpg", "webp": "webp"}[form]
    assert saved.value.suggested_filename == f"doodlescape-41-{LARGE}x{LARGE}.{ending}"
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    with Image.open(file) as picture:
        assert (picture.size, picture.format) == ((LARGE, LARGE), form.upper())
    large = jobs(studio)[0]
    recipe = read_recipe(file)
    look = shown["images"][0]["look"]
    assert (recipe["look"], recipe["seed"], recipe["borders"]) == (look, 41, "natural")
    assert (large["width"], large["slot"]) == (LARGE, None)
    small, big = (
        read_label_png(page.request.get(studio.url + job["label_map"]["url"]).body())
        for job in (shown, large)
    )
    half = LARGE // SIZE // 2
    assert (big[half :: 2 * half, half :: 2 * half] == small).all()


def test_an_export_shows_how_it_is_doing_and_is_cancelled_by_closing(
    visits: Visits, site: Site
) -> None:
    """It waits in line in words and with a bar; closing the dialog takes the job back."""
    studio = visits.open()
    page = studio.page
    studio.generate()
    open_export(page)
    site.signal_worker(signal.SIGSTOP)
    try:
        page.click("#export-start")
        page.wait_for_selector("#export-status:has-text('Painting')")
        assert page.locator("dialog progress").is_visible()
        page.keyboard.press("Escape")
        until(lambda: jobs(studio)[0]["status"] == "cancelled", "the cancel")
    finally:
        site.signal_worker(signal.SIGCONT)
    assert not page.locator("#dialog").is_visible()


def test_the_dialog_is_in_reach_and_axe_finds_nothing(visits: Visits, axe: str) -> None:
    """In German on the narrowest screen, by keyboard."""
    studio = visits.open(
        settings={"language": "de"}, viewport={"width": 320, "height": 640}, bypass_csp=True
    )
    page = studio.page
    page.click("#generate")
    page.wait_for_selector("#photo", state="attached")
    page.click("#file-button")
    page.get_by_role("button", name="Exportieren…").press("Enter")
    page.wait_for_selector("#export-size")
    box = page.locator("dialog").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    page.add_script_tag(content=axe)
    assert violations(studio) == []
    page.select_option("#export-size", f"{SIZE}x{SIZE}")
    with page.expect_download():
        page.locator("#export-start").press("Enter")


def test_doodle_and_photo_are_saved_side_by_side(studio: Studio, tmp_path: Path) -> None:
    """One PNG: the doodle to the pixel on the left, the photo as the service painted it beside."""
    page = studio.page
    labels = painted(studio)
    studio.generate()
    open_export(page)
    choose_what(page, "pair")
    assert not page.locator("#export-format").is_visible()
    page.select_option("#export-size", f"{LARGE}x{LARGE}")
    with page.expect_download() as saved:
        page.click("#export-start")
    page.wait_for_selector(f"text=Saved: {2 * LARGE} × {LARGE} pixels")

    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    with Image.open(file) as picture:
        assert (picture.size, picture.format) == ((2 * LARGE, LARGE), "PNG")
        pixels = np.asarray(picture.convert("RGB"))
    colours = palette(studio)
    doodle = np.array([[colours[label] for label in row] for row in labels.tolist()], np.uint8)
    times = LARGE // SIZE
    np.testing.assert_array_equal(pixels[:, :LARGE], doodle.repeat(times, 0).repeat(times, 1))
    photo = page.request.get(studio.url + jobs(studio)[0]["images"][0]["url"]).body()
    (tmp_path / "photo.png").write_bytes(photo)
    with Image.open(tmp_path / "photo.png") as picture:
        np.testing.assert_array_equal(pixels[:, LARGE:], np.asarray(picture.convert("RGB")))


def test_layers_are_saved_for_picture_editors(studio: Studio, tmp_path: Path) -> None:
    """Every layer with its name, and hidden ones hidden; what is seen is what the sheet shows."""
    page = studio.page
    painted(studio)
    page.click("#layers-button")
    page.click("#layer-acts button[aria-label='Add a layer']")
    studio.choose(SEA, "rectangle")
    studio.drag((10, 10), (30, 20))
    seen = studio.labels()
    page.click("#layer-acts button[aria-label='Add a layer']")
    studio.drag((1, 1), (60, 60))
    page.click("#layer-eye-2")
    page.click("#file-button")
    page.click("#file-menu button:has-text('Export')")
    page.wait_for_selector("#export-what")
    choose_what(page, "layers")
    with page.expect_download() as saved:
        page.click("#export-start")
    page.wait_for_selector("text=Saved: 64 × 64 pixels")

    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    colours = palette(studio)
    with Image.open(file) as picture:
        assert isinstance(picture, PsdImagePlugin.PsdImageFile)
        assert [layer[0] for layer in picture.layers] == ["Background", "Layer 2", "Layer 3"]
        assert {tuple(pixel) for row in np.asarray(picture) for pixel in row.tolist()} == {
            colours[label] for label in np.unique(seen).tolist()
        }
    hidden = [after[2] & 2 for after in file.read_bytes().split(b"8BIMnorm")[1:]]
    assert hidden == [0, 0, 2]


def test_the_wait_is_told_beforehand(studio: Studio) -> None:
    """About how long a size takes, from the time that this browser's pictures took."""
    page = studio.page
    studio.generate()
    studio.generate()
    open_export(page)
    page.wait_for_function(
        "() => /^Takes about \\d+ s/.test(document.querySelector('#export-wait').textContent)"
    )
