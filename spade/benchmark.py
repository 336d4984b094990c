"""Measure engines against the dense network: in turn, in one process, with the same weights."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.architecture import Architecture
from spade.doodles import free_hand_doodles
from spade.engine import Engine, EngineName, build_engine
from spade.engine.batch import Batch
from spade.engine.patterns import find_neighbourhoods
from spade.generator import Generator
from spade.labelmap import resize_nearest
from spade.labels import LabelSet

LabelMap = npt.NDArray[np.uint8]
MAPS = ("doodle", "coco", "noise")


@dataclass(frozen=True)
class Row:
    """One engine on one map. Times are medians in seconds, `error` is against dense."""

    label_map: str
    size: tuple[int, int]
    neighbourhoods: int
    engine: str
    seconds: float
    ratio: float
    error: float
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


def compare(
    generator: Generator,
    names: list[EngineName],
    label_maps: dict[str, Tensor],
    rounds: int,
    report: Callable[[Row], None],
) -> list[Row]:
    """Time engines in turn on each map (channels `[H, W] uint8`), dense among them.

    The turns interleave, so that whatever else the machine does falls on all of them alike.
    """
    engines = {name: build_engine(name, generator, torch.device("cpu")) for name in names}
    rows = []
    for title, channels in label_maps.items():
        for row in _compare_one(engines, title, channels, rounds):
            report(row)
            rows.append(row)
    return rows


def _compare_one(
    engines: dict[EngineName, Engine], title: str, channels: Tensor, rounds: int
) -> list[Row]:
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    peaks: dict[str, int] = dict.fromkeys(engines, 0)
    pictures: dict[str, Tensor] = {}
    for turn in range(rounds + 1):
        for name, engine in engines.items():
            reset_peak()
            start = time.perf_counter()
            pictures[name] = engine.generate(Batch(channels[None]))
            if turn:  # the first turn warms up
                seconds[name].append(time.perf_counter() - start)
                peaks[name] = max(peaks[name], peak_bytes())
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    found = find_neighbourhoods(channels.numpy().astype(np.int32), int(channels.max()) + 1)
    return [
        Row(
            title,
            (channels.shape[0], channels.shape[1]),
            len(found.outer),
            name,
            medians[name],
            medians["dense"] / medians[name],
            float((pictures[name] - pictures["dense"]).abs().max()),
            peaks[name],
        )
        for name in engines
    ]


def matrix_rate(side: int = 2048) -> float:
    """Return the multiply-adds a second of a large float32 matrix product."""
    a, b = torch.randn(side, side), torch.randn(side, side)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        torch.mm(a, b)
        times.append(time.perf_counter() - start)
    return side**3 / min(times)


def convolution_products(generator: Generator, size: tuple[int, int]) -> int:
    """Count the multiply-adds of the generator's own convolutions, without modulation."""
    stride = generator.architecture.stride
    height, width = size[0] // stride, size[1] // stride
    total = 0
    doublings = {"G_middle_0", "up_0", "up_1", "up_2", "up_3", "up_4"}
    if generator.architecture.num_upsampling_layers != "normal":
        doublings.add("G_middle_1")
    for name, child in generator.named_children():
        if name in doublings:
            height, width = 2 * height, 2 * width
        own = [p for key, p in child.named_parameters() if _is_own(name, key) and p.ndim == 4]
        total += height * width * sum(parameter.numel() for parameter in own)
    return total


def _is_own(child: str, parameter: str) -> bool:
    return child == "conv_img" or parameter.startswith("conv_")


def draw_labels(kind: str, size: int, labels: LabelSet) -> LabelMap:
    """Draw a square map of one of `MAPS`, `[size, size]` label ids."""
    if kind == "doodle":
        return resize_nearest(free_hand_doodles(labels)[0], (size, size))
    if kind == "coco":
        return shapes_like_coco(size, labels)
    return np.random.default_rng(0).choice(labels.ids, size=(size, size))


def shapes_like_coco(size: int, labels: LabelSet, seed: int = 0) -> LabelMap:
    """Draw a map with as many distinct neighbourhoods as a real COCO-Stuff map has.

    Regions grow round random points; their borders are rough at every scale, as traced ones are.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    for octave in range(3, 8):
        cells = 2**octave
        for axis in (y, x):
            noise = rng.standard_normal((cells, cells)).repeat(size // cells, 0)
            axis += 0.22 / cells * noise.repeat(size // cells, 1)
    points = rng.random((24, 2))
    distance = (y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2
    names: LabelMap = rng.choice(labels.ids[:-1], size=len(points))
    label_map: LabelMap = names[distance.argmin(axis=-1)]
    return label_map


def reset_peak() -> None:
    """Let the peak of resident memory start again from now, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_bytes() -> int:
    """Return the peak of resident memory since the last reset, or ever."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
