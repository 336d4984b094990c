"""Painters that misbehave, for DOODLESCAPE_PAINTER."""

import os
import signal
from collections.abc import Sequence
from typing import Any

from bench.painters import FlatPainter
from jobs.settings import Settings
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


def broken(model: str, settings: Settings) -> FlatPainter:
    """Fail to load, as with a missing checkpoint."""
    raise ValueError(f"checkpoint {settings.checkpoints_dir / model} is not there")
