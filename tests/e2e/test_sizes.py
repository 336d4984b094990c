"""Sizes of the picture: offered as the model allows, kept with the drawing, undone in one step."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import SIZE, Visits
from tests.e2e.studio import ROCK, SEA, Studio, painted
from tests.e2e.test_looks import Sent
from tests.waiting import until

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
    expect(page.locator("#size-note")).to_have_count(0)


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

    def are_level() -> bool:
        doodle, photo = (page.locator(name).bounding_box() for name in ("#doodle", "#photos"))
        assert doodle
        assert photo
        same = all(doodle[one] == photo[one] for one in ("y", "width", "height"))
        return same and abs(doodle["width"] - 2 * doodle["height"]) <= 2

    until(are_level, "both panes in the new shape")


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
    expect(page.locator("#model")).to_have_count(1)
    expect(page.locator("#sheet-size")).to_have_count(0)


def of_256(large_s: float) -> str:
    """Return a script: the model is one of 256 pixels that needs so long for 512."""
    return OF_256.replace("LARGE_S", str(large_s))


OF_256 = """
const fetchAll = globalThis.fetch;
globalThis.fetch = async (...args) => {
  const answer = await fetchAll(...args);
  if (!String(args[0]).endsWith('/models')) return answer;
  const [model] = (await answer.json()).models;
  const paint_s = { '256x256': 0.1, '512x512': LARGE_S };
  return Response.json({ models: [{ ...model, native_size: [256, 256], paint_s }] });
};
"""


def stroke(studio: Studio) -> None:
    """Paint a stroke across the sheet, whatever its size."""
    box = studio.page.locator("#doodle").bounding_box()
    assert box
    studio.page.click(f".swatch[data-label='{ROCK}']")
    studio.page.mouse.move(box["x"] + 20, box["y"] + 40)
    studio.page.mouse.down()
    studio.page.mouse.move(box["x"] + 90, box["y"] + 70, steps=4)
    studio.page.mouse.up()


def test_a_service_that_needs_longer_paints_quickly_and_then_sharply(visits: Visits) -> None:
    """At 256 while one paints, at 512 once the brush rests: one picture, told of in words."""
    studio = visits.open(settings={"live": True}, script=of_256(2.0))
    page = studio.page
    assert page.evaluate("document.querySelector('#doodle').width") == 256
    page.wait_for_selector("#photo")
    sent = Sent(studio)
    stroke(studio)
    studio.wait_for_status("a sharper one follows")
    page.wait_for_function("() => document.querySelector('#photo').naturalWidth === 512")
    studio.wait_for_status("Done")
    expect(page.locator("#status")).not_to_contain_text("follows")

    quick, sharp = sent.all
    assert [quick["width"], sharp["width"]] == [256, 512]
    same = ("seed", "borders", "style", "slot")
    assert [quick[one] for one in same] == [sharp[one] for one in same]
    assert quick["images"][0]["look"] == sharp["look"]
    page.wait_for_selector(f"#film-strip [data-job='{sharp['id']}']")
    expect(page.locator("#film-strip [data-job]")).to_have_count(1)


def test_a_service_that_is_quick_paints_512_on_a_finer_sheet(visits: Visits) -> None:
    """A fresh sheet has 512 pixels a side, and so has its live picture; no second one follows."""
    studio = visits.open(settings={"live": True}, script=of_256(0.4))
    page = studio.page
    assert page.evaluate("document.querySelector('#doodle').width") == 512
    page.wait_for_selector("#photo")
    sent = Sent(studio)
    stroke(studio)
    studio.wait_for_status("Done")
    page.wait_for_function("() => document.querySelector('#photo').naturalWidth === 512")
    assert [job["width"] for job in sent.all] == [512]
    assert "×" not in studio.status()
