"""Every double that stands for a painter; those loaded by name are for DOODLESCAPE_PAINTER.

All paint each label as its grey, as `bench.painters.FlatPainter` does, until they do what they are
there for.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.painters import FlatPainter
from jobs.settings import Settings
from spade.errors import DeviceLostError
from worker.painters import Labels, Painter, Pixels

#: The label that no faulty painter can paint, and the red that none can trace.
BAD = 66


class OutOfMemoryError(RuntimeError):
    """Stand for torch's error of this name."""


class HookedPainter(FlatPainter):
    """Call `before(label_maps)` ahead of each batch; what it raises, the batch raises."""

    def __init__(self, before: Callable[[Sequence[Labels]], object]) -> None:
        super().__init__()
        self._before = before

    def paint(self, label_maps: Sequence[Labels], **asked: Any) -> Pixels:
        """Paint, unless the hook objects."""
        self._before(label_maps)
        return super().paint(label_maps, **asked)


class GatedPainter(HookedPainter):
    """Paint a batch only when the test opens the gate; `begun` are the sizes of the batches."""

    def __init__(self) -> None:
        super().__init__(self._wait)
        self.gate = threading.Semaphore(0)
        self.begun: list[int] = []

    def _wait(self, label_maps: Sequence[Labels]) -> None:
        self.begun.append(len(label_maps))
        assert self.gate.acquire(timeout=60)


class FaultyPainter(HookedPainter):
    """Refuse BAD labels and photos, and more items at once than `room`; note each call's items."""

    def __init__(self, room: int = 100) -> None:
        super().__init__(self._check)
        self.room = room
        self.calls: list[int] = []

    def _check(self, label_maps: Sequence[Labels]) -> None:
        self.calls.append(len(label_maps))
        if len(label_maps) > self.room:
            raise OutOfMemoryError
        if any((label_map == BAD).any() for label_map in label_maps):
            raise RuntimeError("shape mismatch")

    def trace(self, photo: Pixels, size: tuple[int, int]) -> Labels:
        """Return a photo's red as labels, of `size` where the photo is large enough."""
        if (photo == BAD).any():
            raise RuntimeError("shape mismatch")
        return photo[: size[0], : size[1], 0]


class ShortPainter(FlatPainter):
    """Return one small picture, whatever was asked."""

    def paint(self, label_maps: Sequence[Labels], **asked: Any) -> Pixels:
        """Return too little."""
        del label_maps, asked
        return np.zeros((1, 4, 4, 3), dtype=np.uint8)


def refusing(error: Exception) -> HookedPainter:
    """Return a painter that raises this error at every batch."""

    def refuse(_label_maps: Sequence[Labels]) -> None:
        raise error

    return HookedPainter(refuse)


def killer(model: str, settings: Settings) -> HookedPainter:
    """Load a painter that takes the process down at a map all BAD, as a driver crash would."""
    del model, settings

    def die(label_maps: Sequence[Labels]) -> None:
        if any((label_map == BAD).all() for label_map in label_maps):
            os.kill(os.getpid(), signal.SIGKILL)

    return HookedPainter(die)


def lost(model: str, settings: Settings) -> HookedPainter:
    """Load a painter whose device is lost at the first batch, if there is no file `LOST_ONCE`."""
    del model, settings

    def lose(_label_maps: Sequence[Labels]) -> None:
        before = Path(os.environ["LOST_ONCE"])
        if not before.exists():
            before.touch()
            raise DeviceLostError("cuda:0 answers no more: CUDA error: unspecified launch failure")

    return HookedPainter(lose)


def slow_to_load(model: str, settings: Settings) -> FlatPainter:
    """Load, in LOAD_S seconds, a painter that says that its weights take two bytes."""
    del model, settings
    time.sleep(float(os.environ["LOAD_S"]))
    painter = FlatPainter()
    vars(painter)["weight_bytes"] = 2
    return painter


def card(model: str, settings: Settings) -> Painter:
    """Load a model into the CUDA engine, on a CPU, with the faults of a card.

    At most CARD_ROOM pixels fit. Where CARD_LOST names a file that is not there, the first batch
    of several makes it and finds the card gone.
    """
    import torch

    from spade import load_painter
    from spade.engine.cuda import engine, session
    from spade.model.checkpoint import build_generator, load_checkpoint

    whole: Callable[..., torch.Tensor] = vars(session)["paint"]
    room = int(os.environ["CARD_ROOM"])
    lost = Path(os.environ.get("CARD_LOST", "/"))

    def paint(weights: Any, sizes: Any, cells: Any, places: Any, *noise: Any) -> torch.Tensor:
        symbols = places[sizes[-1]].symbols
        if symbols.numel() > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if len(symbols) > 1 and not lost.exists():
            lost.touch()
            vars(engine)["answers"] = lambda _device: False
            raise RuntimeError("CUDA error: unspecified launch failure")
        return whole(weights, sizes, cells, places, *noise)

    vars(session)["paint"] = paint
    folder = settings.checkpoints_dir / model
    painter = load_painter(folder)
    generator = build_generator(load_checkpoint(folder))
    painter._engine = engine.CudaEngine(generator, torch.device("cpu"), torch.float32)
    return painter


def broken(model: str, settings: Settings) -> FlatPainter:
    """Fail to load, as with a missing checkpoint."""
    raise ValueError(f"checkpoint {settings.checkpoints_dir / model} is not there")


def broken_two(model: str, settings: Settings) -> FlatPainter:
    """Load model `two` when the file BREAK_TWO is there, and fail to; others at once."""
    if model == "two":
        while not Path(os.environ["BREAK_TWO"]).exists():
            time.sleep(0.02)
        return broken(model, settings)
    return FlatPainter()
