"""Painters that misbehave, for DOODLESCAPE_PAINTER."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.painters import FlatPainter
from jobs.settings import Settings
from spade.faults import DeviceLostError
from worker.painters import Labels, Pixels

DEADLY = 66


class KillerPainter(FlatPainter):
    """Take the whole process down when a label map is all 66, as a driver crash would."""

    def paint(
        self, label_maps: Sequence[Labels], *, seeds: Sequence[int], style: Sequence[Any]
    ) -> Pixels:
        """Paint, or die."""
        if any((label_map == DEADLY).all() for label_map in label_maps):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().paint(label_maps, seeds=seeds, style=style)


def killer(model: str, settings: Settings) -> KillerPainter:
    """Load a painter that one label kills."""
    del model, settings
    return KillerPainter()


class LostPainter(FlatPainter):
    """Lose the device at the first batch of a process that finds no file at `LOST_ONCE`."""

    def paint(
        self, label_maps: Sequence[Labels], *, seeds: Sequence[int], style: Sequence[Any]
    ) -> Pixels:
        """Paint, or fail as a GPU that fell off its bus."""
        lost = Path(os.environ["LOST_ONCE"])
        if not lost.exists():
            lost.touch()
            raise DeviceLostError("cuda:0 answers no more: CUDA error: unspecified launch failure")
        return super().paint(label_maps, seeds=seeds, style=style)


def lost(model: str, settings: Settings) -> LostPainter:
    """Load a painter whose device is lost once."""
    del model, settings
    return LostPainter()


def broken(model: str, settings: Settings) -> FlatPainter:
    """Fail to load, as with a missing checkpoint."""
    raise ValueError(f"checkpoint {settings.checkpoints_dir / model} is not there")
