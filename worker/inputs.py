"""What a worker reads before it paints or traces: label maps, words, style pictures, photos."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from jobs.blobs import BlobStore
from jobs.blobs.packing import pack, unpack
from jobs.job import Job, Kind
from spade.words import WordsError
from worker.layouts import compose_layout
from worker.painters import Labels, Pixels

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Say why a job cannot be done, as a stable code and a sentence for its owner."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DoodleItem:
    """Hold what one picture needs: its job, label map `[H, W] uint8`, seed, style and borders.

    `look` is an id, `FITTING` or None; `number` is the picture's among those of the job, from 0.
    """

    job: Job
    label_map: Labels
    seed: int
    style: Any
    borders: str
    look: str | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class PhotoItem:
    """Hold what one photo needs to be traced: its job and the photo, `[H, W, 3] uint8 RGB`."""

    job: Job
    photo: Pixels


@dataclass(frozen=True, slots=True)
class LayoutItem:
    """Hold a layout that was composed and is not painted: its job and `[H, W] uint8` label map."""

    job: Job
    label_map: Labels


@dataclass(frozen=True, slots=True)
class Painting:
    """Hold a painted picture, `[H, W, 3] uint8 RGB`, and the id of its look, None for none."""

    pixels: Pixels
    look: str | None


#: One picture to be made: a job has as many as it has variations.
Item = DoodleItem | PhotoItem | LayoutItem
#: What became of an item: its picture, or a photo's or layout's label map, or why there is none.
Result = Painting | Labels | Failure


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


def read_items(job: Job, blobs: BlobStore, keep_s: float = DAY_S) -> Sequence[Item] | Failure:
    """Fetch and decode what a job is about: one item per variation, or one for a photo or layout.

    Of words the layout is composed here, and stored for `keep_s` seconds.
    """
    if "prompt" in job.params:
        return _composed(job, blobs, keep_s)
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
    return _doodles(job, label_map, style)


def _composed(job: Job, blobs: BlobStore, keep_s: float) -> Sequence[Item] | Failure:
    """Compose a job's words, and store layout and what was understood under the names they have.

    Whoever claims the job after a death writes the same bytes again.
    """
    try:
        layout = compose_layout(job)
        style = _read_style(job, blobs)
    except WordsError as error:
        return Failure(f"prompt-{error.code}", str(error))
    except (ValueError, OSError) as error:
        return Failure("input-broken", f"The stored input cannot be read: {error}.")
    blobs.put(job.id, job.params["understood"], layout.understood, keep_s)
    if job.kind is Kind.COMPOSE:
        return [LayoutItem(job, layout.label_map)]
    blobs.put(job.id, job.params["label_map"], pack(layout.label_map.tobytes()), keep_s)
    if layout.light in job.params.get("presets", ()):
        style = layout.light
    return _doodles(job, layout.label_map, style)


def _doodles(job: Job, label_map: Labels, style: Any) -> list[DoodleItem]:
    borders = job.params.get("borders", "drawn")  # jobs of an older API say nothing
    look = job.params.get("look")
    return [
        DoodleItem(job, label_map, seed, style, borders, look, number)
        for number, seed in enumerate(job.seeds)
    ]


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
