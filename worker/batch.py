"""Paint or trace one batch: a bad item fails alone, and a full device memory only slows it down."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from jobs.job import Job
from spade.errors import DeviceLostError
from worker.inputs import DoodleItem, Failure, Item, PhotoItem, Result
from worker.painters import Labels, Painter, Pixels, release_device_memory

log = structlog.get_logger(__name__)


@dataclass
class BatchLimit:
    """Say how much of a model one call may paint: `items` pictures, `pixels` in all.

    `pixels` shrinks when the device runs out of memory, so that large pictures come in smaller
    batches and small ones need not. `size` is that of the batch painted last, (height, width).
    """

    items: int
    pixels: int = sys.maxsize
    size: tuple[int, int] = (1, 1)

    @property
    def pictures(self) -> int:
        """Return the most pictures, of the size painted last, that one call may paint."""
        height, width = self.size
        return max(1, min(self.items, self.pixels // (height * width)))

    def halve(self, tried: int) -> None:
        """Allow half of the pictures that were tried."""
        height, width = self.size
        self.pixels = max(1, tried // 2) * height * width


class BatchPainter:
    """Paint items of one size with one model's painter, splitting the batch when it fails.

    `limit` belongs to the model: it stays when the model leaves the memory and comes back.
    """

    def __init__(self, painter: Painter, limit: BatchLimit) -> None:
        self._painter = painter
        self._limit = limit

    def paint(self, items: Sequence[Item]) -> list[Result]:
        """Return each item its `[H, W, 3] uint8 RGB` picture or its failure, in order.

        A photo's is its `[H, W] uint8` label map; a batch has paintings or photos, never both.

        Raises:
            DeviceLostError: the device is gone, for every other batch too.
        """
        out: list[Result] = []
        at = 0
        self._limit.size = items[0].job.size if items else self._limit.size
        while at < len(items):
            part = items[at : at + self._limit.pictures]
            try:
                results: Iterable[Result] = self._call(part)
            except DeviceLostError:
                raise
            except Exception as error:
                if is_out_of_memory(error) and len(part) > 1:
                    self._limit.halve(len(part))
                    log.warning(
                        "out of memory; smaller batches from now on",
                        tried=len(part),
                        limit=self._limit.pictures,
                    )
                    release_device_memory()
                    continue
                results = self._one_by_one(part, error)
            out.extend(results)
            at += len(part)
        return out

    def _one_by_one(self, part: Sequence[Item], error: Exception) -> list[Result]:
        if len(part) == 1:
            return [_failure(part[0], error)]
        log.warning("batch failed; painting one by one", pictures=len(part), reason=repr(error))
        return [self._alone(item) for item in part]

    def _alone(self, item: Item) -> Result:
        try:
            return next(iter(self._call([item])))
        except DeviceLostError:
            raise
        except Exception as error:
            return _failure(item, error)

    def _call(self, items: Sequence[Item]) -> list[Pixels]:
        if photos := [item for item in items if isinstance(item, PhotoItem)]:
            return [self._trace(item) for item in photos]
        return self._paint([item for item in items if isinstance(item, DoodleItem)])

    def _paint(self, items: Sequence[DoodleItem]) -> list[Pixels]:
        pictures = self._painter.paint(
            [item.label_map for item in items],
            seeds=[item.seed for item in items],
            style=[item.style for item in items],
            borders=[item.borders for item in items],
        )
        height, width = items[0].job.size
        if pictures.shape != (len(items), height, width, 3) or pictures.dtype != np.uint8:
            raise RuntimeError(
                f"painter gave {pictures.dtype} {pictures.shape} for {len(items)} label maps "
                f"of {height}x{width}"
            )
        return list(pictures)

    def _trace(self, item: PhotoItem) -> Labels:
        label_map = self._painter.trace(item.photo, item.job.size)
        if label_map.shape != item.job.size or label_map.dtype != np.uint8:
            raise RuntimeError(
                f"painter gave {label_map.dtype} {label_map.shape} for a photo to be traced "
                f"as {item.job.size}"
            )
        return label_map


def about(job: Job) -> dict[str, object]:
    """Return the fields by which log lines of one job are found."""
    return {"job": job.id, "user": job.user, "model": job.model, "attempt": job.attempt}


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether the device or the host ran out of memory (torch need not be importable)."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _failure(item: Item, error: Exception) -> Failure:
    log.error("job cannot be done", **about(item.job), exc_info=error)
    if is_out_of_memory(error):
        height, width = item.job.size
        return Failure("out-of-memory", f"{width}x{height} pixels do not fit this worker's memory.")
    if isinstance(error, ValueError):
        return Failure("refused-by-model", str(error))
    if isinstance(item, PhotoItem):
        return Failure("trace-failed", "The model could not trace this photo.")
    return Failure("paint-failed", "The model could not paint this doodle.")
