"""The region-exact engine for CPUs: a generator's whole forward pass as kernel calls.

Nothing here is approximate: every number is the dense network's up to float rounding.
"""

import copy
from threading import Lock

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from spade.engine.batch import Batch, Size, to_levels
from spade.engine.cpu.gemm import Floats, flat, padded
from spade.engine.cpu.layers import (
    prepare_block,
    prepare_convolution,
    run_block,
    run_convolution,
)
from spade.engine.cpu.neighbourhoods import Neighbourhoods, find_neighbourhoods
from spade.engine.cpu.operands import Feature, Table
from spade.engine.cpu.pool import Pool
from spade.engine.cpu.tables import pattern_sums, place_table
from spade.engine.weights import count_bytes, plain
from spade.model.cells import resize_cells
from spade.model.generator import Generator
from spade.model.noise import draw_noise


class RegionEngine:
    """Paints one item at a time; the kernels use all threads, so calls take turns."""

    def __init__(self, generator: Generator, threads: int | None = None) -> None:
        """Transform and pack the weights; the generator may be dropped afterwards."""
        self._architecture = generator.architecture
        self._pool = Pool(threads or torch.get_num_threads())
        self._lock = Lock()
        edges = self._architecture.instance_edges
        self._symbols = self._architecture.label_channels * (2 if edges else 1)
        self._seed = _prepare_seed(generator)
        # The first block works on a map of a few hundred pixels.
        self._blocks = [
            prepare_block(block, edges, self._pool, direct=index == 0)
            for index, block in enumerate(generator.blocks())
        ]
        self._last = prepare_convolution(generator.conv_img, self._pool)

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""
        return count_bytes([self._blocks, self._last, self._seed.weights])

    def generate(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        with self._lock, torch.inference_mode():
            return torch.cat([self._paint_one(item) for item in batch.split(1)])

    def paint(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return to_levels(self.generate(batch))

    def _paint_one(self, item: Batch) -> Tensor:
        symbols = item.channels[0].numpy().astype(np.int32)
        if item.edges is not None:
            symbols = symbols * 2 + item.edges[0].numpy()
        sizes = self._architecture.block_sizes(item.size)
        noise: list[Tensor | None] = [None] * len(sizes)
        if item.seeds is not None:
            noise = [plane[0] for plane in draw_noise(item.seeds, sizes)]
        found = {size: self._find(symbols, size) for size in dict.fromkeys(sizes)}
        values = self._seed(found[sizes[0]], None if item.z is None else item.z[0])
        before = sizes[0]
        for index, (block, size, plane) in enumerate(zip(self._blocks, sizes, noise, strict=True)):
            up = 0 if size == before else 1
            values = run_block(block, Feature(values, up), found[size], self._pool, plane)
            before = size
            if index == 0:
                before = self._architecture.cells(item.size)
                values = _resized(values, size, before)
        return self._picture(values, before)[None]

    def _picture(self, values: Floats, size: Size) -> Tensor:
        """Return tanh of the last layer, `[3, h, w]`."""
        one = np.concatenate([np.ones(self._last.inputs), np.zeros(self._last.inputs)])
        rows = np.zeros(size[0] * size[1], dtype=np.int32)
        place = Neighbourhoods(*size, rows[:0], rows, rows[:0], rows)
        table = Table(rows, one.astype(np.float32))
        out = run_convolution(self._last, Feature(values), place, table, self._pool)
        pixels = torch.from_numpy(out).view(*size, self._last.outputs)[..., :3]
        return torch.tanh(pixels.permute(2, 0, 1).contiguous())

    def _find(self, symbols: np.ndarray, size: Size) -> Neighbourhoods:
        rows = np.arange(size[0]) * symbols.shape[0] // size[0]
        columns = np.arange(size[1]) * symbols.shape[1] // size[1]
        return find_neighbourhoods(symbols[rows[:, None], columns[None, :]], self._symbols)


class _LabelSeed:
    """The first feature map of a model without a VAE: a 3x3 layer over the labels."""

    def __init__(self, layer: torch.nn.Conv2d, edges: bool) -> None:
        outputs = padded(layer.out_channels)
        self._places = place_table(plain(layer.weight), edges, outputs)
        self._bias = flat(F.pad(plain(layer.bias), (0, outputs - layer.out_channels)))

    @property
    def weights(self) -> list[Floats]:
        """The arrays it holds."""
        return [self._places, self._bias]

    def __call__(self, found: Neighbourhoods, _z: Tensor | None) -> Floats:
        table = pattern_sums(self._places, self._bias, found.inner, False, len(found.inner))
        return table[found.inner_rows].ravel()


class _StyleSeed:
    """The first feature map of a model with a VAE: a linear layer over z."""

    def __init__(self, layer: torch.nn.Linear, channels: int, size: Size) -> None:
        self._layer = copy.deepcopy(layer)
        self._channels = channels
        self._size = size

    @property
    def weights(self) -> list[Floats]:
        """The arrays it holds."""
        return [value.numpy() for value in self._layer.state_dict().values()]

    def __call__(self, found: Neighbourhoods, z: Tensor | None) -> Floats:
        if z is None:
            raise ValueError("a model with a VAE needs z")
        x = self._layer(z[None]).view(1, self._channels, *self._size)
        x = resize_cells(x, (found.height, found.width))
        x = F.pad(x[0].permute(1, 2, 0), (0, padded(self._channels) - self._channels))
        return np.asarray(x.contiguous().numpy().ravel())


def _resized(values: Floats, size: Size, wanted: Size) -> Floats:
    """Resize a map `[h * w * channels]`, as `resize_cells` does."""
    x = torch.from_numpy(values).view(1, *size, -1).permute(0, 3, 1, 2)
    return np.asarray(resize_cells(x, wanted).permute(0, 2, 3, 1).contiguous().numpy().ravel())


def _prepare_seed(generator: Generator) -> _LabelSeed | _StyleSeed:
    architecture = generator.architecture
    if isinstance(generator.fc, torch.nn.Linear):
        return _StyleSeed(generator.fc, 16 * architecture.ngf, architecture.seed_size)
    assert isinstance(generator.fc, torch.nn.Conv2d)
    return _LabelSeed(generator.fc, architecture.instance_edges)
