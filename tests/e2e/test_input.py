"""Fingers, pens and the keyboard alone."""

import numpy as np
import pytest

from tests.e2e.conftest import Visits
from tests.e2e.studio import GRASS, SEA, SKY, Studio
from tests.e2e.touch import PHONE, Fingers


@pytest.fixture
def phone(visits: Visits) -> Studio:
    """The studio on a phone."""
    return visits.open(**PHONE)  # type: ignore[arg-type]


def tap_blank(phone: Studio) -> None:
    """Fill the sheet with sky and choose grass."""
    phone.command("clear").tap()
    phone.page.tap(f".swatch[data-label='{GRASS}']")
    phone.command("tool-brush").tap()


def test_one_finger_paints(phone: Studio) -> None:
    """A finger on the sheet draws, and the page does not scroll."""
    tap_blank(phone)
    fingers = Fingers(phone)
    fingers.press((10, 32))
    for x in range(12, 52, 4):
        fingers.move((x, 32))
    fingers.lift()
    labels = phone.labels()

    assert (labels[32, 12:44] == GRASS).all()
    assert phone.page.evaluate("scrollY") == 0


def test_escape_in_a_stroke_drops_it(studio: Studio) -> None:
    """What is still moved with the button down paints nothing, and troubles nobody."""
    before = studio.labels()
    studio.choose(SEA)
    studio.drag((10, 10), (30, 30), release=False)
    studio.page.keyboard.press("Escape")
    studio.page.mouse.move(*studio.at(50, 50), steps=3)
    studio.page.mouse.up()
    assert (studio.labels() == before).all()


def test_a_second_finger_takes_the_stroke_back_and_pinches(phone: Studio) -> None:
    """Pinching zooms and leaves no mark."""
    tap_blank(phone)
    before = phone.labels()
    fingers = Fingers(phone)
    start, end = [(28.0, 30.0), (36.0, 30.0)], [(14.0, 30.0), (50.0, 30.0)]
    screen = [phone.at(*place) for place in end]
    fingers.press(start[0])
    fingers.move((29, 30))
    fingers.press(*start)
    fingers.move_on_screen(*screen)
    fingers.lift()
    phone.page.wait_for_function(
        "() => parseInt(document.querySelector('.zoom').textContent) > 200"
    )

    assert (phone.labels() == before).all()


def test_a_tap_with_two_fingers_undoes(phone: Studio) -> None:
    """Undo is a gesture, too."""
    tap_blank(phone)
    before = phone.labels()
    phone.page.touchscreen.tap(*phone.at(20, 20))
    assert (phone.labels() != before).any()
    Fingers(phone).tap((30, 30), (40, 30))

    assert (phone.labels() == before).all()


def test_pens_paint_by_pressure_and_fingers_then_only_move_the_sheet(visits: Visits) -> None:
    """A light pen draws thin, a firm one broad; a palm that rests leaves nothing."""
    studio = visits.open(has_touch=True)
    studio.blank()
    studio.choose(GRASS, "brush", 12)
    session = studio.page.context.new_cdp_session(studio.page)

    def pen(kind: str, place: tuple[float, float], force: float) -> None:
        x, y = studio.at(*place)
        session.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "force": force,
                "pointerType": "pen", "clickCount": 1,
            },
        )  # fmt: skip

    for row, force in ((12, 0.25), (40, 1.0)):
        pen("mousePressed", (10, row), force)
        for x in range(14, 50, 4):
            pen("mouseMoved", (x, row), force)
        pen("mouseReleased", (50, row), 0)
    labels = studio.labels()
    thin, broad = (labels[:26, 30] == GRASS).sum(), (labels[26:, 30] == GRASS).sum()
    assert 2 <= thin <= 4
    assert 11 <= broad <= 13
    fingers = Fingers(studio)
    fingers.press((20, 55))
    fingers.move((40, 55))
    fingers.lift()

    assert (studio.labels() == labels).all()


def test_a_press_lands_where_the_sheet_is_seen(studio: Studio) -> None:
    """Even in the moment when the panes have a new size and the sheet is not laid anew yet."""
    studio.blank()
    studio.generate()
    studio.page.wait_for_selector("#film-strip img")
    studio.choose(GRASS, "brush", 4)
    studio.page.evaluate(
        """() => {
          document.querySelector("#film").style.height = "16rem";
          const { left, top, width } = document.querySelector("#doodle").getBoundingClientRect();
          const scale = width / document.querySelector("#doodle").width;
          const at = { clientX: left + 20 * scale, clientY: top + 20 * scale, pointerId: 1 };
          const view = document.querySelector("#doodle-view");
          for (const type of ["pointerdown", "pointerup"])
            view.dispatchEvent(new PointerEvent(type, { ...at, buttons: 1, bubbles: true }));
        }"""
    )
    found = np.argwhere(studio.labels() == GRASS)
    assert 0 < len(found) <= 16
    assert found.mean(0) == pytest.approx((19.5, 19.5), abs=0.6)


def test_painting_with_the_keyboard_alone(studio: Studio) -> None:
    """From a fresh page to a painted lake without a mouse."""
    page = studio.page
    studio.blank()
    page.keyboard.press("f")
    page.keyboard.type("sea")
    page.keyboard.press("Enter")
    page.locator("#doodle-view").focus()
    page.keyboard.press("b")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.keyboard.down(" ")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.up(" ")
    stroke = studio.labels()
    assert stroke[32, 44] == stroke[48, 44] == SEA
    assert page.inner_text("#readout").startswith("sea at 44, 48")
    page.keyboard.press("ArrowLeft")
    page.keyboard.down("ArrowLeft")
    page.locator("#doodle-view").focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")

    assert (studio.labels() == SEA).all()


def test_a_shape_with_the_keyboard(studio: Studio) -> None:
    """Space at one corner and at the other makes a rectangle; Escape takes a begun one back."""
    page = studio.page
    studio.blank()
    studio.choose(GRASS, "rectangle")
    page.locator("#doodle-view").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    for key in ["ArrowRight"] * 10 + ["ArrowDown"] * 10:
        page.keyboard.press(key)
    page.keyboard.press(" ")
    labels = studio.labels()

    assert (labels == GRASS).sum() == 100
    assert set(np.unique(labels)) == {SKY, GRASS}


def test_single_key_shortcuts_can_be_turned_off(studio: Studio) -> None:
    """WCAG 2.1.4: with the switch off, letters do nothing and Ctrl shortcuts still work."""
    page = studio.page
    page.keyboard.press("?")
    page.locator("dialog .switch").click()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert studio.command("tool-brush").get_attribute("aria-pressed") == "true"
    studio.blank()
    page.keyboard.press("Control+z")
    assert (studio.labels() != SKY).any()
    page.click("#help-button")
    page.locator("dialog .switch").click()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_function(
        "() => document.querySelector('[data-command=tool-eraser]').ariaPressed === 'true'"
    )


def test_shortcuts_choose_materials_and_swap_them(studio: Studio) -> None:
    """Digits choose, X swaps the last two."""
    page = studio.page
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.wait_for_function("() => document.querySelector('#chip').textContent === 'clouds'")
    page.keyboard.press("x")
    page.wait_for_function("() => document.querySelector('#chip').textContent === 'sky'")


def test_space_over_the_sheet_pans_whatever_has_the_focus(studio: Studio) -> None:
    """A button that was clicked last is not pressed again, and nothing is painted."""
    page = studio.page
    for button in ("#zoom-buttons button:last-child", "#tools [data-command='tool-brush']"):
        page.click(button)
        before, place, zoom = studio.labels(), studio.at(0, 0), page.inner_text(".zoom")
        page.locator(button).focus()
        page.mouse.move(*studio.at(30, 30))
        page.keyboard.down(" ")
        studio.drag((30, 30), (38, 34))
        page.keyboard.up(" ")
        assert (studio.labels() == before).all()
        assert studio.at(0, 0) != place
        assert page.inner_text(".zoom") == zoom


def test_space_away_from_the_sheet_presses_what_has_the_focus(studio: Studio) -> None:
    """Keys go to buttons and text fields as ever: a field even when the pointer is on the sheet."""
    page = studio.page
    page.mouse.move(2, 2)
    studio.command("tool-eraser").focus()
    page.keyboard.press(" ")
    page.wait_for_selector("#doodle-view[data-tool='eraser']")
    page.mouse.move(*studio.at(30, 30))
    page.locator("#material-search").focus()
    page.keyboard.press(" ")
    assert page.input_value("#material-search") == " "


def test_the_first_space_on_the_sheet_paints(studio: Studio) -> None:
    """Whoever comes to the sheet with Tab needs no arrow key before painting."""
    page = studio.page
    studio.blank()
    studio.choose(GRASS, "brush", 6)
    page.mouse.move(2, 2)
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    page.locator("#doodle-view").focus()
    page.keyboard.press(" ")

    assert studio.labels()[32, 32] == GRASS
