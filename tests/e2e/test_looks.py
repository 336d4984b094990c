"""Looks on the page: held while one paints, thrown by the dice, chosen from previews."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from spade.recipes import read_recipe
from tests.e2e.conftest import Site, Visits
from tests.e2e.studio import MOUNTAIN, SEA, Studio, painted
from tests.e2e.test_views import axe, violations
from tests.waiting import until

__all__ = ["axe"]


ROOMY = {"width": 1366, "height": 768}  # for the strip


class Sent:
    """The jobs that a page sends from now on, as the service tells them."""

    def __init__(self, studio: Studio, *, fitting: bool = False) -> None:
        """Begin to listen: for photos, or for previews of the looks that fit."""
        self._fitting = fitting
        self._page = studio.page
        self._urls: list[str] = []
        self._page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.method == "PUT":
            self._urls.append(request.url)

    def __len__(self) -> int:
        return len(self.all)

    @property
    def all(self) -> list[dict[str, Any]]:
        """Read each of them."""
        jobs = [self._page.request.get(url).json() for url in self._urls]
        return [job for job in jobs if (job.get("look") == "fitting") == self._fitting]

    @property
    def last(self) -> dict[str, Any]:
        """Read the newest one."""
        return self.all[-1]

    @property
    def looks(self) -> list[str | None]:
        """Name the looks that they ask for."""
        return [job["look"] for job in self.all]


def shown_look(studio: Studio) -> str:
    """Return the look of the newest painted picture that is no preview."""
    jobs = studio.page.request.get(f"{studio.url}/api/v1/jobs").json()["jobs"]
    photos = (job["images"] for job in jobs if job["look"] != "fitting")
    return str(next(images[0]["look"] for images in photos if images))


def paint_on(studio: Studio, y: int) -> None:
    """Make a stroke and wait for its photo."""
    before = studio.photo()
    studio.choose(SEA, "brush", 12)
    studio.drag((10, y), (50, y))
    wait_for_another_photo(studio, before)


def wait_for_another_photo(studio: Studio, before: str | None) -> None:
    studio.page.wait_for_function(
        "before => document.querySelector('#photo').src !== before", arg=before
    )
    studio.wait_for_status("Done")


def wait_for_strip(page: Page, count: int = 7) -> None:
    """Wait until the previews are there."""
    page.wait_for_function(
        "count => document.querySelectorAll('#looks img').length >= count &&"
        " document.querySelector('#looks').ariaBusy === 'false'",
        arg=count,
    )


def test_painting_on_keeps_the_look_until_the_dice_are_thrown(visits: Visits) -> None:
    """The look that came back is asked for with every stroke; dice and presets let go of it."""
    studio = visits.open(settings={"live": True}, viewport=ROOMY)
    page = studio.page
    studio.generate()
    look = shown_look(studio)
    sent = Sent(studio)
    for y in (10, 30):
        paint_on(studio, y)
        assert sent.last["look"] == shown_look(studio) == look
        assert sent.last["slot"].startswith("studio-")

    before = studio.photo()
    page.click("#dice")
    wait_for_another_photo(studio, before)
    thrown_job = sent.last
    assert thrown_job["look"] is None
    thrown = shown_look(studio)
    paint_on(studio, 50)
    assert sent.last["look"] == shown_look(studio) == thrown

    before = studio.photo()
    page.click("#light-strip #style-dawn")
    wait_for_another_photo(studio, before)
    assert (sent.last["style"], sent.last["look"]) == ("dawn", None)


def test_a_reload_paints_on_in_the_same_look(visits: Visits) -> None:
    """What was held before is held after, and the finished picture is not painted again."""
    studio = visits.open(settings={"live": True})
    studio.generate()
    paint_on(studio, 10)
    look = shown_look(studio)
    sent = Sent(studio)
    studio.page.reload()
    studio.ready()
    studio.wait_for_photo()
    paint_on(studio, 30)
    assert sent.looks == [look]


def test_a_look_is_chosen_from_previews_of_the_doodle(visits: Visits) -> None:
    """One small job beside the live slot brings them; a press, or an arrow key, paints in one."""
    studio = visits.open(settings={"live": True}, viewport=ROOMY)
    page = studio.page
    previews = Sent(studio, fitting=True)
    painted(studio)
    sent = Sent(studio)
    studio.generate()
    first = shown_look(studio)
    wait_for_strip(page)  # nothing is opened for it

    shown = previews.last
    assert (shown["count"], shown["slot"], shown["format"]) == (7, None, "jpeg")
    assert "fitting" not in sent.looks
    radios = page.get_by_role("radiogroup", name="Looks that suit this doodle").get_by_role("radio")
    assert page.locator("#looks [aria-checked=true]").get_attribute("id") == f"look-{first}"
    assert all(re.match(rf"Look {n + 1}\b", label) for n, label in enumerate(labels(page)))

    before = studio.photo()
    chosen = page.locator("#looks [aria-checked=false]").last
    look = (chosen.get_attribute("id") or "").removeprefix("look-")
    chosen.click()
    wait_for_another_photo(studio, before)
    assert sent.last["look"] == shown_look(studio) == look
    expect(page.locator("#looks [aria-checked=true]")).to_have_attribute("id", f"look-{look}")
    expect(page.locator(f"#look-{first}")).to_have_count(1)  # there is a way back

    before = studio.photo()
    page.keyboard.press("Home")
    wait_for_another_photo(studio, before)
    expect(radios.first).to_be_focused()
    expect(radios.first).to_have_attribute("id", f"look-{shown_look(studio)}")
    expect(page.locator("#looks [tabindex='0']")).to_have_count(1)

    page.wait_for_selector(f"#film-strip img[src*='{sent.last['id']}']", state="attached")
    # They are no earlier pictures.
    assert page.locator(f"#film-strip img[src*='{shown['id']}']").count() == 0


def test_two_looks_are_mixed_by_their_strength(visits: Visits) -> None:
    """The slider blends the look chosen before into the chosen one; file and project say so."""
    studio = visits.open(settings={"live": True}, viewport=ROOMY)
    page = studio.page
    strength = page.get_by_role("slider", name="Strength")
    strength.wait_for()
    assert strength.is_disabled()  # there is nothing to blend with
    painted(studio)
    studio.generate()
    first = shown_look(studio)
    sent = Sent(studio)
    wait_for_strip(page)

    before = studio.photo()
    page.locator("#looks [aria-checked=false]").last.click()
    wait_for_another_photo(studio, before)
    chosen = shown_look(studio)
    assert strength.input_value() == "100"
    strength.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")

    blend = f"{chosen}+{first}:0.3"
    # Keys that come slowly are painted in between.
    until(
        lambda: sent.last["look"] == shown_look(studio) == blend,
        "the last strength",
        passing=IndexError,  # nothing is sent yet
    )
    studio.wait_for_status("Done")
    assert page.locator("#looks [aria-checked=true]").get_attribute("id") == f"look-{chosen}"
    with page.expect_download() as photo:
        page.click("#photo-buttons [data-act=download]")
    assert read_recipe(Path(photo.value.path()))["look"] == blend
    paint_on(studio, 30)
    assert sent.last["look"] == blend
    page.reload()
    studio.ready()
    assert strength.input_value() == "70"
    assert strength.is_enabled()


def labels(page: Page) -> list[str]:
    """Return what a screen reader calls the looks."""
    found: list[str] = page.eval_on_selector_all(
        "#looks [role=radio]", "all => all.map(one => one.ariaLabel)"
    )
    return found


def test_previews_that_nobody_waits_for_are_cancelled(visits: Visits, site: Site) -> None:
    """Closed before they are painted, they are taken back, and painted when wanted again."""
    studio = visits.open()
    page = studio.page
    studio.generate()
    sent = Sent(studio, fitting=True)
    site.signal_worker(signal.SIGSTOP)
    try:
        # Answered, not only sent: what is taken back before the service has it is not there yet.
        with page.expect_response(lambda one: one.request.method == "PUT"):
            page.get_by_role("button", name="Style", exact=True).click()
            page.wait_for_selector("#looks .blank", state="attached")
        with page.expect_request(lambda one: one.method == "DELETE"):
            page.keyboard.press("Escape")
    finally:
        site.signal_worker(signal.SIGCONT)
    page.click("#light-button")
    wait_for_strip(page)
    assert len(sent) == 2
    page.keyboard.press("Escape")
    page.click("#light-button")
    wait_for_strip(page)
    assert len(sent) == 2


def test_a_model_without_looks_has_no_strip(visits: Visits) -> None:
    """Nothing is shown and nothing asked for; painting is as it was."""
    studio = visits.open(script=WITHOUT_LOOKS, settings={"live": True}, viewport=ROOMY)
    page = studio.page
    sent = Sent(studio)
    studio.generate()
    paint_on(studio, 10)
    page.wait_for_selector("#style-dawn")
    assert page.locator("#looks").count() == 0
    assert sent.looks == [None, None]


# The models as a service of the release before tells them.
WITHOUT_LOOKS = """
const fetchAll = globalThis.fetch;
globalThis.fetch = async (...args) => {
  const answer = await fetchAll(...args);
  if (!String(args[0]).endsWith('/models')) return answer;
  const { models } = await answer.json();
  return Response.json({ models: models.map(({ looks, ...model }) => model) });
};
"""


def test_a_remix_and_a_project_go_on_in_the_look_they_were_painted_in(
    visits: Visits, tmp_path: Path
) -> None:
    """The stroke after a remix, or after opening a project, asks for look, borders and seed."""
    owner = visits.open(settings={"naturalBorders": False, "seed": 41, "seedLocked": True})
    painted(owner)
    owner.generate()
    look = shown_look(owner)
    with owner.page.expect_download() as project:
        owner.page.keyboard.press("Control+s")
    file = tmp_path / "mine.doodle.json"
    project.value.save_as(file)
    assert json.loads(file.read_text())["look"] == look
    owner.page.click("#photo-buttons button:nth-child(3)")
    owner.page.click("dialog >> text=Make a link")
    path = owner.page.input_value("#share-link").removeprefix(owner.url)

    visitor = visits.open(path, settings={"live": True, "style": "dawn"})
    sent = Sent(visitor)
    visitor.page.wait_for_selector("#photo")
    visitor.page.click("#remix")
    paint_on(visitor, 10)

    again = visits.open(settings={"live": True})
    again.page.keyboard.press("Control+o")
    again.page.set_input_files("#import-file", file)
    sent_again = Sent(again)
    before = again.photo()
    again.page.click("#import-apply")
    wait_for_another_photo(again, before)

    wanted = {"look": look, "seed": 41, "style": None, "borders": "drawn"}
    for asked in (sent, sent_again):
        assert len(asked) == 1
        assert wanted.items() <= asked.last.items()


@pytest.mark.parametrize(("width", "scheme"), [(1366, "dark"), (320, "light")])
def test_the_strip_is_in_reach_and_axe_finds_nothing(
    visits: Visits, axe: str, width: int, scheme: str
) -> None:
    """In German: in sight on a wide screen, behind a button with words on the narrowest."""
    studio = visits.open(
        settings={"language": "de", "scheme": scheme, "live": True},
        viewport={"width": width, "height": 768},
        bypass_csp=True,
    )
    page = studio.page
    page.wait_for_selector("#photo", state="attached")
    studio.click(20, 20)  # previews are made for those who draw
    if width < 1100:
        page.click("#light-button")
        page.wait_for_selector("#photo")  # which the light is chosen for
    wait_for_strip(page)
    strip = page.locator("#looks")
    strip.scroll_into_view_if_needed()
    assert strip.get_attribute("aria-label") == "Stimmungen für diese Skizze"
    box = strip.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    page.add_script_tag(content=axe)
    assert violations(studio) == []
    page.locator("#looks [role=radio]").last.click()
    page.wait_for_selector("#looks [role=radio]:last-child[aria-checked=true]")


def test_a_look_that_is_gone_is_let_go_of(visits: Visits) -> None:
    """A bank that was built anew costs a request, not the picture."""
    visits.expected.append("422")
    studio = visits.open(settings={"look": "0badc0de"})
    sent = Sent(studio)
    studio.choose(MOUNTAIN, "brush", 12)
    studio.click(20, 20)
    studio.generate()
    assert len(sent) == 2
    assert sent.last["look"] is None


def test_the_strip_has_its_place_before_it_is_there(visits: Visits) -> None:
    """Nothing moves when presets, looks, style photo and dice come, and keys reach all of them."""
    studio = visits.open(script=WATCH_PANES, viewport=ROOMY)
    page = studio.page
    studio.click(20, 20)  # previews are made for those who draw
    wait_for_strip(page)
    heights = page.evaluate("window.heights")
    assert len(set(heights)) == 1

    page.locator("#light-strip #style-none").focus()
    reached = []
    for _ in range(12):
        reached.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Tab")
    assert {"style-none", "style-dawn", "style-photo", "look-mix", "light-dice"} <= set(reached)
    slider, mix = (page.locator(f"#look-{name}").bounding_box() for name in ("strength", "mix"))
    assert slider
    assert mix
    assert slider["x"] + slider["width"] <= mix["x"]
    looks = [one for one in reached if re.fullmatch("look-[0-9a-f]{8}", one)]
    assert len(looks) == 1  # arrow keys move within


# Notes the height of the panes whenever it changes, once the page is laid out.
WATCH_PANES = """
window.heights = [];
document.addEventListener('DOMContentLoaded', () => {
  const panes = document.querySelector('#panes');
  new ResizeObserver(() => window.heights.push(panes.clientHeight)).observe(panes);
});
"""
