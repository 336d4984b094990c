"""What an engine is asked to paint, and pictures as levels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.maps.instances import instance_edges
from spade.maps.labels import LabelSet
from spade.model.architecture import Architecture

Size = tuple[int, int]


@dataclass(frozen=True)
class Batch:
    """Items of one size, on the CPU. What the model does not take is None.

    channels: `[N, H, W] uint8`.
    edges: `[N, H, W] bool` instance edges.
    z: `[N, z_dim] float32`.
    seeds: one integer in [0, 2**63) per item, from which its noise is drawn.
    """

    channels: Tensor
    edges: Tensor | None = None
    z: Tensor | None = None
    seeds: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.channels)

    @property
    def size(self) -> Size:
        """(height, width)."""
        return self.channels.shape[1], self.channels.shape[2]

    def split(self, count: int) -> Iterator["Batch"]:
        """Yield the items as batches of at most `count`."""
        for first in range(0, len(self), count):
            part = slice(first, first + count)
            yield Batch(
                self.channels[part],
                None if self.edges is None else self.edges[part],
                None if self.z is None else self.z[part],
                None if self.seeds is None else self.seeds[part],
            )


def batch_of(
    architecture: Architecture,
    label_set: LabelSet,
    label_maps: npt.NDArray[np.uint8],
    z: Tensor | None,
    seeds: Sequence[int],
) -> Batch:
    """Return what a generator of this architecture wants for label ids `[N, H, W]`.

    The borders between labels are the instance edges, and `seeds` choose the noise, where it
    takes them.
    """
    return Batch(
        torch.from_numpy(label_set.channel_of_id[label_maps].astype(np.uint8)),
        torch.from_numpy(instance_edges(label_maps)) if architecture.instance_edges else None,
        z,
        tuple(seeds) if architecture.noise else None,
    )


def to_levels(pictures: Tensor) -> Tensor:
    """Turn `[N, 3, H, W]` in [-1, 1] into `[N, H, W, 3] uint8`."""
    levels = ((pictures + 1) * 127.5).round_().clamp_(0, 255)
    return levels.permute(0, 2, 3, 1).to(torch.uint8).contiguous()
