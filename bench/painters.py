"""Painters that cost nothing or exactly what they are told, to time everything around the model.

Plugged in by DOODLESCAPE_PAINTER=bench.painters:idle (or :sleeper, with BENCH_BATCH_S seconds a
batch and BENCH_ITEM_S seconds a picture).
"""

import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from jobs.settings import Settings
from worker.painters import Labels, Look, Pixels


class FlatPainter:
    """Paint every pixel in its label's grey, after sleeping for the time that was asked."""

    def __init__(self, batch_s: float = 0.0, item_s: float = 0.0) -> None:
        self._batch_s = batch_s
        self._item_s = item_s

    def warm_up(self) -> None:
        """Sleep like one picture."""
        time.sleep(self._batch_s + self._item_s)

    def paint(
        self,
        label_maps: Sequence[Labels],
        *,
        seeds: Sequence[int],
        style: Sequence[Any],
        borders: Sequence[Any],
        look: Sequence[str | None],
    ) -> Pixels:
        """Return `[N, H, W, 3] uint8`: the label ids as grey levels."""
        if wait_s := self._batch_s + self._item_s * len(seeds):
            time.sleep(wait_s)
        assert len(label_maps) == len(seeds) == len(style) == len(borders) == len(look)
        return np.repeat(np.stack(label_maps)[..., None], 3, axis=3)

    def choose_looks(
        self,
        label_maps: Sequence[Labels],
        *,
        seeds: Sequence[int],
        style: Sequence[Any],
        look: Sequence[str | None],
    ) -> Sequence[str | None]:
        """Return the looks that were asked for: greys have none of their own."""
        assert len(label_maps) == len(seeds) == len(style) == len(look)
        return look

    def fitting_looks(self, label_map: Labels, count: int, style: str | None) -> Sequence[Look]:
        """Return no look."""
        del label_map, count, style
        return ()

    def trace(self, photo: Pixels, size: tuple[int, int]) -> Labels:
        """Return the red of a photo of that size as label ids, after sleeping like one picture."""
        if wait_s := self._batch_s + self._item_s:
            time.sleep(wait_s)
        assert photo.shape == (*size, 3)
        return np.ascontiguousarray(photo[..., 0])


def idle(model: str, settings: Settings) -> FlatPainter:
    """Load a painter that costs nothing."""
    del model, settings
    return FlatPainter()


def sleeper(model: str, settings: Settings) -> FlatPainter:
    """Load a painter that sleeps BENCH_BATCH_S per batch and BENCH_ITEM_S per picture."""
    del model, settings
    return FlatPainter(
        float(os.environ.get("BENCH_BATCH_S", "0")), float(os.environ.get("BENCH_ITEM_S", "0"))
    )
