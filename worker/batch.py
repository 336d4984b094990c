"""Paint one batch so that a bad item fails alone and a full device memory only makes it slower."""

import io
import sys
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog
from PIL import Image

from jobs.blobs import BlobStore
from jobs.job import Job
from spade.faults import DeviceLostError
from worker.painters import Labels, Painter, Pixels

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Say why a job cannot be painted, as a stable code and a sentence for its owner."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Item:
    """Hold what one picture needs: its job, label map `[H, W] uint8`, seed and style."""

    job: Job
    label_map: Labels
    seed: int
    style: Any


def read_items(job: Job, blobs: BlobStore) -> list[Item] | Failure:
    """Fetch and decode a job's label map and style picture; one item per variation.

    The label map is H * W label ids, one byte each, compressed with zlib.
    """
    packed = blobs.get(job.id, job.params["label_map"])
    if packed is None:
        return Failure("input-lost", "The label map is no longer stored; send the job again.")
    try:
        label_map = _unpack(packed, job.size)
        style = _read_style(job, blobs)
    except (ValueError, OSError, zlib.error) as error:
        return Failure("input-broken", f"The stored input cannot be read: {error}.")
    return [Item(job, label_map, seed, style) for seed in job.seeds]


def _unpack(packed: bytes, size: tuple[int, int]) -> Labels:
    wanted = size[0] * size[1]
    inflater = zlib.decompressobj()
    raw = inflater.decompress(packed, wanted + 1)
    if len(raw) != wanted:
        raise ValueError(f"label map holds {len(raw)} pixels, its size {size} needs {wanted}")
    return np.frombuffer(raw, dtype=np.uint8).reshape(size)


def _read_style(job: Job, blobs: BlobStore) -> Any:
    if not job.params.get("style_image"):
        return job.params.get("style")
    data = blobs.get(job.id, job.params["style_image"])
    if data is None:
        raise ValueError("the style picture is no longer stored")
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


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

    def paint(self, items: Sequence[Item]) -> list[Pixels | Failure]:
        """Give each item its `[H, W, 3] uint8 RGB` picture or its failure, in order.

        Raises: DeviceLostError, which no other batch on this device would be spared.
        """
        out: list[Pixels | Failure] = []
        at = 0
        self._size = items[0].job.size if items else self._size
        while at < len(items):
            part = items[at : at + self.limit]
            try:
                pictures: Iterable[Pixels | Failure] = self._call(part)
            except DeviceLostError:
                raise
            except Exception as error:
                if is_out_of_memory(error) and len(part) > 1:
                    self._halve(len(part))
                    continue
                pictures = self._one_by_one(part, error)
            out.extend(pictures)
            at += len(part)
        return out

    def _halve(self, tried: int) -> None:
        height, width = self._size
        self.pixels = max(1, tried // 2) * height * width
        log.warning("out of memory; smaller batches from now on", tried=tried, limit=self.limit)
        release_device_memory()

    def _one_by_one(self, part: Sequence[Item], error: Exception) -> list[Pixels | Failure]:
        if len(part) == 1:
            return [_failure(part[0], error)]
        log.warning("batch failed; painting one by one", pictures=len(part), reason=repr(error))
        return [self._alone(item) for item in part]

    def _alone(self, item: Item) -> Pixels | Failure:
        try:
            return next(iter(self._call([item])))
        except DeviceLostError:
            raise
        except Exception as error:
            return _failure(item, error)

    def _call(self, items: Sequence[Item]) -> list[Pixels]:
        pictures = self.painter.paint(
            [item.label_map for item in items],
            seeds=[item.seed for item in items],
            style=[item.style for item in items],
        )
        height, width = items[0].job.size
        if pictures.shape != (len(items), height, width, 3) or pictures.dtype != np.uint8:
            raise RuntimeError(
                f"painter gave {pictures.dtype} {pictures.shape} for {len(items)} label maps "
                f"of {height}x{width}"
            )
        return list(pictures)


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


def _failure(item: Item, error: Exception) -> Failure:
    log.error("job cannot be painted", **about(item.job), exc_info=error)
    if is_out_of_memory(error):
        height, width = item.job.size
        return Failure("out-of-memory", f"{width}x{height} pixels do not fit this worker's memory.")
    if isinstance(error, ValueError):
        return Failure("refused-by-model", str(error))
    return Failure("paint-failed", "The model could not paint this doodle.")
