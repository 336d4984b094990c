"""The CUDA engine on a real GPU: streams, recordings, memory and the bounds of each dtype."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from spade.engine.batch import Batch
from spade.engine.cpu.region import RegionEngine
from spade.engine.cuda import engine as cuda
from spade.engine.cuda.engine import CudaEngine, limit_memory
from spade.engine.plain import PlainEngine
from spade.painter import load_painter
from tests.spade.test_cuda_engine import NAMES, batch_of, half_precision_batch, largest
from tests.spade.test_parity import ARCHITECTURES, generator_of
from tests.spade.tiny import draw_map, landscape, save_tiny

pytestmark = pytest.mark.gpu
GPU = torch.device("cuda")


@pytest.mark.parametrize("name", NAMES)
def test_float32_is_the_dense_network_on_the_cpu(name: str) -> None:
    """Run, recorded and replayed, float32 is within 1e-4 of the network as published."""
    engine = CudaEngine(generator_of(name), GPU, torch.float32)
    dense = PlainEngine(generator_of(name), dense=True)
    for seed in range(4):
        for kinds in (["blobs", "islands", "stripes"], ["noise"], ["blobs", "noise"]):
            batch = batch_of(name, kinds, seed)
            assert largest(engine.generate(batch), dense.generate(batch)) <= 1e-4, (seed, kinds)


@pytest.mark.parametrize("kind", ["doodle", "coco", "noise"])
def test_half_precision_is_near_enough(kind: str) -> None:
    """float16 stays within 2/255 on 99.9 % of pixels and 8/255 anywhere, recorded or not."""
    generator, batch = half_precision_batch(kind, 256)
    wanted = RegionEngine(generator).generate(batch)
    engine = CudaEngine(generator, GPU, torch.float16)
    for _ in range(3):
        levels = (engine.generate(batch) - wanted).abs().amax(1) * 127.5
        assert float((levels <= 2).float().mean()) >= 0.999
        assert float(levels.max()) <= 8


def test_a_style_picture_is_read_as_on_the_cpu(tmp_path: Path) -> None:
    """In float32 the style encoder and the dense engine keep clear of TF32 too."""
    folder = save_tiny(tmp_path / "vae", ARCHITECTURES["vae"], encoder=True)
    maps = draw_map(landscape(), (64, 64), "blobs", 1)[None]
    style = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    wanted = load_painter(folder).generate(maps, style=style)
    for painter in (
        load_painter(folder, "cuda", dtype="float32"),
        load_painter(folder, "cuda", "dense"),
    ):
        assert np.abs(painter.generate(maps, style=style) - wanted).max() <= 1e-4


def test_parts_of_a_long_batch_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one part is fetched the next is computed, and neither sees the other's pixels."""
    monkeypatch.setattr(cuda, "MOST_PIXELS", 2 * 64 * 64)
    engine = CudaEngine(generator_of("noise"), GPU, torch.float32)
    batch = batch_of("noise", ["blobs", "noise", "islands", "flat", "stripes", "checks"] * 4)
    alone = torch.cat([engine.generate(item) for item in batch.split(1)])
    for _ in range(5):
        assert largest(engine.generate(batch), alone) <= 1e-4


def test_recordings_of_many_shapes_do_not_disturb_each_other() -> None:
    """All recordings share one pool of memory: each still paints its own pictures."""
    engine = CudaEngine(generator_of("plain"), GPU, torch.float32)
    dense = PlainEngine(generator_of("plain"), dense=True)
    kinds = ["blobs", "noise", "islands", "flat"]
    batches = [batch_of("plain", kinds[:count], count) for count in (1, 2, 3, 4)]
    sides = [Batch(batch.channels[:, :side, :side].contiguous()) for batch in batches
             for side in (32, 64)]  # fmt: skip
    wanted = [dense.generate(batch) for batch in sides]
    for _ in range(4):
        for batch, picture in zip(sides, wanted, strict=True):
            assert largest(engine.generate(batch), picture) <= 1e-4


def test_a_batch_beyond_the_memory_says_so_and_smaller_ones_paint(tmp_path: Path) -> None:
    """The limit of this process is kept: what is beyond is out of memory, and nothing is lost."""
    painter = load_painter(save_tiny(tmp_path / "plain", ARCHITECTURES["plain"]), "cuda")
    maps = draw_map(landscape(), (64, 64), "noise", 1)[None]
    picture = painter.paint(maps)
    total = torch.cuda.get_device_properties(GPU).total_memory
    huge = Batch(torch.zeros(1, 4096, 4096, dtype=torch.uint8))
    try:
        limit_memory(GPU, torch.cuda.memory_reserved() + 2**25)
        with pytest.raises(torch.OutOfMemoryError):
            painter._engine.paint(huge)
        assert np.abs(painter.paint(maps).astype(int) - picture).max() <= 1
    finally:
        limit_memory(GPU, total)


def test_what_was_given_back_is_recorded_anew() -> None:
    """A pool of memory that lost its last recording is given back; the next one gets another."""
    engine = CudaEngine(generator_of("noise"), GPU, torch.float32)
    batch = batch_of("noise", ["blobs", "islands"])
    picture = engine.generate(batch)
    held = []
    for _ in range(3):
        for _ in range(3):
            assert largest(engine.generate(batch), picture) <= 1e-5
        cuda.release_all()
        held.append(torch.cuda.memory_reserved())
    assert held[-1] <= held[0]


def test_two_engines_in_two_threads() -> None:
    """Recordings of one and calls of the other go on beside each other."""
    engines = [CudaEngine(generator_of(name), GPU, torch.float32) for name in ("plain", "noise")]
    batches = [batch_of("plain", ["blobs", "noise"]), batch_of("noise", ["islands"])]
    wanted = [engine.generate(batch) for engine, batch in zip(engines, batches, strict=True)]

    def paint(number: int) -> float:
        pictures = [engines[number].generate(batches[number]) for _ in range(20)]
        return max(largest(picture, wanted[number]) for picture in pictures)

    with ThreadPoolExecutor(2) as threads:
        assert max(threads.map(paint, range(2))) <= 1e-5


def test_two_models_take_turns_on_one_gpu() -> None:
    """Two engines in one process paint what each paints alone."""
    first, second = (
        CudaEngine(generator_of(name), GPU, torch.float32) for name in ("plain", "vae")
    )
    batches = [batch_of("plain", ["blobs"]), batch_of("vae", ["blobs"])]
    alone = [first.generate(batches[0]), second.generate(batches[1])]
    for _ in range(4):
        assert largest(first.generate(batches[0]), alone[0]) <= 1e-5
        assert largest(second.generate(batches[1]), alone[1]) <= 1e-5
