"""Inference engines: one interface, several ways to compute the same picture."""

from typing import Literal, Protocol

import torch
from torch import Tensor

from spade.engine.batch import Batch
from spade.model.generator import Generator, PaintingNetwork

EngineName = Literal["exact", "fast", "dense"]
ENGINES: tuple[EngineName, ...] = ("exact", "fast", "dense")
# What numbers an engine computes with: auto is float32 on a CPU and float16 on a GPU.
DtypeName = Literal["auto", "float32", "float16", "bfloat16"]
DTYPES: dict[DtypeName, torch.dtype] = {
    "auto": torch.float16,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


class Engine(Protocol):
    """Paints batches of one size. Safe to call from several threads."""

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""

    def generate(self, batch: Batch) -> Tensor:
        """Return `[N, 3, H, W] float32` in [-1, 1], on the CPU."""

    def paint(self, batch: Batch) -> Tensor:
        """Return `[N, H, W, 3] uint8`, on the CPU."""


def build_engine(
    name: EngineName, generator: PaintingNetwork, device: torch.device, dtype: DtypeName = "auto"
) -> Engine:
    """Return the engine of this name around a generator's weights.

    Networks other than SPADE's are painted densely, whatever the name.

    Raises:
        ValueError: the engine does not compute in this dtype there.
    """
    dense = name == "dense" or not isinstance(generator, Generator)
    if isinstance(generator, Generator) and not dense and device.type == "cuda":
        from spade.engine.cuda.engine import CudaEngine

        return CudaEngine(generator, device, DTYPES[dtype])
    if dtype not in ("auto", "float32"):
        raise ValueError(f"engine '{name}' on {device} computes in float32 only, not {dtype}")
    if isinstance(generator, Generator) and not dense and device.type == "cpu":
        from spade.engine.cpu.region import RegionEngine

        return RegionEngine(generator)
    from spade.engine.plain import PlainEngine

    return PlainEngine(
        generator.to(device),
        dense=True if not isinstance(generator, Generator) else name == "dense",
    )
