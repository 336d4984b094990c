"""Keep the leases of this worker's claims alive, in a thread of its own."""

from collections.abc import Iterable
from threading import Event, Lock, Thread

import structlog
from redis.exceptions import RedisError

from jobs import Job, Ledger
from jobs.claims import Claims

log = structlog.get_logger(__name__)

#: Renewals per lease; two may be missed.
RENEWALS = 3


class LeaseKeeper:
    """Renew held claims several times per lease, and remember which were lost."""

    def __init__(self, ledger: Ledger) -> None:
        self._claims = Claims(ledger)
        self._held: dict[str, Job] = {}
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="leases", daemon=True)
        self._every_s = ledger.settings.lease_s / RENEWALS

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; held claims run out unless settled."""
        self._stop.set()
        self._thread.join(5)

    def hold(self, jobs: Iterable[Job]) -> None:
        """Take fresh claims into care."""
        with self._lock:
            self._held.update((job.id, job) for job in jobs)

    def drop(self, job: Job) -> None:
        """Let a settled claim go."""
        with self._lock:
            self._held.pop(job.id, None)

    def held(self) -> tuple[Job, ...]:
        """Return the claims in care."""
        with self._lock:
            return tuple(self._held.values())

    def still_mine(self, jobs: Iterable[Job]) -> list[Job]:
        """Ask the ledger now which of these claims still stand; drop the others.

        When the ledger is away all are kept: a late write is refused by its fence anyway.
        """
        asked = list(jobs)
        try:
            lost = self._claims.renew(asked)
        except RedisError:
            return asked
        for job in asked:
            if job.id in lost:
                self.drop(job)
        return [job for job in asked if job.id not in lost]

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            held = self.held()
            kept = {job.id for job in self.still_mine(held)}
            for job in held:
                if job.id not in kept:
                    log.info("claim lost or cancelled", job=job.id, attempt=job.attempt)
