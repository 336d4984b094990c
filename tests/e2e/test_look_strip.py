"""The strip of looks: which two are mixed, and when previews of them are painted."""

from tests.e2e.conftest import Visits
from tests.e2e.studio import painted
from tests.e2e.test_looks import ROOMY, Sent, shown_look, wait_for_another_photo, wait_for_strip


def test_another_look_is_picked_to_be_mixed_in(visits: Visits) -> None:
    """With Mix pressed, pointer and arrow keys choose the second look, half of the light."""
    studio = visits.open(settings={"live": True}, viewport=ROOMY)
    page = studio.page
    painted(studio)
    studio.generate()
    first = shown_look(studio)
    wait_for_strip(page)
    mix = page.get_by_role("button", name="Mix", exact=True)
    mix.click()
    others = page.locator("#looks [role=radio]:not(.first)")
    before = studio.photo()
    others.first.click()
    wait_for_another_photo(studio, before)
    second = (page.get_attribute("#looks .second", "id") or "").removeprefix("look-")
    assert shown_look(studio) == f"{first}+{second}:0.5"
    assert page.input_value("#look-strength") == "50"

    before = studio.photo()
    page.keyboard.press("End")
    wait_for_another_photo(studio, before)
    last = (page.get_attribute("#looks [aria-checked=true]", "id") or "").removeprefix("look-")
    assert last != second
    assert shown_look(studio) == f"{first}+{last}:0.5"

    mix.press("Enter")
    before = studio.photo()
    others.nth(1).click()
    wait_for_another_photo(studio, before)
    assert "+" not in shown_look(studio)


def test_whoever_only_looks_is_painted_no_previews(visits: Visits) -> None:
    """A visit that neither draws nor asks costs nothing; previews come at a press, once."""
    studio = visits.open(settings={"live": True}, viewport=ROOMY)
    page = studio.page
    painted(studio)
    studio.generate()
    wait_for_strip(page)
    page.reload()
    studio.ready()
    studio.wait_for_photo()
    sent = Sent(studio, fitting=True)
    page.click("#looks-ask")
    wait_for_strip(page)
    assert len(sent) == 1
    assert page.locator("#looks-ask").is_hidden()
