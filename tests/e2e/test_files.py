"""What leaves the page and comes back: files, links, history, imports."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import SIZE, Visits
from tests.e2e.pictures import png
from tests.e2e.studio import GRASS, MOUNTAIN, SEA, SKY, Studio, painted


def test_photo_and_project_can_be_downloaded_and_the_project_comes_back(
    studio: Studio, tmp_path: Path
) -> None:
    """A project file holds the doodle and its seed; putting it back is one step of undo."""
    page = studio.page
    labels = painted(studio)
    studio.generate()
    with page.expect_download() as photo:
        page.click("#photo-buttons button:nth-child(1)")
    assert Path(photo.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as project:
        page.keyboard.press("Control+s")
    file = tmp_path / project.value.suggested_filename
    project.value.save_as(file)
    assert json.loads(file.read_text())["size"] == [SIZE, SIZE]
    studio.blank()
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", file)
    page.click("#import-apply")
    assert (studio.labels() == labels).all()
    page.keyboard.press("Control+z")
    assert (studio.labels() == SKY).all()


def test_the_photo_can_be_copied(visits: Visits) -> None:
    """Copying puts a PNG on the clipboard."""
    studio = visits.open(permissions=["clipboard-read", "clipboard-write"])
    studio.generate()
    studio.page.click("#photo-buttons button:nth-child(2)")
    studio.page.wait_for_function(
        "() => document.querySelector('#status-live').textContent === 'Photo copied'"
    )
    studio.page.wait_for_selector("[data-act='copy'].done")
    kinds = studio.page.evaluate("navigator.clipboard.read().then((items) => items[0].types)")
    assert kinds == ["image/png"]


def test_a_label_map_comes_back_exactly(studio: Studio, tmp_path: Path) -> None:
    """What was downloaded as label map can be imported again, byte for byte."""
    labels = painted(studio)
    with studio.page.expect_download() as download:
        studio.page.click("#file-button")
        studio.page.click("#file-menu button:has-text('Download label map')")
    file = tmp_path / "labels.png"
    download.value.save_as(file)
    studio.blank()
    studio.page.keyboard.press("Control+o")
    studio.page.set_input_files("#import-file", file)
    studio.page.click("#import-apply")

    assert (studio.labels() == labels).all()


def drawing_in_natural_colours() -> np.ndarray:
    """Sky over sea, and a strip of a colour that is in no palette."""
    drawing = np.empty((100, 100, 3), np.uint8)
    drawing[:50] = (0x75, 0x9E, 0xDF)
    drawing[50:] = (0x38, 0x4F, 0x83)
    drawing[90:] = (0x3A, 0x50, 0x84)
    return drawing


def test_a_coloured_picture_is_previewed_before_it_is_applied(
    studio: Studio, tmp_path: Path
) -> None:
    """Unknown colours are counted and named; they become labels only when one says so."""
    page = studio.page
    file = tmp_path / "drawing.png"
    file.write_bytes(png(drawing_in_natural_colours()))
    studio.blank(GRASS)
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", file)
    page.wait_for_selector("dialog >> text=10.0 % of the pixels (1000)")
    assert page.input_value("dialog select") == "natural"
    assert "#3a5084" in page.inner_text(".colours")
    page.click("dialog >> text=Take the nearest colour")
    page.wait_for_selector("dialog >> text=becomes sea")
    page.click("#import-apply")
    labels = studio.labels()

    assert (labels[:32] == SKY).all()
    assert (labels[32:] == SEA).all()


def picture_file(kind: str, folder: Path) -> Path:
    """Write a drawing in colours beside the palette's, as a program other than this one might."""
    drawing = np.zeros((96, 96, 3), np.uint8)
    drawing[:48], drawing[48:] = (112, 150, 215), (60, 84, 140)
    picture = Image.fromarray(drawing)
    if kind == "jpeg":
        path = folder / "drawing.jpg"
        picture.save(path, quality=85)
        return path
    path = folder / "drawing.png"
    if kind == "transparent":
        picture.putalpha(Image.new("L", picture.size, 255))
        picture.putpixel((50, 70), (0, 0, 0, 0))
    if kind == "sixteen":
        deep = np.where(np.arange(96)[:, None] < 48, 61000, 9000) * np.ones((1, 96))
        Image.fromarray(deep.astype(np.uint16)).save(path)
        return path
    if kind == "large":
        picture = picture.resize((2400, 2400), Image.Resampling.NEAREST)
    picture.save(path)
    return path


@pytest.mark.parametrize("kind", ["jpeg", "transparent", "sixteen", "large"])
def test_a_drawing_of_any_kind_is_a_drawing(visits: Visits, tmp_path: Path, kind: str) -> None:
    """Few large flat areas are no photo, and taking the nearest colours is the main button."""
    visits.expected.append("Failed to load resource")
    studio = visits.open()
    page = studio.page
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", picture_file(kind, tmp_path))
    page.click(".actions .primary:has-text('Take the nearest colour')")
    page.wait_for_selector("dialog >> text=becomes")
    page.click(".actions .primary:has-text('Put it on the sheet')")
    labels = studio.labels()

    upper, lower = (int(np.median(half)) for half in (labels[:30], labels[34:]))
    assert upper != lower
    if kind != "sixteen":
        assert (upper, lower) == (SKY, SEA)


def test_a_damaged_project_says_so_in_the_pages_language(visits: Visits, tmp_path: Path) -> None:
    """Once, and without the words of a program."""
    studio = visits.open(locale="de-DE")
    page = studio.page
    file = tmp_path / "doodle.doodle.json"
    file.write_text('{"doodlescape": 1, "size": [64, 64], "labels": "AAAA"}')
    page.keyboard.press("Control+o")
    page.set_input_files("#import-file", file)
    page.wait_for_selector("dialog [role=alert]")
    assert page.inner_text("dialog [role=alert]") == (
        "Diese Projektdatei ist beschädigt oder von einem anderen Programm."
    )


DROP = """([picture, kind]) => {
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  const file = new File([bytes], 'drawing.png', {type: 'image/png'});
  const data = new DataTransfer();
  data.items.add(file);
  const event = kind === 'drop'
    ? new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})
    : new ClipboardEvent('paste', {clipboardData: data, bubbles: true});
  document.body.dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_pictures_can_be_dropped_and_pasted(studio: Studio, kind: str) -> None:
    """Dropping and pasting open the same preview as choosing a file."""
    picture = base64.b64encode(png(np.full((64, 64), MOUNTAIN, np.uint8))).decode()
    studio.page.evaluate(DROP, [picture, kind])
    studio.page.click("#import-apply")

    assert (studio.labels() == MOUNTAIN).all()


def test_what_cannot_be_read_is_refused_with_a_reason(visits: Visits, tmp_path: Path) -> None:
    """A text file named like a picture changes nothing and says why."""
    visits.expected.append("Failed to load resource")
    studio = visits.open()
    before = studio.labels()
    file = tmp_path / "notes.png"
    file.write_text("these are no pixels")
    studio.page.keyboard.press("Control+o")
    studio.page.set_input_files("#import-file", file)
    studio.page.wait_for_selector("dialog [role=alert]:has-text('cannot be read')")
    studio.page.keyboard.press("Escape")

    assert (studio.labels() == before).all()


def test_an_earlier_picture_comes_back_with_its_doodle(studio: Studio) -> None:
    """The strip re-opens a picture into the sheet with its seed, and reads on page by page."""
    page = studio.page
    # Pages of one job, from the real server, so that a few jobs have several pages.
    page.route(
        "**/jobs?limit=60", lambda route: route.continue_(url=f"{studio.url}/api/v1/jobs?limit=1")
    )
    labels = painted(studio)
    studio.generate()
    studio.blank(SEA)
    for _ in range(2):
        studio.generate()
    page.reload()
    studio.ready()
    page.wait_for_selector("#film-strip li:nth-child(3) img")
    expect(page.locator("#older")).to_have_count(0)
    page.click("#film-strip li:nth-child(3) button >> nth=0")
    studio.wait_for_status("Ready")

    assert (studio.labels() == labels).all()
    assert studio.wait_for_photo()
    expect(page.locator("#film-strip [aria-current=true]")).to_have_count(1)
    page.click("#options-button")
    assert page.input_value("#seed") == "5"


def share(owner: Studio) -> str:
    """Share the photo that is shown, and return the link's path."""
    owner.page.click("#photo-buttons button:nth-child(3)")
    owner.page.click("dialog >> text=Make a link")
    return owner.page.input_value("#share-link").removeprefix(owner.url)


def test_a_shared_picture_can_be_seen_remixed_and_taken_back(visits: Visits) -> None:
    """Someone with the link sees doodle and photo and paints on; then the link dies."""
    visits.expected.append("404")
    owner = visits.open()
    labels = painted(owner)
    owner.generate()
    path = share(owner)
    visitor = visits.open(path)
    visitor.page.wait_for_selector("#photo")
    assert not visitor.page.is_visible("#tools")
    visitor.drag((10, 10), (50, 50))
    visitor.page.click("#remix")
    assert (visitor.labels() == labels).all()
    assert visitor.page.url == owner.url + "/"
    visitor.choose(SEA, "brush", 12)
    visitor.click(20, 20)
    assert (visitor.labels() == SEA).any()
    owner.page.click("#take-back")
    owner.page.wait_for_selector("dialog >> text=no longer works")
    late = visits.open(path)
    late.page.wait_for_selector("text=This link was taken back")
    assert not late.page.is_visible("#remix")
    assert not late.page.is_visible("#doodle-view")
    late.page.click("text=Paint your own")
    assert late.page.url == owner.url + "/"
    late.choose(SEA, "brush", 12)
    late.click(20, 20)
    assert late.labels()[20, 20] == SEA


def test_a_share_that_cannot_be_fetched_says_so_and_can_be_tried_again(visits: Visits) -> None:
    """A service that is away is no dead link: it says so, and Retry shows the picture."""
    visits.expected.append("Failed to load resource")
    owner = visits.open()
    labels = painted(owner)
    owner.generate()
    path = share(owner)
    page = owner.page
    page.route("**/api/v1/shares/*", lambda route: route.abort())
    page.goto(owner.url + path)
    page.wait_for_selector("[role=alert]:has-text('cannot be fetched now')")
    assert not page.is_visible("#remix")
    page.unroute("**/api/v1/shares/*")
    page.click("text=Retry")
    page.wait_for_selector("#photo")
    page.click("#remix")
    assert (owner.labels() == labels).all()
