"""Paint or trace one batch: a bad item fails alone, and a full device memory only slows it down."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from jobs.job import FITTING, Job
from spade.errors import DeviceLostError
from worker.inputs import DoodleItem, Failure, Item, LayoutItem, Painting, PhotoItem, Result
from worker.painters import Labels, Painter, release_device_memory

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
        """Return each item its painting or its failure, in order.

        A photo's is its `[H, W] uint8` label map, and so is a layout's; a batch has paintings,
        photos or layouts, never two of them.

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

    def _call(self, items: Sequence[Item]) -> Sequence[Result]:
        if photos := [item for item in items if isinstance(item, PhotoItem)]:
            return [self._trace(item) for item in photos]
        if layouts := [item for item in items if isinstance(item, LayoutItem)]:
            return [item.label_map for item in layouts]
        return self._paint([item for item in items if isinstance(item, DoodleItem)])

    def _paint(self, items: Sequence[DoodleItem]) -> list[Painting]:
        looks = _choose_looks(self._painter, items)
        pictures = self._painter.paint(
            [item.label_map for item in items],
            seeds=[item.seed for item in items],
            style=[item.style for item in items],
            borders=[item.borders for item in items],
            look=looks,
        )
        height, width = items[0].job.size
        if pictures.shape != (len(items), height, width, 3) or pictures.dtype != np.uint8:
            raise RuntimeError(
                f"painter gave {pictures.dtype} {pictures.shape} for {len(items)} label maps "
                f"of {height}x{width}"
            )
        return [Painting(*pair) for pair in zip(pictures, looks, strict=True)]

    def _trace(self, item: PhotoItem) -> Labels:
        label_map = self._painter.trace(item.photo, item.job.size)
        if label_map.shape != item.job.size or label_map.dtype != np.uint8:
            raise RuntimeError(
                f"painter gave {label_map.dtype} {label_map.shape} for a photo to be traced "
                f"as {item.job.size}"
            )
        return label_map


def _choose_looks(painter: Painter, items: Sequence[DoodleItem]) -> Sequence[str | None]:
    """Return the id of each item's look, None where its picture has none.

    Raises:
        ValueError: the model has no such look, or none at all.
    """
    fitting: dict[str, list[str]] = {}
    asked = []
    for item in items:
        look = item.look
        if look == FITTING:
            if item.job.id not in fitting:
                fitting[item.job.id] = _fitting(painter, item)
            found = fitting[item.job.id]
            look = found[item.number % len(found)]
        asked.append(look)
    return painter.choose_looks(
        [item.label_map for item in items],
        seeds=[item.seed for item in items],
        style=[item.style for item in items],
        look=asked,
    )


def _fitting(painter: Painter, item: DoodleItem) -> list[str]:
    """Return the looks of a job's pictures, in order; they begin anew where there are too few."""
    looks = painter.fitting_looks(item.label_map, item.job.count, item.style)
    if not looks:
        raise ValueError("this worker's model has no looks; leave out look")
    return [look.id for look in looks]


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
