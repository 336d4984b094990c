"""What a label map shows, as a vector, and the kind of scene that follows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spade.maps.scenes import KINDS, scene_of
from spade.maps.signature import shares, signature, similarity
from tests.spade.tiny import label_maps, landscape

MAPS = label_maps(landscape(), (32, 48), 2)


@given(maps=MAPS)
def test_a_signature_has_length_one_and_holds_the_shares(maps: np.ndarray) -> None:
    """Whatever is drawn, a map is wholly like itself, no less like others than 0, and counted."""
    one, other = (signature(label_map, landscape()) for label_map in maps)

    assert one @ one == pytest.approx(1, abs=1e-5)
    assert -1e-6 <= similarity(one, other[None])[0] <= 1 + 1e-5
    counted = [(maps[0] == label.id).mean() for label in landscape().labels]
    assert shares(one) == pytest.approx(np.array(counted), abs=1e-5)


@given(maps=MAPS, factor=st.integers(2, 4))
def test_enlarging_keeps_the_signature(maps: np.ndarray, factor: int) -> None:
    """A doodle scaled by nearest neighbour has the same signature, so the same look."""
    large = np.kron(maps[0], np.ones((factor, factor), np.uint8))

    assert signature(large, landscape()) == pytest.approx(signature(maps[0], landscape()), abs=1e-5)


def test_above_and_below_differ() -> None:
    """The same shares upside down are alike, but not the same."""
    rng = np.random.default_rng(0)
    label_map = np.sort(rng.choice(landscape().ids, (32, 32)), axis=0)
    one, turned = (signature(m, landscape()) for m in (label_map, label_map[::-1]))

    assert shares(one) == pytest.approx(shares(turned), abs=1e-6)
    assert similarity(one, turned[None])[0] < 0.9


@given(maps=MAPS)
def test_every_map_is_a_scene(maps: np.ndarray) -> None:
    """Snow makes a winter scene; every map is of a known kind."""
    snow = {label.name: label.id for label in landscape().labels}["snow"]

    assert scene_of(signature(maps[0], landscape()), landscape()) in KINDS
    assert scene_of(signature(np.full((8, 8), snow), landscape()), landscape()) == "winter"
