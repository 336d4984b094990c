"""Workers with a bug on purpose, to show that the chaos oracle would notice one.

`celery -A bench.chaos.planted worker` with PLANT set to the name of a bug.
"""

import os
from collections.abc import Sequence

from jobs import Job, Ledger, Picture
from worker.app import app
from worker.publish import Painted, Publisher

__all__ = ["app"]


def _lose() -> None:
    """Drop every second result on the floor and keep the claim for ever."""
    complete, seen = Ledger.complete, [0]

    def forgetful(self: Ledger, job: Job, pictures: Sequence[Picture]) -> bool:
        seen[0] += 1
        if seen[0] % 2:
            self.redis.zrem(f"{self.root}leases", job.id)
            return True
        return complete(self, job, pictures)

    Ledger.complete = forgetful  # type: ignore[method-assign]


def _swap() -> None:
    """Hand each job of a batch its neighbour's picture."""
    publish = Publisher.publish

    def careless(self: Publisher, painted: Painted) -> None:
        turned = [*painted.results[1:], *painted.results[:1]]
        publish(self, Painted(painted.items, turned, painted.unreadable))

    Publisher.publish = careless  # type: ignore[method-assign]


def _double() -> None:
    """Publish without asking whether the claim still stands, and tell of it each time."""
    complete = Ledger.complete

    def twice(self: Ledger, job: Job, pictures: Sequence[Picture]) -> bool:
        done = complete(self, job, pictures)
        event = {"job": job.id, "status": "succeeded", "version": job.version + 1}
        self.redis.xadd(f"{self.root}events:{job.user}", event)  # type: ignore[arg-type]
        return done

    Ledger.complete = twice  # type: ignore[method-assign]


PLANTS = {"lose": _lose, "swap": _swap, "double": _double}
PLANTS[os.environ["PLANT"]]()
