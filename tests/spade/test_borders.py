"""Natural borders: rough materials fray, flat ones stay, and a stroke changes only what is near."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spade.borders import natural_borders
from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import load_label_set
from spade.model.architecture import Architecture
from spade.painter import Painter, PaintError, load_painter
from tests.spade.tiny import label_maps, save_tiny

LANDSCAPE = load_label_set("landscape")
SMOOTH = [label.id for label in LANDSCAPE.labels if label.roughness == 0]
SKY, MOUNTAIN, SEA = 156, 134, 154
TREE, BUSH, CLOUDS, GRASS, SNOW = 168, 96, 105, 123, 158


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


def components(mask: np.ndarray) -> np.ndarray:
    """Number the connected pieces of `[H, W] bool` from 1; 0 is outside."""
    numbers = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        before = numbers
        padded = np.pad(numbers, 1)
        around = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
        numbers = np.where(mask, np.maximum.reduce([numbers, *around]), 0)
        if mask.any():
            # A pixel takes over what the pixel of its number has: pieces grow by doubling.
            flat = numbers.ravel()
            numbers = np.where(mask, np.maximum(numbers, flat[np.maximum(numbers, 1) - 1]), 0)
        if (numbers == before).all():
            numbers[mask] = np.unique(numbers[mask], return_inverse=True)[1] + 1
            return numbers


def outline(mask: np.ndarray) -> int:
    """Count the sides of pixels between the inside and the outside of `[H, W] bool`."""
    return int((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())


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


@given(
    seed=st.integers(0, 2**63 - 1),
    scene=st.integers(0, 7),
    label=st.sampled_from([MOUNTAIN, TREE, CLOUDS, SEA]),
)
def test_a_stroke_changes_only_what_is_near(seed: int, scene: int, label: int) -> None:
    """While one paints, borders elsewhere do not jump."""
    drawn = resize_nearest(free_hand_doodles(LANDSCAPE)[scene], (128, 128)).copy()
    before = natural_borders(drawn, LANDSCAPE, seed)
    drawn[:16, :16] = label
    after = natural_borders(drawn, LANDSCAPE, seed)
    np.testing.assert_array_equal(before[64:], after[64:])
    np.testing.assert_array_equal(before[:, 64:], after[:, 64:])


LABELS = [label.id for label in LANDSCAPE.labels]


@given(
    labels=st.permutations(LABELS),
    seed=st.integers(0, 2**63 - 1),
    slope=st.floats(-1, 1),
    upright=st.booleans(),
)
def test_nothing_crosses_a_thin_strip(
    labels: list[int], seed: int, slope: float, upright: bool
) -> None:
    """A strip of four pixels stays whole, and what lies on one side stays on it."""
    above, strip, below = labels[:3]
    rows, columns = np.indices((96, 96))
    middle = np.floor(48 + slope * (columns - 48)).astype(int)
    drawn = np.where(rows < middle - 2, above, np.where(rows < middle + 2, strip, below))
    drawn = np.ascontiguousarray(drawn.T if upright else drawn, np.uint8)
    natural = natural_borders(drawn, LANDSCAPE, seed)
    assert not ((natural == above) & (drawn == below)).any()
    assert not ((natural == below) & (drawn == above)).any()
    whole = (natural == strip).any(axis=1 if upright else 0)
    assert (whole == (drawn == strip).any(axis=1 if upright else 0)).all()


@given(label_maps(LANDSCAPE, (64, 96), 1), st.integers(0, 2**63 - 1))
def test_no_island_vanishes(maps: np.ndarray, seed: int) -> None:
    """Whatever was drawn, however small, still has a pixel where it was."""
    drawn = maps[0].astype(np.uint8)
    natural = natural_borders(drawn, LANDSCAPE, seed)
    for label in np.unique(drawn):
        islands = components(drawn == label)
        left = np.unique(islands[(natural == label) & (islands > 0)])
        assert len(left) == islands.max()


@given(
    blobs=st.lists(
        st.tuples(st.integers(0, 95), st.integers(0, 95), st.integers(2, 30), st.integers(2, 30)),
        min_size=1,
        max_size=4,
    ),
    ground=st.sampled_from([GRASS, SNOW, SKY, MOUNTAIN, SEA]),
    foliage=st.sampled_from([TREE, BUSH]),
    seed=st.integers(0, 2**63 - 1),
)
def test_foliage_stands_where_it_was_drawn(
    blobs: list[tuple[int, int, int, int]], ground: int, foliage: int, seed: int
) -> None:
    """The lower edge of trees and bushes stays to the pixel, and they grow over backdrops alone."""
    rows, columns = np.indices((96, 96))
    drawn = np.where(rows < 48, SKY, ground).astype(np.uint8)
    for y, x, height, width in blobs:
        drawn[((rows - y) / height) ** 2 + ((columns - x) / width) ** 2 < 1] = foliage
    natural = natural_borders(drawn, LANDSCAPE, seed)
    edge = (drawn[:-1] == foliage) & (drawn[1:] != foliage)
    assert (natural[:-1][edge] == foliage).all()
    assert (natural[1:][edge] != foliage).all()
    gained = (natural == foliage) & (drawn != foliage)
    assert set(np.unique(drawn[gained])) <= {SKY, MOUNTAIN}


@pytest.mark.parametrize("size", [256, 512])
def test_crowns_are_ragged_with_holes_and_without_specks(size: int) -> None:
    """An egg of a tree gets a longer outline and holes in its rim; nothing floats in the sky."""
    rows, columns = np.indices((size, size)) / size
    egg = ((rows - 0.45) / 0.3) ** 2 + ((columns - 0.5) / 0.25) ** 2 < 1
    drawn = np.where(egg, TREE, np.where(rows < 0.7, SKY, GRASS)).astype(np.uint8)
    holes = 0
    for seed in range(6):
        tree = natural_borders(drawn, LANDSCAPE, seed) == TREE
        assert outline(tree) > 1.3 * outline(egg)
        assert 0.8 < (tree & egg).sum() / (tree | egg).sum() < 0.97
        pieces = components(tree)
        assert np.bincount(pieces.ravel())[1:].min() >= 16
        holes += components(~tree).max() - 1
    assert holes >= 6


@pytest.mark.parametrize("size", [256, 512])
def test_no_trunk_is_cut_from_its_crown(size: int) -> None:
    """A narrow trunk below a thick crown stays whole, however the crown's rim crumbles."""
    rows, columns = np.indices((size, size)) / size
    label_map = np.full((size, size), SKY, np.uint8)
    label_map[rows > 0.5] = GRASS
    crown = (rows - 0.35) ** 2 + (columns - 0.5) ** 2 < 0.18**2
    label_map[crown | ((abs(columns - 0.5) < 0.016) & (rows > 0.4) & (rows < 0.8))] = TREE
    for seed in range(12):
        pieces = components(natural_borders(label_map, LANDSCAPE, seed) == TREE)
        foot, middle = pieces[int(0.79 * size), size // 2], pieces[int(0.35 * size), size // 2]
        assert foot == middle > 0, seed


def test_specks_in_the_sky_are_only_those_that_were_drawn() -> None:
    """In every free-hand doodle foliage and clouds hang together, but for holes in foliage."""
    for doodle in free_hand_doodles(LANDSCAPE):
        drawn = resize_nearest(doodle, (256, 256))
        for seed in range(3):
            natural = natural_borders(drawn, LANDSCAPE, seed)
            for label in {TREE, BUSH, CLOUDS} & set(np.unique(natural).tolist()):
                beside = (natural == label) & ((drawn == label) | (drawn != TREE))
                assert np.bincount(components(beside).ravel())[1:].min() >= 9


def test_clouds_lose_their_smooth_lower_edge() -> None:
    """An ellipse of a cloud ends in no line that could have been drawn with a ruler."""
    rows, columns = np.indices((256, 256))
    ellipse = ((rows - 100) / 40) ** 2 + ((columns - 128) / 90) ** 2 < 1
    drawn = np.where(ellipse, CLOUDS, SKY).astype(np.uint8)
    inner = slice(64, 192)

    def roughness(cloud: np.ndarray) -> float:
        lowest = 255 - np.argmax(cloud[::-1, inner], axis=0)
        return float(np.abs(np.diff(lowest, 2)).mean())

    for seed in range(4):
        assert roughness(natural_borders(drawn, LANDSCAPE, seed) == CLOUDS) > 2 * roughness(ellipse)


def test_larger_pictures_have_the_same_borders() -> None:
    """A picture that is painted again at twice the size keeps its outlines, but for detail."""
    for doodle in free_hand_doodles(LANDSCAPE)[:4]:
        small, large = (
            natural_borders(resize_nearest(doodle, (side, side)), LANDSCAPE, 1)
            for side in (256, 512)
        )
        assert (resize_nearest(small, (512, 512)) == large).mean() > 0.98


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
