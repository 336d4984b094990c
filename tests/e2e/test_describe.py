"""A described scene: words become layouts to choose from, by the real service."""

import signal

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site, Visits
from tests.e2e.studio import SEA, Studio, painted
from tests.e2e.test_views import axe, violations

__all__ = ["axe"]
WATER, TREE = 177, 168


def describe(page: Page, sentence: str) -> None:
    """Describe a scene by keyboard, and wait for its layouts."""
    page.locator("#doodle-view").focus()
    page.keyboard.press("/")
    page.wait_for_selector("#describe-panel:not([hidden])")
    page.fill("#describe-line", sentence)
    page.keyboard.press("Enter")
    wait_for_layouts(page)


def wait_for_layouts(page: Page) -> None:
    """Wait until there are four to choose from."""
    page.wait_for_selector(".thumbs[aria-busy='false'] button:nth-child(4)")


def chips(page: Page) -> list[str]:
    """What the chips say."""
    return page.locator(".wish").all_inner_texts()


def newest_jobs(studio: Studio, count: int) -> list[dict[str, object]]:
    """Ask the service for the visitor's newest jobs."""
    found: list[dict[str, object]] = studio.page.evaluate(
        "(n) => fetch(`/api/v1/jobs?limit=${n}`).then((answer) => answer.json())"
        ".then(({ jobs }) => jobs)",
        count,
    )
    return found


def test_words_become_layouts_of_which_one_is_put_on_the_sheet(studio: Studio) -> None:
    """By keyboard: four to choose from, each in the place of the last, all one step of undo."""
    page = studio.page
    before = painted(studio)
    describe(page, "a big sea, no clouds, at dusk, with a unicorn")
    assert chips(page) == ["sea · big", "dusk", "no clouds"]
    assert "unicorn" in page.inner_text("#describe-unknown")
    names = page.locator(".thumbs button").evaluate_all("(all) => all.map((one) => one.title)")
    assert len(names) == len(set(names)) == 4

    page.locator("#describe-line").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".thumbs button[aria-checked='true']")
    first = studio.labels()
    page.locator("#describe-line").focus()
    page.locator(".thumbs button").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".thumbs button:nth-child(2)[aria-checked='true']:focus")
    second = studio.labels()
    for labels in (first, second):
        assert (labels == SEA).mean() > 0.02
        assert labels.shape == before.shape
    assert (first != second).any()
    title = studio.command("undo").get_attribute("title") or ""
    assert "Described scene" in title
    studio.generate()
    assert newest_jobs(studio, 1)[0]["style"] == "dusk", "the light of the words"
    page.keyboard.press("Control+z")
    assert (studio.labels() == before).all()


def test_a_chip_that_is_taken_off_composes_anew(studio: Studio) -> None:
    """What is left out is gone from all layouts; it can be put back, and a place be chosen."""
    page = studio.page
    describe(page, "a tree on the left, a lake")
    assert chips(page) == ["tree · on the left", "lake"]
    page.click("#take-thing-1")
    wait_for_layouts(page)
    assert page.locator(".wish.off").all_inner_texts() == ["lake"]
    assert page.input_value("#describe-line") == "a tree on the left, a lake"
    for n in range(4):
        page.locator(".thumbs button").nth(n).click()
        labels = studio.labels()
        assert (labels == TREE).any()
        assert not (labels == WATER).any()
        page.locator("#describe-line").focus()

    page.click("#wish-thing-1")
    wait_for_layouts(page)
    page.click("#wish-thing-0")
    page.select_option("#choose-where", "right")
    wait_for_layouts(page)
    assert chips(page) == ["tree · on the right", "lake"]
    page.locator(".thumbs button").first.click()
    columns = np.argwhere(studio.labels() == TREE)[:, 1]
    assert columns.mean() > studio.labels().shape[1] / 2


def test_a_layout_becomes_a_layer_over_the_drawing(studio: Studio) -> None:
    """With the switch, what was painted stays below, and the layer is named by the words."""
    page = studio.page
    painted(studio)
    describe(page, "only sea and sky")
    assert chips(page) == ["sea", "sky", "nothing else"]
    page.click("label:has(#describe-layer)")
    page.locator(".thumbs button").nth(2).click()
    page.locator(".thumbs button").nth(3).click()
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    page.wait_for_selector(".layer-row")
    names = page.locator(".layer-row").all_inner_texts()
    assert names == ["only sea and sky", "Background"]


def test_words_that_say_nothing_are_answered_kindly_in_german(visits: Visits) -> None:
    """Empty and unknown words bring examples that can be pressed, in the page's language."""
    page = visits.open(locale="de-DE").page
    page.focus("#describe-line")
    page.keyboard.press("Enter")
    page.wait_for_selector("#describe-status.trouble:has-text('Diese Worte nennen nichts')")
    page.fill("#describe-line", "blub wuppdi krx")
    page.keyboard.press("Enter")
    page.wait_for_selector("#describe-status:has-text('Keines dieser Worte ist hier bekannt')")
    page.click(".examples button:has-text('Winterwald')")
    wait_for_layouts(page)

    assert page.input_value("#describe-line").startswith("ein Winterwald")
    page.fill("#describe-line", "ein Leuchtrum am Meer")
    page.keyboard.press("Enter")
    page.click("#describe-panel button:has-text('Meinst du')")
    wait_for_layouts(page)


def test_a_service_that_does_not_answer_is_told_and_goes_on(visits: Visits, site: Site) -> None:
    """Offline the line says why; what was asked for comes when the service is back."""
    visits.expected.append("ERR_INTERNET_DISCONNECTED")
    studio = visits.open()
    page = studio.page
    describe(page, "a lake")
    page.context.set_offline(True)
    page.fill("#describe-line", "a beach")
    page.keyboard.press("Enter")
    page.wait_for_selector("#describe-status:has-text('offline')")
    page.context.set_offline(False)
    wait_for_layouts(page)

    site.signal_worker(signal.SIGSTOP)
    try:
        page.fill("#describe-line", "a forest")
        page.keyboard.press("Enter")
        page.wait_for_selector(".thumbs[aria-busy='true']")
        page.keyboard.press("Escape")
        page.wait_for_function(
            "fetch('/api/v1/jobs?limit=4').then((answer) => answer.json())"
            ".then(({ jobs }) => jobs.every(({ status }) => status === 'cancelled'))"
        )
    finally:
        site.signal_worker(signal.SIGCONT)


def test_a_page_that_lost_the_network_says_so_before_the_line_was_used(visits: Visits) -> None:
    """Even where what the line needs cannot be read any more."""
    visits.expected += ["ERR_INTERNET_DISCONNECTED", "Failed to fetch"]
    page = visits.open(cold=True).page
    page.context.set_offline(True)
    page.fill("#describe-line", "a lake")
    page.keyboard.press("Enter")
    page.wait_for_selector("#describe-panel:has-text('cannot be reached')")


@pytest.mark.parametrize("size", [(320, 568), (390, 844), (844, 390), (1366, 768)])
def test_it_is_in_reach_on_every_screen_and_axe_finds_nothing(
    visits: Visits, axe: str, size: tuple[int, int]
) -> None:
    """Examples, layouts, chips and their choices: inside the window, dark and light."""
    width, height = size
    studio = visits.open(viewport={"width": width, "height": height}, bypass_csp=True)
    page = studio.page
    page.add_script_tag(content=axe)
    page.click("#file-button")
    page.click("#file-menu button:has-text('Describe a scene')")
    page.wait_for_selector("#describe-panel .examples")
    assert violations(studio) == []
    page.fill("#describe-line", "two small trees behind a lake at dusk, a unicorn, no snow")
    page.keyboard.press("Enter")
    wait_for_layouts(page)
    page.click("#wish-thing-0")
    page.wait_for_selector("#choose-where")
    assert violations(studio) == []
    box = page.locator("#describe-panel").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".thumbs button").first.click()
    page.wait_for_function("document.querySelector('#doodle-view') !== null")
