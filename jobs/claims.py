"""What workers do with jobs: claim a batch, renew its leases, settle each job of it.

A claim has a fence token; what comes with an older one than the job's present one is refused.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from jobs.job import Job, Picture
from jobs.ledger import Ledger, read_job
from jobs.lua.scripts import milliseconds


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold the jobs of one claim, in fair order; `was_ticked` tells that a tick had been sent."""

    jobs: tuple[Job, ...]
    was_ticked: bool


class Claims:
    """Take jobs out of the queue and settle them, in the name of a worker."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def claim(
        self,
        worker: str,
        models: Sequence[str],
        *,
        max_items: int,
        max_pixels: int | Mapping[str, int],
        item_s: float = 1.0,
        full: bool = False,
        idle: bool = True,
    ) -> Claim:
        """Claim the next batch for `worker`: jobs of one size and batch key, in fair order.

        `max_pixels` is the most that a batch paints, of any model or by model's name.
        `item_s` is the worker's seconds per picture; of several idle workers the fastest is woken.
        `full` claims only a batch that cannot grow; `idle` notes an empty-handed worker as idle.
        """
        if isinstance(max_pixels, int):
            max_pixels = dict.fromkeys(models, max_pixels)
        shown, tick, was_ticked = self.ledger.run(
            "claim",
            worker=worker,
            models=list(models),
            max_items=max_items,
            max_pixels=dict(max_pixels),
            item_s=item_s,
            full=full,
            idle=idle,
            nonce=uuid4().hex,
            reads=self.ledger.record_version,
            lease_ms=milliseconds(self.ledger.settings.lease_s),
        )
        self.ledger.wake(tick)
        return Claim(tuple(read_job(one) for one in shown), bool(was_ticked))

    def renew(self, held: Iterable[Job]) -> frozenset[str]:
        """Renew the leases of claimed jobs; return the ids that were lost, cancelled or settled."""
        pairs = [[job.id, job.fence] for job in held]
        if not pairs:
            return frozenset()
        return frozenset(
            self.ledger.run(
                "renew", held=pairs, lease_ms=milliseconds(self.ledger.settings.lease_s)
            )
        )

    def complete(self, job: Job, pictures: Sequence[Picture], style: str = "") -> bool:
        """Settle a claim as succeeded; False means it was refused because the claim is over.

        `style` is the preset that the job's words chose, for its `params`.
        """
        images = json.dumps([picture.to_json() for picture in pictures])
        looks = json.dumps([picture.look for picture in pictures])
        return self._settle(job, "succeeded", images=images, looks=looks, style=style)

    def fail(self, job: Job, code: str, message: str) -> bool:
        """Settle a claim as failed for a stated reason; False as in `complete`."""
        return self._settle(job, "failed", error=json.dumps({"code": code, "message": message}))

    def give_back(self, job: Job) -> bool:
        """Return a claimed job to its old place without counting the attempt."""
        return self._settle(job, "queued")

    def retry(self, job: Job, code: str, message: str) -> bool:
        """Return a claimed job to its old place with the attempt counted; the last one fails it."""
        if job.attempt >= self.ledger.settings.max_attempts:
            return self.fail(job, code, message)
        return self._settle(job, "queued", counted=True)

    def _settle(self, job: Job, to: str, **more: Any) -> bool:
        done, _status, tick = self.ledger.run(
            "settle",
            id=job.id,
            fence=job.fence,
            to=to,
            retention_ms=self.ledger.retention_ms,
            **more,
        )
        self.ledger.wake(tick)
        return bool(done)
