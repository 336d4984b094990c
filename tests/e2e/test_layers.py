"""Layers: painting on one without harm to the others; and undo that survives a reload."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import expect

from tests.e2e.conftest import Visits
from tests.e2e.studio import FLOWER, GRASS, MOUNTAIN, SEA, SKY, Studio
from tests.e2e.test_views import axe, violations

__all__ = ["axe"]
PANEL: dict[str, object] = {"layers": True}


ROWS = """() => [...document.querySelectorAll('#layer-list li')].map((item) => {
  const row = item.querySelector('.layer-row');
  const shown = item.querySelector('.icon-only').getAttribute('aria-pressed') === 'true';
  const name = row?.textContent + (row?.getAttribute('aria-pressed') === 'true' ? '*' : '');
  return shown ? name : `(${name})`;
})"""


def expect_rows(studio: Studio, *names: str) -> None:
    """Wait until the panel lists these, top first; the chosen with a star, hidden in brackets."""
    try:
        studio.page.wait_for_function(
            f"(names) => JSON.stringify(({ROWS})()) === JSON.stringify(names)", arg=list(names)
        )
    except PlaywrightTimeoutError:
        assert studio.page.evaluate(ROWS) == list(names)


def rectangle(studio: Studio, label: int, *corners: tuple[float, float]) -> None:
    """Paint a rectangle."""
    studio.choose(label, "rectangle")
    studio.drag(*corners)


def undo_title(studio: Studio) -> str:
    """What the undo button says that it takes back."""
    return studio.command("undo").get_attribute("title") or ""


def test_layers_by_mouse(studio: Studio) -> None:
    """Add, paint, hide, move, merge and remove: each is one step of undo with a name."""
    page = studio.page
    studio.blank()
    assert not page.is_visible("#layer-list"), "folded away until it is wanted"
    page.click("#layers-button")
    expect_rows(studio, "Background*")
    page.click("#layer-add")
    expect_rows(studio, "Layer 2*", "Background")
    rectangle(studio, GRASS, (10, 10), (40, 40))
    page.click("#layer-add")
    rectangle(studio, SEA, (20, 20), (60, 60))
    expect_rows(studio, "Layer 3*", "Layer 2", "Background")
    over = studio.labels()
    assert [over[15, 15], over[30, 30], over[5, 5]] == [GRASS, SEA, SKY]

    page.click("#layer-lower")
    expect_rows(studio, "Layer 2", "Layer 3*", "Background")
    assert studio.labels()[30, 30] == GRASS
    page.click("#layer-eye-1")
    expect_rows(studio, "(Layer 2)", "Layer 3*", "Background")
    assert studio.labels()[30, 30] == SEA
    assert "Hide layer" in undo_title(studio)
    page.click("[data-layer='1']")
    expect_rows(studio, "Layer 2*", "Layer 3", "Background")
    before = studio.labels()
    page.click("#layer-merge")
    expect_rows(studio, "Layer 3*", "Background")
    assert (studio.labels() == before).all()
    page.click("#layer-remove")
    expect_rows(studio, "Background*")
    assert (studio.labels() == SKY).all()

    names = ("Remove", "Merge", "Show", "Hide", "Move", "Rectangle", "Add", "Rectangle", "Add")
    for name in names:
        assert name in undo_title(studio)
        studio.command("undo").click()
    expect_rows(studio, "Background*")
    for _ in names[:-4]:
        studio.command("redo").click()
    expect_rows(studio, "Layer 2", "Layer 3*", "Background")
    assert studio.labels()[30, 30] == GRASS


def test_tools_paint_on_the_chosen_layer(visits: Visits) -> None:
    """The eraser clears it, a fill takes what is seen, replacing looks at it, picking does not."""
    studio = visits.open(settings=PANEL)
    page = studio.page
    studio.blank(GRASS)
    page.click("#layer-add")
    rectangle(studio, SEA, (0, 0), (30, 64))
    studio.choose(SKY, "eraser", 12)
    assert "see-through" in page.inner_text("#chip")
    studio.click(15, 15)
    assert "Eraser, see-through" in undo_title(studio)
    assert studio.labels()[15, 15] == GRASS, "the layer below is seen again"
    studio.choose(FLOWER, "fill")
    studio.click(45, 40)
    labels = studio.labels()
    assert [labels[40, 45], labels[15, 15], labels[40, 10]] == [FLOWER, GRASS, SEA]
    studio.choose(MOUNTAIN, "replace")
    studio.click(15, 15)
    assert studio.labels()[15, 15] == GRASS, "that grass lies on another layer"
    page.click("[data-layer='0']")
    studio.click(15, 15)
    labels = studio.labels()
    assert [labels[15, 15], labels[40, 45]] == [MOUNTAIN, FLOWER]
    studio.command("tool-pick").click()
    studio.click(45, 40)
    assert "flower" in page.inner_text("#chip")
    studio.choose(SKY, "eraser", 12)
    studio.click(15, 15)
    page.click("#layer-eye-1")
    assert studio.labels()[15, 15] == SKY, "the lowest layer takes the base material"


def test_layers_by_the_keyboard(visits: Visits) -> None:
    """Unfold, add, choose, rename and remove without a pointer, and the focus is never lost."""
    studio = visits.open()
    page, keyboard = studio.page, studio.page.keyboard
    page.locator("#doodle-view").focus()
    keyboard.press("y")
    page.locator("#layer-add").focus()
    for _ in range(24):
        keyboard.press("Enter")
    expect(page.locator("#layer-list li")).to_have_count(24)
    assert page.get_attribute("#layer-add", "aria-disabled") == "true"
    assert "24 layers are the most" in (page.get_attribute("#layer-add", "title") or "")
    page.locator("[data-layer='23']").focus()
    for _ in range(21):
        keyboard.press("Delete")
    expect_rows(studio, "Layer 3*", "Layer 2", "Background")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect_rows(studio, "Layer 3", "Layer 2*", "Background")
    keyboard.press("F2")
    keyboard.type("Far hills")
    keyboard.press("Enter")
    expect_rows(studio, "Layer 3", "Far hills*", "Background")
    assert page.evaluate("document.activeElement.id") == "layer-row-1"
    keyboard.press("F2")
    keyboard.type("Nothing")
    keyboard.press("Escape")
    keyboard.press(".")
    expect_rows(studio, "Layer 3*", "Far hills", "Background")
    keyboard.press(",")
    keyboard.press(",")
    expect_rows(studio, "Layer 3", "Far hills", "Background*")
    assert page.get_attribute("#layer-remove", "aria-disabled") == "true"
    keyboard.press("Control+z")
    expect_rows(studio, "Layer 3", "Layer 2*", "Background")
    page.locator("#layer-add").focus()
    keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "layers-button"
    assert not page.is_visible("#layer-list")


def test_a_project_keeps_its_layers(visits: Visits, tmp_path: Path) -> None:
    """File and reload bring layers, names and choice back; a scene has one layer."""
    studio = visits.open(settings=PANEL)
    page = studio.page
    studio.blank(GRASS)
    page.click("#layer-add")
    rectangle(studio, SEA, (10, 10), (40, 40))
    page.click("#layer-add")
    rectangle(studio, FLOWER, (30, 30), (60, 60))
    page.click("#layer-eye-1")
    page.locator("[data-layer='2']").dblclick()
    page.keyboard.type("Bloom")
    page.keyboard.press("Enter")
    stack = ("Bloom*", "(Layer 2)", "Background")
    expect_rows(studio, *stack)
    labels = studio.labels()
    with page.expect_download() as project:
        page.keyboard.press("Control+s")
    file = tmp_path / project.value.suggested_filename
    project.value.save_as(file)
    assert len(json.loads(file.read_text())["layers"]) == 3
    page.reload()
    studio.ready()
    expect_rows(studio, *stack)
    assert (studio.labels() == labels).all()

    page.click("#file-button")
    page.click("text=Starter scenes")
    page.click("[data-scene='meadow']")
    expect_rows(studio, "Background*")
    page.keyboard.press("Control+z")
    expect_rows(studio, *stack)
    studio.blank()
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", file)
    page.click("#import-apply")
    expect_rows(studio, *stack)
    assert (studio.labels() == labels).all()
    page.click("#layer-eye-1")
    assert studio.labels()[20, 20] == SEA


def test_undo_and_redo_survive_a_reload(visits: Visits) -> None:
    """Strokes and layers can be undone and done again after the page was opened anew."""
    studio = visits.open(settings=PANEL)
    page = studio.page
    studio.blank()
    states = [studio.labels()]
    for label, x in ((GRASS, 5), (SEA, 20), (FLOWER, 35)):
        if label == SEA:
            page.click("#layer-add")
        rectangle(studio, label, (x, 10), (x + 20, 50))
        states.append(studio.labels())
    page.keyboard.press("Control+z")
    page.reload()
    studio.ready()
    assert (studio.labels() == states[2]).all()
    assert "Rectangle, sea" in undo_title(studio)
    page.keyboard.press("Control+Shift+z")
    assert (studio.labels() == states[3]).all()
    page.reload()
    studio.ready()
    for state in (states[2], states[1]):
        page.keyboard.press("Control+z")
        assert (studio.labels() == state).all()
    assert "Add a layer" in undo_title(studio)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert (studio.labels() == states[0]).all()
    expect_rows(studio, "Background*")


DAMAGE = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open('doodlescape');
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const transaction = request.result.transaction('steps', 'readwrite');
    transaction.oncomplete = () => { request.result.close(); resolve(); };
    transaction.onabort = () => reject(transaction.error);
    transaction.objectStore('steps').openCursor().onsuccess = ({ target: { result } }) => {
      if (!result) return;
      result.update({ ...result.value, runs: new Uint8Array([99, 255]) });
      result.continue();
    };
  };
})"""


def test_damaged_steps_cost_the_undo_and_nothing_else(studio: Studio) -> None:
    """A record that is broken, or of something else, never reaches the doodle."""
    page = studio.page
    studio.blank()
    rectangle(studio, GRASS, (5, 10), (25, 50))
    labels = studio.labels()
    page.evaluate(DAMAGE)
    page.reload()
    studio.ready()
    assert (studio.labels() == labels).all()
    assert "Nothing to undo" in undo_title(studio)
    rectangle(studio, SEA, (30, 10), (50, 50))
    page.reload()
    studio.ready()
    page.keyboard.press("Control+z")
    assert (studio.labels() == labels).all()


EARLIER = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open('doodlescape', 2);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('drawings', { keyPath: 'id' });
    request.result.createObjectStore('photos', { keyPath: 'id' });
  };
  request.onsuccess = () => {
    const transaction = request.result.transaction(['drawings'], 'readwrite');
    const labels = new Uint8Array(64 * 64).fill(154);
    transaction.objectStore('drawings').put(
      { id: 'old', changed: 1, height: 64, width: 64, labels, model: 'landscape' });
    transaction.oncomplete = () => { request.result.close(); resolve(); };
  };
  request.onerror = () => reject(request.error);
})"""


def test_a_drawing_kept_by_an_earlier_version_opens(visits: Visits) -> None:
    """The browser's database is carried over: the drawing is there, with one layer and no steps."""
    first = visits.open()
    first.page.goto(f"{first.url}/static/favicon.svg")
    gone = "new Promise((done) => (indexedDB.deleteDatabase('doodlescape').onsuccess = done))"
    first.page.evaluate(f"() => {gone}.then(() => null)")
    first.page.evaluate(EARLIER)
    first.open("/", PANEL)
    assert (first.labels() == SEA).all()
    assert "Nothing to undo" in undo_title(first)
    rectangle(first, GRASS, (5, 5), (20, 20))
    labels = first.labels()
    first.page.reload()
    first.ready()
    assert (first.labels() == labels).all()


SMALL = """() => [...document.querySelectorAll('#layers button')]
  .filter((button) => button.offsetParent)
  .map((button) => [button.id, button.offsetWidth, button.offsetHeight])"""


@pytest.mark.parametrize(("width", "height", "least"), [(320, 568, 44), (1366, 768, 24)])
def test_the_panel_fits_and_axe_finds_nothing(
    visits: Visits, axe: str, width: int, height: int, least: int
) -> None:
    """Nothing is cut off, too small or unnamed, on a small phone in German and on a laptop."""
    studio = visits.open(
        viewport={"width": width, "height": height},
        has_touch=width < 500,
        settings={"language": "de"},
        bypass_csp=True,
    )
    page = studio.page
    page.add_script_tag(content=axe)
    page.click("#layers-button")
    page.click("#layer-add")
    expect_rows(studio, "Ebene 2*", "Hintergrund")
    page.click("#layer-eye-1")
    expect_rows(studio, "(Ebene 2)", "Hintergrund*")
    assert violations(studio) == []
    for name, wide, high in page.evaluate(SMALL):
        assert min(wide, high) >= least, (name, wide, high)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in ("#layer-add", "#layer-remove", "#layer-eye-0", "#doodle"):
        box = page.locator(selector).bounding_box()
        assert box, selector
        assert 0 <= box["x"] <= width - box["width"], selector
        assert box["y"] + box["height"] <= height, selector
    page.evaluate("document.documentElement.dir = 'rtl'")
    eye = page.locator("#layer-eye-0").bounding_box()
    row = page.locator("#layer-row-0").bounding_box()
    assert eye
    assert row
    assert eye["x"] < row["x"]
