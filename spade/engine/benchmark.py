"""Measure engines against the dense network: in turn, in one process, with the same weights."""

import statistics
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.engine import Engine
from spade.engine.batch import Batch
from spade.engine.cpu.neighbourhoods import find_neighbourhoods
from spade.engine.device import peak_bytes, reset_peak, wait_for
from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import LabelSet
from spade.model.architecture import Architecture
from spade.model.generator import Generator

LabelMap = npt.NDArray[np.uint8]
MAPS = ("doodle", "coco", "noise")
# Turns before the clock starts: the CUDA engine records its work in the second.
WARM_UP = 2


@dataclass(frozen=True)
class Row:
    """One engine on one batch. Times are medians in seconds, errors are against dense.

    neighbourhoods: distinct ones at full size in the first map.
    error: largest difference in [-1, 1]; within_2: share of pixels at most 2/255 away.
    share: multiply-adds a second of the generator's own convolutions alone, as a share of the
        device's large matrix product.
    """

    label_map: str
    size: tuple[int, int]
    batch: int
    neighbourhoods: int
    engine: str
    seconds: float
    ratio: float
    error: float
    within_2: float
    share: float
    peak_bytes: int

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def random_generator(architecture: Architecture, seed: int = 0) -> Generator:
    """Return a generator with random weights whose pictures have contrast."""
    draw = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        generator = Generator(architecture)
    generator.to_empty(device="cpu")
    for name, value in generator.state_dict().items():
        if name.endswith("weight"):
            value.normal_(0, (0.5 / value[0].numel()) ** 0.5, generator=draw)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 2, generator=draw)
        elif value.is_floating_point():
            value.normal_(0, 0.1, generator=draw)
    return generator.eval().requires_grad_(False)


class Comparison:
    """Engines that take turns, the dense reference among them as `dense`."""

    def __init__(self, engines: dict[str, Engine], device: torch.device, rate: float) -> None:
        """`rate` is `device.matrix_rate` of the device."""
        self._engines = engines
        self._device = device
        self._rate = rate

    def run(self, title: str, batch: Batch, products: int, rounds: int) -> list[Row]:
        """Time all engines on one batch, which takes `products` multiply-adds a picture.

        Their turns interleave, so that whatever else the machine does falls on all of them alike.
        """
        pictures = {name: engine.generate(batch) for name, engine in self._engines.items()}
        seconds: dict[str, list[float]] = {name: [] for name in self._engines}
        peaks: dict[str, int] = dict.fromkeys(self._engines, 0)
        for turn in range(WARM_UP + rounds):
            for name, engine in self._engines.items():
                taken, peak = self._time(engine, batch)
                if turn >= WARM_UP:
                    seconds[name].append(taken)
                    peaks[name] = max(peaks[name], peak)
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        symbols = batch.channels[0].numpy().astype(np.int32)
        rows = len(find_neighbourhoods(symbols, int(symbols.max()) + 1).outer)
        return [
            Row(
                title,
                batch.size,
                len(batch),
                rows,
                name,
                medians[name],
                medians["dense"] / medians[name],
                *_distance(pictures[name], pictures["dense"]),
                products * len(batch) / medians[name] / self._rate,
                peaks[name],
            )
            for name in self._engines
        ]

    def _time(self, engine: Engine, batch: Batch) -> tuple[float, int]:
        reset_peak(self._device)
        wait_for(self._device)
        start = time.perf_counter()
        engine.paint(batch)
        return time.perf_counter() - start, peak_bytes(self._device)


def _distance(a: Tensor, b: Tensor) -> tuple[float, float]:
    """Return the largest difference and the share of pixels within 2/255."""
    apart = (a - b).abs().amax(1)
    return float(apart.max()), float((apart * 127.5 <= 2).float().mean())


def convolution_products(generator: Generator, size: tuple[int, int]) -> int:
    """Count the multiply-adds of the generator's own convolutions, without modulation."""
    total = size[0] * size[1] * generator.conv_img.weight.numel()
    sizes = generator.architecture.block_sizes(size)
    for block, (height, width) in zip(generator.blocks(), sizes, strict=True):
        own = [
            p for name, p in block.named_parameters() if name.startswith("conv_") and p.ndim == 4
        ]
        total += height * width * sum(parameter.numel() for parameter in own)
    return total


def draw_labels(kind: str, size: int, labels: LabelSet, seed: int = 0) -> LabelMap:
    """Draw a square map of one of `MAPS`, `[size, size]` label ids."""
    if kind == "doodle":
        doodles = free_hand_doodles(labels)
        return resize_nearest(doodles[seed % len(doodles)], (size, size))
    if kind == "coco":
        return shapes_like_coco(size, labels, seed)
    return np.random.default_rng(seed).choice(labels.ids, size=(size, size))


def shapes_like_coco(size: int, labels: LabelSet, seed: int = 0) -> LabelMap:
    """Draw a map with as many distinct neighbourhoods as a real COCO-Stuff map has.

    Regions grow round random points; their borders are rough at every scale, as traced ones are.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    for octave in range(3, min(8, size.bit_length())):
        cells = 2**octave
        for axis in (y, x):
            noise = rng.standard_normal((cells, cells)).repeat(size // cells, 0)
            axis += 0.22 / cells * noise.repeat(size // cells, 1)
    points = rng.random((24, 2))
    distance = (y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2
    names: LabelMap = rng.choice(labels.ids[:-1], size=len(points))
    label_map: LabelMap = names[distance.argmin(axis=-1)]
    return label_map
