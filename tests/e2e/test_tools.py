"""Every tool, with the mouse: what it paints and that it paints nothing else."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Route

from tests.e2e.conftest import SIZE, Visits
from tests.e2e.studio import CLOUDS, FLOWER, GRASS, MOUNTAIN, ROCK, SEA, SKY, LabelMap, Studio
from tests.waiting import until

ROWS, COLUMNS = np.indices((SIZE, SIZE))


def test_a_stroke_paints_its_material_and_no_other(studio: Studio) -> None:
    """A brush stroke changes pixels under the brush to the chosen label, exactly."""
    studio.blank()
    studio.choose(GRASS, "brush", 8)
    studio.drag((10, 32), (30, 20), (50, 32))
    labels = studio.labels()

    assert set(np.unique(labels)) == {SKY, GRASS}
    assert labels[32, 10] == labels[32, 50] == GRASS
    assert 250 < (labels == GRASS).sum() < 500


@pytest.mark.parametrize(("shape", "corner"), [("round", SKY), ("square", GRASS), ("diamond", SKY)])
def test_brush_shapes(studio: Studio, shape: str, corner: int) -> None:
    """One click leaves the brush's own shape."""
    studio.blank()
    studio.choose(GRASS, "brush", 12)
    studio.page.click(f"[data-shape='{shape}']")
    studio.click(32, 32)
    labels = studio.labels()

    assert labels[32, 32] == labels[32, 27] == GRASS
    assert labels[27, 27] == corner


def test_the_eraser_leaves_the_base_material(studio: Studio) -> None:
    """Erasing brings back the sky that the sheet began with."""
    studio.blank(SEA)
    studio.command("tool-eraser").click()
    studio.set_size(12)
    studio.drag((20, 20), (40, 20))
    labels = studio.labels()

    assert labels[20, 30] == SKY
    assert set(np.unique(labels)) == {SKY, SEA}


def test_shift_click_paints_a_straight_line_from_the_last_stroke(studio: Studio) -> None:
    """A drag is never needed: two clicks make a line."""
    studio.blank()
    studio.choose(GRASS, "brush", 4)
    studio.click(8, 8)
    studio.page.keyboard.down("Shift")
    studio.click(56, 56)
    studio.page.keyboard.up("Shift")
    labels = studio.labels()

    assert (np.diag(labels)[8:57] == GRASS).all()


def test_fill_takes_one_region_and_replace_takes_all_of_them(studio: Studio) -> None:
    """Filling stays inside its region; replacing reaches every one."""
    studio.blank()
    studio.choose(ROCK, "rectangle")
    studio.drag((4, 4), (20, 20))
    studio.drag((40, 40), (60, 60))
    studio.choose(GRASS, "fill")
    studio.click(10, 10)
    filled = studio.labels()
    studio.choose(SEA, "replace")
    studio.click(2, 2)
    replaced = studio.labels()

    assert filled[10, 10] == GRASS
    assert filled[50, 50] == ROCK
    assert (replaced[filled == SKY] == SEA).all()
    assert (replaced[filled != SKY] == filled[filled != SKY]).all()


def test_picking_takes_the_material_under_the_pointer(studio: Studio) -> None:
    """The eyedropper, and Alt with any tool, make what is painted there current."""
    studio.blank()
    studio.choose(ROCK, "rectangle")
    studio.drag((4, 4), (20, 20))
    studio.choose(FLOWER, "pick")
    studio.click(10, 10)
    assert checked(studio) == ROCK
    studio.command("tool-brush").click()
    studio.page.keyboard.down("Alt")
    studio.click(50, 50)
    studio.page.keyboard.up("Alt")
    assert checked(studio) == SKY


def checked(studio: Studio) -> int:
    """Label of the material that is marked as chosen."""
    studio.page.wait_for_function(
        "() => document.querySelectorAll('.swatch[aria-checked=true]').length === 1"
    )
    value = studio.page.get_attribute(".swatch[aria-checked=true]", "data-label")
    return int(value or -1)


def is_line(labels: LabelMap) -> bool:
    """A line of 6 pixels from (8, 32) to (56, 32)."""
    return bool((labels[32, 8:56] == GRASS).all()) and (labels == GRASS).sum() < 6 * 60


def is_rectangle(labels: LabelMap) -> bool:
    """Every pixel from (8, 16) to (40, 48), give or take the pixel under the pointer."""
    found = np.argwhere(labels == GRASS)
    (top, left), (bottom, right) = found.min(0), found.max(0)
    filled = len(found) == (bottom - top + 1) * (right - left + 1)
    return bool(filled) and 7 <= left <= 9 and 38 <= right <= 41 and 15 <= top <= 17


def is_ellipse(labels: LabelMap) -> bool:
    """Middle painted, corners not."""
    return bool(labels[32, 24] == GRASS and labels[17, 9] == SKY and labels[47, 39] == SKY)


@pytest.mark.parametrize("clicks", [False, True], ids=["drag", "clicks"])
@pytest.mark.parametrize(
    ("tool", "start", "end", "check"),
    [
        ("line", (8, 32), (56, 32), is_line),
        ("rectangle", (8, 16), (40, 48), is_rectangle),
        ("ellipse", (8, 16), (40, 48), is_ellipse),
    ],
    ids=["line", "rectangle", "ellipse"],
)
def test_shapes_by_drag_and_by_clicks(
    studio: Studio,
    tool: str,
    start: tuple[float, float],
    end: tuple[float, float],
    check: Callable[[LabelMap], bool],
    *,
    clicks: bool,
) -> None:
    """What can be dragged can also be clicked, at one end and then at the other."""
    studio.blank()
    studio.choose(GRASS, tool, 6 if tool == "line" else None)
    if clicks:
        studio.click(*start)
        studio.click(*end)
    else:
        studio.drag(start, end)

    assert check(studio.labels())


def test_a_polygon_is_clicked_and_closed_with_enter(studio: Studio) -> None:
    """Corners by clicks, Enter fills, and Escape drops one that was begun."""
    studio.blank()
    studio.choose(MOUNTAIN, "polygon")
    for corner in ((8, 56), (32, 8), (56, 56)):
        studio.click(*corner)
    studio.page.keyboard.press("Enter")
    closed = studio.labels()
    studio.click(2, 2)
    studio.click(60, 2)
    studio.click(60, 20)
    studio.page.keyboard.press("Escape")

    assert closed[40, 32] == MOUNTAIN
    assert closed[12, 10] == SKY
    assert (studio.labels() == closed).all()


def test_the_lasso_fills_what_it_went_around(studio: Studio) -> None:
    """A loop drawn by hand becomes an area."""
    studio.blank()
    studio.choose(SEA, "lasso")
    studio.drag((10, 10), (50, 10), (50, 50), (10, 50), (10, 12))
    labels = studio.labels()

    assert (labels[14:46, 14:46] == SEA).all()
    assert set(np.unique(labels)) == {SKY, SEA}


def test_a_stamp_leaves_its_outline_in_the_material(studio: Studio) -> None:
    """A click with the stamp paints the chosen figure."""
    studio.blank()
    studio.choose(CLOUDS, "stamp")
    studio.page.click("[data-stamp='cloud']")
    studio.click(32, 32)
    labels = studio.labels()

    assert set(np.unique(labels)) == {SKY, CLOUDS}
    assert labels[34, 32] == CLOUDS


def test_undo_and_redo_go_step_by_step_and_say_what(studio: Studio) -> None:
    """Undo brings back the bytes before, redo those after, and the buttons name the step."""
    studio.blank()
    before = studio.labels()
    studio.choose(GRASS, "brush", 10)
    studio.drag((10, 10), (50, 50))
    after = studio.labels()
    assert "Brush, grass" in (studio.command("undo").get_attribute("title") or "")
    studio.page.keyboard.press("Control+z")
    assert (studio.labels() == before).all()
    studio.page.wait_for_function(
        "() => document.querySelector('#status-live').textContent.includes('Undid Brush, grass')"
    )
    studio.page.keyboard.press("Control+Shift+Z")
    assert (studio.labels() == after).all()


LARGER = 96


def test_another_models_size_is_a_step_of_undo(visits: Visits) -> None:
    """A model of another size resizes the doodle; undo brings size, model and steps back."""
    studio = visits.open()
    page = studio.page

    def with_another(route: Route) -> None:
        models = route.fetch().json()
        larger = {**models["models"][0], "name": "larger", "title": "Larger"}
        models["models"].append({**larger, "native_size": [LARGER, LARGER], "default": False})
        route.fulfill(json=models)

    page.route("**/api/v1/models", with_another)
    page.reload()
    studio.ready()
    before = studio.labels()
    studio.choose(GRASS, "brush", 12)
    studio.click(20, 20)
    painted = studio.labels()
    page.click("#options-button")
    page.select_option("#model", "larger")
    page.keyboard.press("Escape")
    assert studio.labels().shape == (LARGER, LARGER)
    assert "Size" in (studio.command("undo").get_attribute("title") or "")
    page.keyboard.press("Control+z")
    assert (studio.labels() == painted).all()
    assert page.input_value("#model") == "landscape"
    page.keyboard.press("Control+z")
    assert (studio.labels() == before).all()
    for _ in range(2):
        page.keyboard.press("Control+Shift+Z")
    assert studio.labels().shape == (LARGER, LARGER)
    assert page.input_value("#model") == "larger"


def test_zoom_keeps_the_place_under_the_pointer(studio: Studio) -> None:
    """The wheel zooms at the cursor, space and drag pan, and Ctrl+0 fits again."""
    x, y = studio.at(16, 16)
    fitting = studio.page.inner_text(".zoom")
    studio.page.mouse.move(x, y)
    studio.page.mouse.wheel(0, -600)
    studio.page.wait_for_function(
        "fitting => document.querySelector('.zoom').textContent !== fitting", arg=fitting
    )
    until(lambda: studio.at(16, 16) == pytest.approx((x, y), abs=2), "the place where it was")
    studio.page.keyboard.down(" ")
    studio.page.mouse.down()
    studio.page.mouse.move(x - 40, y - 30, steps=3)
    studio.page.mouse.up()
    studio.page.keyboard.up(" ")
    moved = pytest.approx((x - 40, y - 30), abs=2)
    until(lambda: studio.at(16, 16) == moved, "the place moved by the hand")
    doodle = studio.page.locator("#doodle").bounding_box()
    photo = studio.page.locator("#photo-empty:visible, #photos:visible").bounding_box()
    assert doodle
    assert photo
    assert (doodle["width"], doodle["height"]) == (photo["width"], photo["height"])
    studio.page.keyboard.press("Control+0")
    studio.page.wait_for_function(
        "fitting => document.querySelector('.zoom').textContent === fitting", arg=fitting
    )


def test_a_hundred_percent_is_a_pixel_of_the_screen(visits: Visits) -> None:
    """The figure tells the size, and Ctrl+1 shows each pixel as one, also on a fine screen."""
    studio = visits.open(device_scale_factor=2)
    sheet, width = studio.page.locator("#doodle"), "(one) => one.getBoundingClientRect().width"
    percent = round(100 * 2 * sheet.evaluate(width) / 64)
    assert studio.page.inner_text(".zoom") == f"{percent} %"
    studio.page.keyboard.press("Control+1")
    studio.page.wait_for_function("() => document.querySelector('.zoom').textContent === '100 %'")
    until(lambda: sheet.evaluate(width) == 32, "a pixel for each")


def test_a_stamp_is_chosen_by_its_picture_and_brings_its_material(studio: Studio) -> None:
    """A mountain is made of mountain, whatever one painted with before."""
    studio.blank()
    studio.choose(GRASS, "stamp")
    studio.page.click("[data-stamp='mountain']")
    studio.click(32, 32)
    assert set(np.unique(studio.labels())) == {SKY, MOUNTAIN}
    assert studio.page.get_attribute("[data-stamp='mountain']", "aria-checked") == "true"


def test_a_tool_key_in_a_stroke_neither_drops_nor_changes_it(studio: Studio) -> None:
    """What was begun ends as it was begun; the next stroke is the new tool's."""
    page = studio.page
    studio.blank()
    studio.choose(GRASS, "brush", 6)
    studio.drag((10, 20), (20, 20), release=False)
    page.keyboard.press("l")
    page.keyboard.press("1")
    page.mouse.move(*studio.at(40, 20), steps=4)
    page.mouse.up()
    labels = studio.labels()

    assert (labels[20, 10:40] == GRASS).all()
    assert set(np.unique(labels)) == {SKY, GRASS}
    assert studio.command("tool-line").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Control+z")
    assert (studio.labels() == SKY).all(), "it is one step of undo"
