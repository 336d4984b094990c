"""Encode finished pictures, store them, and settle their jobs; through outages and full stores."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby

import structlog

from jobs import BlobStore, Job, Ledger, Picture
from jobs.blobs import BlobBroken, BlobStoreFull
from jobs.blobs.packing import MEDIA_TYPE, pack
from jobs.claims import Claims
from spade.recipes import MEDIA_TYPES, encode, encode_preview
from worker.batch import about
from worker.inputs import Batch, DoodleItem, Failure, Item, Painting, Result
from worker.painters import Labels
from worker.patience import Patience, RoomWait

log = structlog.get_logger(__name__)


class Publisher:
    """Settle the jobs of painted batches; `patience` is with the stores."""

    def __init__(self, ledger: Ledger, blobs: BlobStore, patience: Patience | None = None) -> None:
        self._settings = ledger.settings
        self._claims = Claims(ledger)
        self._blobs = blobs
        self.patience = patience or Patience()

    def publish(self, batch: Batch, results: Sequence[Result]) -> None:
        """Settle every job of a batch, given one result per item; a refused one leaves no blob.

        Raises:
            Stopped: the worker stops while a store is away or full; what is not settled is held.
        """
        for job, why in batch.unreadable:
            self._fail(job, why)
        room = RoomWait(self._settings.store_patience_s)
        pairs = zip(batch.items, results, strict=True)
        for _, group in groupby(pairs, key=lambda pair: pair[0].job.id):
            self._publish_job(list(group), room)

    def _publish_job(self, pairs: list[tuple[Item, Result]], room: RoomWait) -> None:
        job = pairs[0][0].job
        failures = [result for _, result in pairs if isinstance(result, Failure)]
        if failures:
            self._fail(job, failures[0])
            return
        pictures: list[Picture] = []
        try:
            for n, (item, result) in enumerate(pairs):
                if not isinstance(result, Failure):
                    pictures.append(self._store(item, n, result, room))
        except BlobStoreFull as error:
            log.error("the blob store is full", **about(job), reason=str(error))
            self._fail(job, Failure("storage-full", "No room to store the picture; try later."))
            self._drop(job, pictures)
            return
        except BlobBroken as error:
            log.error("a picture cannot be stored", **about(job), reason=str(error))
            code, message = "storage-broken", "The picture could not be stored; try again."
            self.patience.insist(lambda: self._claims.retry(job, code, message))
            self._drop(job, pictures)
            return
        style = _style(pairs[0][0]) or ""
        if not self.patience.insist(lambda: self._claims.complete(job, pictures, style)):
            log.info("late result refused", **about(job))
            self._drop(job, pictures)
            return
        log.info("job succeeded", **about(job), pictures=len(pictures))

    def _store(self, item: Item, n: int, result: Painting | Labels, room: RoomWait) -> Picture:
        job = item.job
        name, data, media_type = _file(item, n, result)
        self._put(job, name, data, room)
        height, width = job.size
        look = result.look if isinstance(result, Painting) else None
        picture = Picture(name, job.seeds[n], width, height, media_type, look)
        if isinstance(result, Painting) and job.params.get("preview"):
            self._put(job, picture.preview, encode_preview(result.pixels), room)
        return picture

    def _put(self, job: Job, name: str, data: bytes, room: RoomWait) -> None:
        keep_s = self._settings.blob_ttl_s
        self.patience.insist(lambda: self._blobs.put(job.id, name, data, keep_s), room)

    def _fail(self, job: Job, why: Failure) -> None:
        log.warning("job failed", **about(job), code=why.code)
        self.patience.insist(lambda: self._claims.fail(job, why.code, why.message))

    def _drop(self, job: Job, pictures: Sequence[Picture]) -> None:
        names = [picture.blob for picture in pictures]
        if job.params.get("preview"):
            names += [picture.preview for picture in pictures]
        for name in names:
            with suppress(BlobBroken):  # the job's other blobs go with it one day, and so does this
                self.patience.insist(partial(self._blobs.delete, job.id, name))


def _style(item: Item) -> str | None:
    """Name the preset that an item was painted with, which words may have chosen."""
    style = item.style if isinstance(item, DoodleItem) else None
    return style if isinstance(style, str) else None


def _file(item: Item, n: int, result: Painting | Labels) -> tuple[str, bytes, str]:
    """Return blob name, bytes and media type of one result.

    The fence in the name keeps a late worker from touching the pictures of a newer claim.
    """
    job = item.job
    if not isinstance(result, Painting):
        return f"label-map-{job.fence}", pack(result.tobytes()), MEDIA_TYPE
    form = job.params.get("format", "png")
    data = encode(result.pixels, form, _recipe(item, job.seeds[n], result.look))
    return f"picture-{job.fence}-{n}.{form}", data, MEDIA_TYPES[form]


def _recipe(item: Item, seed: int, look: str | None) -> dict[str, object]:
    job = item.job
    recipe: dict[str, object] = {"model": job.model, "seed": seed}
    if style := _style(item):
        recipe["style"] = style
    if look is not None:
        recipe["look"] = look
    if borders := job.params.get("borders"):
        recipe["borders"] = borders
    return recipe
