"""Keep the ledger clean: leases that ran out, jobs that waited too long, records past their time.

Any worker may sweep, as often as it likes.
"""

from dataclasses import dataclass

from jobs.ledger import Ledger
from jobs.lua.scripts import milliseconds


@dataclass(frozen=True, slots=True)
class Sweep:
    """Tell what one sweep did, as job ids."""

    returned: tuple[str, ...]
    poisoned: tuple[str, ...]
    expired: tuple[str, ...]
    dropped: tuple[str, ...]


def sweep(ledger: Ledger, limit: int = 500) -> Sweep:
    """Sweep once; `jobs.blobs.orphans` drops the blobs of `dropped` jobs."""
    settings = ledger.settings
    returned, poisoned, expired, ticks = ledger.run(
        "sweep",
        limit=limit,
        every_ms=milliseconds(settings.janitor_s),
        lease_ms=milliseconds(settings.lease_s),
        max_attempts=settings.max_attempts,
        queue_ttl_ms=milliseconds(settings.queue_ttl_s),
        retention_ms=ledger.retention_ms,
    )
    for worker in ticks:
        ledger.wake(worker)
    return Sweep(tuple(returned), tuple(poisoned), tuple(expired), ledger.drop_due(limit))
