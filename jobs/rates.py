"""Requests counted against rate limits, in fixed windows, by all processes together.

Counting is a script of the ledger, so that a poll is counted and answered in one round trip.
"""

from dataclasses import dataclass
from typing import Any

from jobs.errors import JobError
from jobs.job import Job
from jobs.ledger import Ledger, found


@dataclass(frozen=True, slots=True)
class Rate:
    """Count a request, as `cost` of them; `key` may have `most` in a window of `window_s`."""

    key: str
    most: int
    window_s: int
    cost: int = 1


class RateLimited(JobError):
    """A caller asks too often; `rate` is free again after `wait_s` seconds."""

    def __init__(self, rate: Rate, wait_s: float) -> None:
        super().__init__(f"{rate.most} requests in {rate.window_s} s are counted already")
        self.rate = rate
        self.wait_s = wait_s


def count(ledger: Ledger, *rates: Rate) -> None:
    """Count a request against each of the rates, up to the first that is used up.

    Raises:
        RateLimited: that one.
    """
    number, left_ms = ledger.run("rates/count", rates=_told(*rates))
    if number:
        raise RateLimited(rates[number - 1], left_ms / 1000)


def look(ledger: Ledger, job_id: str, user: str, rate: Rate) -> Job:
    """Count a request, and return a user's job, in one round trip.

    Raises:
        RateLimited: the rate is used up.
        NotFound: no such job of this user.
        Expired: its record is gone.
    """
    word, shown, left_ms = ledger.run("rates/look", id=job_id, user=user, rates=_told(rate))
    if word == "limited":
        raise RateLimited(rate, left_ms / 1000)
    return found(word, shown)


def _told(*rates: Rate) -> list[dict[str, Any]]:
    names = Rate.__slots__
    return [{name: getattr(rate, name) for name in names} for rate in rates]
