"""Sizes other than the native one: no seams, the same picture in every engine."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from spade import load_painter
from spade.engine import Engine
from spade.engine.batch import Batch
from spade.engine.cpu.region import RegionEngine
from spade.engine.cuda.engine import CudaEngine
from spade.engine.plain import PlainEngine
from spade.model.architecture import Architecture
from spade.model.cells import resize_cells
from spade.model.generator import Generator
from tests.spade.test_parity import ARCHITECTURES, batch_of, generator_of
from tests.spade.tiny import draw_map, landscape, random_state

ROOT = Path(__file__).resolve().parents[2]
ENGINES: dict[str, Callable[[Generator], Engine]] = {
    "dense": lambda generator: PlainEngine(generator, dense=True),
    "cpu": RegionEngine,
    "cuda": lambda generator: CudaEngine(generator, torch.device("cpu"), torch.float32),
}
CELL = 32  # pixels of the picture per cell of the first feature map


def batch(architecture: Architecture, kind: str, size: tuple[int, int]) -> Batch:
    """Draw one item for a model with styles."""
    z = torch.randn(1, architecture.z_dim, generator=torch.Generator().manual_seed(1))
    seeds = (3,) if architecture.noise else None
    return Batch(batch_of(draw_map(landscape(), size, kind, 7)[None]).channels, None, z, seeds)


@pytest.mark.parametrize("name", ["vae", "noise"])
@pytest.mark.parametrize("size", [(128, 128), (256, 96), (32, 64)])
def test_every_engine_paints_the_same_picture_at_other_sizes(
    name: str, size: tuple[int, int]
) -> None:
    """Above and below the native size of 64 the engines stay within 1e-4 of the dense network."""
    generator = generator_of(name)
    item = batch(ARCHITECTURES[name], "blobs", size)
    wanted = ENGINES["dense"](generator).generate(item)

    for engine in ("cpu", "cuda"):
        got = ENGINES[engine](generator).generate(item)
        assert float((got - wanted).abs().max()) <= 1e-4, engine


@pytest.mark.parametrize("engine", ENGINES)
def test_a_flat_map_has_no_seams_above_the_native_size(engine: str) -> None:
    """Where two native cells meet in a picture of four times the size, nothing jumps."""
    architecture = Architecture(18, ngf=4, crop_size=128, use_vae=True, z_dim=8)
    generator = Generator(architecture)
    generator.load_state_dict(random_state(architecture))
    generator.eval().requires_grad_(False)
    side = 4 * architecture.crop_size

    picture = ENGINES[engine](generator).generate(batch(architecture, "flat", (side, side)))[0]

    for axis in (1, 2):
        steps = np.abs(np.diff(picture.numpy(), axis=axis)).mean(axis=(0, 3 - axis))
        across_cells = steps[CELL - 1 :: CELL]
        for seam in (3, 7, 11):  # between four cells each, where native ones met
            nearby = across_cells[[seam - 1, seam + 1]].mean()
            assert across_cells[seam] <= 1.6 * nearby, (axis, seam)


@pytest.mark.parametrize("look", ["d43db540", "3534123c"])
def test_a_large_meadow_is_as_green_as_a_small_one(look: str) -> None:
    """Far from all borders, where the first block never was, a picture keeps its look's colours."""
    painter = load_painter(ROOT / "checkpoints" / "landscape", engine="fast")
    ids = {label.name: label.id for label in painter.label_set.labels}
    label_map = np.full((1, 512, 512), ids["grass"], dtype=np.uint8)
    label_map[:, :280] = ids["hill"]
    label_map[:, :200] = ids["sky-other"]

    meadow = painter.paint(label_map, seeds=[1], look=look)[0][label_map[0] == ids["grass"]]

    red, green = meadow[:, 0].astype(int), meadow[:, 1].astype(int)
    assert (red > green + 40).mean() <= 0.1


@pytest.mark.parametrize("size", [(9, 16), (64, 8), (32, 32)])
def test_cells_along_a_border_stay_along_it(size: tuple[int, int]) -> None:
    """The outer rows and columns, which make up for the border, are not enlarged."""
    cells = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    enlarged = resize_cells(cells, size)
    for rows in (slice(1), slice(-1, None)):
        for columns in (slice(1), slice(-1, None)):
            torch.testing.assert_close(enlarged[..., rows, columns], cells[..., rows, columns])
    assert float(enlarged.abs().max()) <= 1.5 * float(cells.abs().max())


def test_at_its_own_size_a_map_is_the_same_bits() -> None:
    """Models are painted as they were published at their own size; smaller ones keep the mean."""
    cells = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    assert resize_cells(cells, (8, 8)) is cells
    flat = torch.ones(1, 1, 8, 8)
    for size in ((4, 4), (3, 20), (64, 64)):
        torch.testing.assert_close(resize_cells(flat, size), torch.ones(1, 1, *size))
