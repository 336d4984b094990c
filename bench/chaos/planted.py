"""Workers with a bug on purpose, to show that the chaos oracle would notice one.

`python -m bench.chaos.planted` with PLANT set to the name of a bug.
"""

import os
from collections.abc import Sequence

from jobs import Job, Picture
from jobs.blobs import BlobBroken
from jobs.claims import Claims
from worker.app import main
from worker.claimer import Claimer
from worker.inputs import Batch, Failure, Item, Result, read_items
from worker.publish import Publisher
from worker.runner import Runner


def _lose() -> None:
    """Drop every second result on the floor and keep the claim for ever."""
    complete, seen = Claims.complete, [0]

    def forgetful(self: Claims, job: Job, pictures: Sequence[Picture], style: str = "") -> bool:
        seen[0] += 1
        if seen[0] % 2:
            self.ledger.redis.zrem(f"{self.ledger.root}leases", job.id)
            return True
        return complete(self, job, pictures, style)

    Claims.complete = forgetful  # type: ignore[method-assign]


def _swap() -> None:
    """Hand each job of a batch its neighbour's picture."""
    publish = Publisher.publish

    def careless(self: Publisher, batch: Batch, results: Sequence[Result]) -> None:
        publish(self, batch, [*results[1:], *results[:1]])

    Publisher.publish = careless  # type: ignore[method-assign]


def _double() -> None:
    """Publish without asking whether the claim still stands, and tell of it each time."""
    complete = Claims.complete

    def twice(self: Claims, job: Job, pictures: Sequence[Picture], style: str = "") -> bool:
        done = complete(self, job, pictures, style)
        event = {"job": job.id, "status": "succeeded", "version": job.version + 1}
        self.ledger.redis.xadd(f"{self.ledger.root}events:{job.user}", event)  # type: ignore[arg-type]
        return done

    Claims.complete = twice  # type: ignore[method-assign]


def _impatient() -> None:
    """Give no sign of life while waiting for a store."""
    Runner.loops = property(lambda self: self._turns)  # type: ignore[method-assign, assignment]


def _brittle() -> None:
    """End the worker over an input that cannot be read."""

    def read(self: Claimer, job: Job) -> Sequence[Item] | Failure:
        try:
            return read_items(job, self._blobs)
        except BlobBroken:
            self._claims.give_back(job)
            raise

    Claimer._read = read  # type: ignore[method-assign]


PLANTS = {
    "lose": _lose,
    "swap": _swap,
    "double": _double,
    "impatient": _impatient,
    "brittle": _brittle,
}
PLANTS[os.environ["PLANT"]]()

if __name__ == "__main__":
    main()
