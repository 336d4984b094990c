"""Natural borders: rough materials fray, flat ones stay, and a stroke changes only what is near."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spade.borders import natural_borders
from spade.maps.doodles import free_hand_doodles
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import load_label_set
from spade.model.architecture import Architecture
from spade.painter import Painter, PaintError, load_painter
from tests.spade.tiny import label_maps, save_tiny

LANDSCAPE = load_label_set("landscape")
SMOOTH = [label.id for label in LANDSCAPE.labels if label.roughness == 0]
SKY, MOUNTAIN, SEA = 156, 134, 154


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    """Load a small model of the landscape labels."""
    architecture = Architecture(label_nc=18, ngf=4, z_dim=8, use_vae=True, crop_size=64)
    return load_painter(save_tiny(tmp_path_factory.mktemp("models") / "tiny", architecture))


def peak(size: int = 128) -> np.ndarray:
    """Give a mountain as a triangle over the sea, `[size, size]`."""
    rows, columns = np.indices((size, size))
    label_map = np.full((size, size), SKY, np.uint8)
    label_map[rows * 2 > size + np.abs(2 * columns - size) // 2 - size // 2] = MOUNTAIN
    label_map[rows * 4 > size * 3] = SEA
    return label_map


@given(label_maps(LANDSCAPE, (64, 96), 1), st.integers(0, 2**63 - 1))
def test_smooth_labels_keep_their_pixels_and_no_label_is_new(maps: np.ndarray, seed: int) -> None:
    """Walls and waterlines stay to the pixel, and nothing appears that was not drawn."""
    drawn = maps[0]
    natural = natural_borders(drawn, LANDSCAPE, seed)
    assert natural.shape == drawn.shape
    assert natural.dtype == np.uint8
    assert set(np.unique(natural)) <= set(np.unique(drawn))
    for label in SMOOTH:
        np.testing.assert_array_equal(natural == label, drawn == label)


@pytest.mark.parametrize("size", [128, 512])
def test_a_straight_ridge_becomes_uneven_but_stays_where_it_is(size: int) -> None:
    """A triangle is no pyramid any more, and still covers what it covered, at any size."""
    drawn = peak(size)
    natural = natural_borders(drawn, LANDSCAPE, 1)
    both = ((natural == MOUNTAIN) & (drawn == MOUNTAIN)).sum()
    either = ((natural == MOUNTAIN) | (drawn == MOUNTAIN)).sum()
    assert 0.75 < both / either < 0.98


def test_the_seed_decides() -> None:
    """The same seed frays borders alike, whatever was asked before; another one does not."""
    first, other = (natural_borders(peak(), LANDSCAPE, seed) for seed in (1, 2))
    np.testing.assert_array_equal(first, natural_borders(peak(), LANDSCAPE, 1))
    assert (first != other).any()


def test_a_stroke_changes_only_what_is_near() -> None:
    """While one paints, borders elsewhere do not jump."""
    drawn = peak()
    before = natural_borders(drawn, LANDSCAPE, 3)
    drawn[:16, :16] = MOUNTAIN
    after = natural_borders(drawn, LANDSCAPE, 3)
    np.testing.assert_array_equal(before[64:], after[64:])
    np.testing.assert_array_equal(before[:, 64:], after[:, 64:])


def test_every_free_hand_doodle_gets_uneven_borders() -> None:
    """The scenes by which models are looked at show what natural borders do."""
    for doodle in free_hand_doodles(LANDSCAPE):
        drawn = resize_nearest(doodle, (256, 256))
        assert (natural_borders(drawn, LANDSCAPE, 0) != drawn).mean() > 0.005


def test_a_picture_with_natural_borders_is_that_of_the_natural_map(painter: Painter) -> None:
    """Each item of a batch gets the borders that it asked for, by its own seed."""
    drawn = peak(64)
    got = painter.paint([drawn, drawn], seeds=[5, 6], borders=["natural", "drawn"])
    natural = natural_borders(drawn, LANDSCAPE, 5)
    np.testing.assert_array_equal(got, painter.paint([natural, drawn], seeds=[5, 6]))
    assert painter.abilities["natural_borders"]


def test_borders_that_cannot_be_are_told(painter: Painter, tmp_path: Path) -> None:
    """A wrong name, a wrong number, or a model with instance edges is an error that helps."""
    drawn = peak(64)[None]
    with pytest.raises(PaintError, match="no borders 'wavy'; there are: drawn, natural"):
        painter.paint(drawn, borders=["wavy"])  # type: ignore[list-item]
    with pytest.raises(PaintError, match="2 borders for 1 label maps"):
        painter.paint(drawn, borders=["drawn", "drawn"])
    edged = Architecture(label_nc=182, ngf=4, instance_edges=True, crop_size=64)
    model = load_painter(save_tiny(tmp_path / "edged", edged))
    assert not model.abilities["natural_borders"]
    with pytest.raises(PaintError, match="paints borders as drawn"):
        model.paint(drawn, borders="natural")
