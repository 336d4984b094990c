"""What this browser keeps: no drawing is ever lost, whatever happens to the page."""

import numpy as np

from tests.e2e.conftest import Visits
from tests.e2e.studio import GRASS, SEA, Studio, painted

# Opening the browser's database takes seconds, as on a busy machine with a cold disk; and the
# example's photo comes when the test lets it.
SLOW = """(() => {
  const { set } = Object.getOwnPropertyDescriptor(IDBRequest.prototype, 'onsuccess');
  Object.defineProperty(IDBOpenDBRequest.prototype, 'onsuccess', {
    set(listener) {
      set.call(this, (event) => setTimeout(() => listener.call(this, event), 3000));
    },
  });
  const { fetch } = window;
  const held = new Promise((release) => (window.release = release));
  window.fetch = async (path, ...rest) => {
    if (String(path).includes('bay')) {
      window.asked = true;
      await held;
    }
    return fetch(path, ...rest);
  };
})()"""


def test_what_is_painted_while_the_page_opens_stays(visits: Visits) -> None:
    """However late the kept drawing and the example come, they never replace a stroke."""
    studio = visits.open(script=SLOW, settings={"live": True})
    labels = painted(studio)
    studio.page.wait_for_function("() => window.asked")
    assert (studio.labels() == labels).all()
    studio.wait_for_status("Done")
    photo = studio.wait_for_photo()
    studio.page.evaluate("window.release()")
    studio.page.wait_for_load_state("networkidle")
    assert studio.photo() == photo
    assert "Done" in studio.status()


def test_doodle_and_photo_survive_a_reload_at_once(studio: Studio) -> None:
    """Every stroke and the last photo are kept at once, not after a pause."""
    labels = painted(studio)
    studio.generate()
    studio.page.reload()
    studio.ready()
    studio.page.wait_for_selector("#photo")
    assert (studio.labels() == labels).all()
    studio.choose(SEA, "brush", 12)
    studio.click(20, 20)
    studio.page.reload()
    studio.ready()
    assert studio.labels()[20, 20] == SEA
    studio.page.wait_for_selector("#photo")


def drawings(studio: Studio) -> list[str]:
    """Open the recent drawings and read what the cards say, newest first."""
    studio.page.click("#file-button")
    studio.page.click("text=Recent drawings")
    studio.page.wait_for_selector("[data-drawing]")
    return studio.page.locator("[data-drawing]").all_inner_texts()


def test_two_tabs_keep_a_drawing_each_and_both_can_be_opened_again(visits: Visits) -> None:
    """Nobody's drawing is written over by another tab, and there is a way back to all."""
    first = visits.open()
    labels = painted(first)
    second = visits.open(context=first.page.context)
    assert (second.labels() != labels).any(), "the first tab's drawing is in use there"
    second.blank(SEA)
    first.page.reload()
    first.ready()
    assert (first.labels() == labels).all()

    assert drawings(second) == ["On the sheet", "Open in another tab; opens as a copy"]
    second.page.click("[data-drawing] >> nth=1")
    assert (second.labels() == labels).all()
    second.choose(SEA, "brush", 12)
    second.click(32, 50)
    newest = second.labels()
    assert (first.labels() == labels).all()
    assert len(drawings(second)) == 3
    second.page.click("dialog .remove")
    second.page.click("dialog .remove:has-text('Delete for good')")
    second.page.wait_for_function("() => document.querySelectorAll('[data-drawing]').length === 2")
    second.page.close()
    third = visits.open(context=first.page.context)
    assert (third.labels() == newest).all(), "a new tab goes on with the last drawing if it is free"


def test_a_scene_leaves_the_drawing_among_the_recent_ones(studio: Studio) -> None:
    """What replaces the whole sheet begins a new drawing; the one before can be opened."""
    labels = painted(studio)
    studio.page.click("#file-button")
    studio.page.click("text=Starter scenes")
    studio.page.click("[data-scene='meadow']")
    assert len(np.unique(studio.labels())) > 5
    studio.page.keyboard.press("Control+z")
    assert (studio.labels() == labels).all()
    studio.blank(GRASS)
    studio.page.reload()
    studio.ready()
    assert (studio.labels() == GRASS).all()
    drawings(studio)
    cards = studio.page.locator("[data-drawing]")
    for i in range(1, cards.count()):
        cards.nth(i).click()
        if (studio.labels() == labels).all():
            return
        drawings(studio)
    raise AssertionError("the drawing is gone")


def test_a_browser_that_keeps_nothing_says_so(visits: Visits) -> None:
    """One paints on, and is told to save the project."""
    refused = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"
    studio = visits.open(script=refused)
    labels = painted(studio)
    studio.page.wait_for_selector("#banner:has-text('Save your project')")
    assert (studio.labels() == labels).all()


def test_a_browser_whose_database_never_answers_says_so_too(visits: Visits) -> None:
    """The page opens all the same, paints, and tells that nothing is kept."""
    studio = visits.open(script="IDBFactory.prototype.open = () => ({})")
    studio.page.wait_for_selector("#banner:has-text('Save your project')")
    labels = painted(studio)
    assert (studio.labels() == labels).all()
    studio.page.click("#file-button")
    studio.page.click("text=Recent drawings")
    studio.page.wait_for_selector("dialog >> text=keeps nothing of this page")


FILL = """() => {
  for (const storage of [localStorage, sessionStorage]) {
    storage.removeItem('doodlescape.models');
    storage.removeItem('doodlescape.drawing');
    for (let size = 2 ** 22; size >= 1; size /= 2) {
      try {
        for (let i = 0; ; i++) storage.setItem(`filler-${size}-${i}`, 'x'.repeat(size));
      } catch {}
    }
  }
}"""


def test_a_full_storage_stops_nothing(studio: Studio) -> None:
    """Where another page left no room, this one opens, paints and keeps the drawing."""
    studio.page.evaluate(FILL)
    studio.page.reload()
    studio.ready()
    labels = painted(studio)
    studio.generate()
    studio.page.reload()
    studio.ready()
    assert (studio.labels() == labels).all()


def test_a_reload_in_the_middle_of_a_stroke_keeps_it(studio: Studio) -> None:
    """What one sees on the sheet is there again, though the pointer never went up."""
    studio.blank()
    studio.choose(SEA, "brush", 8)
    studio.drag((10, 20), (50, 20), release=False)
    studio.page.reload()
    studio.ready()

    assert (studio.labels()[20, 12:44] == SEA).all()
