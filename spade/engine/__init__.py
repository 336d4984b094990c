"""Inference engines: one interface, several ways to compute the same picture."""

from typing import Literal, Protocol

import torch
from torch import Tensor

from spade.engine.batch import Batch
from spade.generator import Generator

EngineName = Literal["exact", "fast", "dense"]
ENGINES: tuple[EngineName, ...] = ("exact", "fast", "dense")


class Engine(Protocol):
    """Paints batches of one size. Safe to call from several threads."""

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""

    def generate(self, batch: Batch) -> Tensor:
        """Return `[N, 3, H, W] float32` in [-1, 1], on the CPU."""

    def paint(self, batch: Batch) -> Tensor:
        """Return `[N, H, W, 3] uint8`, on the CPU."""


def build_engine(name: EngineName, generator: Generator, device: torch.device) -> Engine:
    """Return the engine of this name around a generator's weights."""
    if name != "dense" and device.type == "cpu":
        from spade.engine.region import RegionEngine

        return RegionEngine(generator)
    from spade.engine.plain import PlainEngine

    return PlainEngine(generator.to(device), dense=name == "dense")
