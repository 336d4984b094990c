"""Earlier pictures: which stay in sight, and what can be done with them."""

from functools import partial

from tests.e2e.studio import GRASS, SEA, Studio, painted
from tests.waiting import until

FRAMES = "() => document.querySelectorAll('#film-strip [data-job]').length"


def jobs(studio: Studio) -> list[str]:
    """Ids of the pictures that the service has, newest first."""
    found = studio.page.request.get(f"{studio.url}/api/v1/jobs").json()["jobs"]
    return [job["id"] for job in found if job["status"] == "succeeded"]


def comes(studio: Studio, before: list[str]) -> bool:
    """Tell whether there is a newer picture."""
    return jobs(studio) != before


def paint_live(studio: Studio, times: int) -> None:
    """Paint, and pause until the photo follows."""
    for i in range(times):
        before = jobs(studio)
        studio.click(10 + 12 * i, 20)
        until(partial(comes, studio, before), "the photo follows", timeout_s=60.0)
        studio.wait_for_status("Done")


def test_live_painting_leaves_its_last_picture_and_what_was_asked_for(studio: Studio) -> None:
    """A pause leaves no picture of its own, a wish does."""
    page = studio.page
    page.click("#live-label")
    studio.choose(SEA, "brush", 8)
    paint_live(studio, 3)
    page.wait_for_function(f"count => ({FRAMES})() === count", arg=1)
    studio.generate()
    wished = jobs(studio)[0]
    studio.choose(GRASS, "brush", 8)
    paint_live(studio, 2)
    last = jobs(studio)[0]
    page.wait_for_selector(f"#film-strip [data-job='{last}']")
    shown = page.locator("#film-strip [data-job]").evaluate_all(
        "(all) => all.map((one) => one.dataset.job)"
    )
    assert shown == [last, wished]


def test_a_picture_can_be_named_kept_and_deleted(studio: Studio) -> None:
    """Name and star outlive the visit; what is deleted is gone from the service, too."""
    page = studio.page
    painted(studio)
    studio.generate()
    studio.generate()
    page.wait_for_function(f"count => ({FRAMES})() === count", arg=2)
    older = jobs(studio)[1]
    frame = f"#film-strip [data-job='{older}']"
    page.hover(frame)
    page.click(f"{frame} .more")
    page.fill("#frame-name", "Evening")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{frame} [aria-label='Open the picture from Evening']")
    page.reload()
    studio.ready()
    page.wait_for_selector(f"{frame} [aria-label='Open the picture from Evening']")
    page.hover(frame)
    page.click(f"{frame} .more")
    page.click("#frame-delete")
    page.click("#frame-delete:has-text('Delete for good?')")
    page.wait_for_selector(frame, state="detached")
    assert older not in jobs(studio)
