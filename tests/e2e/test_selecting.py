"""Selecting, moving, copying and turning over; mirror painting; favourite materials."""

import json

import numpy as np
import pytest

from tests.e2e.conftest import Visits
from tests.e2e.studio import FLOWER, GRASS, SEA, SKY, Studio
from tests.e2e.test_views import axe, violations

__all__ = ["axe"]


def a_square(studio: Studio) -> None:
    """Paint a square of grass of 10 pixels a side, its corner at 10, 10."""
    studio.blank()
    studio.choose(GRASS, "rectangle")
    studio.drag((10, 10), (20, 20))


def selecting(studio: Studio) -> None:
    """Take the tool, and wait for what it needs."""
    studio.page.locator("#doodle-view").focus()
    studio.page.keyboard.press("v")
    studio.page.wait_for_selector("#selection button[data-act='paste']")


def box(studio: Studio, label: int) -> list[int]:
    """Where a label lies: top, left, bottom and right, ends exclusive, and how many pixels."""
    found = np.argwhere(studio.labels() == label)
    if len(found) == 0:
        return []
    return [*found.min(0).tolist(), *(found.max(0) + 1).tolist(), len(found)]


def act(studio: Studio, name: str) -> None:
    """Press a button of the selection."""
    studio.page.click(f"#selection [data-act='{name}']")


def test_a_region_is_moved_copied_flipped_and_made_larger(studio: Studio) -> None:
    """By mouse and keys, label for label; each act is one step of undo with its name."""
    page = studio.page
    a_square(studio)
    before = studio.labels()
    selecting(studio)
    studio.click(12, 12)
    studio.drag((12, 12), (32, 22))
    assert box(studio, GRASS) == [20, 30, 30, 40, 100], "a click chose the region, a drag moved it"
    assert "Move selection" in (studio.command("undo").get_attribute("title") or "")
    page.locator("#doodle-view").focus()
    page.keyboard.press("Control+z")
    assert (studio.labels() == before).all()

    selecting(studio)
    studio.drag((8, 8), (15.5, 25))
    page.locator("#doodle-view").focus()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    studio.drag((12, 12), (42, 12))
    assert box(studio, GRASS) == [10, 10, 20, 46, 160], "the rectangle had six columns of it"
    page.locator("#doodle-view").focus()
    page.keyboard.press("Escape")
    studio.click(42, 12)
    act(studio, "twice")
    columns = np.argwhere(studio.labels() == GRASS)[:, 1]
    assert (columns > 25).sum() == 4 * 60
    act(studio, "half")
    act(studio, "flip-down")
    assert box(studio, GRASS) == [10, 10, 20, 46, 160]
    page.keyboard.press("Delete")
    assert (studio.labels() == before).all()
    page.keyboard.press("Escape")

    act(studio, "flip-across")
    assert box(studio, GRASS) == [10, 44, 20, 54, 100], "with nothing chosen it is the layer"


def test_selecting_by_keyboard_and_touch(visits: Visits) -> None:
    """Space held drags a box, and then moves what is in it; a finger does the same."""
    studio = visits.open(viewport={"width": 390, "height": 844}, has_touch=True)
    page = studio.page
    a_square(studio)
    selecting(studio)
    view = page.locator("#doodle-view")
    view.focus()
    for keys in ("ArrowLeft", "ArrowUp"):
        for _ in range(24):
            page.keyboard.press(keys)
    page.keyboard.down(" ")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
    page.keyboard.up(" ")
    page.wait_for_selector("#preview .outline.under[d^='M']", state="attached")
    page.keyboard.down(" ")
    for _ in range(16):
        page.keyboard.press("ArrowRight")
    page.keyboard.up(" ")
    moved = box(studio, GRASS)
    assert moved[-1] == 100
    assert moved[3] > 20


def test_mirror_paints_both_sides_alike(studio: Studio) -> None:
    """Strokes, shapes and fills are equal to the pixel left and right, and one step each."""
    page = studio.page
    studio.blank()
    studio.choose(SEA, "brush", 7)
    page.keyboard.press("Shift+M")
    page.wait_for_selector("[data-command='mirror'][aria-pressed='true']")
    studio.drag((5, 40), (20, 50), (30, 20))
    studio.choose(FLOWER, "ellipse")
    studio.drag((40, 3), (61, 12))
    studio.choose(GRASS, "fill")
    studio.click(2, 2)
    labels = studio.labels()
    assert (labels == labels[:, ::-1]).all()
    assert set(np.unique(labels)) == {SEA, FLOWER, GRASS}
    page.locator("#doodle-view").focus()
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert (studio.labels() == SKY).all()
    page.click("[data-command='mirror']")
    studio.choose(SEA, "rectangle")
    studio.drag((5, 5), (15, 15))
    assert box(studio, SEA) == [5, 5, 15, 15, 100]


def test_favourites_stand_first_and_are_kept(visits: Visits) -> None:
    """Starred by key or button, they come first, take the digits, and outlive the visit."""
    studio = visits.open()
    page = studio.page
    page.click(f".swatch[data-label='{FLOWER}']")
    page.keyboard.press("Shift+F")
    page.wait_for_selector("#favourite[aria-pressed='true']")
    page.click(f".swatch[data-label='{SEA}']")
    page.click("#favourite")
    first = "[...document.querySelectorAll('.swatch')].slice(0, 2).map((one) => +one.dataset.label)"
    page.wait_for_function(
        f"() => JSON.stringify({first}) === '{json.dumps([SEA, FLOWER], separators=(',', ':'))}'"
    )
    assert page.locator("#materials h2").first.inner_text() == "Favourites"
    page.reload()
    studio.ready()
    page.locator("#doodle-view").focus()
    page.keyboard.press("2")
    page.wait_for_selector(f".swatch[data-label='{FLOWER}'][aria-checked='true']")
    page.keyboard.press("Shift+F")
    page.wait_for_function(f"() => {first}[1] !== {FLOWER}")


@pytest.mark.parametrize("size", [(390, 844), (1366, 768)])
def test_axe_finds_nothing_while_something_is_selected(
    visits: Visits, axe: str, size: tuple[int, int]
) -> None:
    """The bar of the selection, the mirror and the star, dark and light."""
    width, height = size
    studio = visits.open(viewport={"width": width, "height": height}, bypass_csp=True)
    page = studio.page
    page.add_script_tag(content=axe)
    page.keyboard.press("Shift+M")
    selecting(studio)
    page.keyboard.press("Control+a")
    page.wait_for_selector("#preview .outline.under[d^='M']", state="attached")
    assert violations(studio) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
