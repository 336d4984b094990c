"""Dialogs: the focus stays in them, and keys reach nothing behind them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.pictures import photo
from tests.e2e.studio import GRASS, SEA, Studio


def is_drawing(studio: Studio, tmp_path: Path) -> None:
    """Say of a photo that it is a drawing: the offer makes room for the choices of a drawing."""
    file = tmp_path / "alps.png"
    file.write_bytes(photo())
    studio.page.keyboard.press("Control+o")
    studio.page.set_input_files("#import-file", file)
    studio.page.click("dialog >> text=It is a drawing")
    studio.page.wait_for_selector("#import-apply")


def take_back(studio: Studio, _: Path) -> None:
    """Make a link and take it back: its button goes with it."""
    studio.page.click("#photo-buttons button:nth-child(3)")
    studio.page.click("dialog >> text=Make a link")
    studio.page.click("#take-back")
    studio.page.wait_for_selector("dialog >> text=no longer works")


def delete_drawing(studio: Studio, _: Path) -> None:
    """Delete a drawing for good: its card goes."""
    studio.page.click("#file-button")
    studio.page.click("text=Recent drawings")
    studio.page.click("dialog .remove")
    studio.page.click("dialog .remove:has-text('Delete for good')")
    studio.page.wait_for_selector("dialog .remove", state="detached")


@pytest.mark.parametrize("act", [is_drawing, take_back, delete_drawing])
def test_a_dialog_keeps_the_focus_when_its_content_changes(
    studio: Studio, tmp_path: Path, act: Callable[[Studio, Path], None]
) -> None:
    """Nothing behind it hears a key, and Escape closes it."""
    page = studio.page
    studio.blank(GRASS)
    studio.generate()
    studio.blank(SEA)
    before = studio.labels()
    act(studio, tmp_path)
    page.wait_for_function("() => document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Control+Backspace")
    page.keyboard.press("e")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="hidden")

    assert (studio.labels() == before).all()
    assert studio.command("tool-eraser").get_attribute("aria-pressed") == "false"
