"""Every tool without a mouse: by touch and by the keyboard, each on one sheet."""

from contextlib import suppress

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Visits
from tests.e2e.studio import Studio
from tests.e2e.touch import PHONE, Fingers

# The first nine materials, by their digits.
SKY, CLOUDS, FOG, MOUNTAIN, HILL, ROCK, SAND, DIRT, SNOW = (
    156,
    105,
    119,
    134,
    126,
    149,
    153,
    110,
    158,
)
SIZES = {"sizes": {"brush": 6, "eraser": 4, "line": 4, "stamp": 16}, "stamp": "mountain"}


def check(studio: Studio) -> None:
    """All figures are there: each tool painted its material in its place and nowhere else."""
    labels = studio.labels()
    assert (labels[4, 6:28] == CLOUDS).all(), "line"
    assert (labels[12:22, 6:16] == FOG).all(), "rectangle"
    assert labels[16, 26] == MOUNTAIN, "ellipse"
    assert labels[12, 20] == SKY, "an ellipse has no corners"
    assert labels[34, 10] == HILL, "polygon"
    assert (labels[30:36, 26:34] == SNOW).all(), "replace, after the lasso"
    assert not (labels == ROCK).any(), "replaced everywhere"
    assert labels[30, 50] == SAND, "stamp"
    assert labels[50, 10] == DIRT, "fill"
    assert labels[16, 12] == FOG, "rectangle stays"
    assert labels[10, 50] == SKY, "eraser"
    assert labels[10, 46] == MOUNTAIN, "brush, with the material that was picked"


class Keys:
    """The crosshair, moved by arrow keys from the middle of a 64x64 sheet."""

    def __init__(self, studio: Studio) -> None:
        """Focus the sheet."""
        self._keyboard = studio.page.keyboard
        self._at = (32, 32)
        studio.page.locator("#doodle-view").focus()

    def choose(self, tool: str, material: int) -> None:
        """Choose by shortcuts."""
        self._keyboard.press(tool)
        self._keyboard.press(str(material))
        self._keyboard.press(tool)

    def go(self, x: int, y: int) -> None:
        """Move the crosshair."""
        for axis, keys in ((0, ("ArrowLeft", "ArrowRight")), (1, ("ArrowUp", "ArrowDown"))):
            steps = (x, y)[axis] - self._at[axis]
            for _ in range(abs(steps)):
                self._keyboard.press(keys[steps > 0])
        self._at = (x, y)

    def press(self, *places: tuple[int, int]) -> None:
        """Press Space at each place."""
        for place in places:
            self.go(*place)
            self._keyboard.press(" ")

    def drag(self, *places: tuple[int, int]) -> None:
        """Hold Space from the first place to the last."""
        self.go(*places[0])
        self._keyboard.down(" ")
        for place in places[1:]:
            self.go(*place)
        self._keyboard.up(" ")


def test_every_tool_by_the_keyboard_alone(visits: Visits) -> None:
    """WCAG 2.1.1: from an empty sheet to every figure without a pointer."""
    studio = visits.open(settings=SIZES)
    keyboard = studio.page.keyboard
    keyboard.press("Control+Backspace")
    keys = Keys(studio)
    keys.choose("l", 2)
    keys.press((4, 4), (30, 4))
    keys.choose("u", 3)
    keys.press((4, 10), (18, 24))
    keys.choose("o", 4)
    keys.press((20, 12), (32, 22))
    keys.choose("p", 5)
    keys.press((4, 40), (10, 28), (18, 40))
    keyboard.press("Enter")
    keys.choose("k", 6)
    keys.drag((24, 28), (36, 28), (36, 40), (24, 40), (24, 30))
    keys.choose("s", 7)
    keys.press((50, 30))
    keys.choose("l", 8)
    keys.press((2, 46), (62, 46))
    keyboard.press("g")
    keys.press((10, 50))
    keyboard.press("9")
    keyboard.press("Shift+G")
    keys.press((30, 34))
    keyboard.press("i")
    keys.press((26, 16))
    keyboard.press("b")
    keys.drag((42, 10), (56, 10))
    keyboard.press("e")
    keys.press((50, 10))

    check(studio)


def tap_until(button: Locator, attribute: str) -> None:
    """Tap a button until it is the chosen one: a browser may take a tap for the end of a scroll."""
    chosen = expect(button)
    for _ in range(2):
        button.tap()
        with suppress(AssertionError):
            chosen.to_have_attribute(attribute, "true", timeout=3000)
            return
    button.tap()
    chosen.to_have_attribute(attribute, "true")


def test_every_tool_by_touch(visits: Visits) -> None:
    """With one finger: taps and drags do what clicks and drags of a mouse do."""
    studio = visits.open(settings=SIZES, **PHONE)  # type: ignore[arg-type]
    page, fingers = studio.page, Fingers(studio)

    def choose(tool: str, label: int | None = None) -> None:
        if label is not None:
            tap_until(page.locator(f".swatch[data-label='{label}']"), "aria-checked")
        tap_until(studio.command(f"tool-{tool}"), "aria-pressed")

    def tap(*places: tuple[float, float]) -> None:
        for place in places:
            page.touchscreen.tap(*studio.at(*place))

    def drag(*places: tuple[float, float]) -> None:
        fingers.press(places[0])
        for place in places[1:]:
            fingers.move(place)
        fingers.lift()

    studio.command("clear").tap()
    choose("line", CLOUDS)
    drag((4, 4), (20, 4), (30, 4))
    choose("rectangle", FOG)
    drag((4, 10), (10, 20), (18, 24))
    choose("ellipse", MOUNTAIN)
    tap((20, 12), (32, 22))
    choose("polygon", HILL)
    tap((4, 40), (10, 28), (18, 40), (4, 40))
    choose("lasso", ROCK)
    drag((24, 28), (36, 28), (36, 40), (24, 40), (24, 30))
    choose("stamp", SAND)
    tap((50, 30))
    choose("line", DIRT)
    tap((2, 46), (62, 46))
    choose("fill")
    tap((10, 50))
    choose("replace", SNOW)
    tap((30, 34))
    choose("pick")
    tap((26, 16))
    choose("brush")
    drag((42, 10), (50, 10), (56, 10))
    choose("eraser")
    tap((50, 10))

    check(studio)
