"""Inference engines: one interface, several ways to compute the same picture."""

from typing import Literal, Protocol

import torch
from torch import Tensor

from spade.generator import Generator

EngineName = Literal["exact", "fast", "dense"]
ENGINES: tuple[EngineName, ...] = ("exact", "fast", "dense")


class Engine(Protocol):
    """Paints one item at a time, so that its neighbours in a batch cannot change a bit of it."""

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""

    def __call__(
        self,
        channels: Tensor,
        edges: Tensor | None,
        z: Tensor | None,
        noise: list[Tensor] | None = None,
    ) -> Tensor:
        """Paint channels `[H, W] int64`, edges `[H, W] bool`, z `[z_dim]`, noise `[h, w]` by block.

        Returns:
            `[3, H, W] float32` in [-1, 1].
        """


def build_engine(name: EngineName, generator: Generator, device: torch.device) -> Engine:
    """Return the engine of this name around a generator's weights."""
    if name != "dense" and device.type == "cpu":
        from spade.engine.region import RegionEngine

        return RegionEngine(generator)
    from spade.engine.plain import PlainEngine

    return PlainEngine(generator.to(device), dense=name == "dense")
