"""The page kept in the browser: it opens without a network, and versions never mix."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.conftest import Valkey
from tests.e2e.conftest import Site, Visits
from tests.e2e.contexts import Contexts
from tests.e2e.house import House
from tests.e2e.studio import SEA, Studio, painted
from tests.e2e.test_views import axe, violations
from tests.integration.proxy import Proxy
from tests.waiting import until

__all__ = ["axe"]
#: What Chromium writes to the console about a server that is gone, or has no script to offer.
EXPECTED = ["ERR_INTERNET_DISCONNECTED", "Failed to load resource", "bad HTTP response code"]
KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    kept[name] = requests.map(({ url }) => new URL(url).pathname);
  }
  return kept;
}"""
COUNT_CHANGES = """() => {
  window.changes = 0;
  navigator.serviceWorker.addEventListener('controllerchange', () => window.changes++);
}"""
SETTLED = """async () => {
  const { installing, waiting, active } = await navigator.serviceWorker.getRegistration();
  return !installing && !waiting && active.state === 'activated';
}"""
LOADED = "() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)"


@pytest.fixture
def house(tmp_path: Path, valkey: Valkey) -> Iterator[House]:
    """A web server of the test's own."""
    house = House(tmp_path, valkey)
    yield house
    house.stop()


@pytest.fixture
def guests(house: House, browser: Browser) -> Iterator[Visits]:
    """Visits to that server."""
    contexts = Contexts(browser, house.url)
    visits = Visits(Site(house.url, house.process), contexts)
    visits.expected += EXPECTED
    yield visits
    visits.close()
    contexts.close()


def stay(visits: Visits, **options: Any) -> Studio:
    """Open the page in a browser that keeps it, and wait until it is kept."""
    studio = visits.open(service_workers="allow", **options)
    studio.page.wait_for_function("() => navigator.serviceWorker.controller")
    return studio


def caches(page: Page) -> list[str]:
    """Read the names of the browser's caches; to look into one that has just gone makes it."""
    found: list[str] = page.evaluate("() => caches.keys()")
    return found


def kept(page: Page) -> dict[str, list[str]]:
    """Read the paths that the browser keeps, by the cache's name."""
    found: dict[str, list[str]] = page.evaluate(KEPT)
    return found


def versions(paths: list[str]) -> set[str]:
    """Return the versions that the page's files among some paths are of."""
    return {path.split("/")[2] for path in paths if path.startswith("/v/")}


def ask_for_news(page: Page) -> None:
    """Have the page ask for a new version, as it does when a network comes back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def test_the_page_opens_and_paints_without_a_network(house: House, guests: Visits) -> None:
    """With the service gone the sheet, its drawing, other languages and all dialogs are there."""
    studio = stay(guests)
    page = studio.page
    labels = painted(studio)
    house.stop()
    page.context.set_offline(True)

    page.reload()
    studio.ready()
    assert (studio.labels() == labels).all()
    page.wait_for_selector("#banner:not([hidden])")
    studio.choose(SEA, "brush", 12)
    studio.click(20, 20)
    page.reload()
    studio.ready()
    assert studio.labels()[20, 20] == SEA
    page.click("#file-button")
    page.click("text=Recent drawings")
    page.wait_for_selector("[data-drawing]")
    page.keyboard.press("Escape")
    page.click("#settings-button")
    page.select_option("#language", "de")
    page.wait_for_selector("#tool-strip[aria-label='Werkzeuge']")
    page.goto(f"{house.url}/s/a-link-that-somebody-sent")
    page.wait_for_selector("#lost:has-text('antwortet nicht')")


def test_only_the_pages_own_files_are_kept(visits: Visits) -> None:
    """No answer of the API, no picture and nothing behind a link gets into the browser's cache."""
    studio = stay(visits)
    page = studio.page
    studio.generate()
    page.click("#photo-buttons button[aria-label^='Share']")
    page.click("text=Make a link")
    link = page.input_value("#share-link")
    page.goto(link)
    page.wait_for_selector("#photo")

    (files,) = kept(page).values()
    assert "/" in files
    assert [path for path in files if path != "/" and not path.startswith("/v/")] == []


def test_a_new_version_comes_whole_and_quietly(house: House, guests: Visits, axe: str) -> None:
    """An open page stays what it is through two of them, and loses nothing by opening the last."""
    old = house.version()
    studio = stay(guests, bypass_csp=True)
    page = studio.page
    labels = painted(studio)
    page.evaluate(COUNT_CHANGES)
    house.change("static/js/ui/dialogs/share.js", "wording().share.needPhoto", '"Another text"')
    ask_for_news(page)
    page.wait_for_function("() => window.changes === 1")
    new = house.change("static/js/strings/en.js", 'title: "Doodlescape"', 'title: "Newscape"')
    ask_for_news(page)
    page.wait_for_function("() => window.changes === 2")
    page.wait_for_selector("#settings-button.news")

    # A part that this page has not loaded yet comes from its own version.
    assert f"doodlescape-{old}" in kept(page)
    page.click("#file-button")
    page.click("#file-menu button:has-text('Share')")
    page.wait_for_selector("#dialog:has-text('Generate a photo first')")
    page.keyboard.press("Escape")
    assert versions(page.evaluate(LOADED)) == {old}
    page.click("#settings-button")
    page.add_script_tag(content=axe)
    assert violations(studio) == []
    with page.expect_navigation():
        page.click("#reload")
    studio.ready()
    assert page.inner_text(".brand") == "Newscape"
    assert page.locator("#settings-button.news").count() == 0
    assert (studio.labels() == labels).all()
    page.click("#file-button")
    page.click("#file-menu button:has-text('Share')")
    page.wait_for_selector("#dialog:has-text('Another text')")
    assert versions(page.evaluate(LOADED)) == {new}


def test_a_page_whose_version_is_gone_says_so_and_loses_nothing(
    house: House, guests: Visits, axe: str
) -> None:
    """Where it is not kept, a dialog first opened after an update offers the new page."""
    studio = guests.open(bypass_csp=True)
    page = studio.page
    labels = painted(studio)
    house.change("static/js/strings/en.js", 'title: "Doodlescape"', 'title: "Newscape"')
    page.click("#help-button")
    page.wait_for_selector("#dialog [role=alert]:has-text('There is a newer version')")
    page.add_script_tag(content=axe)
    assert violations(studio) == []
    with page.expect_navigation():
        page.click("#dialog button:has-text('Open the page anew')")
    studio.ready()
    assert page.inner_text(".brand") == "Newscape"
    assert (studio.labels() == labels).all()
    page.click("#help-button")
    page.wait_for_selector("#dialog:has-text('With the tool Select')")


def test_a_version_that_changes_while_it_is_fetched_is_not_kept(
    house: House, browser: Browser
) -> None:
    """The old one goes on, whole, until there is a new one, whole."""
    proxy = Proxy(house.port)
    url = f"http://127.0.0.1:{proxy.port}"
    visits = Visits(Site(url, house.process), Contexts(browser, url))
    visits.expected += EXPECTED
    studio = stay(visits)
    page = studio.page
    old = house.version()
    halfway = house.change("static/js/strings/en.js", 'title: "Doodlescape"', 'title: "Halfway"')
    proxy.hold(f"/v/{halfway}/")
    ask_for_news(page)
    until(lambda: f"doodlescape-{halfway}" in caches(page), "the fetching to begin")
    new = house.change("static/js/strings/en.js", 'title: "Halfway"', 'title: "Newscape"')
    proxy.release()
    until(lambda: f"doodlescape-{halfway}" not in caches(page), "the end of it")
    assert versions(page.evaluate(LOADED)) == {old}

    page.reload()
    studio.ready()
    # Chromium may have looked again by itself meanwhile.
    assert versions(page.evaluate(LOADED)) in ({old}, {new})
    ask_for_news(page)
    # Not before: Chromium forgets a navigation that begins in the moment when workers change.
    until(lambda: f"doodlescape-{new}" in caches(page) and page.evaluate(SETTLED), "the new one")
    page.reload()
    studio.ready()
    assert page.inner_text(".brand") == "Newscape"
    assert versions(page.evaluate(LOADED)) == {new}
    visits.close()
    proxy.close()


def test_a_file_that_does_not_come_opens_the_page_anew(visits: Visits) -> None:
    """As when the service is renewed between the page and its files: it heals by itself."""
    studio = visits.open()
    visits.expected.append("Failed to load resource")
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.abort()

    studio.page.route("**/js/state.js", lose_once)
    studio.page.reload()
    studio.page.wait_for_function("() => history.state?.tries === 1")
    studio.ready()
    assert len(lost) == 1


def test_the_page_lets_go_of_an_address_that_is_not_its_own(house: House, guests: Visits) -> None:
    """Switched off, or with another's service at its address, it goes out of the way by itself."""
    studio = stay(guests)
    page = studio.page
    house.stop()
    house.start(OFFLINE_PAGE="false")
    with page.expect_navigation():
        ask_for_news(page)
    studio.ready()
    assert kept(page) == {}
    assert page.evaluate("navigator.serviceWorker.getRegistration()") is None
    page.reload()
    studio.ready()
    assert page.evaluate("navigator.serviceWorker.controller") is None


def test_the_page_can_be_installed(guests: Visits) -> None:
    """Chromium finds nothing that stands in the way, and every icon is of the size it says."""
    page = stay(guests).page
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Playwright's contexts are incognito windows.
    assert [one["errorId"] for one in errors if one["errorId"] != "in-incognito"] == []
    named = json.loads(manifest["data"])
    assert (named["display"], named["start_url"]) == ("standalone", "/")
    for icon in named["icons"]:
        image = f"Object.assign(new Image(), {{ src: '{manifest['url']}/../{icon['src']}' }})"
        size = page.evaluate(
            f"async () => {{ const i = {image}; await i.decode(); return i.naturalWidth; }}"
        )
        assert icon["sizes"] in ("any", f"{size}x{size}")
