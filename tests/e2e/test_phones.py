"""The page on phones, upright and on their side."""

import pytest

from tests.e2e.conftest import Visits
from tests.e2e.studio import FLOWER, GRASS, Studio
from tests.e2e.touch import PHONE, Fingers

SIDEWAYS = {**PHONE, "viewport": {"width": 844, "height": 390}}
SMALL = {**PHONE, "viewport": {"width": 320, "height": 568}}


@pytest.fixture
def phone(visits: Visits) -> Studio:
    """The studio on a phone."""
    return visits.open(**PHONE)  # type: ignore[arg-type]


def test_generate_shows_the_photo_and_one_tap_leads_back(phone: Studio) -> None:
    """One sees that it works and what came of it; variations and earlier pictures are there."""
    page = phone.page
    page.tap("#generate")
    page.wait_for_selector("#photo-view", state="visible")
    phone.wait_for_status("Done")
    for name in ("#status", "#photo", "#variations-button", "#film-strip img"):
        page.wait_for_selector(name, state="visible")
    page.tap("#variations-button")
    page.wait_for_selector("#variations button >> nth=3")
    page.tap("#pane-switch [data-pane='doodle']")
    page.wait_for_selector("#doodle-view", state="visible")
    assert page.is_visible("#status"), "what the service does is told here too"


def test_nothing_jumps_between_the_views(phone: Studio) -> None:
    """Doodle, photo, overlay and comparison lie at the same place, with words of any kind below."""
    page = phone.page
    corner = """() => {
      const { left, top } = document.querySelector('#photo').getBoundingClientRect();
      return [left, top];
    }"""
    places = {phone.at(0, 0)}
    page.tap("#generate")
    page.wait_for_selector("#status-action", state="visible")
    places.add(tuple(page.evaluate(corner)))
    phone.wait_for_status("Done")
    places.add(tuple(page.evaluate(corner)))
    for view in ("[data-view='overlay']", "[data-view='slider']", "[data-pane='doodle']"):
        page.tap(f"#pane-switch {view}")
        page.wait_for_selector("#doodle-view", state="visible")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        places.add(phone.at(0, 0))
    assert len(places) == 1


def test_the_line_between_doodle_and_photo_ends_with_the_sheet(phone: Studio) -> None:
    """It is as high as the doodle, which fills only a part of a tall window."""
    page = phone.page
    page.tap("#generate")
    phone.wait_for_status("Done")
    page.tap("#pane-switch [data-view='slider']")
    page.wait_for_selector("#divider", state="visible")
    line, sheet = (page.locator(one).bounding_box() for one in ("#divider", "#doodle"))
    assert line
    assert sheet
    assert (line["y"], line["height"]) == pytest.approx((sheet["y"], sheet["height"]), abs=1)


def test_the_chosen_material_is_in_sight(phone: Studio) -> None:
    """Also one that was chosen among all materials."""
    page = phone.page
    page.tap("#sheet-toggle")
    page.tap(f".swatch[data-label='{FLOWER}']")
    page.wait_for_selector("#rail:not(.open)")
    page.wait_for_function(
        """label => {
          const strip = document.querySelector('#materials').getBoundingClientRect();
          const one = document.querySelector(`.swatch[data-label='${label}']`);
          const { left, right } = one.getBoundingClientRect();
          return left >= strip.left && right <= strip.right;
        }""",
        arg=FLOWER,
    )


def test_the_hints_take_no_stroke(visits: Visits) -> None:
    """On the smallest phone they lie on the doodle, and one paints through them."""
    studio = visits.open(settings={"hints": True}, **SMALL)  # type: ignore[arg-type]
    page = studio.page
    box, sheet = (page.locator(name).bounding_box() for name in ("#hints", "#doodle"))
    assert box
    assert sheet
    assert box["height"] < sheet["height"] / 3
    scale = sheet["width"] / 64
    place = (box["x"] + 20 - sheet["x"]) / scale, (box["y"] + 20 - sheet["y"]) / scale
    page.tap(f".swatch[data-label='{GRASS}']")
    Fingers(studio).tap(place)
    page.wait_for_selector("#hints", state="hidden")
    assert studio.labels()[int(place[1]), int(place[0])] == GRASS


@pytest.mark.parametrize(("options", "share"), [(PHONE, 0.99), (SMALL, 0.8), (SIDEWAYS, 0.74)])
def test_the_doodle_gets_the_room(visits: Visits, options: dict[str, object], share: float) -> None:
    """Tools lie in one row, and the doodle takes what there is of the shorter side."""
    studio = visits.open(**options)  # type: ignore[arg-type]
    sheet = studio.page.locator("#doodle").bounding_box()
    viewport = options["viewport"]
    assert isinstance(viewport, dict)
    assert sheet
    assert sheet["width"] >= share * min(viewport.values())


def test_a_phone_on_its_side_has_variations_and_earlier_pictures(visits: Visits) -> None:
    """Both are a tap away, and the earlier pictures take no room until they are asked for."""
    studio = visits.open(**SIDEWAYS)  # type: ignore[arg-type]
    page = studio.page
    before = studio.at(0, 0)
    page.tap("#variations-button")
    studio.wait_for_status("Done")
    assert studio.at(0, 0) == before
    page.tap("#film-toggle")
    page.wait_for_selector("#film-strip img", state="visible")
    assert studio.at(0, 0) == before


def test_the_whole_photo_stays_in_sight_above_the_styles(phone: Studio) -> None:
    """One chooses a style by what it does to the photo, so its panel covers nothing of it."""
    page = phone.page
    page.tap("#light-button")
    page.wait_for_selector("#light-panel .styles button")
    page.wait_for_function(
        """() => {
          const bottom = (name) => document.querySelector(name).getBoundingClientRect().bottom;
          const { top } = document.querySelector('#light-panel').getBoundingClientRect();
          return bottom('#photo') > 0 && bottom('#photo') <= top && bottom('#status') <= top;
        }"""
    )


def test_a_material_is_found_by_what_people_call_it(phone: Studio) -> None:
    """A lake is water; what was searched for is forgotten once a material is chosen."""
    page = phone.page
    page.tap("#sheet-toggle")
    page.fill("#material-search", "lake")
    page.tap(".swatch:visible")
    page.wait_for_selector("#rail:not(.open)")
    assert "water" in page.inner_text(".swatch[aria-checked='true']").lower()
    assert page.locator(f".swatch[data-label='{GRASS}']").is_visible()
