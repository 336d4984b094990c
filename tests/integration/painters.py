"""Painters that misbehave, for DOODLESCAPE_PAINTER."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.painters import FlatPainter
from jobs.settings import Settings
from spade.errors import DeviceLostError
from worker.painters import Labels, Painter, Pixels

DEADLY = 66


class KillerPainter(FlatPainter):
    """Take the whole process down when a label map is all 66, as a driver crash would."""

    def paint(
        self,
        label_maps: Sequence[Labels],
        *,
        seeds: Sequence[int],
        style: Sequence[Any],
        borders: Sequence[Any],
    ) -> Pixels:
        """Paint, or die."""
        if any((label_map == DEADLY).all() for label_map in label_maps):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().paint(label_maps, seeds=seeds, style=style, borders=borders)


def killer(model: str, settings: Settings) -> KillerPainter:
    """Load a painter that one label kills."""
    del model, settings
    return KillerPainter()


class LostPainter(FlatPainter):
    """Lose the device at the first batch of a process that finds no file at `LOST_ONCE`."""

    def paint(
        self,
        label_maps: Sequence[Labels],
        *,
        seeds: Sequence[int],
        style: Sequence[Any],
        borders: Sequence[Any],
    ) -> Pixels:
        """Paint, or fail as a GPU that fell off its bus."""
        lost = Path(os.environ["LOST_ONCE"])
        if not lost.exists():
            lost.touch()
            raise DeviceLostError("cuda:0 answers no more: CUDA error: unspecified launch failure")
        return super().paint(label_maps, seeds=seeds, style=style, borders=borders)


def lost(model: str, settings: Settings) -> LostPainter:
    """Load a painter whose device is lost once."""
    del model, settings
    return LostPainter()


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

    def paint(weights: Any, sizes: Any, places: Any, *noise: Any) -> torch.Tensor:
        symbols = places[sizes[-1]].symbols
        if symbols.numel() > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if len(symbols) > 1 and not lost.exists():
            lost.touch()
            vars(engine)["answers"] = lambda _device: False
            raise RuntimeError("CUDA error: unspecified launch failure")
        return whole(weights, sizes, places, *noise)

    vars(session)["paint"] = paint
    folder = settings.checkpoints_dir / model
    painter = load_painter(folder)
    generator = build_generator(load_checkpoint(folder))
    painter._engine = engine.CudaEngine(generator, torch.device("cpu"), torch.float32)
    return painter


def broken(model: str, settings: Settings) -> FlatPainter:
    """Fail to load, as with a missing checkpoint."""
    raise ValueError(f"checkpoint {settings.checkpoints_dir / model} is not there")
