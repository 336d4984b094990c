"""How it looks and whom it serves: views, themes, sizes, languages, accessibility."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import REQUIRED, Visits
from tests.e2e.studio import FLOWER, SEA, Studio

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
    boxes = [page.locator(name).bounding_box() for name in ("#ghost", "#doodle")]
    assert boxes[0] == boxes[1]
    page.click("#views [data-view='slider']")
    page.wait_for_function("() => document.querySelector('#ghost').style.clipPath !== ''")
    half = page.evaluate(CLIPPED)
    assert half == pytest.approx(50, abs=0.5)
    page.locator("#split").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('#ghost').style.clipPath.includes('100%')")


CLIPPED = "parseFloat(document.querySelector('#ghost').style.clipPath.split(' ').at(-1))"


def test_materials_are_named_marked_and_found(studio: Studio) -> None:
    """Groups, names, the model's own word on its labels, search, and an explicit 'unlabelled'."""
    page = studio.page
    assert page.locator("#materials h2").all_inner_texts()[:3] == ["Sky", "Land", "Water"]
    sea = page.locator(f".swatch[data-label='{SEA}']")
    flower = page.locator(f".swatch[data-label='{FLOWER}']")
    assert sea.get_attribute("aria-label") == "sea, painted well by this model"
    assert flower.get_attribute("aria-label") == "flower, painted weakly by this model"
    page.fill("#material-search", "sea")
    assert page.locator(".swatch:visible").count() == 1
    page.fill("#material-search", "no such thing")
    assert page.inner_text("#materials .note") == "No material of that name"
    page.fill("#material-search", "unlabelled")
    assert page.locator(".swatch:visible").count() == 1


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
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for name in ("#generate", "#doodle-view", "#tools button:first-child", ".swatch"):
            box = page.locator(name).first.bounding_box()
            assert box, (width, name)
            assert box["x"] >= 0, (width, name)
            assert box["x"] + box["width"] <= width, (width, name)
            assert box["y"] + box["height"] <= height, (width, name)
        sheet = page.locator("#doodle").bounding_box()
        assert sheet
        assert sheet["width"] > min(width, height) / 4, (font, width)


def test_a_phone_switches_between_doodle_and_photo(visits: Visits) -> None:
    """One pane at a time, and all materials in a sheet from below."""
    studio = visits.open(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = studio.page
    page.tap("#generate")
    studio.page.wait_for_selector("#pane-switch img:not([hidden])")
    page.tap("#pane-switch [data-pane='photo']")
    page.wait_for_selector("#photo")
    assert not page.is_visible("#doodle-view")
    page.tap("#sheet-toggle")
    page.tap(f".swatch[data-label='{FLOWER}']")
    page.wait_for_function("() => !document.querySelector('#rail').classList.contains('open')")
    page.tap("#pane-switch [data-pane='doodle']")
    assert page.is_visible("#doodle-view")


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


def test_the_first_photo_moves_nothing(studio: Studio) -> None:
    """Room for the earlier pictures is there before the first of them, so no stroke gets a kink."""
    before = studio.at(0, 0)
    studio.generate()
    studio.page.wait_for_selector("#film-strip img")
    assert studio.at(0, 0) == before


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
        assert violations(studio) == []
        page.keyboard.press("Escape")
