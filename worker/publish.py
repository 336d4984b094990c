"""Encode finished pictures, store them, and settle their jobs; through outages and full stores."""

import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from jobs import BlobStore, Job, Ledger, Picture
from jobs.blobs import BlobStoreFull
from jobs.blobs.packing import MEDIA_TYPE, pack
from jobs.claims import Claims
from spade.recipes import MEDIA_TYPES, encode
from worker.batch import about
from worker.inputs import Batch, DoodleItem, Failure, Item, PhotoItem, Result
from worker.painters import Pixels

log = structlog.get_logger(__name__)

RETRY_S = 0.5
_T = TypeVar("_T")


class Publisher:
    """Settle the jobs of painted batches.

    `give_up` tells when waiting for a server that is away must end.
    """

    def __init__(
        self, ledger: Ledger, blobs: BlobStore, give_up: Callable[[], bool] = lambda: False
    ) -> None:
        self._settings = ledger.settings
        self._claims = Claims(ledger)
        self._blobs = blobs
        self._give_up = give_up

    def publish(self, batch: Batch, results: Sequence[Result]) -> None:
        """Settle every job of a batch, given one result per item; a refused one leaves no blob."""
        for job, why in batch.unreadable:
            self._fail(job, why)
        pairs = zip(batch.items, results, strict=True)
        for _, group in groupby(pairs, key=lambda pair: pair[0].job.id):
            self._publish_job(list(group))

    def _publish_job(self, pairs: list[tuple[Item, Result]]) -> None:
        job = pairs[0][0].job
        failures = [result for _, result in pairs if isinstance(result, Failure)]
        if failures:
            self._fail(job, failures[0])
            return
        try:
            pictures = [
                self._store(item, n, result)
                for n, (item, result) in enumerate(pairs)
                if not isinstance(result, Failure)
            ]
        except BlobStoreFull as error:
            log.error("the blob store is full", **about(job), reason=str(error))
            self._fail(job, Failure("storage-full", "No room to store the picture; try later."))
            return
        if not self._insist(lambda: self._claims.complete(job, pictures)):
            log.info("late result refused", **about(job))
            self._drop(job, pictures)
            return
        log.info("job succeeded", **about(job), pictures=len(pictures))

    def _store(self, item: Item, n: int, pixels: Pixels) -> Picture:
        job, (name, data, media_type) = item.job, _file(item, n, pixels)
        keep_s = self._settings.blob_ttl_s
        self._patiently(lambda: self._blobs.put(job.id, name, data, keep_s))
        height, width = pixels.shape[:2]
        return Picture(name, job.seeds[n], width, height, media_type)

    def _fail(self, job: Job, why: Failure) -> None:
        log.warning("job failed", **about(job), code=why.code)
        self._insist(lambda: self._claims.fail(job, why.code, why.message))

    def _drop(self, job: Job, pictures: Sequence[Picture]) -> None:
        for picture in pictures:
            self._insist(lambda name=picture.blob: self._blobs.delete(job.id, name))  # type: ignore[misc]

    def _patiently(self, store: Callable[[], None]) -> None:
        deadline = time.monotonic() + self._settings.store_patience_s
        while True:
            try:
                return self._insist(store)
            except BlobStoreFull:
                if time.monotonic() > deadline or self._give_up():
                    raise
                time.sleep(RETRY_S)

    def _insist(self, act: Callable[[], _T]) -> _T:
        """Repeat until the server answers: a finished picture outlives an outage."""
        while True:
            try:
                return act()
            except RedisError as error:
                if self._give_up():
                    raise
                log.warning("the server is away; keeping the result", reason=str(error))
                time.sleep(RETRY_S)


def _file(item: Item, n: int, pixels: Pixels) -> tuple[str, bytes, str]:
    """Return blob name, bytes and media type of one result.

    The fence in the name keeps a late worker from touching the pictures of a newer claim.
    """
    job = item.job
    if isinstance(item, PhotoItem):
        return f"label-map-{job.fence}", pack(pixels.tobytes()), MEDIA_TYPE
    form = job.params.get("format", "png")
    return f"picture-{job.fence}-{n}.{form}", encode(pixels, form, _recipe(item)), MEDIA_TYPES[form]


def _recipe(item: DoodleItem) -> dict[str, object]:
    recipe: dict[str, object] = {"model": item.job.model, "seed": item.seed}
    if style := item.job.params.get("style"):
        recipe["style"] = style
    if item.borders != "drawn":
        recipe["borders"] = item.borders
    return recipe
