"""Sizes of the picture: offered as the model allows, kept with the drawing, undone in one step."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page, Route

from tests.e2e.conftest import SIZE, Visits
from tests.e2e.studio import SEA, Studio, painted

WIDE = (SIZE, 2 * SIZE)
DOUBLE = 2 * SIZE


def sizes(page: Page) -> list[str]:
    """Values of the choice, `HEIGHTxWIDTH`; the panel stays open."""
    page.click("#options-button")
    values: list[str] = page.eval_on_selector_all(
        "#sheet-size option", "options => options.map(option => option.value)"
    )
    return values


def choose_size(page: Page, height: int, width: int) -> None:
    """Choose a size in the panel and close it."""
    page.click("#options-button")
    page.select_option("#sheet-size", f"{height}x{width}")
    page.keyboard.press("Escape")


def enlarged(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Twice as high and wide, each pixel four times."""
    return labels.repeat(2, axis=0).repeat(2, axis=1)


def photo_size(studio: Studio) -> list[int]:
    """Height and width of the photo shown, in its own pixels."""
    found: list[int] = studio.page.evaluate(
        "[document.querySelector('#photo').naturalHeight,"
        " document.querySelector('#photo').naturalWidth]"
    )
    return found


def test_another_size_is_one_step_of_undo_and_loses_no_label(studio: Studio) -> None:
    """Twice the size holds every pixel four times; undo gives back the doodle as it was."""
    page = studio.page
    before = painted(studio)
    choose_size(page, DOUBLE, DOUBLE)
    assert (studio.labels() == enlarged(before)).all()
    page.click("#options-button")
    assert "textures may repeat" in page.inner_text("#size-note")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    assert (studio.labels() == before).all()
    assert page.input_value("#sheet-size") == f"{SIZE}x{SIZE}"
    assert page.locator("#size-note").count() == 0


def test_sizes_tried_one_after_the_other_cut_but_once(studio: Studio) -> None:
    """Each is cut from the whole doodle, which also stays among the recent drawings."""
    page = studio.page
    before = painted(studio)
    for size in ((DOUBLE, DOUBLE), WIDE, (SIZE, SIZE)):
        choose_size(page, *size)
        assert studio.labels().shape == size
    assert (studio.labels() == before).all()
    choose_size(page, *WIDE)
    page.click("#file-button")
    page.click("#file-menu button:has-text('Recent drawings')")
    page.click("[data-drawing]:not([aria-current]) >> nth=0")
    page.wait_for_function(f"() => document.querySelector('#doodle').height === {DOUBLE}")
    assert (studio.labels() == enlarged(before)).all()


def test_live_paints_at_the_new_size_and_both_panes_take_its_shape(visits: Visits) -> None:
    """The photo comes by itself, as wide as the doodle, and lies level with it."""
    studio = visits.open(settings={"live": True})
    page = studio.page
    choose_size(page, *WIDE)
    page.wait_for_function(f"() => document.querySelector('#photo')?.naturalWidth === {WIDE[1]}")
    assert photo_size(studio) == list(WIDE)
    doodle = page.locator("#doodle").bounding_box()
    photo = page.locator("#photos").bounding_box()
    assert doodle
    assert photo
    assert abs(doodle["width"] - 2 * doodle["height"]) <= 2
    assert [doodle[one] for one in ("y", "width", "height")] == [
        photo[one] for one in ("y", "width", "height")
    ]


def test_a_drawing_keeps_its_size(studio: Studio, visits: Visits, tmp_path: Path) -> None:
    """Over a reload, for a visitor who remixes it, from a project file and an earlier picture."""
    page = studio.page
    choose_size(page, *WIDE)
    studio.choose(SEA, "rectangle")
    studio.drag((6, 30), (50, 60))
    wide = studio.labels()
    studio.generate()
    with page.expect_download() as project:
        page.keyboard.press("Control+s")
    file = tmp_path / "wide.doodle.json"
    project.value.save_as(file)
    page.click("#photo-buttons button:nth-child(3)")
    page.click("#dialog button.primary")
    link = page.input_value("#share-link")
    page.reload()
    studio.ready()
    assert (studio.labels() == wide).all()

    visitor = visits.open(link.removeprefix(studio.url))
    visitor.page.click("#remix")
    assert (visitor.labels() == wide).all()

    choose_size(page, SIZE, SIZE)
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", file)
    page.click("#import-apply")
    assert (studio.labels() == wide).all()
    assert "Import" in (studio.command("undo").get_attribute("title") or "")
    page.keyboard.press("Control+z")
    assert studio.labels().shape == (SIZE, SIZE)
    page.click("#film-strip button >> nth=0")
    page.wait_for_function(f"() => document.querySelector('#doodle').width === {WIDE[1]}")
    assert (studio.labels() == wide).all()


def test_a_model_of_one_size_offers_no_other(visits: Visits) -> None:
    """Without a multiple there is no choice, and a doodle of another size is made to fit."""
    studio = visits.open()
    page = studio.page
    assert sizes(page)[:2] == [f"{SIZE}x{SIZE}", f"{SIZE}x{3 * SIZE // 2}"]
    page.keyboard.press("Escape")
    choose_size(page, *WIDE)

    def of_one_size(route: Route) -> None:
        answer = route.fetch().json()
        answer["models"][0] |= {"size_multiple": None, "max_size": [SIZE, SIZE]}
        route.fulfill(json=answer)

    page.route("**/api/v1/models", of_one_size)
    page.reload()
    page.wait_for_function(f"() => document.querySelector('#doodle').width === {SIZE}")
    page.click("#options-button")
    assert page.locator("#model").count() == 1
    assert page.locator("#sheet-size").count() == 0
