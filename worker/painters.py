"""What the worker needs of a painter, and how one is loaded."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import spade
from jobs.settings import Settings

Labels = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.uint8]


class Look(Protocol):
    """Name a look of a painter."""

    @property
    def id(self) -> str:
        """Return its id."""


class Painter(Protocol):
    """Turn label maps into pictures; `spade.Painter` is one, DOODLESCAPE_PAINTER names another."""

    def warm_up(self) -> None:
        """Paint once, so that the first job is not slower than the rest."""

    def paint(
        self,
        label_maps: Sequence[Labels],
        *,
        seeds: Sequence[int],
        style: Sequence[Any],
        borders: Sequence[Any],
        look: Sequence[str | None],
    ) -> Pixels:
        """Paint `[H, W] uint8` label maps of one size as `[N, H, W, 3] uint8 RGB`.

        One seed per map; each style is a preset's name, an `[h, w, 3] uint8 RGB` picture or None;
        borders are `drawn` or `natural`; looks are those that `choose_looks` gave.
        """

    def choose_looks(
        self,
        label_maps: Sequence[Labels],
        *,
        seeds: Sequence[int],
        style: Sequence[Any],
        look: Sequence[str | None],
    ) -> Sequence[str | None]:
        """Return each map's look: the one asked for by its id, else the choice of the painter."""

    def fitting_looks(self, label_map: Labels, count: int, style: str | None) -> Sequence[Look]:
        """Return up to `count` looks that suit a label map; a preset as `style` narrows them."""

    def trace(self, photo: Pixels, size: tuple[int, int]) -> Labels:
        """Trace an `[H, W, 3] uint8 RGB` photo: `[h, w] uint8` label ids, (h, w) being `size`."""


def load_painter(model: str, settings: Settings) -> Painter:
    """Load one model's painter: the callable DOODLESCAPE_PAINTER names, else `spade`'s.

    Raises:
        Exception: whatever the loader raises; its text is for the operator.
    """
    if settings.painter:
        return _plugged(settings.painter)(model, settings)
    device = _device(settings.device)
    if device.startswith("cuda") and settings.device_memory_bytes:
        from spade.engine.cuda.engine import limit_memory

        limit_memory(device, settings.device_memory_bytes)
    painter: Painter = spade.load_painter(
        settings.checkpoints_dir / model, device, settings.engine, dtype=settings.dtype
    )
    return painter


def device_of(painter: Painter) -> str:
    """Name the device that a painter paints on; cpu when it does not say."""
    return str(getattr(painter, "device", "cpu"))


def weight_bytes_of(painter: Painter) -> int:
    """Return the memory of a painter's weights, bytes; 0 when it does not say."""
    return int(getattr(painter, "weight_bytes", 0))


def native_pixels_of(painter: Painter) -> int | None:
    """Return the pixels of a picture of the painter's own size; None when it does not say."""
    height, width = getattr(painter, "native_size", (0, 0))
    return height * width or None


def release_device_memory() -> None:
    """Return cached device memory back, when torch with CUDA is loaded."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _plugged(path: str) -> Callable[[str, Settings], Painter]:
    module, colon, name = path.partition(":")
    if not colon:
        raise ValueError(f"DOODLESCAPE_PAINTER={path!r} is not module:callable")
    plug: Callable[[str, Settings], Painter] = getattr(import_module(module), name)
    return plug


def _device(wanted: str) -> str:
    if "," in wanted:
        raise ValueError(f"DEVICE is {wanted}: start one worker for each, as ./start does")
    if wanted != "auto":
        return wanted
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
