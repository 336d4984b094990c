"""Blind pairs: nobody can tell from a sheet which model is which, and the count is right."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bench.pairs import Pair, draw, interval, main, preference, read_answers, read_doodles
from spade.maps.labels import load_label_set

LANDSCAPE = load_label_set("landscape")
PAIRS = [Pair(1, "a", 11, "left"), Pair(2, "a", 12, "right"), Pair(3, "b", 11, "right")]


class Grey:
    """A painter of one brightness."""

    label_set = LANDSCAPE

    def __init__(self, brightness: int) -> None:
        self.brightness = brightness
        self.abilities = {"natural_borders": False}

    def paint(self, maps: np.ndarray, seeds: list[int], borders: str) -> np.ndarray:
        assert borders == "drawn"
        assert len(seeds) == len(maps)
        return np.full((*maps.shape, 3), self.brightness, dtype=np.uint8)


def test_the_key_tells_where_the_new_picture_is(tmp_path: Path) -> None:
    """Every doodle and seed comes once, on the sheets as the key says, new ones on both sides."""
    doodles = read_doodles(None, LANDSCAPE, (64, 64))
    pairs = draw(tmp_path, Grey(10), Grey(240), doodles, [1, 2, 3], random.Random(4))  # type: ignore[arg-type]

    asked = {(pair.doodle, pair.seed) for pair in pairs}
    assert len(asked) == len(pairs) == 3 * len(doodles)
    assert {pair.new for pair in pairs} == {"left", "right"}
    sheets = [np.asarray(Image.open(path)) for path in sorted(tmp_path.glob("sheet-*.png"))]
    rows = np.concatenate(sheets).reshape(len(pairs), -1, 3 * 320, 3)
    for pair, row in zip(pairs, rows, strict=True):
        left, right = row[100, 400, 0], row[100, 800, 0]
        assert (left, right) == ((240, 10) if pair.new == "left" else (10, 240))


def test_preferences_are_counted() -> None:
    """What was chosen is held against the key; undecided pairs count half."""
    answers = read_answers("1 left\n\n2 left\n3 same\n", PAIRS)

    assert preference(PAIRS, answers) == pytest.approx((1 + 0 + 0.5) / 3)


@pytest.mark.parametrize(
    "text", ["1 left\n2 left", "1 up\n2 left\n3 left", "1 left\n1 left\n2 left"]
)
def test_incomplete_answers_are_refused(text: str) -> None:
    """A count never rests on answers that are missing, doubled or misspelt."""
    with pytest.raises(ValueError, match=r"pair|line"):
        read_answers(text, PAIRS)


@given(share=st.floats(0, 1), count=st.integers(1, 500))
def test_the_interval_holds_the_share(share: float, count: int) -> None:
    """The bounds lie in [0, 1] around the share."""
    low, high = interval(share, count)

    assert -1e-9 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1 + 1e-9


def test_the_command_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the key and the answers the command tells the share and how sure it is."""
    (tmp_path / "key.json").write_text('[{"number": 1, "doodle": "a", "seed": 1, "new": "left"}]')
    (tmp_path / "answers").write_text("1 left\n")

    assert main(["count", str(tmp_path / "key.json"), str(tmp_path / "answers")]) == 0

    assert "preferred in 100% of 1 pairs (21% to 100%)" in capsys.readouterr().out
