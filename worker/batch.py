"""Paint or trace one batch: a bad item fails alone, and a full device memory only slows it down."""

import sys
from collections.abc import Iterable, Sequence

import numpy as np
import structlog

from jobs.job import Job
from spade.errors import DeviceLostError
from worker.inputs import AnyItem, Failure, Item, PhotoItem
from worker.painters import Labels, Painter, Pixels

log = structlog.get_logger(__name__)


class BatchPainter:
    """Paint items of one size with one model's painter, splitting the batch when it fails.

    `pixels` is the most that one call may paint; it shrinks when the device runs out of memory, so
    that large pictures come in smaller batches and small ones need not.
    """

    def __init__(self, painter: Painter, items: int, pixels: int = sys.maxsize) -> None:
        self.painter = painter
        self.pixels = pixels
        self._items = items
        self._size = (1, 1)

    @property
    def limit(self) -> int:
        """Give the most pictures, of the size painted last, that one call may paint."""
        height, width = self._size
        return max(1, min(self._items, self.pixels // (height * width)))

    def paint(self, items: Sequence[AnyItem]) -> list[Pixels | Failure]:
        """Give each item its `[H, W, 3] uint8 RGB` picture or its failure, in order.

        A photo's is its `[H, W] uint8` label map; a batch has paintings or photos, never both.

        Raises: DeviceLostError, which no other batch on this device would be spared.
        """
        out: list[Pixels | Failure] = []
        at = 0
        self._size = items[0].job.size if items else self._size
        while at < len(items):
            part = items[at : at + self.limit]
            try:
                results: Iterable[Pixels | Failure] = self._call(part)
            except DeviceLostError:
                raise
            except Exception as error:
                if is_out_of_memory(error) and len(part) > 1:
                    self._halve(len(part))
                    continue
                results = self._one_by_one(part, error)
            out.extend(results)
            at += len(part)
        return out

    def _halve(self, tried: int) -> None:
        height, width = self._size
        self.pixels = max(1, tried // 2) * height * width
        log.warning("out of memory; smaller batches from now on", tried=tried, limit=self.limit)
        release_device_memory()

    def _one_by_one(self, part: Sequence[AnyItem], error: Exception) -> list[Pixels | Failure]:
        if len(part) == 1:
            return [_failure(part[0], error)]
        log.warning("batch failed; painting one by one", pictures=len(part), reason=repr(error))
        return [self._alone(item) for item in part]

    def _alone(self, item: AnyItem) -> Pixels | Failure:
        try:
            return next(iter(self._call([item])))
        except DeviceLostError:
            raise
        except Exception as error:
            return _failure(item, error)

    def _call(self, items: Sequence[AnyItem]) -> list[Pixels]:
        if photos := [item for item in items if isinstance(item, PhotoItem)]:
            return [self._trace(item) for item in photos]
        return self._paint([item for item in items if isinstance(item, Item)])

    def _paint(self, items: Sequence[Item]) -> list[Pixels]:
        pictures = self.painter.paint(
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
        label_map = self.painter.segment(item.photo, item.job.size)
        if label_map.shape != item.job.size or label_map.dtype != np.uint8:
            raise RuntimeError(
                f"painter gave {label_map.dtype} {label_map.shape} for a photo to be traced "
                f"as {item.job.size}"
            )
        return label_map


def about(job: Job) -> dict[str, object]:
    """Give the fields by which log lines of one job are found."""
    return {"job": job.id, "user": job.user, "model": job.model, "attempt": job.attempt}


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether the device or the host ran out of memory (torch need not be importable)."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def release_device_memory() -> None:
    """Give cached device memory back, when torch with CUDA is loaded."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _failure(item: AnyItem, error: Exception) -> Failure:
    log.error("job cannot be done", **about(item.job), exc_info=error)
    if is_out_of_memory(error):
        height, width = item.job.size
        return Failure("out-of-memory", f"{width}x{height} pixels do not fit this worker's memory.")
    if isinstance(error, ValueError):
        return Failure("refused-by-model", str(error))
    if isinstance(item, PhotoItem):
        return Failure("trace-failed", "The model could not trace this photo.")
    return Failure("paint-failed", "The model could not paint this doodle.")
