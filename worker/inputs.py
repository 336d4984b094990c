"""What a worker reads before it paints or traces: label maps, style pictures and photos."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from jobs.blobs import BlobStore
from jobs.blobs.packing import unpack
from jobs.job import Job, Kind
from worker.painters import Labels, Pixels


@dataclass(frozen=True, slots=True)
class Failure:
    """Say why a job cannot be done, as a stable code and a sentence for its owner."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DoodleItem:
    """Hold what one picture needs: its job, label map `[H, W] uint8`, seed, style and borders."""

    job: Job
    label_map: Labels
    seed: int
    style: Any
    borders: str


@dataclass(frozen=True, slots=True)
class PhotoItem:
    """Hold what one photo needs to be traced: its job and the photo, `[H, W, 3] uint8 RGB`."""

    job: Job
    photo: Pixels


#: One picture to be made: a job has as many as it has variations.
Item = DoodleItem | PhotoItem
#: What became of an item: its picture, or a photo's label map, or why there is none.
Result = Pixels | Labels | Failure


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold one claimed and decoded batch; `unreadable` are the jobs whose input is of no use."""

    jobs: tuple[Job, ...]
    items: tuple[Item, ...]
    unreadable: tuple[tuple[Job, Failure], ...]
    decode_s: float

    @property
    def model(self) -> str:
        """Name the model of all its jobs."""
        return self.jobs[0].model


def read_items(job: Job, blobs: BlobStore) -> Sequence[Item] | Failure:
    """Fetch and decode what a job is about: one item per variation, or one for a photo."""
    name = job.params["photo" if job.kind is Kind.TRACE else "label_map"]
    data = blobs.get(job.id, name)
    if data is None:
        return Failure("input-lost", "The picture sent is no longer stored; send the job again.")
    try:
        if job.kind is Kind.TRACE:
            return [PhotoItem(job, _decode(data))]
        label_map = np.frombuffer(unpack(data, job.size), dtype=np.uint8).reshape(job.size)
        style = _read_style(job, blobs)
    except (ValueError, OSError) as error:
        return Failure("input-broken", f"The stored input cannot be read: {error}.")
    borders = job.params.get("borders", "drawn")  # jobs of an older API say nothing
    return [DoodleItem(job, label_map, seed, style, borders) for seed in job.seeds]


def _read_style(job: Job, blobs: BlobStore) -> Any:
    if not job.params.get("style_image"):
        return job.params.get("style")
    data = blobs.get(job.id, job.params["style_image"])
    if data is None:
        raise ValueError("the style picture is no longer stored")
    return _decode(data)


def _decode(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))
