"""From doodle to photo: live, on demand, waiting, cancelled, refused, offline."""

import signal
from pathlib import Path

import numpy as np
from playwright.sync_api import Request

from tests.e2e.conftest import Site, Visits
from tests.e2e.pictures import png, read_label_png
from tests.e2e.studio import GRASS, MOUNTAIN, SEA, Studio
from tests.waiting import until


def submits(studio: Studio) -> list[Request]:
    """Collect the doodles that the page sends from now on."""
    found: list[Request] = []
    studio.page.on(
        "request", lambda request: found.append(request) if request.method == "PUT" else None
    )
    return found


def test_the_first_visit_shows_a_painted_scene_and_its_photo(visits: Visits) -> None:
    """Nobody faces an empty sheet: a scene is there, and its photo comes without a click."""
    studio = visits.open(settings={"hints": True, "live": True})
    studio.page.wait_for_selector("#photo")
    assert len(np.unique(studio.labels())) > 5
    assert "sea" in (studio.page.get_attribute("#photo", "alt") or "")
    hints = studio.page.locator("#hints")
    hints.get_by_role("button").click()
    hints.wait_for(state="hidden")
    studio.page.reload()
    studio.page.wait_for_selector(".swatch")
    assert not hints.is_visible()


def test_live_sends_once_after_a_stroke_and_never_an_unchanged_doodle(visits: Visits) -> None:
    """The photo follows the pause after a stroke, not the stroke itself."""
    studio = visits.open(settings={"live": True})
    studio.page.wait_for_selector("#photo")
    sent = submits(studio)
    first = studio.photo()
    studio.choose(SEA, "brush", 12)
    studio.drag((10, 10), (30, 30), release=False)
    studio.page.wait_for_timeout(500)
    assert sent == []
    studio.page.mouse.up()
    studio.page.wait_for_function(
        "before => document.querySelector('#photo').src !== before", arg=first
    )
    assert len(sent) == 1
    studio.page.evaluate(UNDO_AND_REDO)
    studio.page.wait_for_timeout(600)
    assert len(sent) == 1


# Both at once: a pause between them would be a changed doodle, rightly sent.
UNDO_AND_REDO = """() => {
  for (const shiftKey of [false, true]) {
    const key = { key: 'z', code: 'KeyZ', ctrlKey: true, shiftKey, bubbles: true };
    document.body.dispatchEvent(new KeyboardEvent('keydown', key));
  }
}"""


def test_what_is_sent_is_what_was_painted(studio: Studio) -> None:
    """The service gets the page's bytes: label ids, untouched by any canvas."""
    studio.blank()
    studio.choose(GRASS, "brush", 9)
    studio.drag((10, 50), (32, 20), (54, 50))
    labels = studio.labels()
    studio.generate()
    body = studio.page.request.get(f"{studio.url}/api/v1/jobs").json()["jobs"][0]
    stored = studio.page.request.get(studio.url + body["label_map"]["url"])
    assert (read_label_png(stored.body()) == labels).all()


def test_generate_rolls_a_new_seed_unless_it_is_locked(studio: Studio) -> None:
    """Asking again brings another picture; a locked seed brings the same one."""
    page = studio.page
    studio.generate()
    first = page.evaluate(IMAGE_BYTES)
    studio.generate()
    second = page.evaluate(IMAGE_BYTES)
    assert first != second
    page.click("#options-button")
    page.click("#lock")
    page.keyboard.press("Escape")
    studio.generate()

    assert page.evaluate(IMAGE_BYTES) == second


IMAGE_BYTES = """async () => {
  const blob = await (await fetch(document.querySelector('#photo').src)).arrayBuffer();
  const hash = await crypto.subtle.digest('SHA-256', blob);
  return Array.from(new Uint8Array(hash)).join();
}"""


def test_borders_are_natural_until_switched_off(studio: Studio) -> None:
    """A switch in the options decides whether outlines fray; the doodle stays as it was painted."""
    page = studio.page
    studio.blank()
    studio.choose(MOUNTAIN, "brush", 30)
    studio.drag((10, 50), (32, 20), (54, 50))
    drawn = studio.labels()
    page.click("#options-button")
    page.click("#lock")
    page.keyboard.press("Escape")
    pictures = []
    for borders in ("natural", "drawn"):
        studio.generate()
        job = page.request.get(f"{studio.url}/api/v1/jobs").json()["jobs"][0]
        assert job["borders"] == borders
        pictures.append(page.evaluate(IMAGE_BYTES))
        page.click("#options-button")
        page.locator("label:has(#option-borders)").click()
        page.keyboard.press("Escape")
    assert pictures[0] != pictures[1]
    assert (studio.labels() == drawn).all()


def test_four_variations_can_be_compared_and_picked(studio: Studio) -> None:
    """Four seeds side by side; choosing one shows it and takes its seed."""
    page = studio.page
    page.click("#variations-button")
    page.wait_for_selector("#variations button:nth-child(4)")
    page.wait_for_selector("#photo")
    shown = studio.photo()
    page.click("#variations button:nth-child(3)")
    page.wait_for_function("before => document.querySelector('#photo').src !== before", arg=shown)
    assert page.get_attribute("#variations button:nth-child(3)", "aria-checked") == "true"
    page.click("#options-button")
    assert page.input_value("#seed") == "7"


def test_styles_come_from_presets_and_from_a_photo(studio: Studio, tmp_path: Path) -> None:
    """A preset goes out with the doodle; a photo of one's own takes its place and can go again."""
    page = studio.page
    page.click("#options-button")
    page.click("#lock")
    page.keyboard.press("Escape")
    page.click("#light-button")
    page.click("#style-storm")
    page.keyboard.press("Escape")
    studio.generate()
    job = page.request.get(f"{studio.url}/api/v1/jobs").json()["jobs"][0]
    assert job["style"] == "storm"
    preset = page.evaluate(IMAGE_BYTES)

    file = tmp_path / "sunset.png"
    file.write_bytes(png(np.full((64, 64, 3), (250, 120, 40), np.uint8)))
    page.click("#light-button")
    with page.expect_file_chooser() as chooser:
        page.click("#style-photo")
    chooser.value.set_files(file)
    page.wait_for_selector("img.style-photo")
    page.keyboard.press("Escape")
    studio.generate()
    job = page.request.get(f"{studio.url}/api/v1/jobs").json()["jobs"][0]
    assert job["style"] is None
    assert page.evaluate(IMAGE_BYTES) != preset
    page.click("#light-button")
    page.click("#style-photo-remove")
    page.keyboard.press("Escape")
    studio.generate()
    assert page.evaluate(IMAGE_BYTES) == preset


def test_the_file_format_is_the_visitors_choice(studio: Studio) -> None:
    """A WebP is asked for, painted and downloaded as one."""
    page = studio.page
    page.click("#options-button")
    page.select_option("#format", "webp")
    page.keyboard.press("Escape")
    studio.generate()
    with page.expect_download() as photo:
        page.click("#photo-buttons button:nth-child(1)")
    assert photo.value.suggested_filename.endswith(".webp")
    assert Path(photo.value.path()).read_bytes()[8:12] == b"WEBP"


def states(studio: Studio) -> list[str]:
    """States of this browser's jobs, newest first."""
    jobs = studio.page.request.get(f"{studio.url}/api/v1/jobs").json()["jobs"]
    return [job["status"] for job in jobs]


def test_a_waiting_doodle_knows_its_place_and_can_be_cancelled(visits: Visits, site: Site) -> None:
    """Place in line is told, cancelling takes the job back, and live replaces what waits."""
    studio = visits.open()
    others = [visits.open() for _ in range(2)]
    site.signal_worker(signal.SIGSTOP)
    try:
        for other in others:
            other.page.click("#generate")
            other.wait_for_status("line")
        studio.page.click("#generate")
        studio.wait_for_status("3rd in line")
        studio.page.click("#status-action")
        studio.wait_for_status("Cancelled")
        until(lambda: states(studio) == ["cancelled"], "the service to hear of it")
        studio.page.click("#live-label")
        studio.choose(SEA, "brush", 12)
        for place in ((10, 10), (50, 50)):
            with studio.page.expect_request(lambda request: request.method == "PUT"):
                studio.click(*place)
            studio.wait_for_status("3rd in line")
        until(lambda: len(states(studio)) > 2, "the newest to be there")
        newest, *older = states(studio)
        assert (newest, set(older)) == ("queued", {"cancelled"}), "it has replaced the one before"
    finally:
        site.signal_worker(signal.SIGCONT)
    for other in others:
        other.wait_for_status("Done")


def test_an_estimate_that_has_run_out_says_so(visits: Visits, site: Site) -> None:
    """With a painter that hangs, the time waited is told instead of a promise."""
    studio = visits.open()
    studio.generate()
    site.signal_worker(signal.SIGSTOP)
    try:
        studio.page.click("#generate")
        studio.wait_for_status("longer than expected")
        studio.wait_for_status("so far")
    finally:
        site.signal_worker(signal.SIGCONT)
    studio.wait_for_status("Done")


def test_a_service_that_is_down_is_not_called_being_offline(visits: Visits) -> None:
    """Status and banner say that the service does not answer while there is a network."""
    visits.expected.append("Failed to load resource")
    studio = visits.open()
    page = studio.page
    page.route("**/api/v1/jobs/*", lambda route: route.abort())
    page.click("#generate")
    studio.wait_for_status("The service does not answer; your doodle is safe")
    page.wait_for_selector("#banner:has-text('does not answer. Go on painting')")
    page.unroute("**/api/v1/jobs/*")
    studio.wait_for_status("Done")


def test_a_refusal_says_why_and_retry_works_once_it_is_mended(visits: Visits) -> None:
    """The server's reason is shown beside Retry, and the doodle stays."""
    visits.expected.append("422")
    studio = visits.open(settings={"seed": -5, "seedLocked": True})
    before = studio.labels()
    studio.page.click("#generate")
    studio.wait_for_status("That did not work")
    assert "seed" in studio.status()
    assert (studio.labels() == before).all()
    assert "That did not work" in studio.page.inner_text("#alert-live")
    studio.page.click("#options-button")
    studio.page.fill("#seed", "5")
    studio.page.keyboard.press("Tab")
    studio.page.keyboard.press("Escape")
    studio.page.click("#status-action:has-text('Retry')")
    studio.wait_for_status("Done")


def test_offline_the_doodle_is_safe_and_the_photo_follows_by_itself(visits: Visits) -> None:
    """Without a network one paints on; when it is back, the picture comes without a click."""
    visits.expected.append("ERR_INTERNET_DISCONNECTED")
    studio = visits.open()
    studio.page.context.set_offline(True)
    studio.page.click("#generate")
    studio.page.wait_for_selector("#banner:not([hidden])")
    assert "offline" in studio.status()
    studio.choose(GRASS, "brush", 10)
    studio.drag((10, 10), (40, 40))
    studio.page.context.set_offline(False)
    studio.wait_for_status("Done")
    studio.page.wait_for_selector("#banner", state="hidden")
    assert studio.wait_for_photo()


def test_a_picture_painted_in_a_hidden_tab_is_told_by_its_title(studio: Studio) -> None:
    """The tab shows that a picture is ready, until one looks."""
    page = studio.page
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    studio.generate()
    page.wait_for_function("() => document.title.startsWith('✓')")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    assert page.title() == "Doodlescape"
