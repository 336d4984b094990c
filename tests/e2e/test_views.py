"""How it looks and whom it serves: views, themes, sizes, languages, accessibility."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import REQUIRED, Visits
from tests.e2e.studio import FLOWER, SEA, Studio
from tests.waiting import until

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def test_overlay_slider_and_peek_compare_doodle_and_photo(studio: Studio) -> None:
    """The photo lies over the doodle, pixel on pixel; a held key shows the doodle."""
    page = studio.page
    studio.generate()
    page.keyboard.down("\\")
    page.wait_for_selector("#peek:not([hidden])")
    page.keyboard.up("\\")
    page.wait_for_selector("#peek", state="hidden")
    page.click("#views [data-view='overlay']")
    page.wait_for_selector("#ghost")
    page.fill("#opacity", "25")
    page.wait_for_function("() => document.querySelector('#ghost').style.opacity === '0.25'")
    ghost, doodle = page.locator("#ghost"), page.locator("#doodle")
    until(lambda: ghost.bounding_box() == doodle.bounding_box(), "the photo on the doodle")
    page.click("#views [data-view='slider']")
    page.wait_for_function("() => document.querySelector('#ghost').style.clipPath !== ''")
    half = page.evaluate(CLIPPED)
    assert half == pytest.approx(50, abs=0.5)
    page.locator("#split").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('#ghost').style.clipPath.includes('100%')")


CLIPPED = "parseFloat(document.querySelector('#ghost').style.clipPath.split(' ').at(-1))"


def test_the_line_between_doodle_and_photo_drags_and_the_photo_takes_no_paint(
    studio: Studio,
) -> None:
    """Wherever one takes the line it moves; a press on the photo moves the sheet instead."""
    page = studio.page
    studio.generate()
    before = studio.labels()
    page.click("#views [data-view='slider']")
    page.wait_for_function("() => document.querySelector('#ghost').style.clipPath !== ''")
    view = page.locator("#doodle-view").bounding_box()
    assert view
    middle = view["x"] + view["width"] / 2
    for top, off, to in ((0.2, 0, 40), (0.9, 10, -60), (0.5, -11, 0)):
        line = page.evaluate(LINE) + off
        page.mouse.move(line, view["y"] + top * view["height"])
        page.mouse.down()
        page.mouse.move(middle + to + off, view["y"] + 0.4 * view["height"], steps=4)
        page.mouse.up()
        page.wait_for_function(f"there => Math.abs(({LINE})() - there) <= 1", arg=middle + to)
    assert (studio.labels() == before).all()
    studio.choose(FLOWER, "brush", 8)
    studio.drag((40, 20), (60, 30))
    assert (studio.labels() == before).all(), "the photo takes no paint"
    page.locator("#doodle-view").focus()
    for key in ("ArrowRight", "ArrowRight", " ", "Enter"):
        page.keyboard.press(key)
    assert (studio.labels() == before).all(), "nor does it from the keyboard"
    studio.drag((10, 20), (20, 30))
    assert studio.labels()[20, 10] == FLOWER, "the doodle does"


LINE = """() => document.querySelector('#doodle-view').getBoundingClientRect().x
  + parseFloat(document.querySelector('#doodle-view').style.getPropertyValue('--split-x'))"""


def test_materials_are_named_marked_and_found(studio: Studio) -> None:
    """Groups, names, the model's own word on its labels, search, and an explicit 'unlabelled'."""
    page = studio.page
    assert page.locator("#materials h2").all_inner_texts()[:3] == ["Sky", "Land", "Water"]
    sea = page.locator(f".swatch[data-label='{SEA}']")
    flower = page.locator(f".swatch[data-label='{FLOWER}']")
    assert sea.get_attribute("aria-label") == "sea, painted well by this model"
    assert flower.get_attribute("aria-label") == "flower, painted weakly by this model"
    page.fill("#material-search", "sea")
    expect(page.locator(".swatch:visible")).to_have_count(1)
    page.fill("#material-search", "no such thing")
    expect(page.locator("#materials .note")).to_have_text("No material of that name")
    page.fill("#material-search", "unlabelled")
    expect(page.locator(".swatch:visible")).to_have_count(1)


def test_colour_themes_change_colours_and_never_labels(studio: Studio) -> None:
    """A theme shows the same labels in other colours; the safe one brings patterns."""
    page = studio.page
    before = studio.labels()
    pictures = set()
    for theme in ("natural", "gaugan", "safe"):
        page.select_option("#theme", theme)
        pictures.add(page.locator("#doodle").screenshot())
    assert len(pictures) == 3
    assert page.is_checked("#patterns")
    assert (studio.labels() == before).all()


def test_the_page_speaks_german_from_one_table(visits: Visits) -> None:
    """A German browser gets German, and the settings can change it without a reload."""
    studio = visits.open(locale="de-DE")
    page = studio.page
    assert page.inner_text("#generate") == "Erzeugen"
    assert page.get_attribute("html", "lang") == "de"
    page.click("#settings-button")
    page.select_option("#language", "en")
    page.wait_for_function("() => document.querySelector('#generate').innerText === 'Generate'")
    assert page.get_attribute("html", "lang") == "en"


def test_the_german_help_names_german_keys(visits: Visits) -> None:
    """As they are engraved: Strg, Umschalt, Leertaste."""
    page = visits.open(locale="de-DE").page
    page.keyboard.press("?")
    page.wait_for_selector("dialog kbd")
    keys = set(page.locator("dialog kbd").all_inner_texts())
    assert {"Strg+Z", "Strg+Umschalt+Z", "Leertaste", "Eingabe"} <= keys
    assert not any("Ctrl" in key or "Shift" in key for key in keys)


def test_all_tools_are_in_sight_on_a_tablet(visits: Visits) -> None:
    """Also with the larger targets that fingers need."""
    studio = visits.open(viewport={"width": 1024, "height": 768}, has_touch=True, is_mobile=True)
    studio.generate()
    studio.page.wait_for_selector("#film-strip img")

    def is_inside() -> bool:
        names = ("#tool-strip", "[data-command='tool-hand']")
        strip, hand = (studio.page.locator(name).bounding_box() for name in names)
        assert strip
        assert hand
        return hand["y"] + hand["height"] <= strip["y"] + strip["height"]

    until(is_inside, "the last tool in sight")


def test_forced_colours_show_what_is_chosen_and_where_cards_end(visits: Visits) -> None:
    """Where the system paints its own colours, borders say what colours said."""
    studio = visits.open(forced_colors="active", settings={"hints": True})
    page = studio.page
    border = "(one) => getComputedStyle(one).borderTopWidth"
    assert page.locator("#hints").evaluate(border) == "1px"
    colour = "(one) => getComputedStyle(one).color"
    chosen = page.locator("[data-command='tool-brush']").evaluate(colour)
    assert chosen != page.locator("[data-command='tool-eraser']").evaluate(colour)


def test_a_right_to_left_page_keeps_its_order(studio: Studio) -> None:
    """Mirrored, the tools lie at the right, nothing is cut off, and painting hits its place."""
    page = studio.page
    studio.blank()
    page.evaluate("document.documentElement.dir = 'rtl'; dispatchEvent(new Event('resize'))")
    tools, panes = (page.locator(name).bounding_box() for name in ("#tools", "#panes"))
    assert tools
    assert panes
    assert tools["x"] > panes["x"]
    studio.choose(SEA, "brush", 6)
    studio.click(10, 10)
    assert studio.labels()[10, 10] == SEA
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


IN_SIGHT = [
    "#generate",
    "#doodle-view",
    "#tools button:first-child",
    ".swatch[aria-checked='true']",
]
OUT_OF_SIGHT = """names => names.filter(name => {
    const box = document.querySelector(name)?.getBoundingClientRect();
    const inside = box && box.x >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    return !inside || box.width === 0;
})"""


WIDER = "least => document.querySelector('#doodle').getBoundingClientRect().width > least"


def test_nothing_is_cut_off_at_any_width(visits: Visits) -> None:
    """From a small phone to 4K, and with text at 200 %: what matters is in sight."""
    page = visits.open().page
    text = page.context.new_cdp_session(page)
    sizes = [(320, 568), (390, 844), (768, 1024), (844, 390), (1024, 768), (3840, 2160)]
    doubled = [(1280, 720), (1440, 840), (768, 1024), (390, 844)]
    for font, width, height in [(16, *size) for size in sizes] + [(32, *size) for size in doubled]:
        text.send("Page.setFontSizes", {"fontSizes": {"standard": font}})
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => innerWidth === width", arg=width)
        # The list of materials is moved to the chosen one a frame after its size has changed.
        until(lambda: not page.evaluate(OUT_OF_SIGHT, IN_SIGHT), f"{IN_SIGHT} in {font, width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.wait_for_function(WIDER, arg=min(width, height) / 4)


@pytest.mark.parametrize("width", [390, 1366])
def test_no_tool_moves_the_sheet(visits: Visits, width: int) -> None:
    """The room for a tool's options is kept for tools that have none."""
    studio = visits.open(viewport={"width": width, "height": 768}, has_touch=width < 500)
    page = studio.page
    places = set()
    for tool in ("brush", "fill", "stamp", "rectangle", "line", "hand"):
        studio.command(f"tool-{tool}").click()
        page.wait_for_selector(f"#doodle-view[data-tool='{tool}']")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        places.add(studio.at(0, 0))
    assert len(places) == 1


def test_an_empty_strip_takes_no_room(studio: Studio) -> None:
    """Earlier pictures get their place with the first of them, and never while one paints."""
    page = studio.page
    assert not page.is_visible("#film")
    page.click("#live-label")
    studio.choose(SEA, "brush", 12)
    studio.click(20, 20)
    page.wait_for_selector("#film-strip img")


def test_escape_closes_a_panel(studio: Studio) -> None:
    """A panel opens with its button and closes with Escape, and the focus is on the button."""
    page = studio.page
    for name in ("file-menu", "options-panel", "settings-panel"):
        button = page.locator(f"[popovertarget='{name}']")
        for _ in range(2):
            button.click()
            page.wait_for_selector(f"#{name}:popover-open :focus")
            page.keyboard.press("Escape")
            page.wait_for_selector(f"#{name}:not(:popover-open)", state="attached")
        assert page.evaluate("document.activeElement.id") == button.get_attribute("id")


def test_reduced_motion_is_respected(visits: Visits) -> None:
    """Nothing fades or slides for those who asked for stillness."""
    studio = visits.open(reduced_motion="reduce")
    studio.generate()
    fade = studio.page.evaluate(
        "getComputedStyle(document.querySelector('#photo')).animationDuration"
    )
    assert fade == "0s"


def violations(studio: Studio) -> list[str]:
    """Run axe-core on the page, in the dark and then for contrast in the light."""
    found = []
    for scheme, run in (("dark", EVERYTHING), ("light", CONTRAST)):
        studio.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        result: dict[str, Any] = studio.page.evaluate(f"axe.run(document, {run})")
        found += [
            f"{scheme} {violation['id']}: {node['html'][:120]} {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
    return found


EVERYTHING = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
CONTRAST = "{runOnly: {type: 'rule', values: ['color-contrast']}}"


@pytest.fixture
def axe() -> str:
    """Source of axe-core, from the development packages of the page."""
    if not AXE.exists():
        reason = "needs 'npm ci --prefix frontend'"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [390, 1366])
def test_axe_finds_nothing(visits: Visits, axe: str, width: int) -> None:
    """WCAG 2.2 AA by axe-core: the page, its panels and its dialogs, dark and light."""
    size = {"width": width, "height": 844 if width < 500 else 768}
    # The page's own policy forbids injected scripts; this context alone lifts it for axe.
    studio = visits.open(viewport=size, bypass_csp=True)
    page = studio.page
    page.add_script_tag(content=axe)
    page.click("#variations-button" if width > 500 else "#generate")
    page.wait_for_function("() => document.querySelector('#status').textContent.includes('Done')")
    assert violations(studio) == []
    for button in ("#file-button", "#options-button"):
        page.click(button)
        assert violations(studio) == []
        page.keyboard.press("Escape")
    for dialog in ("Starter scenes", "Import", "Share", "Keyboard"):
        page.click("#file-button")
        page.click(f"#file-menu button:has-text('{dialog}')")
        page.wait_for_selector("#dialog[open]")
        assert violations(studio) == []
        page.keyboard.press("Escape")


def test_axe_finds_nothing_where_one_seldom_looks(visits: Visits, axe: str) -> None:
    """The menu of an earlier picture, what is exported, and a link that was taken back."""
    studio = visits.open(bypass_csp=True)
    page = studio.page
    studio.generate()
    page.add_script_tag(content=axe)
    page.hover("#film-strip [data-job]")
    page.click("#film-strip .more")
    page.wait_for_selector("#frame-menu:popover-open")
    assert violations(studio) == []
    page.keyboard.press("Escape")
    page.click("#file-button")
    page.click("#file-menu button:has-text('Export')")
    for what in ("pair", "layers"):
        page.select_option("#export-what", what)
        assert violations(studio) == []

    visits.expected.append("404")
    page.goto(f"{studio.url}/s/aaaaaaaaaaaaaaaaaaaaaaaa")
    page.wait_for_selector("#lost:has-text('taken back')")
    page.add_script_tag(content=axe)
    assert violations(studio) == []


def test_axe_finds_nothing_on_a_phone_on_its_side(visits: Visits, axe: str) -> None:
    """Doodle and photo, the menu and the options, with fingers."""
    studio = visits.open(
        viewport={"width": 844, "height": 390}, has_touch=True, is_mobile=True, bypass_csp=True
    )
    page = studio.page
    page.add_script_tag(content=axe)
    assert violations(studio) == []
    page.click("#generate")
    page.wait_for_selector("#photo", state="attached")
    assert violations(studio) == []
    for button in ("#file-button", "#options-button"):
        page.click(button)
        assert violations(studio) == []
        page.keyboard.press("Escape")
